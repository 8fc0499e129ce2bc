/* What is odd of the times of a capture's packets, in words for people. */
#ifndef SHAPESIM_SIM_COMMANDS_TIME_NOTES_H
#define SHAPESIM_SIM_COMMANDS_TIME_NOTES_H

#include <stdbool.h>

#include "traces/capture.h"

#define TIME_NOTE_BYTES 600

/* Writes note number `note`, from 0, empty if there is nothing to say; false after the last. */
bool time_note(const struct capture *capture, const struct packet_times *times, int note,
               char text[TIME_NOTE_BYTES]);

#endif
