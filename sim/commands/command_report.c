#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/process.h"
#include "sim/base/terminal.h"
#include "sim/commands/commands.h"
#include "sim/output/owned_directory.h"
#include "sim/report/comparison.h"
#include "sim/report/gnuplot.h"
#include "sim/report/report.h"
#include "sim/report/report_captions.h"
#include "sim/report/report_kept.h"
#include "sim/report/report_figures.h"
#include "sim/report/report_page.h"
#include "sim/report/report_table.h"
#include "sim/report/thinning.h"
#include "traces/file_stream.h"
#include "traces/trace.h"

#define PATH_BYTES   4096
#define NAME_BYTES   240
#define FIGURE_BYTES (2 * PATH_BYTES + 64)
#define DONE_NAME    "report"

static const struct {
    enum report_format format;
    const char *extension;
} formats[] = {{REPORT_SVG, "svg"}, {REPORT_PNG, "png"}, {REPORT_PDF, "pdf"}};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

/* The state of one report. */
struct making {
    const struct report_config *config;
    const volatile sig_atomic_t *stop;
    struct report report;
    struct owned_directory directory; /* where the report is put: DIR, locked, or of several runs
                                       * the folder that -o DIR is in */
    struct owned_directory folder;    /* report.part, while it is being written */
    char place[PATH_BYTES];           /* the path of `directory` */
    char done_name[NAME_BYTES];       /* there: "report", or -o's last part */
    char part_name[NAME_BYTES + 8];   /* with .part */
    char part[2 * PATH_BYTES];        /* its path */
    char data[2 * PATH_BYTES + 8];
    char done[2 * PATH_BYTES];
    char gnuplot_version[32];
    bool is_in_place; /* report.part has been renamed to report */
};

static bool are_several(const struct making *making)
{
    return making->config->directory_count > 1;
}

/* Of -o, without slashes at its end: the folder that it is in, and its name there. */
static int set_place(struct making *making, const char *output, char *error)
{
    size_t length = strlen(output);

    while (length > 1 && output[length - 1] == '/')
        length--;
    const char *slash = memrchr(output, '/', length);
    size_t before = slash ? (size_t)(slash - output) : 0, after = slash ? before + 1 : 0;

    if (length - after >= NAME_BYTES || before >= PATH_BYTES - 64)
        return sim_fail(error, SIM_FAILED, "report: -o's path is too long; give a shorter one");
    snprintf(making->done_name, NAME_BYTES, "%.*s", (int)(length - after), output + after);
    snprintf(making->place, PATH_BYTES, "%.*s", slash ? (int)before : 1,
             slash ? (before ? output : "/") : ".");
    if (slash && before == 0)
        snprintf(making->place, PATH_BYTES, "/");
    if (!*making->done_name || strcmp(making->done_name, ".") == 0 ||
        strcmp(making->done_name, "..") == 0)
        return sim_fail(error, SIM_MISUSE, "report: -o %s: names no new directory; give one",
                        output);
    return SIM_OK;
}

static int set_paths(struct making *making, char *error)
{
    int status = SIM_OK;

    if (are_several(making)) {
        status = set_place(making, making->config->output, error);
    } else {
        if (strlen(making->report.directory) > PATH_BYTES - 64)
            return sim_fail(error, SIM_FAILED, "report: the directory's path is too long; move it");
        snprintf(making->place, PATH_BYTES, "%s", making->report.directory);
        snprintf(making->done_name, NAME_BYTES, DONE_NAME);
    }
    snprintf(making->part_name, sizeof(making->part_name), "%s.part", making->done_name);
    const char *slash = strcmp(making->place, ".") == 0 && are_several(making) ? NULL : "/";
    const char *place = slash ? making->place : "";
    slash = slash && strcmp(place, "/") != 0 ? slash : "";
    snprintf(making->part, sizeof(making->part), "%s%s%s", place, slash, making->part_name);
    snprintf(making->data, sizeof(making->data), "%s/data", making->part);
    snprintf(making->done, sizeof(making->done), "%s%s%s", place, slash, making->done_name);
    return status;
}

/* Opens and locks DIR: two reports would write the same folder. What -o is in belongs to others,
 * too: there the report's own folder is locked. */
static int open_directory(struct making *making, char *error)
{
    const char *path = making->place;
    int failure = owned_directory_open(&making->directory, OWNED_RUN, path);

    if (failure && are_several(making))
        return sim_fail(error, SIM_FAILED, "report: -o %s: %s: %s; make %s first",
                        making->config->output, path, strerror(failure), path);
    if (failure)
        return sim_fail(error, SIM_FAILED, "%s: %s; give the directory of a finished run", path,
                        strerror(failure));
    return are_several(making) ? SIM_OK : owned_directory_lock(&making->directory, 0, error);
}

/* An earlier report, and the rest of an interrupted one, is replaced: if it is one. */
static int check_one(const struct making *making, const char *name, const char *path, char *error)
{
    struct owned_directory earlier;
    int status =
        owned_directory_open_in(&earlier, OWNED_REPORT, making->directory.fd, name, path, error);

    if (status == SIM_OK && earlier.fd >= 0 && are_several(making))
        status = owned_directory_lock(&earlier, 0, error);
    if (status == SIM_OK && earlier.fd >= 0)
        status = owned_directory_check(&earlier, true, error);
    owned_directory_close(&earlier);
    return status;
}

static int check_earlier(const struct making *making, char *error)
{
    int status = check_one(making, making->done_name, making->done, error);

    return status == SIM_OK ? check_one(making, making->part_name, making->part, error) : status;
}

static int make_folder(struct making *making, char *error)
{
    struct owned_directory *folder = &making->folder;
    const char *failed = making->part;
    int failure = 0;
    int status = check_earlier(making, error);

    if (status == SIM_OK)
        status = owned_directory_remove(OWNED_REPORT, making->directory.fd, making->part_name,
                                        making->part, false, error);
    if (status != SIM_OK)
        return status;
    if (mkdirat(making->directory.fd, making->part_name, 0777) != 0) {
        failure = errno;
    } else {
        process_own_folder(making->part);
        status = owned_directory_open_in(folder, OWNED_REPORT, making->directory.fd,
                                         making->part_name, making->part, error);
        if (status != SIM_OK) /* it is still empty */
            unlinkat(making->directory.fd, making->part_name, AT_REMOVEDIR);
    }
    if (!failure && status == SIM_OK && are_several(making))
        status = owned_directory_lock(folder, 0, error);
    if (!failure && status == SIM_OK)
        failure = owned_directory_mark(folder);
    if (!failure && status == SIM_OK && mkdirat(folder->fd, "data", 0777) != 0) {
        failure = errno;
        failed = making->data;
    }
    if (failure)
        return sim_fail(error, SIM_FAILED, "%s: cannot be made (%s); make %s writable", failed,
                        strerror(failure), making->place);
    return status;
}

/* cairo writes the time of drawing into a PDF, in spite of SOURCE_DATE_EPOCH: the digits are
 * replaced by those of 1970, in place, so that a report is a function of its run. */
static int strip_pdf_date(const char *path, char *error)
{
    static const char key[] = "/CreationDate (D:", date[] = "19700101000000";
    FILE *file = file_stream_open(path, "r+");
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    bool good = file != NULL;

    for (long start = 0; good && (length = getline(&line, &room, file)) >= 0; start += length) {
        const char *found = memmem(line, (size_t)length, key, sizeof(key) - 1);
        if (!found)
            continue;
        good = fseek(file, start + (found - line) + (long)sizeof(key) - 1, SEEK_SET) == 0 &&
               fwrite(date, 1, sizeof(date) - 1, file) == sizeof(date) - 1;
        break;
    }
    free(line);
    if (file && fclose(file) != 0)
        good = false;
    return good
               ? SIM_OK
               : sim_fail(error, SIM_FAILED, "%s: cannot be rewritten (%s)", path, strerror(errno));
}

/* The names of all figures, separated by spaces. Owned by the caller. */
static char *figure_names(const struct report *report)
{
    char *names = NULL;
    size_t bytes;
    FILE *out = open_memstream(&names, &bytes);

    if (!out)
        return NULL;
    for (const struct report_figure *figure = report_figures(report); figure->name; figure++)
        if (report_figure_has_data(report, figure))
            fprintf(out, "%s ", figure->name);
    return file_stream_close_text(out, &names) == 0 ? names : NULL;
}

static bool figure_path(const struct making *making, const char *name, const char *format,
                        char path[FIGURE_BYTES])
{
    snprintf(path, FIGURE_BYTES, "%s/%s.%s", making->part, name, format);
    return access(path, F_OK) == 0;
}

static int strip_pdf_dates(const struct making *making, char *error)
{
    const struct report_figure *figure = report_figures(&making->report);
    char path[FIGURE_BYTES];
    int status = SIM_OK;

    for (; figure->name && status == SIM_OK; figure++)
        if (figure_path(making, figure->name, "pdf", path))
            status = strip_pdf_date(path, error);
    return status;
}

/* The page needs the SVG in any case. */
static int draw_all(const struct making *making, char *error)
{
    char formats_text[32] = "", *names = figure_names(&making->report);
    const struct gnuplot_figures figures = {
        .directory = are_several(making) ? making->part : making->report.directory,
        .out_directory = making->part,
        .formats = formats_text,
        .names = names,
        .data_directory = making->data,
        .width_mm = (int)making->config->width_mm,
        .is_untitled = making->config->is_untitled,
        .thinned = making->report.summary ? THINNING_FILES : THINNING_SWEEP_FILES};

    for (size_t i = 0; i < FORMATS; i++)
        if ((making->config->formats & formats[i].format) || formats[i].format == REPORT_SVG)
            snprintf(formats_text + strlen(formats_text),
                     sizeof(formats_text) - strlen(formats_text), "%s ", formats[i].extension);
    int status = names ? gnuplot_draw(&figures, error)
                       : sim_fail(error, SIM_FAILED, "report: out of memory");
    free(names);
    return status == SIM_OK ? strip_pdf_dates(making, error) : status;
}

static void put_caption(struct html *html, const void *context, const char *name)
{
    const struct report *report = context;
    const struct report_figure *figure = report_figures(report);

    while (strcmp(figure->name, name) != 0)
        figure++;
    report_figure_caption(html, report, figure);
}

static int write_captions(const struct making *making, char *error)
{
    const struct report_figure *figure = report_figures(&making->report);
    int status = SIM_OK;

    for (; figure->name && status == SIM_OK; figure++)
        status =
            report_caption_write(making->part, figure->name, put_caption, &making->report, error);
    return status;
}

static int drop_svgs(const struct making *making, char *error)
{
    const struct report_figure *figure = report_figures(&making->report);
    char path[FIGURE_BYTES];

    if (making->config->formats & REPORT_SVG)
        return SIM_OK;
    for (; figure->name; figure++)
        if (figure_path(making, figure->name, "svg", path) && unlink(path) != 0)
            return sim_fail(error, SIM_FAILED, "%s: cannot be removed (%s)", path, strerror(errno));
    return SIM_OK;
}

/* An earlier report is removed only now. */
static int put_in_place(struct making *making, char *error)
{
    int fd = making->directory.fd;

    process_finish();
    int status =
        owned_directory_remove(OWNED_REPORT, fd, making->done_name, making->done, false, error);

    if (status != SIM_OK)
        return status;
    if (renameat(fd, making->part_name, fd, making->done_name) != 0)
        return sim_fail(error, SIM_FAILED, "%s: cannot be renamed to %s (%s)", making->part,
                        making->done, strerror(errno));
    owned_directory_unmark(&making->folder); /* what has failed is removed by its marker */
    making->is_in_place = true;
    return SIM_OK;
}

static int no_such_figure(const struct making *making, char *error)
{
    char *names = figure_names(&making->report);
    int status = sim_fail(error, SIM_MISUSE, "report --terminal %s: not a figure of this: %s",
                          making->config->figure, names ? names : "");

    free(names);
    return status;
}

/* The figure asked for, or the first that has something to show. */
static int show_in_terminal(const struct making *making, char *error)
{
    const char *wanted = making->config->figure;
    const struct report_figure *figure = report_figures(&making->report);

    for (; figure->name; figure++) {
        bool is_empty;
        if ((wanted && strcmp(figure->name, wanted) != 0) ||
            !report_figure_has_data(&making->report, figure))
            continue;
        int status = gnuplot_print(figure->name, making->report.directory,
                                   terminal_columns(STDOUT_FILENO), &is_empty, error);
        if (status == SIM_OK || wanted || !is_empty)
            return status;
    }
    if (wanted)
        return no_such_figure(making, error);
    return sim_fail(error, SIM_FAILED, "%s: there is nothing to draw: nothing was delayed",
                    making->report.directory);
}

/* What gnuplot draws from. */
static int make_data(struct making *making, char *error)
{
    struct report *report = &making->report;

    if (report->comparison)
        return comparison_write_curves(report->comparison, making->data, error);
    if (report->summary)
        return thinning_run(report, making->data, error);
    int status = thinning_sweep(report->directory, making->data, error);
    return status == SIM_OK ? report_load_sweep(report, making->data, error) : status;
}

static int make_report(struct making *making, char *error)
{
    if (making->config->is_terminal)
        return show_in_terminal(making, error);
    int status = make_data(making, error);
    if (status == SIM_OK)
        status = draw_all(making, error);
    if (status == SIM_OK && !*making->stop)
        status = report_page_write(&making->report, making->part, making->gnuplot_version, error);
    if (status == SIM_OK)
        status = write_captions(making, error);
    if (status == SIM_OK)
        status = drop_svgs(making, error);
    if (status != SIM_OK || *making->stop)
        return status;
    return put_in_place(making, error);
}

/* Removes an unfinished report. */
static void remove_folder(struct making *making)
{
    char unused[SIM_ERROR_BYTES];
    bool is_left = making->folder.fd >= 0 && !making->is_in_place;

    owned_directory_close(&making->folder);
    if (is_left)
        owned_directory_remove(OWNED_REPORT, making->directory.fd, making->part_name, making->part,
                               false, unused);
}

static void print_done(const struct making *making)
{
    trace_print_plain(stdout, 0, making->done);
    fputs("/index.html\n", stdout);
}

/* Before anything is written that is not one of a run's files. */
static int load(struct making *making, char *error)
{
    const struct report_config *config = making->config;
    struct report *report = &making->report;
    bool is_run = !are_several(making) && !report_is_sweep(report->directory);
    int status = SIM_OK;

    if (is_run)
        status = report_find(report->directory, error);
    if (status == SIM_OK)
        status = gnuplot_check(making->gnuplot_version, error);
    if (status == SIM_OK && is_run)
        status = report_load(report, report->directory, error);
    if (status == SIM_OK && are_several(making))
        status = comparison_load(config->directories, config->directory_count, &report->comparison,
                                 error);
    return status;
}

int command_report(const struct report_config *config, char *error)
{
    if (config->table)
        return report_table_print(config, stdout, error);
    struct making *making = calloc(1, sizeof(*making));
    int status;

    if (!making)
        return sim_fail(error, SIM_FAILED, "report: out of memory");
    making->config = config;
    making->stop = process_stop_at_signals();
    making->report.directory = config->directories[0];
    owned_directory_init(&making->directory);
    owned_directory_init(&making->folder);
    status = set_paths(making, error);
    if (status == SIM_OK) /* first: files that are being written must not be checked */
        status = open_directory(making, error);
    if (status == SIM_OK)
        status = load(making, error);
    if (status == SIM_OK)
        status = make_folder(making, error);
    if (status == SIM_OK) {
        status = make_report(making, error);
        if (status == SIM_OK && !config->is_terminal && !config->is_quiet && making->is_in_place) {
            report_kept_print(&making->report, stderr);
            print_done(making);
        }
    }
    /* A signal may have ended gnuplot too. One that arrives when everything is in place is
     * ignored. */
    if (*making->stop && !making->is_in_place)
        status = sim_fail(error, SIM_INTERRUPTED, "report: interrupted; nothing was changed");
    comparison_free(making->report.comparison);
    report_fini(&making->report); /* which may free memory that the next call needs */
    remove_folder(making);
    owned_directory_close(&making->directory);
    process_own_folder(NULL);
    free(making);
    return status;
}
