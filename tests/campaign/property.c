#include "tests/campaign/property.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/campaign/files.h"

const char *const property_names[PROPERTIES] = {
    "it is done, refused or fails with a true reason",
    "it ends",
    "the checker accepts its files",
    "verify accepts its files",
    "a second run is the same",
    "sockets do as pairs",
    "limits do not change what is offered, and that is delivered",
    "a TERM ends it",
};

#define PATH_BYTES    256
#define SOCKET_BYTES  (4 * 1024 * 1024)
#define ARGUMENTS_MAX (2 * SETTING_OPTIONS_MAX + 16)
#define TERM_AFTER_US 500

/* One setting and trace while they are looked at. */
struct look {
    const struct bench *bench;
    const struct setting *setting;
    const struct packet_list *packets;
    unsigned wanted;
    struct verdict *verdict;
    char trace[PATH_BYTES], errors[PATH_BYTES];
    struct run run;
};

__attribute__((format(printf, 3, 4))) static bool fail(struct look *look, enum property property,
                                                       const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(look->verdict->text, sizeof(look->verdict->text), format, arguments);
    va_end(arguments);
    look->verdict->failed = true;
    look->verdict->property = property;
    return false;
}

static bool wants(struct look *look, enum property property)
{
    if (!(look->wanted & PROPERTY_BIT(property)))
        return false;
    look->verdict->looked_at |= PROPERTY_BIT(property);
    return true;
}

static void path_of(const struct look *look, const char *name, char path[PATH_BYTES])
{
    snprintf(path, PATH_BYTES, "%s/%s", look->bench->directory, name);
}

/* --- runs ------------------------------------------------------------------------------------ */

int64_t bench_kernel_buffer_bytes(void)
{
    const int asked = SOCKET_BYTES;
    static char zeros[SOCKET_BYTES];
    int sockets[2];
    ssize_t held;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets) != 0)
        return 0;
    setsockopt(sockets[0], SOL_SOCKET, SO_SNDBUF, &asked, sizeof(asked));
    held = write(sockets[0], zeros, sizeof(zeros));
    close(sockets[0]);
    close(sockets[1]);
    return held > 0 ? held : 0;
}

static void write_trace(struct look *look)
{
    char words[PATH_BYTES];
    char *arguments[] = {(char *)(uintptr_t)look->bench->packets, NULL};

    path_of(look, "words", words);
    path_of(look, "a.pcap", look->trace);
    path_of(look, "errors", look->errors);
    FILE *file = fopen(words, "w");
    if (!file) {
        perror(words);
        exit(2);
    }
    packet_list_print(look->packets, file, '\n');
    putc('\n', file);
    fclose(file);
    run_other(arguments, words, look->trace, look->errors, &look->run);
    if (look->run.status != 0) {
        fprintf(stderr, "%s: %s\n", look->bench->packets, look->run.error);
        exit(2);
    }
}

/* Whether what the option says decides what is offered. */
static bool is_of_trace(const char *name)
{
    static const char *const names[] = {"--count",     "--filter",    "--idle-timeout", "--max-gap",
                                        "--max-flows", "--responder", "--shape",        "--copies",
                                        "--spread",    "--speed",     "--seed"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* Replays the trace into the directory `name`; its limits and all that comes with them left out,
 * if so asked. `transport` NULL: the setting's. */
static void replay(struct look *look, const char *name, const char *transport, bool is_unlimited,
                   int term_after_us)
{
    char *arguments[ARGUMENTS_MAX];
    char path[PATH_BYTES];
    size_t count = 0;
    const struct setting *setting = look->setting;

#define ARGUMENT(text) arguments[count++] = (char *)(uintptr_t)(text)
    path_of(look, name, path);
    files_remove(path);
    ARGUMENT("shapesim");
    ARGUMENT("run");
    ARGUMENT(look->trace);
    for (size_t i = 0; i < setting->count; i++) {
        const struct setting_option *option = &setting->options[i];
        if (is_unlimited && !is_of_trace(option->name))
            continue;
        if (transport && strcmp(option->name, "--transport") == 0)
            continue;
        ARGUMENT(option->name);
        if (option->value[0])
            ARGUMENT(option->value);
    }
    if (transport) {
        ARGUMENT("--transport");
        ARGUMENT(transport);
    }
    ARGUMENT("-q");
    ARGUMENT("-o");
    ARGUMENT(path);
    arguments[count] = NULL;
#undef ARGUMENT
    run_program(arguments, look->errors, term_after_us, &look->run);
}

/* --- how it ends ----------------------------------------------------------------------------- */

/* Failures that the setting explains. */
static bool is_true_reason(const struct setting *setting, const char *message)
{
    static const struct {
        const char *text;
        const char *option;
    } reasons[] = {
        {"lower --background", "--background"},
        {"--flush normal does not", "--flush"},
        {"is less than --read-low", "--read-low"},
        {"are open or have closed with bytes waiting", "--max-flows"},
        {"would bring the rows of idle ticks to", "--tick"},
        {"lets none of the", "--filter"},
    };

    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (strstr(message, reasons[i].text) && setting_has(setting, reasons[i].option))
            return true;
    return false;
}

static bool check_status(struct look *look)
{
    const struct run *run = &look->run;
    char message[RUN_ERROR_BYTES];
    int lines;

    run_message(run, message, &lines);
    wants(look, PROPERTY_ENDS);
    wants(look, PROPERTY_STATUS);
    if (run->signal == SIGXCPU || run->signal == SIGKILL)
        return fail(look, PROPERTY_ENDS, "it has taken %d s of processor time", RUN_CPU_SECONDS);
    if (run->signal == SIGALRM)
        return fail(look, PROPERTY_ENDS, "it has stood still for %d s", RUN_WALL_SECONDS);
    if (run->signal != 0)
        return fail(look, PROPERTY_STATUS, "signal %d: %s", run->signal, run->error);
    if (run->status == 0 && lines == 0)
        return true;
    look->verdict->refused = run->status == 2 && lines == 1;
    look->verdict->broken =
        run->status == 1 && lines == 1 && is_true_reason(look->setting, message);
    if (!look->verdict->refused && !look->verdict->broken)
        fail(look, PROPERTY_STATUS, "exit status %d: %.1500s", run->status, message);
    return false;
}

/* --- files ----------------------------------------------------------------------------------- */

static bool check_files(struct look *look)
{
    char path[PATH_BYTES];

    path_of(look, "run", path);
    if (wants(look, PROPERTY_CHECKER)) {
        char *arguments[] = {(char *)(uintptr_t)look->bench->check_run, path, NULL};
        run_other(arguments, NULL, NULL, look->errors, &look->run);
        if (look->run.status != 0)
            return fail(look, PROPERTY_CHECKER, "%.1900s", look->run.error);
    }
    if (wants(look, PROPERTY_VERIFY)) {
        char *arguments[] = {(char *)(uintptr_t) "shapesim", (char *)(uintptr_t) "verify", path,
                             NULL};
        run_program(arguments, look->errors, -1, &look->run);
        if (look->run.status != 0)
            return fail(look, PROPERTY_VERIFY, "exit status %d: %.1900s", look->run.status,
                        look->run.error);
    }
    return true;
}

static bool check_same(struct look *look, enum property property, const char *name,
                       const char *transport)
{
    char run[PATH_BYTES], other[PATH_BYTES], difference[FILES_DIFFERENCE_BYTES];

    if (!wants(look, property))
        return true;
    path_of(look, "run", run);
    path_of(look, name, other);
    replay(look, name, transport, false, -1);
    if (look->run.status != 0)
        return fail(look, property, "exit status %d, signal %d: %.1900s", look->run.status,
                    look->run.signal, look->run.error);
    if (!files_same(run, other, difference))
        return fail(look, property, "%s", difference);
    return true;
}

/* --- sockets --------------------------------------------------------------------------------- */

/* The largest number in a value that ends in `key`=NUMBER, and of the option `name`. */
static int64_t largest(const struct setting *setting, const char *name, const char *key)
{
    int64_t most = 0;

    for (size_t i = 0; i < setting->count; i++) {
        const struct setting_option *option = &setting->options[i];
        const char *at = strcmp(option->name, name) == 0 ? option->value : NULL;
        if (at && key)
            at = (at = strstr(at, key)) ? at + strlen(key) : NULL;
        int64_t number = at ? strtoll(at, NULL, 10) : 0;
        most = number > most ? number : most;
    }
    return most;
}

/* An upper bound of what a flow's per-flow limit lets through at one instant; 0: there is none. */
static int64_t per_flow_burst_bytes(const struct setting *setting)
{
    const int64_t bounds[] = {
        largest(setting, "--flow-rate", NULL), largest(setting, "--flow-burst", NULL),
        largest(setting, "--group", "flow-rate="), largest(setting, "--group", "flow-burst="),
        setting_mentions(setting, "--at", ":flow=") ? largest(setting, "--at", ",rate=") : 0};
    int64_t most = 0;

    for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++)
        most = bounds[i] > most ? bounds[i] : most;
    return most;
}

/* How many groups have a limit. */
static int buckets(const struct setting *setting)
{
    int count = setting_has(setting, "--rate") || setting_has(setting, "--read-rate") ||
                setting_has(setting, "--write-rate");

    for (size_t i = 0; i < setting->count; i++)
        count += strcmp(setting->options[i].name, "--group") == 0;
    return count;
}

bool property_promises_socket(const struct bench *bench, const struct setting *setting,
                              const struct packet_list *packets)
{
    int64_t per_flow_bytes = per_flow_burst_bytes(setting);
    bool compete = packet_list_flows(packets) > 1;

    /* "Sockets and TLS know libevent's scheduler alone"; a run with TLS is another. */
    if (setting_has(setting, "--scheduler") || setting_has(setting, "--transport"))
        return false;
    /* "A socket takes no notice": only a pair is driven past its limits. */
    if (setting_says(setting, "--flush", "flush") || setting_says(setting, "--flush", "finished"))
        return false;
    /* "an per-flow limit allows more at one instant than a socket's kernel buffer holds" */
    if (per_flow_bytes > bench->kernel_buffer_bytes && compete)
        return false;
    if (!setting_has(setting, "--read-timeout") && !setting_has(setting, "--write-timeout"))
        return true;
    /* "--at changes a flow at the very microsecond of its timeout" */
    if (setting_mentions(setting, "--at", ":flow="))
        return false;
    /* "with timeouts, several per-flow limits or groups are refilled at the same microsecond";
     * "with --via, a timeout and the refill of a group with several flows" */
    return !compete || (per_flow_bytes == 0 && buckets(setting) < 2 &&
                        (buckets(setting) == 0 || !setting_has(setting, "--via")));
}

/* --- what is offered ------------------------------------------------------------------------- */

/* The trace's own payload, where all of it is replayed: each packet's, of a stream each byte. */
static bool check_all_offered(struct look *look, const struct flow_sums *sums)
{
    const char *count = setting_value(look->setting, "--count");
    const char *copies = setting_value(look->setting, "--copies");
    int64_t bytes = packet_list_bytes(look->packets) * (copies ? strtoll(copies, NULL, 10) : 1);

    bool is_stream = !count || strcmp(count, "stream") == 0;
    if ((!is_stream && strcmp(count, "payload") != 0) ||
        (is_stream && packet_list_sends_again(look->packets)) ||
        packet_list_may_be_late(look->packets) || setting_has(look->setting, "--filter") ||
        setting_has(look->setting, "--max-flows") || sums->offered_bytes == bytes)
        return true;
    return fail(look, PROPERTY_OFFERED, "%lld bytes offered, but the trace has %lld",
                (long long)sums->offered_bytes, (long long)bytes);
}

static bool check_offered(struct look *look)
{
    char run[PATH_BYTES], unlimited[PATH_BYTES], difference[FILES_DIFFERENCE_BYTES];
    struct flow_sums sums;

    if (!wants(look, PROPERTY_OFFERED))
        return true;
    path_of(look, "run", run);
    path_of(look, "unlimited", unlimited);
    if (!files_drained(run))
        return true;
    replay(look, "unlimited", NULL, true, -1);
    if (look->run.status != 0)
        return fail(look, PROPERTY_OFFERED, "without limits: exit status %d: %.1900s",
                    look->run.status, look->run.error);
    if (!files_same_flows(run, unlimited, &sums, difference))
        return fail(look, PROPERTY_OFFERED, "%s", difference);
    return check_all_offered(look, &sums);
}

/* --- all of it ------------------------------------------------------------------------------- */

static bool check_term(struct look *look)
{
    char path[PATH_BYTES], name[64];

    if (!wants(look, PROPERTY_TERM))
        return true;
    path_of(look, "term", path);
    replay(look, "term", NULL, false, TERM_AFTER_US + (int)(look->setting->count * 500));
    if (look->run.signal == SIGTERM) /* it came before the program caught it */
        return true;
    if (look->run.status != 0 && look->run.status != 130)
        return fail(look, PROPERTY_TERM, "exit status %d, signal %d: %.1900s", look->run.status,
                    look->run.signal, look->run.error);
    if (look->run.status == 130 && !files_are_parts(path, name))
        return fail(look, PROPERTY_TERM, "it leaves %s", name);
    return true;
}

static bool look_at(struct look *look)
{
    replay(look, "run", NULL, false, -1);
    if (!check_status(look) || !check_files(look) ||
        !check_same(look, PROPERTY_AGAIN, "again", NULL) || !check_offered(look))
        return false;
    if (property_promises_socket(look->bench, look->setting, look->packets) &&
        !check_same(look, PROPERTY_SOCKET, "socket", "socket"))
        return false;
    return check_term(look);
}

void property_check(const struct bench *bench, const struct setting *setting,
                    const struct packet_list *packets, unsigned wanted, struct verdict *verdict)
{
    struct look look = {.bench = bench,
                        .setting = setting,
                        .packets = packets,
                        .wanted = wanted,
                        .verdict = verdict};

    *verdict = (struct verdict){.failed = false};
    write_trace(&look);
    look_at(&look);
}
