/*
 * `report` on a whole directory (directory.h), of a run or of a sweep, up to where gnuplot would
 * start, and the page, with substitutes for figures. Whatever the files contain, the page has no
 * foreign element.
 */
#include "sim/report/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/report/report_page.h"
#include "sim/report/thinning.h"
#include "tests/fuzzing/directory.h"
#include "tests/fuzzing/fuzzing.h"

static const char *const names[] = {
    "summary.json", "ticks.csv",   "flows.csv",       "flow_ticks.csv",
    "fairness.csv", "burst.csv",   "delays.csv",      "delays_time.csv",
    "events.csv",   "filters.csv", "application.csv", "sweep.csv",
    NULL,
};

static const char *const figures[] = {"level", "passed", "backlog", "rate",    "fairness",
                                      "lag",   "burst",  "delay",   "service", "response",
                                      "flows", "pareto", "heat",    "compare"};

#define SCRIPT "<script>\n"

#define FIGURES (sizeof(figures) / sizeof(figures[0]))

static const char *out; /* the report's folder */
static char data_path[128];

static void make_folders(void)
{
    static const char drawn[] =
        "<?xml version=\"1.0\"?>\n<svg\n>\n<g id=\"gnuplot_canvas\"></g>\n</svg>\n";
    static struct fuzz_file svg;
    char path[256];

    out = fuzz_directory_new();
    snprintf(data_path, sizeof(data_path), "%s/data", out);
    fuzz_holds(mkdir(data_path, 0777) == 0, "the report has a folder for data");
    fuzz_file_new(&svg);
    fuzz_file_write(&svg, drawn, sizeof(drawn) - 1);
    for (size_t i = 0; i < FIGURES; i++) {
        snprintf(path, sizeof(path), "%s/%s.svg", out, figures[i]);
        fuzz_holds(symlink(svg.path, path) == 0, "the figures are there");
    }
}

/* The whole of a file; the caller frees it. NULL where there is none. */
static char *read_text(const char *folder, const char *name)
{
    char path[256];
    struct stat status;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    if (!file)
        return NULL;
    fuzz_holds(fstat(fileno(file), &status) == 0, "a file has a size");
    char *text = malloc((size_t)status.st_size + 1);
    fuzz_holds(text && fread(text, 1, (size_t)status.st_size, file) == (size_t)status.st_size,
               "a file can be read");
    text[status.st_size] = '\0';
    fclose(file);
    return text;
}

static bool is_of_page(const char *element)
{
    static const char *const elements[] = {
        "!doctype", "html",       "head",    "meta",    "title",  "link",   "style", "body",
        "main",     "nav",        "a",       "h1",      "h2",     "p",      "div",   "table",
        "thead",    "tbody",      "tr",      "th",      "td",     "ul",     "li",    "pre",
        "dl",       "dt",         "dd",      "code",    "strong", "figure", "svg",   "g",
        "script",   "figcaption", "details", "summary", NULL};
    size_t length = strcspn(element, " >\n");

    for (size_t i = 0; elements[i]; i++)
        if (strlen(elements[i]) == length && strncmp(elements[i], element, length) == 0)
            return true;
    return false;
}

static void check_page(void)
{
    char *page = read_text(out, "index.html");

    fuzz_holds(page, "there is a page");
    char *script = strstr(page, SCRIPT);
    fuzz_holds(script && !strstr(script + 1, SCRIPT), "the page has one script");
    script[strlen(SCRIPT)] = '\0'; /* in which < is no element */
    for (const char *tag = page; (tag = strchr(tag, '<')); tag++)
        fuzz_holds(is_of_page(tag + 1 + (tag[1] == '/')), "the page has no element but its own");
    free(page);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *directory;
    static struct report report;
    char error[SIM_ERROR_BYTES] = "";

    if (!directory) {
        directory = fuzz_directory_new();
        make_folders();
    }
    fuzz_directory_clear(out);
    fuzz_directory_clear(data_path);
    fuzz_directory_fill(directory, names, data, size);
    memset(&report, 0, sizeof(report));
    report.directory = directory;
    int status = report_is_sweep(directory) ? SIM_OK : report_load(&report, directory, error);
    if (status == SIM_OK && report.summary)
        status = thinning_run(&report, data_path, error);
    if (status == SIM_OK)
        status = report_page_write(&report, out, "5.4", error);
    if (status == SIM_OK)
        check_page();
    fuzz_holds(status == SIM_OK || (status == SIM_FAILED && error[0] && !strchr(error, '\n')),
               "a refusal is one line");
    report_fini(&report);
    return 0;
}
