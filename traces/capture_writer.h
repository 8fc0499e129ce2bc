/*
 * A capture, written packet by packet through libpcap: pcap, with microseconds or nanoseconds.
 * Write errors persist in the stream, as ferror() reports: they need not be checked at each packet.
 */
#ifndef SHAPESIM_TRACES_CAPTURE_WRITER_H
#define SHAPESIM_TRACES_CAPTURE_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "traces/capture.h"

struct capture_writer;

/* Writes the file's header. `stream` is owned from then on, even on failure; `name` stands for it
 * in errors. The caller owns *writer, ends it with capture_writer_close(). */
int capture_writer_open(FILE *stream, const char *name, const struct capture_format *format,
                        struct capture_writer **writer, char *error);

/* Whether a file can hold that time: its seconds are unsigned and have 32 bits. */
bool capture_writer_holds_time(int64_t time_ns);

/* Writes one packet; without nanoseconds its time is cut to the microsecond. */
void capture_writer_put(struct capture_writer *writer, const struct capture_packet *packet);

/* Writes what is left and closes the stream. 0, or -1 if anything could not be written. */
int capture_writer_close(struct capture_writer *writer);

#endif
