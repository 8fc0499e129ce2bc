#include "sim/verify/junit.h"

#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "sim/base/json_text.h"

#define HEAD                                       \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" \
    "<testsuites name=\"shapesim verify\">\n"
#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* --- the file ------------------------------------------------------------------------------ */

static bool is_own(int fd)
{
    char head[sizeof(HEAD) - 1];

    return pread(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head) &&
           memcmp(head, HEAD, sizeof(head)) == 0;
}

static const struct single_file_kind kind = {
    .is_own = is_own, .is_foreign = "is no JUnit XML of shapesim", .option = "--junit"};

int junit_begin(struct junit *junit, const char *path, char *error)
{
    char text[SIM_ERROR_BYTES];

    if (kept_file_begin(&junit->file, &kind, path, text) != SIM_OK)
        return sim_fail(error, SIM_FAILED, "--junit: %s", text);
    fputs(HEAD, junit->file.file.stream);
    return SIM_OK;
}

int junit_end(struct junit *junit, int status, char *error)
{
    char text[SIM_ERROR_BYTES];

    fputs("</testsuites>\n", junit->file.file.stream);
    int ended = kept_file_end(&junit->file, status, text);
    if (status == SIM_OK && ended != SIM_OK)
        return sim_fail(error, SIM_FAILED, "--junit: %s", text);
    return status;
}

/* --- text ------------------------------------------------------------------------------------ */

/* The bytes of the character at `at` that XML 1.0 has no way to write; 0: it has one. */
static size_t forbidden_bytes(const char *at)
{
    unsigned char byte = (unsigned char)*at;

    if (byte < 0x20 && !strchr("\t\n\r", byte))
        return 1;
    return strncmp(at, "\xef\xbf\xbe", 3) == 0 || strncmp(at, "\xef\xbf\xbf", 3) == 0 ? 3 : 0;
}

/* White space is kept as it is: in an attribute it would become a space. */
static const char *entity_of(char byte)
{
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\t':
        return "&#9;";
    case '\n':
        return "&#10;";
    case '\r':
        return "&#13;";
    default:
        return NULL;
    }
}

/* U+FFFD stands for what is no character, or none that XML has. */
static void put_text(FILE *out, const char *text)
{
    json_t *whole = json_text(text); /* UTF-8 */

    for (const char *at = json_string_value(whole); at && *at;) {
        size_t forbidden = forbidden_bytes(at);
        const char *entity = entity_of(*at);
        if (forbidden > 0)
            fputs(REPLACEMENT, out);
        else if (entity)
            fputs(entity, out);
        else
            fputc(*at, out);
        at += forbidden > 0 ? forbidden : 1;
    }
    json_decref(whole);
}

static void put_attribute(FILE *out, const char *name, const char *text)
{
    fprintf(out, " %s=\"", name);
    put_text(out, text);
    fputc('"', out);
}

/* --- suites ---------------------------------------------------------------------------------- */

struct suite_counts {
    size_t tests, failures, skipped;
};

static struct suite_counts count(const struct checks *checks)
{
    struct suite_counts counts = {0, 0, 0};

    for (int i = 0; i < CHECKS; i++) {
        const struct check_result *result = &checks->results[i];
        if (!check_is_shown(checks, (enum check)i))
            continue;
        counts.tests++;
        counts.failures += result->failures > 0;
        counts.skipped += result->failures == 0 && result->comparisons == 0;
    }
    return counts;
}

static void put_suite(FILE *out, const char *run, const struct suite_counts *counts)
{
    fputs("  <testsuite", out);
    put_attribute(out, "name", run);
    fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\">\n", counts->tests,
            counts->failures, counts->skipped);
}

static void put_case(FILE *out, const char *run, const char *name)
{
    fputs("    <testcase", out);
    put_attribute(out, "classname", run);
    put_attribute(out, "name", name);
}

static void put_check(FILE *out, const char *run, const struct checks *checks, enum check check)
{
    const struct check_result *result = &checks->results[check];
    char figure[CHECK_TEXT_BYTES];

    put_case(out, run, check_name(checks, check));
    if (result->failures > 0) {
        check_figure(checks, check, figure);
        fputs(">\n      <failure", out);
        put_attribute(out, "message", result->message);
        fputc('>', out);
        put_text(out, figure);
        fputs(result->bound[0] ? ", the bound is " : "", out);
        put_text(out, result->bound);
        fputs("</failure>\n    </testcase>\n", out);
    } else if (result->comparisons == 0) {
        fputs(">\n      <skipped", out);
        put_attribute(out, "message", result->message);
        fputs("/>\n    </testcase>\n", out);
    } else {
        fputs("/>\n", out);
    }
}

void junit_put_checks(struct junit *junit, const char *run, const struct checks *checks)
{
    const struct suite_counts counts = count(checks);

    put_suite(junit->file.file.stream, run, &counts);
    for (int i = 0; i < CHECKS; i++)
        if (check_is_shown(checks, (enum check)i))
            put_check(junit->file.file.stream, run, checks, (enum check)i);
    fputs("  </testsuite>\n", junit->file.file.stream);
}

void junit_put_failure(struct junit *junit, const char *run, const char *message)
{
    const struct suite_counts counts = {.tests = 1, .failures = 1};
    FILE *out = junit->file.file.stream;

    put_suite(out, run, &counts);
    put_case(out, run, "the run is whole");
    fputs(">\n      <failure", out);
    put_attribute(out, "message", message);
    fputs("/>\n    </testcase>\n  </testsuite>\n", out);
}
