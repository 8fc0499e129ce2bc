/*
 * Figures in sentences and tables of a page: four digits and a decimal prefix, between which no
 * line ends.
 */
#ifndef SHAPESIM_SIM_REPORT_REPORT_VALUE_H
#define SHAPESIM_SIM_REPORT_REPORT_VALUE_H

#define REPORT_VALUE_BYTES 32

/* "12.5 kB"; "-" for NAN. Returns `text`. */
const char *report_bytes(char text[REPORT_VALUE_BYTES], double bytes);

/* "12.5 ms", "1.4 h"; "-" for NAN, "never" for INFINITY. Returns `text`. */
const char *report_seconds(char text[REPORT_VALUE_BYTES], double seconds);

/* A quotient of times, "1.25×"; likewise. */
const char *report_times(char text[REPORT_VALUE_BYTES], double factor);

#endif
