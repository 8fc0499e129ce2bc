#include "sim/account/summary_settings.h"

#include <stdio.h>

#include "sim/base/json_text.h"
#include "sim/metrics/window_lengths.h"

/* As the options name them. */
static const char *const transports[] = {[SHAPER_TRANSPORT_PAIR] = "pair",
                                         [SHAPER_TRANSPORT_SOCKET] = "socket",
                                         [SHAPER_TRANSPORT_TLS] = "tls"};
static const char *const tls_versions[] = {[SHAPER_TLS_1_3] = "1.3", [SHAPER_TLS_1_2] = "1.2"};
static const char *const schedulers[] = {
    [SHAPER_SCHEDULER_LIBEVENT] = "libevent", [SHAPER_SCHEDULER_ACTIVE_SHARE] = "active-share",
    [SHAPER_SCHEDULER_SHUFFLE] = "shuffle",   [SHAPER_SCHEDULER_ROUND_ROBIN] = "round-robin",
    [SHAPER_SCHEDULER_DRR] = "drr",           [SHAPER_SCHEDULER_SFQ] = "sfq"};
static const char *const payloads[] = {
    [PAYLOAD_ZERO] = "zero", [PAYLOAD_RANDOM] = "random", [PAYLOAD_TEXT] = "text"};
static const char *const flushes[] = {[SHAPER_FLUSH_NONE] = "none",
                                      [SHAPER_FLUSH_NORMAL] = "normal",
                                      [SHAPER_FLUSH_FLUSH] = "flush",
                                      [SHAPER_FLUSH_FINISHED] = "finished"};

static json_t *seconds(int64_t us)
{
    return us > 0 ? json_real((double)us / 1e6) : json_null();
}

static json_t *bytes(int64_t bytes)
{
    return bytes > 0 ? json_integer(bytes) : json_null();
}

/* How many have rows. */
static json_t *flows(int64_t count)
{
    return count == FLOW_TICKS_ALL ? json_string("all") : json_integer(count);
}

static json_t *initial_tokens(const struct initial_tokens *tokens)
{
    if (tokens->is_given && tokens->kind == INITIAL_TOKENS_SIZE)
        return json_integer(tokens->bytes);
    return json_string(tokens->is_given && tokens->kind == INITIAL_TOKENS_BURST ? "burst" : "tick");
}

static void set_application(json_t *object, const struct application_config *application)
{
    json_object_set_new(object, "payload", json_string(payloads[application->payload]));
    json_object_set_new(object, "flush", json_string(flushes[application->flush]));
    json_object_set_new(object, "write_high_bytes", bytes(application->write_high_bytes));
    json_object_set_new(object, "write_low_bytes", json_integer(application->write_low_bytes));
    json_object_set_new(object, "read_high_bytes", bytes(application->read_high_bytes));
    json_object_set_new(object, "read_low_bytes", bytes(application->read_low_bytes));
    json_object_set_new(object, "filter_high_bytes", bytes(application->filter_high_bytes));
    json_object_set_new(object, "read_timeout_s", seconds(application->timeout_us[SHAPER_READ]));
    json_object_set_new(object, "write_timeout_s", seconds(application->timeout_us[SHAPER_WRITE]));
}

static void set_fairness(json_t *object, const struct named_windows *named)
{
    json_t *array = json_array();

    for (size_t i = 0; i < named->count; i++)
        json_array_append_new(array, seconds(named->us[i]));
    json_object_set_new(object, "fairness_windows_s", array);
    json_object_set_new(object, "headline_window_s", seconds(WINDOW_DEFAULT_US));
}

json_t *summary_settings(const struct run_config *config)
{
    const struct flow_source_options *source = &config->source;
    json_t *object = json_object();

    json_object_set_new(object, "transport", json_string(transports[config->transport]));
    json_object_set_new(object, "clock",
                        json_string(config->clock == SIM_CLOCK_REAL ? "real" : "virtual"));
    json_object_set_new(object, "scheduler", json_string(schedulers[config->scheduling.scheduler]));
    json_object_set_new(object, "shape",
                        json_string(config->shape_initiator ? "initiator" : "responder"));
    json_object_set_new(object, "initial_tokens", initial_tokens(&config->initial_tokens));
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        char key[48];
        snprintf(key, sizeof(key), "max_single_%s_bytes",
                 shaper_direction_name((enum shaper_direction)d));
        json_object_set_new(object, key,
                            json_integer(config->max_single_bytes[d] > 0
                                             ? config->max_single_bytes[d]
                                             : SHAPER_WRITE_MAX_BYTES));
    }
    json_object_set_new(object, "tls_version",
                        config->transport == SHAPER_TRANSPORT_TLS
                            ? json_string(tls_versions[config->tls_version])
                            : json_null());
    json_object_set_new(object, "dirty_shutdown",
                        json_boolean(config->tls_end != SHAPER_TLS_END_CLOSE_NOTIFY));
    json_object_set_new(object, "dirty_shutdown_allowed",
                        json_boolean(config->tls_end == SHAPER_TLS_END_DIRTY_ALLOWED));
    set_application(object, &config->application);
    json_object_set_new(object, "replay", json_string(config->is_closed_loop ? "closed" : "open"));
    json_object_set_new(object, "copies", json_integer(source->schedule.copies));
    json_object_set_new(object, "spread_s",
                        source->schedule.copies > 1
                            ? json_real((double)source->schedule.spread_us / 1e6)
                            : json_null());
    json_object_set_new(object, "speed",
                        json_real((double)source->schedule.speed_milli / FLOW_SPEED_ONE));
    json_object_set_new(object, "receive_window_bytes", bytes(config->receive_window_bytes));
    json_object_set_new(object, "from_s", seconds(source->from_us));
    json_object_set_new(object, "to_s", seconds(source->to_us));
    json_object_set_new(object, "decapsulate", json_boolean(source->decapsulate));
    json_object_set_new(object, "count", json_string(count_mode_name(source->count)));
    json_object_set_new(object, "filter", source->filter ? json_text(source->filter) : json_null());
    json_object_set_new(object, "responder",
                        source->responder ? json_text(source->responder) : json_null());
    json_object_set_new(object, "idle_timeout_s", seconds(source->idle_timeout_us));
    json_object_set_new(object, "max_gap_s", seconds(source->max_gap_us));
    json_object_set_new(object, "max_flows", json_integer(source->max_flows));
    json_object_set_new(object, "max_time_s", seconds(config->max_time_us));
    json_object_set_new(object, "flow_ticks", flows(config->flow_ticks));
    json_object_set_new(object, "exchanges", flows(config->exchanges));
    json_object_set_new(object, "idle_ticks",
                        json_string(config->skip_idle_ticks ? "skip" : "keep"));
    if (config->files != RUN_FILES_ALL)
        json_object_set_new(object, "files", json_string(run_files_name(config->files)));
    if (config->compress)
        json_object_set_new(object, "compress", json_true());
    set_fairness(object, &config->fairness_windows);
    return object;
}
