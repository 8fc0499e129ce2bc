/*
 * Compiles BPF expressions in a process of its own. libpcap cannot be trusted to come back: without
 * memory it may follow a null pointer, and its lexer ends the program. What dies is then the child,
 * before it has written anything, and the parent tells it in one line.
 */
#ifndef SHAPESIM_TRACES_FILTER_COMPILER_H
#define SHAPESIM_TRACES_FILTER_COMPILER_H

struct bpf_program;
struct pcap;

/* Compiles `expression` for the link type of `pcap`. The caller frees program->bf_insns with
 * free(). TRACE_ERROR_FILTER: it does not compile; TRACE_ERROR_MEMORY; TRACE_ERROR_OPEN: no process
 * could be started, or a signal came meanwhile. Then `error` (TRACE_ERROR_BYTES) has the reason and
 * the way out, to go after the expression's name. Not for a process that has several threads. */
int filter_compile(struct pcap *pcap, const char *expression, struct bpf_program *program,
                   char *error);

#endif
