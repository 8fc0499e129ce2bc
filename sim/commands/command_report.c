#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/process.h"
#include "sim/commands/commands.h"
#include "sim/output/owned_directory.h"
#include "sim/report/gnuplot.h"
#include "sim/report/report.h"
#include "sim/report/report_kept.h"
#include "sim/report/report_figures.h"
#include "sim/report/report_page.h"
#include "sim/report/thinning.h"
#include "traces/file_stream.h"
#include "traces/trace.h"

#define PATH_BYTES 4096
#define PART_NAME  "report.part"
#define DONE_NAME  "report"

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
    struct owned_directory directory; /* DIR, locked */
    struct owned_directory folder;    /* report.part, while it is being written */
    char part[PATH_BYTES];            /* its path */
    char data[PATH_BYTES];
    char done[PATH_BYTES];
    char gnuplot_version[32];
    bool is_in_place; /* report.part has been renamed to report */
};

static int set_paths(struct making *making, char *error)
{
    const char *directory = making->config->directory;

    if (strlen(directory) > PATH_BYTES - 64)
        return sim_fail(error, SIM_FAILED, "report: the directory's path is too long; move it");
    snprintf(making->part, PATH_BYTES, "%s/" PART_NAME, directory);
    snprintf(making->data, PATH_BYTES, "%s/" PART_NAME "/data", directory);
    snprintf(making->done, PATH_BYTES, "%s/" DONE_NAME, directory);
    return SIM_OK;
}

/* Opens and locks DIR: two reports would write the same folder. */
static int open_directory(struct making *making, char *error)
{
    const char *path = making->config->directory;
    int failure = owned_directory_open(&making->directory, OWNED_RUN, path);

    if (failure)
        return sim_fail(error, SIM_FAILED, "%s: %s; give the directory of a finished run", path,
                        strerror(failure));
    return owned_directory_lock(&making->directory, 0, error);
}

/* An earlier report, and the rest of an interrupted one, is replaced: if it is one. */
static int check_one(const struct making *making, const char *name, const char *path, char *error)
{
    struct owned_directory earlier;
    int status =
        owned_directory_open_in(&earlier, OWNED_REPORT, making->directory.fd, name, path, error);

    if (status == SIM_OK && earlier.fd >= 0)
        status = owned_directory_check(&earlier, true, error);
    owned_directory_close(&earlier);
    return status;
}

static int check_earlier(const struct making *making, char *error)
{
    int status = check_one(making, DONE_NAME, making->done, error);

    return status == SIM_OK ? check_one(making, PART_NAME, making->part, error) : status;
}

static int make_folder(struct making *making, char *error)
{
    struct owned_directory *folder = &making->folder;
    const char *failed = making->part;
    int failure = 0;
    int status = check_earlier(making, error);

    if (status == SIM_OK)
        status = owned_directory_remove(OWNED_REPORT, making->directory.fd, PART_NAME, making->part,
                                        false, error);
    if (status != SIM_OK)
        return status;
    if (mkdirat(making->directory.fd, PART_NAME, 0777) != 0) {
        failure = errno;
    } else {
        process_own_folder(making->part);
        status = owned_directory_open_in(folder, OWNED_REPORT, making->directory.fd, PART_NAME,
                                         making->part, error);
    }
    if (!failure && status == SIM_OK)
        failure = owned_directory_mark(folder);
    if (!failure && status == SIM_OK && mkdirat(folder->fd, "data", 0777) != 0) {
        failure = errno;
        failed = making->data;
    }
    if (failure)
        return sim_fail(error, SIM_FAILED, "%s: cannot be made (%s); make %s writable", failed,
                        strerror(failure), making->config->directory);
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
        fprintf(out, "%s ", figure->name);
    return file_stream_close_text(out, &names) == 0 ? names : NULL;
}

static bool figure_path(const struct making *making, const char *name, const char *format,
                        char path[PATH_BYTES + 64])
{
    snprintf(path, PATH_BYTES + 64, "%s/%s.%s", making->part, name, format);
    return access(path, F_OK) == 0;
}

static int strip_pdf_dates(const struct making *making, char *error)
{
    const struct report_figure *figure = report_figures(&making->report);
    char path[PATH_BYTES + 64];
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
        .directory = making->config->directory,
        .out_directory = making->part,
        .formats = formats_text,
        .names = names,
        .data_directory = making->data,
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

static int drop_svgs(const struct making *making, char *error)
{
    const struct report_figure *figure = report_figures(&making->report);
    char path[PATH_BYTES + 64];

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
    int status = owned_directory_remove(OWNED_REPORT, fd, DONE_NAME, making->done, false, error);

    if (status != SIM_OK)
        return status;
    if (renameat(fd, PART_NAME, fd, DONE_NAME) != 0)
        return sim_fail(error, SIM_FAILED, "%s: cannot be renamed to %s (%s)", making->part,
                        making->done, strerror(errno));
    owned_directory_unmark(&making->folder); /* what has failed is removed by its marker */
    making->is_in_place = true;
    return SIM_OK;
}

static int terminal_columns(void)
{
    struct winsize size;
    int columns = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;

    return columns >= 60 && columns <= 200 ? columns : 100;
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
        if (wanted && strcmp(figure->name, wanted) != 0)
            continue;
        int status = gnuplot_print(figure->name, making->config->directory, terminal_columns(),
                                   &is_empty, error);
        if (status == SIM_OK || wanted || !is_empty)
            return status;
    }
    if (wanted)
        return no_such_figure(making, error);
    return sim_fail(error, SIM_FAILED, "%s: there is nothing to draw: nothing was delayed",
                    making->config->directory);
}

static int make_report(struct making *making, char *error)
{
    if (making->config->is_terminal)
        return show_in_terminal(making, error);
    int status = making->report.summary
                     ? thinning_run(&making->report, making->data, error)
                     : thinning_sweep(making->config->directory, making->data, error);
    if (status == SIM_OK)
        status = draw_all(making, error);
    if (status == SIM_OK && !*making->stop)
        status = report_page_write(&making->report, making->part, making->gnuplot_version, error);
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
        owned_directory_remove(OWNED_REPORT, making->directory.fd, PART_NAME, making->part, false,
                               unused);
}

static void print_done(const struct making *making)
{
    trace_print_plain(stdout, 0, making->done);
    fputs("/index.html\n", stdout);
}

int command_report(const struct report_config *config, char *error)
{
    struct making *making = calloc(1, sizeof(*making));
    int status;

    if (!making)
        return sim_fail(error, SIM_FAILED, "report: out of memory");
    making->config = config;
    making->stop = process_stop_at_signals();
    making->report.directory = config->directory;
    owned_directory_init(&making->directory);
    owned_directory_init(&making->folder);
    status = set_paths(making, error);
    if (status == SIM_OK) /* first: files that are being written must not be checked */
        status = open_directory(making, error);
    bool is_run = !report_is_sweep(config->directory);
    if (status == SIM_OK && is_run)
        status = report_find(config->directory, error);
    if (status == SIM_OK)
        status = gnuplot_check(making->gnuplot_version, error);
    if (status == SIM_OK && is_run) /* before anything is written that is not one of its files */
        status = report_load(&making->report, config->directory, error);
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
    report_fini(&making->report); /* which may free memory that the next call needs */
    remove_folder(making);
    owned_directory_close(&making->directory);
    process_own_folder(NULL);
    free(making);
    return status;
}
