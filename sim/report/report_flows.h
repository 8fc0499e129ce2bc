/*
 * The flows of a run for its page, from flows.csv: those first to which the limit did most.
 */
#ifndef SHAPESIM_SIM_REPORT_REPORT_FLOWS_H
#define SHAPESIM_SIM_REPORT_REPORT_FLOWS_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/report/html.h"
#include "sim/report/report.h"

#define REPORT_FLOWS_MAX      200 /* that are shown */
#define REPORT_ENDPOINT_BYTES 64

/* A flow; times are in seconds. */
struct report_flow {
    int64_t flow;
    size_t group; /* index of report_group; their number, if summary.json has none of that name */
    char initiator[REPORT_ENDPOINT_BYTES]; /* "192.0.2.1:80", "[2001:db8::1]:80" */
    char responder[REPORT_ENDPOINT_BYTES];
    int64_t bytes;       /* delivered, in both directions */
    int64_t lost_bytes;  /* offered and not delivered */
    double captured_s;   /* completion in the capture; NAN: it had no payload */
    double completion_s; /* INFINITY: not all of its payload was delivered */
    double delay_p99_s;  /* of the slower direction; NAN: no packet was delivered */
};

/* Embedded by value; zeroed is empty. */
struct report_flows {
    struct report_flow flows[REPORT_FLOWS_MAX]; /* by what the limit did to them, most first */
    size_t shown;
    uint64_t count; /* of all */
};

/* Reads flows.csv. SIM_OK or SIM_FAILED. */
int report_flows_load(struct report_flows *flows, const struct report *report, char *error);

/* How much longer a flow took than in the capture: INFINITY where it was not complete, NAN where
 * it had no payload. */
double report_flow_waited_s(const struct report_flow *flow);

/* Looks the flow of that number up in flows.csv: sets `initiator`, as above. False: it is not
 * there, or the file cannot be read. */
bool report_flow_find(const struct report *report, int64_t flow,
                      char initiator[REPORT_ENDPOINT_BYTES]);

/* Writes the table of flows. */
void report_flows_put(struct html *html, const struct report *report,
                      const struct report_flows *flows);

#endif
