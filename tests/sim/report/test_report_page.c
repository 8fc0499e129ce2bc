/*
 * Markup in every string of every file that a report is made from: summary.json's values and keys,
 * headers and fields of the CSV files and of sweep.csv. A report may refuse it, in one line; no
 * page that it makes has it as anything but text.
 */
#include "sim/report/report_page.h"

#include <dirent.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/cli/options.h"
#include "sim/commands/commands.h"
#include "sim/report/html_svg.h"
#include "sim/report/thinning.h"
#include "tests/scratch.h"
#include "traces/synth.h"

/* Written unescaped into a text this makes an element, into an attribute another attribute. */
#define MARKUP "\" zz='' zz=\"'><zz>&lt;"

static const char *const run_files[] = {"summary.json", "ticks.csv",    "flow_ticks.csv",
                                        "flows.csv",    "fairness.csv", "burst.csv",
                                        "delays.csv",   "events.csv"};
static const char *const sweep_files[] = {"sweep.csv"};
static const char *const figures[] = {"level", "passed", "backlog", "rate",    "fairness",
                                      "lag",   "burst",  "delay",   "service", "response",
                                      "flows", "pareto", "heat",    "compare"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char sweep_csv[] =
    "run,trace,min-share,rate,seed,status,write_throughput_bytes_per_s,write_utilisation,"
    "write_jain_1_tick,write_delay_p99_s,write_grants\n"
    "1,a.pcap,1,4mbit,1,ok,500001,0.91,0.81,0.001,60001\n"
    "2,a.pcap,64,4mbit,1,ok,500002,0.92,0.82,0.002,6001\n"
    "3,a.pcap,1,8mbit,1,ok,500003,0.93,0.83,0.003,60002\n"
    "4,b.pcap,64,8mbit,1,no,,,,,\n";

/* --- files ------------------------------------------------------------------------------- */

/* A name in the scratch directory, below one of its folders; lives until the next call. */
static const char *path_of(const char *folder, const char *name)
{
    static char path[2 * SCRATCH_PATH_BYTES];

    snprintf(path, sizeof(path), "%s/%s%s%s", scratch_directory(), folder, *name ? "/" : "", name);
    return path;
}

/* The caller frees it. */
static char *read_text(const char *folder, const char *name)
{
    char *text = NULL;
    size_t room = 0;
    FILE *file = fopen(path_of(folder, name), "r");

    assert_non_null(file);
    assert_true(getdelim(&text, &room, '\0', file) >= 0);
    fclose(file);
    return text;
}

static void write_text(const char *folder, const char *name, const char *text)
{
    FILE *file = fopen(path_of(folder, name), "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void make_run(void)
{
    static struct parsed_options parsed;
    static char trace[SCRATCH_PATH_BYTES], directory[2 * SCRATCH_PATH_BYTES];
    char error[SIM_ERROR_BYTES] = "";
    struct synth_spec spec;
    char *words[] = {(char[]){"run"},
                     trace,
                     (char[]){"-q"},
                     (char[]){"--rate=200kbit"},
                     (char[]){"--tick"},
                     (char[]){"10ms"},
                     (char[]){"--at"},
                     (char[]){"20ms:group=all,rate=300kbit"},
                     (char[]){"-o"},
                     directory,
                     NULL};

    snprintf(trace, sizeof(trace), "%s", scratch_path("t.pcap"));
    snprintf(directory, sizeof(directory), "%s", path_of("run", ""));
    synth_spec_init(&spec);
    spec.flows = 3;
    spec.packet_bytes = 500;
    spec.rate_bytes_per_s = 50000;
    spec.duration_us = 100000;
    assert_int_equal(synth_write(&spec, trace, error), TRACE_OK);
    assert_int_equal(options_parse(COMMAND_RUN, COUNT(words) - 1, words, &parsed, error), SIM_OK);
    assert_int_equal(command_run(&parsed.run, error), SIM_OK);
    parsed_options_fini(&parsed);
}

static int set_up(void **state)
{
    scratch_make(state);
    mkdir(path_of("swept", ""), 0777);
    mkdir(path_of("report", ""), 0777);
    mkdir(path_of("report/data", ""), 0777);
    for (size_t i = 0; i < COUNT(figures); i++) {
        char name[32];
        snprintf(name, sizeof(name), "%s.svg", figures[i]);
        write_text("report", name, "<svg\n>\n</svg>\n");
    }
    make_run();
    write_text("swept", "sweep.csv", sweep_csv);
    return 0;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)status;
    (void)kind;
    (void)at;
    return remove(path);
}

static void remove_files(const char *folder)
{
    assert_int_equal(nftw(path_of(folder, ""), remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static int tear_down(void **state)
{
    remove_files("run");
    remove_files("swept");
    remove_files("report");
    return scratch_remove(state);
}

/* --- a report ---------------------------------------------------------------------------- */

struct tally {
    int pages, refusals;
};

static void check_page(void)
{
    char *page = read_text("report", "index.html");

    assert_null(strstr(page, "<zz"));
    assert_null(strstr(page, "zz=\""));
    assert_null(strstr(page, "zz=''"));
    assert_non_null(strstr(page, "content=\"default-src 'none'; style-src 'sha256-"));
    assert_non_null(strstr(page, "; script-src 'sha256-"));
    assert_null(strstr(page, "unsafe"));
    free(page);
}

/* The files of the earlier report: none of them replaces a foreign one. */
static void remove_page(void)
{
    DIR *data = opendir(path_of("report/data", ""));
    const struct dirent *entry;

    assert_non_null(data);
    while ((entry = readdir(data)))
        if (entry->d_name[0] != '.')
            assert_int_equal(unlinkat(dirfd(data), entry->d_name, 0), 0);
    closedir(data);
    unlink(path_of("report", "index.html"));
}

static void report(const char *folder, struct tally *tally)
{
    static struct report made;
    char directory[2 * SCRATCH_PATH_BYTES], data[2 * SCRATCH_PATH_BYTES];
    char error[SIM_ERROR_BYTES] = "";

    snprintf(directory, sizeof(directory), "%s", path_of(folder, ""));
    snprintf(data, sizeof(data), "%s", path_of("report/data", ""));
    remove_page();
    memset(&made, 0, sizeof(made));
    made.directory = directory;
    int status = report_is_sweep(directory) ? SIM_OK : report_load(&made, directory, error);
    if (status == SIM_OK && made.summary)
        status = thinning_run(&made, data, error);
    if (status == SIM_OK)
        status = report_page_write(&made, path_of("report", ""), "5.4", error);
    report_fini(&made);
    if (status == SIM_OK) {
        check_page();
        tally->pages++;
    } else {
        assert_int_equal(status, SIM_FAILED);
        assert_true(error[0] && !strchr(error, '\n'));
        tally->refusals++;
    }
}

/* --- strings of JSON --------------------------------------------------------------------- */

/* A copy of `value` in which string number *left, or key, counted down, has markup before it. */
static json_t *marked(const json_t *value, int *left)
{
    char text[2048];
    const char *key;
    json_t *member, *copy;
    size_t i;

    if (json_is_string(value)) {
        snprintf(text, sizeof(text), "%s%s", (*left)-- == 0 ? MARKUP : "",
                 json_string_value(value));
        return json_string(text);
    }
    if (json_is_array(value)) {
        copy = json_array();
        json_array_foreach(value, i, member) json_array_append_new(copy, marked(member, left));
        return copy;
    }
    if (!json_is_object(value))
        return json_deep_copy(value);
    copy = json_object();
    json_object_foreach((json_t *)(uintptr_t)value, key, member)
    {
        snprintf(text, sizeof(text), "%s%s", (*left)-- == 0 ? MARKUP : "", key);
        json_object_set_new(copy, text, marked(member, left));
    }
    return copy;
}

static void no_string_of_the_summary_is_markup(void **state)
{
    (void)state;
    struct tally tally = {0};
    char *text = read_text("run", "summary.json");
    json_t *summary = json_loads(text, 0, NULL);
    int strings = 0;

    assert_non_null(summary);
    for (int left = -1; left < 0; strings++) {
        left = strings;
        json_t *copy = marked(summary, &left);
        char *dumped = json_dumps(copy, 0);
        write_text("run", "summary.json", dumped);
        json_decref(copy);
        free(dumped);
        if (left < 0)
            report("run", &tally);
    }
    write_text("run", "summary.json", text);
    free(text);
    json_decref(summary);
    assert_true(tally.pages > 100); /* most are no part of what is checked first */
    assert_true(tally.refusals > 10);
}

/* --- fields of CSV ----------------------------------------------------------------------- */

/* The file's text with markup in field number `wanted`, none of which has a quote; NULL beyond the
 * last of the first rows. The caller frees it. */
static char *with_markup(const char *text, int wanted)
{
    char *result = NULL;
    size_t bytes;
    FILE *out = open_memstream(&result, &bytes);
    int field = 0, row = 0;
    bool is_marked = false;

    assert_non_null(out);
    while (*text) {
        size_t length = strcspn(text, ",\n");
        if (row < 4 && field++ == wanted) {
            fputc('"', out);
            for (const char *at = MARKUP; *at; at++)
                fprintf(out, *at == '"' ? "\"\"" : "%c", *at);
            fprintf(out, "%.*s\"%c", (int)length, text, text[length]);
            is_marked = true;
        } else {
            fprintf(out, "%.*s%c", (int)length, text, text[length]);
        }
        row += text[length] == '\n';
        text += length + 1;
    }
    assert_int_equal(fclose(out), 0);
    if (is_marked)
        return result;
    free(result);
    return NULL;
}

static void mark_fields(const char *folder, const char *name, struct tally *tally)
{
    char *text = read_text(folder, name), *copy;

    for (int field = 0; (copy = with_markup(text, field)); field++) {
        write_text(folder, name, copy);
        free(copy);
        report(folder, tally);
    }
    write_text(folder, name, text);
    free(text);
}

static void no_field_of_a_run_is_markup(void **state)
{
    (void)state;
    struct tally tally = {0};

    for (size_t i = 1; i < COUNT(run_files); i++)
        mark_fields("run", run_files[i], &tally);
    assert_true(tally.pages > 20);
    assert_true(tally.refusals > 100);
}

static void no_field_of_a_sweep_is_markup(void **state)
{
    (void)state;
    struct tally tally = {0};

    for (size_t i = 0; i < COUNT(sweep_files); i++)
        mark_fields("swept", sweep_files[i], &tally);
    assert_true(tally.pages > 10);
    assert_int_equal(tally.refusals, 1); /* a sweep without the column status */
}

/* --- figures ----------------------------------------------------------------------------- */

/* What gnuplot would have to have drawn, line by line. */
static void a_figure_with_anything_but_figures_is_refused(void **state)
{
    (void)state;
    static const char *const strangers[] = {"<script>alert(1)</script>",
                                            "<a href=\"x\">",
                                            "<foreignObject>",
                                            "<image href=\"x\"/>",
                                            "<!-- -->",
                                            "<style>",
                                            "< g>",
                                            "<G>"};
    char error[SIM_ERROR_BYTES], text[256];
    char *page;
    struct html html = {0};
    size_t bytes;

    for (size_t i = 0; i < COUNT(strangers); i++) {
        snprintf(text, sizeof(text), "<svg\n>\n<g>\n<text>a</text>%s\n</svg>\n", strangers[i]);
        write_text("report", "level.svg", text);
        html.out = open_memstream(&page, &bytes);
        assert_non_null(html.out);
        assert_int_equal(html_svg(&html, "level", path_of("report", "level.svg"), error),
                         SIM_FAILED);
        fclose(html.out);
        assert_null(strstr(page, strangers[i]));
        assert_non_null(strstr(error, "level.svg: '<"));
        free(page);
    }
    write_text("report", "level.svg",
               "<svg\n>\n<title>x</title><g id=\"gnuplot_x\">a</g>\n<g fill=\"none\">\n</g>\n"
               "<g fill=\"none\">\n<text>b</text>\n</g>\n</svg>\n\n"
               "<!-- panels [\"<b>\"] -->\n");
    html.out = open_memstream(&page, &bytes);
    assert_int_equal(html_svg(&html, "level", path_of("report", "level.svg"), error), SIM_OK);
    fclose(html.out);
    assert_string_equal(page, "<svg role=\"img\" aria-labelledby=\"level-title\"\n>\n"
                              "<g id=\"level-gnuplot_x\">a</g>\n"
                              "<g fill=\"none\">\n<text>b</text>\n</g>\n</svg>\n\n"
                              "<p class=\"reading\" data-panels=\""
                              "[&quot;&lt;b&gt;&quot;]\"></p>\n");
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_string_of_the_summary_is_markup),
        cmocka_unit_test(no_field_of_a_run_is_markup),
        cmocka_unit_test(no_field_of_a_sweep_is_markup),
        cmocka_unit_test(a_figure_with_anything_but_figures_is_refused),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
