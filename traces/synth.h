/*
 * Makes capture files from synthetic sources: constant, on/off, Poisson and Pareto.
 *
 * Each flow sends payload in packets of one size, in one direction or in both; every flow and
 * direction is a source of its own with the same mean rate:
 *
 * - constant: packet k is at start + floor(k * packet_bytes * 10^6 / rate_bytes_per_s) us, exactly.
 *
 * - on/off: on and off periods are exponential with means on_us and off_us. While on, packets are
 *   equally spaced at rate * (on_us + off_us) / on_us; what is left of a gap when a period ends is
 *   waited for in the next one. A flow starts on with probability on_us / (on_us + off_us), so that
 *   the mean holds from the start.
 *
 * - Poisson: gaps are exponential with mean packet_bytes / rate, the first one from the start.
 *
 * - Pareto: gaps are m / U^(1/a), U uniform in (0, 1], a = pareto_shape_milli / 1000,
 *   m = (a - 1) / a * packet_bytes / rate; their mean is packet_bytes / rate, the first one is from
 *   the start. At a <= 2 their variance is infinite: a short capture is often far from the mean.
 *
 * Example: 1000-byte packets at 300000 bytes/s have a gap of 3333 1/3 us. Constant packets are at
 * 0, 3333, 6666, 10000, ... us: the third that is left over is carried, and a whole second holds
 * 300 packets. Payload is what counts; headers come on top, 54 bytes for TCP and 42 for UDP.
 *
 * A TCP flow opens with SYN, SYN-ACK, ACK at its start and ends with FIN, FIN, ACK at duration_us;
 * data packets are before duration_us. A UDP flow in which the responder sends opens with an empty
 * datagram of the initiator. An end that only receives sends a bare ACK where the window
 * it announced would else be used up: once in the first 65535 bytes, then every GiB. What one flow
 * does at one microsecond is in that order; flows at the same microsecond are in the order of their
 * number, and of one flow the initiator's packet is first.
 *
 * The file is pcap with microseconds, Ethernet and IPv4, all checksums valid (payload is zeros),
 * and its time 0 is 1000000000.000000 (2001-09-09). Flow n is from 198.18.0.1 + n % 65534, port
 * 49152 + n / 65534, to 198.19.0.1, port 80 (TCP) or 9 (UDP, discard).
 *
 * The same spec gives the same bytes on every machine: random numbers come from integers, and what
 * is made of them from exact_math.h. Each flow and direction has its own random numbers, made from
 * seed, flow number and direction; a capture with more flows holds the same packets and others.
 * Memory grows with the number of flows (about 150 bytes each), not with the packets.
 */
#ifndef SHAPESIM_TRACES_SYNTH_H
#define SHAPESIM_TRACES_SYNTH_H

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
    const volatile sig_atomic_t *stop; /* borrowed; set: nothing more is made. NULL: never */
};

/* Sets every field to its default: one constant TCP flow that reads 1000-byte packets at 125 kB/s
 * (1 Mbit/s) for 10 s; on and off 1 s each, shape 1.5, no spread, snaplen 64, seed 1. */
void synth_spec_init(struct synth_spec *spec);

/* TRACE_OK, or TRACE_ERROR_FORMAT with a text that names the first value that cannot be used. */
int synth_check(const struct synth_spec *spec, char *error);

/*
 * Checks `spec`, then writes its capture to `path`, "-" being standard output. A new file is
 * written as `path`.part and renamed when it is whole; after a failure there is no .part, and what
 * was at `path` before is untouched. An older capture of this kind is replaced, nothing else
 * (synth_file.h). A pipe or a device is written in place. Returns TRACE_OK, TRACE_ERROR_FORMAT,
 * TRACE_ERROR_WRITE or TRACE_ERROR_MEMORY.
 */
int synth_write(const struct synth_spec *spec, const char *path, char *error);

#endif
