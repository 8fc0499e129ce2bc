/* What people should know of a capture's TCP streams: warnings of a run, notes of `trace info`. */
#ifndef SHAPESIM_SIM_COMMANDS_STREAM_NOTES_H
#define SHAPESIM_SIM_COMMANDS_STREAM_NOTES_H

#include "traces/flow_source.h"

/* Writes note number `index` (from 0) into `text` (WARNING_BYTES), one line; false when there are
 * no more. */
bool stream_note(const struct flow_source_counts *counts, enum count_mode count, int index,
                 char *text);

#endif
