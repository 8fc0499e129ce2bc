/*
 * The number `format` of summary.json, raised by every change of a default or of what a figure
 * means: what reads an older one does not judge it by the present defaults.
 *
 * 1: without the number. 2: --count stream is the default; retransmitted_bytes in flows.csv.
 */
#ifndef SHAPESIM_SIM_OUTPUT_SUMMARY_FORMAT_H
#define SHAPESIM_SIM_OUTPUT_SUMMARY_FORMAT_H

#define SUMMARY_FORMAT 2

#endif
