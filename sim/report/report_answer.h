/*
 * The answer with which the page of a run begins, in three sentences: what the limit did to
 * response and completion times, to which flow it did most, and how fairly it was shared.
 *
 *     With 4 Mbit/s each way, the median response took 282.6 ms instead of 38.91 ms (p99 8.97 s
 *     instead of 3.468 s), and the median flow was complete after 1.434 s instead of 888.8 ms
 * (...). It kept 192.0.2.12:39816 longest: ... While flows competed, Jain's index over windows of
 * 100 ms was 0.967 on average, ...
 */
#ifndef SHAPESIM_SIM_REPORT_REPORT_ANSWER_H
#define SHAPESIM_SIM_REPORT_REPORT_ANSWER_H

#include "sim/report/html.h"
#include "sim/report/report.h"
#include "sim/report/report_flows.h"

void report_answer_put(struct html *html, const struct report *report,
                       const struct report_flows *flows);

#endif
