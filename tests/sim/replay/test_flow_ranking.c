#include "sim/replay/flow_ranking.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/scratch.h"
#include "traces/synth.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define FLOWS_MAX 64

static const struct flow_source_options every_packet = {.idle_timeout_us = INT64_C(300000000)};

static const struct flow_choice every_flow = {NULL, NULL};

static const char *path;

static int set_up(void **state)
{
    scratch_make(state);
    path = scratch_path("a.pcap");
    return 0;
}

static void make_capture(const struct synth_spec *spec)
{
    char error[TRACE_ERROR_BYTES];

    assert_int_equal(synth_write(spec, path, error), TRACE_OK);
}

struct naive {
    uint64_t bytes;
    uint64_t flow; /* from 1 */
};

/* What the replay will see: bytes of each flow, by number. */
static void count_naively(const struct flow_source_options *options, struct naive *flows,
                          size_t *count)
{
    struct flow_source *source;
    struct flow_event event;
    char error[TRACE_ERROR_BYTES];
    int status;

    *count = 0;
    assert_int_equal(flow_source_open(path, options, &source, error), TRACE_OK);
    while ((status = flow_source_next(source, &event, error)) == TRACE_OK) {
        if (event.kind != FLOW_EVENT_PACKET)
            continue;
        while (*count < event.flow->number) {
            assert_true(*count < FLOWS_MAX);
            flows[*count] = (struct naive){.flow = *count + 1};
            ++*count;
        }
        flows[event.flow->number - 1].bytes += event.bytes;
    }
    assert_int_equal(status, TRACE_END);
    flow_source_free(source);
}

static int most_bytes_first(const void *a, const void *b)
{
    const struct naive *x = a, *y = b;

    if (x->bytes != y->bytes)
        return x->bytes > y->bytes ? -1 : 1;
    return x->flow < y->flow ? -1 : x->flow > y->flow;
}

static int read_ranking(const struct flow_source_options *options, size_t top,
                        const volatile sig_atomic_t *stop, struct flow_ranking **ranking,
                        char *error)
{
    struct flow_source *source;

    assert_int_equal(flow_source_open(path, options, &source, error), TRACE_OK);
    int status = flow_ranking_read(source, top, &every_flow, stop, ranking, error);
    flow_source_free(source);
    return status;
}

/* Reads a ranking and holds it against the sorted list. */
static void check_ranking(const struct flow_source_options *options, const struct naive *sorted,
                          size_t flows, size_t top)
{
    const volatile sig_atomic_t stop = 0;
    struct flow_ranking *ranking = NULL;
    char error[SIM_ERROR_BYTES];

    assert_int_equal(read_ranking(options, top, &stop, &ranking, error), SIM_OK);
    assert_non_null(ranking);
    for (size_t i = 0; i < flows; i++)
        assert_int_equal(flow_ranking_has(ranking, sorted[i].flow), i < top);
    assert_false(flow_ranking_has(ranking, 0));
    assert_false(flow_ranking_has(ranking, flows + 1));
    assert_false(flow_ranking_has(ranking, UINT64_MAX));
    flow_ranking_free(ranking);
}

static void the_top_flows_are_those_of_a_sort(void **state)
{
    (void)state;
    static const enum synth_protocol protocols[] = {SYNTH_TCP, SYNTH_UDP};

    for (uint64_t seed = 1; seed <= 6; seed++)
        for (size_t p = 0; p < COUNT(protocols); p++) {
            struct synth_spec spec;
            struct naive flows[FLOWS_MAX];
            size_t count;
            synth_spec_init(&spec);
            spec.source = SYNTH_POISSON; /* sizes differ, and some are equal */
            spec.direction = seed % 2 ? SYNTH_BOTH : SYNTH_WRITE;
            spec.protocol = protocols[p];
            spec.flows = 50;
            spec.rate_bytes_per_s = 12500;
            spec.packet_bytes = 1000;
            spec.duration_us = 1500000;
            spec.spread_us = 700000;
            spec.seed = seed;
            make_capture(&spec);
            count_naively(&every_packet, flows, &count);
            assert_true(count > 40);
            qsort(flows, count, sizeof(flows[0]), most_bytes_first);
            assert_true(flows[0].bytes > flows[count - 1].bytes);
            for (size_t top = 0; top <= count + 2; top++)
                check_ranking(&every_packet, flows, count, top);
        }
}

static void equal_flows_go_by_their_number(void **state)
{
    (void)state;
    struct synth_spec spec;
    const volatile sig_atomic_t stop = 0;
    char error[SIM_ERROR_BYTES];

    synth_spec_init(&spec);
    spec.flows = 12; /* constant: all flows equal */
    spec.duration_us = 100000;
    make_capture(&spec);
    for (size_t top = 0; top <= 14; top++) {
        struct flow_ranking *ranking = NULL;
        assert_int_equal(read_ranking(&every_packet, top, &stop, &ranking, error), SIM_OK);
        for (uint64_t flow = 1; flow <= 12; flow++)
            assert_int_equal(flow_ranking_has(ranking, flow), flow <= top);
        flow_ranking_free(ranking);
    }
}

/* By frames, pure acknowledgments have bytes too; a filter removes flows. */
static void options_decide_what_counts(void **state)
{
    (void)state;
    const struct flow_source_options rows[] = {
        {.count = COUNT_WIRE, .idle_timeout_us = INT64_C(300000000)},
        {.count = COUNT_IP, .idle_timeout_us = INT64_C(300000000)},
        {.filter = "src net 198.18.0.0/30 or dst net 198.18.0.0/30",
         .idle_timeout_us = INT64_C(300000000)},
        {.idle_timeout_us = 1000}, /* each packet its own flow, or nearly so */
    };
    struct synth_spec spec;

    synth_spec_init(&spec);
    spec.source = SYNTH_POISSON;
    spec.protocol = SYNTH_UDP;
    spec.flows = 10;
    spec.rate_bytes_per_s = 10000;
    spec.duration_us = 300000;
    make_capture(&spec);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct naive flows[FLOWS_MAX];
        size_t count;
        count_naively(&rows[i], flows, &count);
        assert_true(count > 1);
        qsort(flows, count, sizeof(flows[0]), most_bytes_first);
        for (size_t top = 0; top <= count; top++)
            check_ranking(&rows[i], flows, count, top);
    }
}

static void failures_say_why(void **state)
{
    (void)state;
    const volatile sig_atomic_t stop = 0, stopped = 1;
    struct flow_ranking *ranking = NULL;
    struct synth_spec spec;
    char error[SIM_ERROR_BYTES] = "", expected[SIM_ERROR_BYTES];

    synth_spec_init(&spec);
    spec.duration_us = 100000;
    make_capture(&spec);
    assert_int_equal(read_ranking(&every_packet, 5, &stopped, &ranking, error), SIM_INTERRUPTED);
    snprintf(expected, sizeof(expected), "%s: interrupted in the first pass", path);
    assert_string_equal(error, expected);
    assert_null(ranking);

    unsigned char damage[16];
    memset(damage, 0xff, sizeof(damage)); /* a packet of 4 GiB */
    FILE *file = fopen(path, "ab");
    assert_non_null(file);
    assert_int_equal(fwrite(damage, 1, sizeof(damage), file), sizeof(damage));
    assert_int_equal(fclose(file), 0);
    assert_int_equal(read_ranking(&every_packet, 5, &stop, &ranking, error), SIM_FAILED);
    assert_non_null(strstr(error, path));
    assert_non_null(strstr(error, "is damaged"));
    assert_null(ranking);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_top_flows_are_those_of_a_sort, scratch_empty),
        cmocka_unit_test_teardown(equal_flows_go_by_their_number, scratch_empty),
        cmocka_unit_test_teardown(options_decide_what_counts, scratch_empty),
        cmocka_unit_test_teardown(failures_say_why, scratch_empty),
    };

    return cmocka_run_group_tests_name("flow_ranking", tests, set_up, scratch_remove);
}
