/*
 * reference_play [OPTION...] CAPTURE: plays a capture's exchanges in closed loop on the wall clock,
 * with a real libevent server under a real rate-limit group and real clients, each a process of its
 * own, over loopback TCP. Prints what its clients felt, and how late the timers were.
 *
 *     --write BYTES:BURST  limit, in bytes per tick, and burst of what the server writes
 *     --read BYTES:BURST   likewise of what it reads
 *     --tick MS            default 10
 *     --min-share BYTES    default 64
 *     --open               packets at their captured times, whatever has arrived
 *     --packets FILE       writes the times of all packets, as CSV
 *
 * Flows that are not TCP are played over TCP, too, at their captured times. Takes as long as the
 * capture. Exit status 0: every byte has arrived as it was sent, and libevent has charged it once;
 * 1: not so; 2: misuse; 77: there are no sockets on 127.0.0.1 here.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/reference/connection.h"
#include "tests/reference/figures.h"
#include "tests/reference/server.h"

#define START_US INT64_C(200000) /* for both processes to be ready */

enum { EXIT_MISUSE = 2, EXIT_SKIP = 77 };

struct options {
    struct server_limits limits;
    bool is_open_loop;
    const char *packets_path;
    const char *capture_path;
};

/* What both processes write. */
struct shared {
    struct player_result results[DIRECTIONS]; /* by what the end sends */
    struct played_packet times[];
};

static int misuse(const char *what)
{
    fprintf(stderr, "reference_play: %s; see the head of tests/reference/reference_play.c\n", what);
    return EXIT_MISUSE;
}

static bool parse_limit(const char *text, size_t *rate, size_t *burst)
{
    int used = 0;

    return sscanf(text, "%zu:%zu%n", rate, burst, &used) == 2 && text[used] == '\0' && *rate > 0 &&
           *burst >= *rate;
}

static bool parse_option(struct options *options, int option, const char *value)
{
    struct server_limits *limits = &options->limits;

    switch (option) {
    case 'w':
        return parse_limit(value, &limits->write_bytes_per_tick, &limits->write_burst_bytes);
    case 'r':
        return parse_limit(value, &limits->read_bytes_per_tick, &limits->read_burst_bytes);
    case 't':
        limits->tick_ms = atoi(value);
        return limits->tick_ms > 0;
    case 'm':
        limits->min_share_bytes = (size_t)atol(value);
        return limits->min_share_bytes > 0;
    case 'o':
        options->is_open_loop = true;
        return true;
    case 'p':
        options->packets_path = value;
        return true;
    default:
        return false;
    }
}

static int parse_options(struct options *options, int argc, char **argv)
{
    static const struct option names[] = {{"write", required_argument, NULL, 'w'},
                                          {"read", required_argument, NULL, 'r'},
                                          {"tick", required_argument, NULL, 't'},
                                          {"min-share", required_argument, NULL, 'm'},
                                          {"open", no_argument, NULL, 'o'},
                                          {"packets", required_argument, NULL, 'p'},
                                          {NULL, 0, NULL, 0}};
    int option;

    *options = (struct options){.limits = {.tick_ms = 10, .min_share_bytes = 64}};
    while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
        if (!parse_option(options, option, optarg))
            return misuse("an option or its value is not known");
    }
    if (optind != argc - 1)
        return misuse("give one capture");
    options->capture_path = argv[optind];
    return 0;
}

/* --- the play ------------------------------------------------------------------------------- */

static int open_connection(const struct player *player, uint32_t flow)
{
    return connection_open(flow, *(const uint16_t *)player->arg);
}

/* The second process: ends with the first. */
static int play_clients(struct player *player, uint16_t port)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    player->sends = FLOW_FROM_INITIATOR;
    player->connect = open_connection;
    player->arg = &port;
    if (player_init(player) == 0) {
        player_wait(player);
        player_run(player);
    }
    player_end_flows(player);
    player_fini(player);
    return 0;
}

static bool play(const struct options *options, const struct plan *plan, struct shared *shared,
                 int listener, uint16_t port)
{
    struct player server = {.plan = plan,
                            .times = shared->times,
                            .is_open_loop = options->is_open_loop,
                            .result = &shared->results[FLOW_FROM_RESPONDER]};
    struct player clients = server;
    int status = 0;

    server.origin_us = player_now_us(&server) + START_US;
    server.other = &shared->results[FLOW_FROM_INITIATOR];
    clients.origin_us = server.origin_us;
    clients.result = &shared->results[FLOW_FROM_INITIATOR];
    clients.other = &shared->results[FLOW_FROM_RESPONDER];
    pid_t child = fork();
    if (child == 0)
        _exit(play_clients(&clients, port));
    if (child > 0) {
        server_play(&server, listener, &options->limits);
        waitpid(child, &status, 0);
    }
    return server.result->is_done && clients.result->is_done;
}

/* --- the report ----------------------------------------------------------------------------- */

static bool write_packets(const char *path, const struct plan *plan,
                          const struct played_packet *times)
{
    FILE *out = fopen(path, "w");

    if (out)
        figures_print_packets(out, plan, times);
    if (out && fclose(out) == 0)
        return true;
    fprintf(stderr, "reference_play: cannot write %s: %s\n", path, strerror(errno));
    return false;
}

static int report(const struct options *options, const struct plan *plan,
                  const struct shared *shared)
{
    const struct player_result *clients = &shared->results[FLOW_FROM_INITIATOR];
    const struct player_result *server = &shared->results[FLOW_FROM_RESPONDER];
    int64_t latest_us =
        clients->latest_us > server->latest_us ? clients->latest_us : server->latest_us;

    printf("flows %" PRIu32 "\n", plan->flow_count);
    if (figures_print(stdout, plan, shared->times) != 0) {
        fputs("reference_play: out of memory\n", stderr);
        return 1;
    }
    printf("latest_timer_s %.6f\nlatest_tick_s %.6f\n", (double)latest_us / 1e6,
           (double)server->latest_tick_us / 1e6);
    if (options->packets_path && !write_packets(options->packets_path, plan, shared->times))
        return 1;
    return fflush(stdout) == 0 ? 0 : 1;
}

/* Memory that the second process shares; NULL: there is none. */
static struct shared *make_shared(const struct plan *plan)
{
    size_t bytes = sizeof(struct shared) + plan->packet_count * sizeof(struct played_packet);
    struct shared *shared =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (shared == MAP_FAILED)
        return NULL;
    for (uint32_t i = 0; i < plan->packet_count; i++)
        shared->times[i] = (struct played_packet){NOT_YET, NOT_YET, NOT_YET};
    return shared;
}

/* A connection takes a descriptor in each process. */
static void allow_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int play_plan(const struct options *options, const struct plan *plan)
{
    struct shared *shared = make_shared(plan);
    uint16_t port = 0;
    int listener = connection_listen(&port);

    if (listener < 0 || !connection_is_possible(listener, port)) {
        fprintf(stderr, "reference_play: skipped: no sockets on 127.0.0.1: %s\n", strerror(errno));
        return EXIT_SKIP;
    }
    if (!shared || plan->flow_count > CONNECTION_FLOWS_MAX) {
        fputs("reference_play: out of memory, or the capture has too many flows\n", stderr);
        return 1;
    }
    allow_descriptors();
    bool is_done = play(options, plan, shared, listener, port);
    close(listener);
    return is_done ? report(options, plan, shared) : 1;
}

int main(int argc, char **argv)
{
    struct options options;
    struct plan plan = {0};
    char error[TRACE_ERROR_BYTES];
    int status = parse_options(&options, argc, argv);

    if (status != 0)
        return status;
    if (plan_load(&plan, options.capture_path, error) == TRACE_OK) {
        status = play_plan(&options, &plan);
    } else {
        fprintf(stderr, "reference_play: %s\n", error);
        status = 1;
    }
    plan_fini(&plan);
    return status;
}
