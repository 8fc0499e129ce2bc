/*
 * Frames and captures for the tests of traces/: headers are appended to a frame one after another,
 * frames are written into a pcap file, all with the lengths the test asks for, right or wrong.
 *
 * Example: a UDP datagram of 100 bytes from 10.0.0.1:5000 to 10.0.0.2:53, at 1.5 s:
 *
 *     struct frame frame = {0};
 *     frame_ethernet(&frame, 0x0800);
 *     frame_ipv4(&frame, 17, 1, 2, 20 + 8 + 100);
 *     frame_udp(&frame, 5000, 53, 100);
 *     frame_zeros(&frame, 100);
 *     pcap_file_add(file, 1500000, &frame);
 *
 * Checksums are left 0: nothing in traces/ looks at them. A failure ends the test.
 */
#ifndef SHAPESIM_TESTS_FRAMES_H
#define SHAPESIM_TESTS_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_BYTES_MAX 2048

struct frame {
    uint32_t count;      /* of bytes so far */
    uint32_t wire_bytes; /* what the capture claims, if that is more */
    uint8_t bytes[FRAME_BYTES_MAX];
};

void frame_put(struct frame *frame, const void *bytes, size_t count);
void frame_put8(struct frame *frame, uint32_t value);
void frame_put16(struct frame *frame, uint32_t value); /* big-endian, as all of these */
void frame_put32(struct frame *frame, uint32_t value);
void frame_set16(struct frame *frame, uint32_t at, uint32_t value);
void frame_zeros(struct frame *frame, uint32_t count);
void frame_hex(struct frame *frame, const char *hex); /* bytes like "aa aa 03" */

void frame_ethernet(struct frame *frame, uint32_t type);
void frame_vlan(struct frame *frame, uint32_t type); /* after the tag's own type */

/* 20 bytes, from 10.0.0.`from` to 10.0.0.`to`. */
void frame_ipv4(struct frame *frame, uint32_t protocol, uint32_t from, uint32_t to,
                uint32_t total_bytes);

/* Likewise for a fragment: `offset` is what the header holds, flags and eighths of the place. */
void frame_ipv4_fragment(struct frame *frame, uint32_t protocol, uint32_t from, uint32_t to,
                         uint32_t total_bytes, uint32_t id, uint32_t offset);

/* 40 bytes, from 2001:db8::`from` to 2001:db8::`to`. */
void frame_ipv6(struct frame *frame, uint32_t next_header, uint32_t from, uint32_t to,
                uint32_t payload_bytes);

/* An extension header of `bytes` bytes, filled up with zeros (Pad1 options). */
void frame_ipv6_extension(struct frame *frame, uint32_t next_header, uint32_t bytes);
void frame_ipv6_fragment(struct frame *frame, uint32_t next_header, uint32_t id, uint32_t offset);

/* 20 bytes. */
void frame_tcp(struct frame *frame, uint32_t source_port, uint32_t destination_port,
               uint32_t sequence, uint32_t flags);

/* 8 bytes; the datagram's length is made from `payload_bytes`. */
void frame_udp(struct frame *frame, uint32_t source_port, uint32_t destination_port,
               uint32_t payload_bytes);

/* 12 bytes. */
void frame_sctp(struct frame *frame, uint32_t source_port, uint32_t destination_port);

struct pcap_file;

/* A pcap file with nanoseconds; the caller closes it with pcap_file_close(). */
struct pcap_file *pcap_file_new(const char *path, int link_type);
void pcap_file_add(struct pcap_file *file, int64_t time_us, const struct frame *frame);
void pcap_file_add_ns(struct pcap_file *file, int64_t time_ns, const struct frame *frame);
void pcap_file_close(struct pcap_file *file);

/* The bytes of a whole file; the caller frees them. */
uint8_t *file_read(const char *path, size_t *count);
void file_write(const char *path, const void *bytes, size_t count);

#endif
