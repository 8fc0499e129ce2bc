/* The settings of a synthetic capture, which synth.h makes. */
#ifndef SHAPESIM_TRACES_SYNTH_SPEC_H
#define SHAPESIM_TRACES_SYNTH_SPEC_H

#include <signal.h>
#include <stdint.h>

#include "traces/trace.h"

#define SYNTH_FLOWS_MAX            1000000
#define SYNTH_PACKET_BYTES_MAX     65000
#define SYNTH_RATE_BYTES_PER_S_MAX 1000000000000    /* 8 Tbit/s */
#define SYNTH_TIME_US_MAX          1000000000000000 /* 10^9 s: pcap seconds stay below 2^31 */
#define SYNTH_TCP_SNAPLEN_MIN      62 /* Ethernet, IPv4 and TCP headers with a SYN's options */
#define SYNTH_UDP_SNAPLEN_MIN      42
#define SYNTH_SNAPLEN_MAX          262144 /* libpcap's own limit */

enum synth_source { SYNTH_CONSTANT, SYNTH_ON_OFF, SYNTH_POISSON, SYNTH_PARETO };

enum synth_direction {
    SYNTH_READ,  /* initiator to responder */
    SYNTH_WRITE, /* responder to initiator */
    SYNTH_BOTH,
};

enum synth_protocol { SYNTH_TCP, SYNTH_UDP };

struct synth_spec {
    enum synth_source source;
    enum synth_direction direction;
    enum synth_protocol protocol;
    uint32_t flows;              /* 1 to SYNTH_FLOWS_MAX */
    uint64_t rate_bytes_per_s;   /* mean payload of each flow and direction, 1 to ..._MAX */
    uint32_t packet_bytes;       /* payload of each data packet, 1 to ..._MAX */
    uint64_t duration_us;        /* of the capture, 1 to SYNTH_TIME_US_MAX */
    uint64_t spread_us;          /* flows start uniformly in [0, spread_us); 0: all at 0 */
    uint64_t on_us;              /* on/off only: mean length of a period, 1 to SYNTH_TIME_US_MAX */
    uint64_t off_us;             /* likewise */
    uint32_t pareto_shape_milli; /* Pareto only: 1500 is 1.5; above 1000 */
    uint32_t snaplen_bytes;      /* of each packet, how much is kept */
    uint64_t seed;
    const volatile sig_atomic_t *stop; /* borrowed; when set, no more is made. NULL: never */
};

/* Sets every field to its default: one constant TCP flow that reads 1000-byte packets at 125 kB/s
 * (1 Mbit/s) for 10 s; on and off 1 s each, shape 1.5, no spread, snaplen 64, seed 1. */
void synth_spec_init(struct synth_spec *spec);

/* TRACE_OK, or TRACE_ERROR_FORMAT with a text that names the first value that cannot be used. */
int synth_spec_check(const struct synth_spec *spec, char *error);

#endif
