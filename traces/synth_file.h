/*
 * The file that a synthetic capture is written to (single_file.h). Such a capture begins with the
 * header of a pcap file, and a frame between the two hosts 02:00:00:00:00:01 and 02:00:00:00:00:02.
 */
#ifndef SHAPESIM_TRACES_SYNTH_FILE_H
#define SHAPESIM_TRACES_SYNTH_FILE_H

#include "traces/single_file.h"

extern const struct single_file_kind synth_file_kind;

#endif
