/*
 * Makes capture files from synthetic sources: constant, on/off, Poisson and Pareto.
 *
 * Each flow sends payload in packets of one size, in one direction or in both; every flow and
 * direction is a separate source with the same mean rate:
 *
 * - constant: packet k is at start + floor(k * packet_bytes * 10^6 / rate_bytes_per_s) us, exactly.
 *
 * - on/off: on and off periods are exponential with means on_us and off_us. While on, packets are
 *   equally spaced at rate * (on_us + off_us) / on_us; the rest of a gap when a period ends is
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
 * 0, 3333, 6666, 10000, ... us: the remaining third is carried, and a whole second holds 300
 * packets. Sizes and rates are of payload; headers are extra, 54 bytes for TCP and 42 for UDP.
 *
 * A TCP flow opens with SYN, SYN-ACK, ACK at its start and ends with FIN, FIN, ACK at duration_us;
 * data packets are before duration_us. A UDP flow in which the responder sends opens with an empty
 * datagram of the initiator. An end that only receives sends a bare ACK before the window it
 * announced is used up: once in the first 65535 bytes, then every GiB. What one flow does at one
 * microsecond is written in that order; flows at the same microsecond are in the order of their
 * number, and of one flow the initiator's packet is first.
 *
 * The file is pcap with microseconds, Ethernet and IPv4, all checksums valid (payload is zeros),
 * and its time 0 is 1000000000.000000 (2001-09-09). Flow n is from 198.18.0.1 + n % 65534, port
 * 49152 + n / 65534, to 198.19.0.1, port 80 (TCP) or 9 (UDP, discard).
 *
 * The same spec gives the same bytes on every machine: random numbers are integers, and functions
 * of them come from exact_math.h. Each flow and direction has its own random numbers, made from
 * seed, flow number and direction; a capture with more flows holds the same packets and additional
 * ones. Memory grows with the number of flows (about 150 bytes each), not with the packets.
 */
#ifndef SHAPESIM_TRACES_SYNTH_H
#define SHAPESIM_TRACES_SYNTH_H

#include "traces/synth_spec.h"
#include "traces/trace.h"

/*
 * Checks `spec`, then writes its capture to `path`, "-" being standard output. A new file is
 * written as `path`.part and renamed when it is whole; after a failure there is no .part, and what
 * was at `path` before is unchanged. An older capture of this kind is replaced, nothing else
 * (single_file.h). A pipe or a device is written in place. Returns TRACE_OK, TRACE_ERROR_FORMAT,
 * TRACE_ERROR_WRITE or TRACE_ERROR_MEMORY.
 */
int synth_write(const struct synth_spec *spec, const char *path, char *error);

#endif
