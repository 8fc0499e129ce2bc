/*
 * Channels over the virtual clock, made and moved by a fuzzer's input: a line of filters as --via
 * has them, separated by spaces, then bytes. Of these, the first four say the read watermark, the
 * flush and the end, the limit, and how many flows there are and who is limited; three each make a
 * step: how long to wait before it, whose and in which direction, and how many bytes (0: a close).
 *
 * What must hold: every byte that is offered comes out, once and in order (CRC-32 at each filter),
 * and every channel closes.
 */
#ifndef SHAPESIM_TESTS_FUZZING_CHANNELS_H
#define SHAPESIM_TESTS_FUZZING_CHANNELS_H

#include <stddef.h>
#include <stdint.h>

#include "shaper/shaper.h"

void fuzz_channels(enum shaper_transport transport, const uint8_t *data, size_t size);

#endif
