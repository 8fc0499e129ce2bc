/*
 * Compiles BPF expressions in a separate process. libpcap cannot be relied on to return: without
 * memory it may follow a null pointer, and its lexer ends the program. Then only the child ends,
 * before it has written anything, and the parent reports it in one line.
 */
#ifndef SHAPESIM_TRACES_FILTER_COMPILER_H
#define SHAPESIM_TRACES_FILTER_COMPILER_H

struct bpf_program;
struct pcap;

/* Compiles `expression` for the link type of `pcap`. The caller frees program->bf_insns with
 * free(). TRACE_ERROR_FILTER: it does not compile; TRACE_ERROR_MEMORY; TRACE_ERROR_OPEN: no process
 * could be started, or a signal arrived meanwhile. Then `error` (TRACE_ERROR_BYTES) has the reason
 * and the way out, to follow the expression's name. Not for a process with several threads. */
int filter_compile(struct pcap *pcap, const char *expression, struct bpf_program *program,
                   char *error);

#endif
