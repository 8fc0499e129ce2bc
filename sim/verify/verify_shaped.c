/* shaped.pcap: packets, times and bytes, against flows.csv, ticks.csv and summary.json. */
#include "sim/verify/verify_shaped.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/output/shaped_capture.h"
#include "sim/verify/tick_scan.h"
#include "sim/verify/verify_flows.h"
#include "sim/verify/verify_json.h"
#include "traces/capture_file.h"
#include "traces/flow_source.h"
#include "traces/fragments.h"

#define NS_PER_US 1000

/* The file while it is read from its beginning to its end; zeroed is closed. */
struct shaped_pass {
    struct verification *verification;
    char *path;
    struct capture_file *capture;
    struct flow_table *flows; /* whose streams are followed, as in the replay */
    struct fragments *fragments;
    uint64_t keys;    /* different ones of packets: no more than flows */
    int64_t start_ns; /* of virtual time */
    bool has_packet;
    int64_t packet_us; /* of the current one, in virtual time */
    int64_t packet_bytes;
    int64_t last_ns; /* of the one before */
    int64_t packets, bytes, largest_bytes;
};

#define SECONDS_MAX INT64_C(9000000000) /* of 2255: in nanoseconds they still fit */

/* "1700000000.123456789" */
static int64_t start_of(const struct verification *v)
{
    json_t *object = json_object_get(v->summary, "shaped_pcap");
    const char *text = json_string_value(json_object_get(object, "start_epoch_s"));
    const char *digits = text && *text == '-' ? text + 1 : text;
    size_t length = digits ? strspn(digits, "0123456789") : 0;

    if (length >= 1 && length <= 10 && digits[length] == '.' &&
        strspn(digits + length + 1, "0123456789") == 9 && !digits[length + 10]) {
        int64_t seconds = strtoll(text, NULL, 10);
        int64_t ns = strtoll(digits + length + 1, NULL, 10);
        if (seconds <= SECONDS_MAX && seconds >= -SECONDS_MAX)
            return seconds * INT64_C(1000000000) + ns;
    }
    check_fails(v->checks, CHECK_SHAPED, "summary.json: shaped_pcap: start_epoch_s: no time");
    return 0;
}

static bool pass_open(struct shaped_pass *pass, struct verification *v)
{
    char error[TRACE_ERROR_BYTES];

    *pass = (struct shaped_pass){.verification = v, .start_ns = start_of(v), .last_ns = INT64_MIN};
    if (asprintf(&pass->path, "%s/%s", v->config->directory, SHAPED_CAPTURE_FILE) < 0) {
        pass->path = NULL;
        sim_fail(v->error, SIM_FAILED, "%s: out of memory", SHAPED_CAPTURE_FILE);
        return false;
    }
    int status = capture_file_open(pass->path, &pass->capture, error);
    pass->flows = flow_table_new(INT64_MAX, UINT64_MAX);
    pass->fragments = fragments_new();
    if (!pass->flows || !pass->fragments)
        status = trace_fail(error, TRACE_ERROR_MEMORY, "%s: out of memory", SHAPED_CAPTURE_FILE);
    if (status == TRACE_ERROR_MEMORY)
        sim_fail(v->error, SIM_FAILED, "%s", error);
    else if (status != TRACE_OK)
        check_fails(v->checks, CHECK_FILES, "%s", error);
    return status == TRACE_OK;
}

static void pass_close(struct shaped_pass *pass)
{
    capture_file_free(pass->capture);
    flow_table_free(pass->flows);
    fragments_free(pass->fragments);
    free(pass->path);
}

static uint32_t out_of_memory(struct shaped_pass *pass)
{
    sim_fail(pass->verification->error, SIM_FAILED, "%s: out of memory", SHAPED_CAPTURE_FILE);
    return 0;
}

/* The packets of a direction are in the order of the trace, so what was new there is new here. */
static uint32_t new_bytes_of(struct shaped_pass *pass, struct packet_info *info)
{
    enum flow_direction direction;
    struct tcp_new_bytes new_bytes;
    struct flow_key key;

    if (info->is_fragment && fragments_follow(pass->fragments, pass->packet_us, info) != TRACE_OK)
        return out_of_memory(pass);
    flow_key_make(info, &key);
    struct flow *flow = flow_table_find(pass->flows, &key, &direction);
    if (!flow) {
        pass->keys++;
        flow = flow_table_open(pass->flows, info, &key, true, &direction);
    }
    if (!flow || flow_take_stream(flow, direction, info, &new_bytes) != 0)
        return out_of_memory(pass);
    return new_bytes.bytes;
}

static int64_t counted_bytes(struct shaped_pass *pass, const struct capture_packet *packet)
{
    struct packet_info info;

    if (flow_source_decode(&pass->verification->run->source, packet, &info) != SKIP_NONE) {
        check_fails(pass->verification->checks, CHECK_SHAPED,
                    "%s: packet %" PRId64 ": it belongs to no flow", SHAPED_CAPTURE_FILE,
                    pass->packets);
        return 0;
    }
    return count_mode_bytes(pass->verification->run->source.count, packet, &info,
                            new_bytes_of(pass, &info));
}

static void check_time(struct shaped_pass *pass, int64_t time_ns)
{
    struct verification *v = pass->verification;

    if (time_ns < pass->last_ns)
        check_fails(v->checks, CHECK_SHAPED, "%s: packet %" PRId64 " is before the one before it",
                    SHAPED_CAPTURE_FILE, pass->packets);
    else if (time_ns < pass->start_ns || pass->packet_us > v->end_us)
        check_fails(v->checks, CHECK_SHAPED,
                    "%s: packet %" PRId64 " is at %.6f s, but the run is from 0 to %.6f s",
                    SHAPED_CAPTURE_FILE, pass->packets, (double)pass->packet_us / 1e6,
                    (double)v->end_us / 1e6);
    else
        check_holds(v->checks, CHECK_SHAPED);
    pass->last_ns = time_ns;
}

/* Reads the next packet; false if the file is damaged. */
static bool pass_next(struct shaped_pass *pass)
{
    struct capture_packet packet;
    char error[TRACE_ERROR_BYTES];
    int status = capture_file_next(pass->capture, &packet, error);

    pass->has_packet = status == TRACE_OK;
    if (status == TRACE_END && capture_file_truncated(pass->capture))
        check_fails(pass->verification->checks, CHECK_FILES, "%s: ends in the middle of a packet",
                    SHAPED_CAPTURE_FILE);
    else if (status == TRACE_ERROR_MEMORY)
        sim_fail(pass->verification->error, SIM_FAILED, "%s", error);
    else if (status < 0)
        check_fails(pass->verification->checks, CHECK_FILES, "%s", error);
    if (!pass->has_packet)
        return status == TRACE_END && !capture_file_truncated(pass->capture);
    pass->packets++;
    pass->packet_us = (packet.time_ns - pass->start_ns) / NS_PER_US;
    pass->packet_bytes = counted_bytes(pass, &packet);
    if (pass->packet_bytes > pass->largest_bytes)
        pass->largest_bytes = pass->packet_bytes;
    check_time(pass, packet.time_ns);
    return true;
}

/* Adds up the bytes of the packets before `end_us`. */
static bool sum_until(struct shaped_pass *pass, int64_t end_us)
{
    while (pass->has_packet && pass->packet_us < end_us) {
        pass->bytes += pass->packet_bytes;
        if (!pass_next(pass))
            return false;
    }
    return true;
}

/* --- the whole -------------------------------------------------------------------------------- */

/* Several connections on the same addresses and ports, whose packets may be mixed, are followed as
 * one: their streams may then have other new bytes than in the replay, and are not compared. */
static bool has_shared_streams(const struct shaped_pass *pass)
{
    return pass->verification->run->source.count == COUNT_STREAM &&
           pass->keys != HASH_COUNT(pass->verification->flows);
}

/* Delivered bytes of packets that are not delivered completely are in no packet of the file. */
static bool check_sums(struct shaped_pass *pass, int64_t *undelivered, bool *shares_streams)
{
    struct verification *v = pass->verification;
    json_t *object = json_object_get(v->summary, "shaped_pcap");
    int64_t packets = 0, delivered_bytes = 0;
    uint64_t false_eofs = 0;

    if (!pass_next(pass) || !sum_until(pass, INT64_MAX))
        return false;
    for (size_t i = 0; i < v->group_count; i++) {
        const struct flow_totals *totals = flow_totals_of(v, &v->groups[i]);
        packets += (int64_t)totals->packets;
        false_eofs += totals->false_eofs;
        for (int d = 0; d < SHAPER_DIRECTIONS; d++)
            delivered_bytes += totals->delivered_bytes[d];
    }
    *undelivered = packets - pass->packets;
    *shares_streams = has_shared_streams(pass);
    verify_summary_integer(v, object, "shaped_pcap", "packets", pass->packets);
    verify_summary_integer(v, object, "shaped_pcap", "undelivered_packets", *undelivered);
    if (*undelivered < 0 || (*undelivered > 0 && v->is_drained && false_eofs == 0))
        check_fails(v->checks, CHECK_SHAPED,
                    "%s: %" PRId64 " packets, but the flows of flows.csv have %" PRId64,
                    SHAPED_CAPTURE_FILE, pass->packets, packets);
    else if (!*shares_streams &&
             (*undelivered == 0 ? pass->bytes != delivered_bytes : pass->bytes > delivered_bytes))
        check_fails(v->checks, CHECK_SHAPED,
                    "%s: %" PRId64 " bytes, but %" PRId64 " were delivered by flows.csv",
                    SHAPED_CAPTURE_FILE, pass->bytes, delivered_bytes);
    else
        check_holds(v->checks, CHECK_SHAPED);
    return true;
}

/* --- tick by tick ----------------------------------------------------------------------------- */

/* Every delivered byte is in ticks.csv once. */
static bool ticks_have_all(const struct verification *v)
{
    bool have = v->charges_delivered && !v->is_real && v->group_count > 0;

    for (size_t i = 0; i < v->group_count && have; i++)
        have = v->groups[i].limits && !v->groups[i].parent &&
               v->groups[i].tick_us == v->groups[0].tick_us;
    return have;
}

/* By the end of a tick, over all groups. */
struct tick_sums {
    int64_t tick;
    int64_t delivered_bytes;
    int64_t backlogs; /* of flows, each direction for itself: at most */
};

/* A packet is written with its last byte: for each packet that waits, ticks.csv may have all but
 * one byte more. If none waits both sums are equal. */
static void check_tick(struct shaped_pass *pass, const struct tick_sums *sums,
                       int64_t largest_bytes)
{
    int64_t more_bytes = sums->delivered_bytes - pass->bytes;
    bool is_bounded = largest_bytes >= 0 || sums->backlogs == 0;
    int64_t most_bytes = sums->backlogs > 0 ? sums->backlogs * (largest_bytes - 1) : 0;

    if (more_bytes < 0 || (is_bounded && more_bytes > most_bytes))
        check_fails(pass->verification->checks, CHECK_SHAPED,
                    "%s: %" PRId64 " bytes by the end of tick %" PRId64
                    ", but ticks.csv has delivered %" PRId64,
                    SHAPED_CAPTURE_FILE, pass->bytes, sums->tick, sums->delivered_bytes);
    else
        check_holds(pass->verification->checks, CHECK_SHAPED);
}

/* `largest_bytes` of any packet; -1 where it is not known, because some are not in the file. */
static void check_ticks(struct shaped_pass *pass, int64_t largest_bytes)
{
    struct verification *v = pass->verification;
    struct tick_scan *scan = tick_scan_open(v);
    struct tick_sums sums = {.tick = -1};
    struct verified_tick row = {0};
    bool good = scan && pass_next(pass);

    while (good && tick_scan_next(scan, &row)) {
        if (row.tick != sums.tick && sums.tick >= 0) {
            good = sum_until(pass, (sums.tick + 1) * v->groups[0].tick_us);
            check_tick(pass, &sums, largest_bytes);
        }
        if (row.tick != sums.tick)
            sums.backlogs = 0;
        sums.tick = row.tick;
        for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
            sums.delivered_bytes += row.bytes[d];
            sums.backlogs += row.backlog_bytes[d] > 0 ? row.backlogged_flows : 0;
        }
    }
    if (good && sums.tick >= 0 && sum_until(pass, INT64_MAX))
        check_tick(pass, &sums, largest_bytes);
    tick_scan_free(scan);
}

void verify_shaped(struct verification *v)
{
    struct shaped_pass pass;
    int64_t undelivered;
    bool shares_streams = false;

    if (!v->run->write_pcap)
        return;
    bool good = pass_open(&pass, v) && check_sums(&pass, &undelivered, &shares_streams);
    int64_t largest_bytes = pass.largest_bytes;
    pass_close(&pass);
    if (!good || shares_streams || !ticks_have_all(v))
        return;
    if (pass_open(&pass, v))
        check_ticks(&pass, undelivered == 0 ? largest_bytes : -1);
    pass_close(&pass);
}
