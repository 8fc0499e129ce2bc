/* A packet as a capture file holds it. */
#ifndef SHAPESIM_TRACES_PACKET_H
#define SHAPESIM_TRACES_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#define NS_PER_S INT64_C(1000000000)

/* The years 1900 and 2191: in nanoseconds the difference of any two times still fits 63 bits. */
#define PACKET_EARLIEST_TIME_S INT64_C(-2200000000)
#define PACKET_LATEST_TIME_S   INT64_C(7000000000)

struct capture_packet {
    int64_t time_ns;         /* since the epoch */
    uint32_t captured_bytes; /* bytes in `data` */
    uint32_t wire_bytes;     /* the frame's length when it was captured */
    const uint8_t *data;     /* borrowed; for how long, the function that returns it says */
    int link_type;           /* libpcap's DLT_ number */
    bool has_no_time;        /* the file holds none for it; `time_ns` is its neighbour's */
};

#endif
