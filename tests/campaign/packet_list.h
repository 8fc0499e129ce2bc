/*
 * The trace of one setting: a few packets that are nasty on purpose, as words of
 * tests/program/packets.c
 * (`US,FLOW,r|w,BYTES[,FLAGS[-BACK|+GAP]]`). The first packet is at 0 or later; times never fall.
 */
#ifndef SHAPESIM_TESTS_CAMPAIGN_PACKET_LIST_H
#define SHAPESIM_TESTS_CAMPAIGN_PACKET_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "tests/campaign/rng.h"

#define PACKETS_MAX 1200

enum packet_flag { PACKET_FIN = 1, PACKET_RST = 2, PACKET_SYN = 4, PACKET_UDP = 8 };

struct packet {
    int64_t us;
    uint32_t flow;
    bool is_write;
    uint32_t bytes;
    unsigned flags;
    int32_t offset; /* of TCP: of its sequence number from the next one; below 0 it is sent again */
};

struct packet_list {
    struct packet packets[PACKETS_MAX];
    size_t count;
};

/* Equal times, coarse clocks, silences, single bytes, whole 64 KiB, flows that close while others
 * send. `coarse_us` is a step that some of the times are multiples of. */
void packet_list_random(struct packet_list *list, struct rng *rng, int64_t coarse_us);

/* What a setting is fitted to. */
int64_t packet_list_bytes(const struct packet_list *list);
/* Whether some bytes may be sent twice, or long after the end of their connection. */
bool packet_list_sends_again(const struct packet_list *list);
bool packet_list_may_be_late(const struct packet_list *list);

int64_t packet_list_span_us(const struct packet_list *list);
size_t packet_list_flows(const struct packet_list *list);

/* Prints its words, with `separator` between them. */
void packet_list_print(const struct packet_list *list, FILE *out, char separator);

/* The `step`th way to make a list smaller, from 0: fewer packets first, then smaller ones, earlier
 * ones, fewer flows. false: there is no such way. *smaller equals *list where a way changes
 * nothing. */
bool packet_list_shrink(const struct packet_list *list, size_t step, struct packet_list *smaller);

bool packet_list_equal(const struct packet_list *a, const struct packet_list *b);

#endif
