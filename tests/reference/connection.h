/*
 * Connections over loopback TCP. Flow n comes from an address of its own in 127.0.0.0/8, by which
 * the server knows it without a byte that would be charged.
 */
#ifndef SHAPESIM_TESTS_REFERENCE_CONNECTION_H
#define SHAPESIM_TESTS_REFERENCE_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

/* Of flows that can have an address. */
#define CONNECTION_FLOWS_MAX 0x00fe0000U

/* A listening, nonblocking socket; -1: there can be none, and errno tells. *port is set, in host
 * order. */
int connection_listen(uint16_t *port);

/* Whether a connection to that port, of the listening socket, can be made; errno tells why not. */
bool connection_is_possible(int listener, uint16_t port);

/* Opens a flow's connection to that port: a nonblocking socket, or -1 and errno. */
int connection_open(uint32_t flow, uint16_t port);

/* The next connection that waits: a nonblocking socket and its flow. -1: none waits, or errno tells
 * what else. */
int connection_accept(int listener, uint32_t *flow);

#endif
