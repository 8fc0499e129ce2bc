#include "sim/verify/checks.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "shaper/libevent/memory.h"
#include "traces/trace.h"

static const char *const names[CHECKS] = {
    [CHECK_FILES] = "files are whole",
    [CHECK_HASHES] = "files are as written",
    [CHECK_SETTINGS] = "limits are those of the command",
    [CHECK_CONSERVATION] = "offered = delivered + backlog",
    [CHECK_BUCKETS] = "start - bytes - events = end",
    [CHECK_BUCKET_BOUNDS] = "overdraft <= bucket <= burst",
    [CHECK_EVENTS] = "events are those of the command",
    [CHECK_TOTALS] = "totals are sums of bytes",
    [CHECK_WINDOWS] = "bytes of any k ticks",
    [CHECK_FROM_START] = "bytes from the start",
    [CHECK_TICKS] = "ticks follow each other",
    [CHECK_MEMBERS] = "members are open flows",
    [CHECK_FLOW_TICKS] = "flows sum to their group",
    [CHECK_OWN_BUCKETS] = "per-flow buckets",
    [CHECK_GUARANTEE] = "guarantee of the scheduler",
    [CHECK_RANGES] = "figures in their ranges",
    [CHECK_FILTERS] = "filters.csv",
    [CHECK_APPLICATION] = "application.csv",
    [CHECK_EXCHANGES] = "exchanges.csv",
    [CHECK_SHAPED] = "shaped.pcap",
    [CHECK_SUMMARY] = "summary is that of the files",
    [CHECK_FAIRNESS] = "fairness.csv",
    [CHECK_BURST] = "burst.csv",
    [CHECK_DELAYS] = "delays.csv, delays_time.csv",
    [CHECK_MIN_JAIN] = "--min-jain",
    [CHECK_MAX_P99_DELAY] = "--max-p99-delay",
    [CHECK_MAX_BURST] = "--max-burst",
    [CHECK_MIN_UTILISATION] = "--min-utilisation",
    [CHECK_AGAINST] = "--against",
};

void check_calls_want(struct checks *checks, size_t index, const char *text)
{
    snprintf(checks->want_names[index], CHECK_NAME_BYTES, "--want %s", text);
}

void check_holds(struct checks *checks, enum check check)
{
    checks->results[check].comparisons++;
}

void check_holds_without(struct checks *checks, enum check check, const char *format, ...)
{
    struct check_result *result = &checks->results[check];
    va_list arguments;

    result->comparisons++;
    if (result->is_measured)
        return;
    va_start(arguments, format);
    vsnprintf(result->figure, sizeof(result->figure), format, arguments);
    va_end(arguments);
}

void check_agrees(struct checks *checks, enum check check, uint64_t comparisons, const char *what)
{
    struct check_result *result = &checks->results[check];

    result->comparisons += comparisons + (comparisons == 0);
    result->is_measured = true;
    snprintf(result->figure, sizeof(result->figure), "%" PRIu64 " %s", comparisons, what);
}

void check_fails(struct checks *checks, enum check check, const char *format, ...)
{
    struct check_result *result = &checks->results[check];
    va_list arguments;

    if (result->failures++ > 0)
        return;
    va_start(arguments, format);
    vsnprintf(result->message, sizeof(result->message), format, arguments);
    va_end(arguments);
    trace_make_plain(result->message);
    if (!checks->first_failure[0])
        memcpy(checks->first_failure, result->message, sizeof(result->message));
}

void check_is_skipped(struct checks *checks, enum check check, const char *why)
{
    struct check_result *result = &checks->results[check];

    if (result->failures == 0)
        snprintf(result->message, sizeof(result->message), "%s", why);
}

static void measure(struct check_result *result, double slack, double figure, double bound,
                    const char *unit, const char *subject)
{
    result->comparisons++;
    if (result->is_measured && slack >= result->slack)
        return;
    result->is_measured = true;
    result->slack = slack;
    snprintf(result->figure, sizeof(result->figure), "%.15g%s%s%s", figure, *unit ? " " : "", unit,
             subject);
    snprintf(result->bound, sizeof(result->bound), "%.15g%s%s", bound, *unit ? " " : "", unit);
}

bool check_at_most(struct checks *checks, enum check check, double figure, double bound,
                   const char *unit, const char *subject)
{
    double scale = fabs(bound) > 0 ? fabs(bound) : 1;

    measure(&checks->results[check], (bound - figure) / scale, figure, bound, unit, subject);
    return figure <= bound;
}

bool check_at_least(struct checks *checks, enum check check, double figure, double bound,
                    const char *unit, const char *subject)
{
    double scale = fabs(bound) > 0 ? fabs(bound) : 1;

    measure(&checks->results[check], (figure - bound) / scale, figure, bound, unit, subject);
    return figure >= bound;
}

bool checks_hold(const struct checks *checks)
{
    return !checks->first_failure[0];
}

const char *checks_refusal(const struct checks *checks)
{
    static const enum check structural[] = {CHECK_FILES, CHECK_SETTINGS};

    for (size_t i = 0; i < sizeof(structural) / sizeof(structural[0]); i++)
        if (checks->results[structural[i]].failures > 0)
            return checks->results[structural[i]].message;
    return NULL;
}

/* --- printing ------------------------------------------------------------------------------ */

static const char *verdict(const struct check_result *result)
{
    return result->failures ? "fails" : result->comparisons ? "holds" : "skipped";
}

/* A check without any comparison or message was not asked for. */
static bool is_shown(const struct check_result *result)
{
    return result->failures || result->comparisons || result->message[0];
}

static void print_figure(const struct check_result *result, char text[CHECK_TEXT_BYTES])
{
    if (result->is_measured || (result->figure[0] && !result->failures))
        memcpy(text, result->figure, CHECK_TEXT_BYTES);
    else if (result->failures)
        snprintf(text, CHECK_TEXT_BYTES, "%" PRIu64 " of %" PRIu64 " wrong", result->failures,
                 result->failures + result->comparisons);
    else if (result->comparisons)
        snprintf(text, CHECK_TEXT_BYTES, "%" PRIu64 " compared", result->comparisons);
    else
        text[0] = '\0';
}

const char *check_name(const struct checks *checks, enum check check)
{
    if (check >= CHECK_WANT && check < CHECK_AGAINST)
        return checks->want_names[check - CHECK_WANT];
    return names[check];
}

bool check_is_shown(const struct checks *checks, enum check check)
{
    return is_shown(&checks->results[check]);
}

const char *check_verdict(const struct checks *checks, enum check check)
{
    return verdict(&checks->results[check]);
}

void check_figure(const struct checks *checks, enum check check, char text[CHECK_TEXT_BYTES])
{
    print_figure(&checks->results[check], text);
}

void checks_print(const struct checks *checks, FILE *out)
{
    fprintf(out, "%-32s %-36s %-16s %s\n", "check", "figure", "bound", "verdict");
    for (int i = 0; i < CHECKS; i++) {
        const struct check_result *result = &checks->results[i];
        char figure[CHECK_TEXT_BYTES];
        if (!is_shown(result))
            continue;
        print_figure(result, figure);
        trace_make_plain(figure); /* it names groups as the files do */
        fprintf(out, "%-32s %-36s %-16s %s\n", check_name(checks, (enum check)i),
                figure[0] ? figure : "-", result->bound[0] ? result->bound : "-", verdict(result));
        if (result->message[0])
            fprintf(out, "    %s\n", result->message);
    }
}

/* What is not UTF-8 cannot be JSON text: its bytes become '?'. */
static json_t *json_text(const char *text)
{
    json_t *string = json_string(text);
    char ascii[SIM_ERROR_BYTES];

    if (string)
        return string;
    snprintf(ascii, sizeof(ascii), "%s", text);
    for (char *at = ascii; *at; at++)
        if ((unsigned char)*at > 0x7f)
            *at = '?';
    return json_string(ascii);
}

json_t *checks_json(const struct checks *checks)
{
    json_t *array = json_array();

    for (int i = 0; i < CHECKS; i++) {
        const struct check_result *result = &checks->results[i];
        char figure[CHECK_TEXT_BYTES];
        if (!is_shown(result))
            continue;
        print_figure(result, figure);
        json_t *object = json_object();
        json_object_set_new(object, "check", json_text(check_name(checks, (enum check)i)));
        json_object_set_new(object, "figure", json_text(figure));
        json_object_set_new(object, "bound", json_string(result->bound));
        json_object_set_new(object, "verdict", json_string(verdict(result)));
        json_object_set_new(object, "message", json_text(result->message));
        json_array_append_new(array, object);
    }
    if (!memory_ran_out())
        return array;
    json_decref(array);
    return NULL;
}

int checks_print_json(const struct checks *checks, FILE *out)
{
    json_t *array = checks_json(checks);
    int status = array ? json_dumpf(array, out, JSON_INDENT(2)) : -1;

    json_decref(array);
    fputc('\n', out);
    return status;
}
