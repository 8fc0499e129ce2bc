#include "sim/report.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/commands.h"
#include "sim/gnuplot.h"
#include "sim/report_page.h"
#include "traces/file_stream.h"

#define PATH_BYTES 4096

static const struct {
    enum report_format format;
    const char *extension;
} formats[] = {{REPORT_SVG, "svg"}, {REPORT_PNG, "png"}, {REPORT_PDF, "pdf"}};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

/* Removes a report's folder and what is in it: files, and one folder of files. */
static int remove_tree(const char *path, int depth)
{
    DIR *directory = opendir(path);
    const struct dirent *entry;
    int status = 0;

    if (!directory)
        return errno == ENOENT ? 0 : -1;
    while (status == 0 && (entry = readdir(directory))) {
        char *inner;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (asprintf(&inner, "%s/%s", path, entry->d_name) < 0)
            status = -1;
        else {
            if (unlink(inner) != 0)
                status = depth > 0 ? remove_tree(inner, depth - 1) : -1;
            free(inner);
        }
    }
    closedir(directory);
    return status == 0 ? rmdir(path) : status;
}

/* Everything that one report holds. */
struct making {
    const struct report_config *config;
    const volatile sig_atomic_t *stop;
    struct report report;
    char part[PATH_BYTES]; /* the folder while it is made */
    char data[PATH_BYTES];
    char done[PATH_BYTES];
    char gnuplot_version[32];
};

static int set_paths(struct making *making, char *error)
{
    const char *directory = making->config->directory;

    if (strlen(directory) > PATH_BYTES - 64)
        return sim_fail(error, SIM_FAILED, "report: the directory's path is too long; move it");
    snprintf(making->part, PATH_BYTES, "%s/report.part", directory);
    snprintf(making->data, PATH_BYTES, "%s/report.part/data", directory);
    snprintf(making->done, PATH_BYTES, "%s/report", directory);
    return SIM_OK;
}

static int make_folder(const struct making *making, char *error)
{
    const char *failed = NULL;

    if (remove_tree(making->part, 1) != 0 || mkdir(making->part, 0777) != 0)
        failed = making->part;
    else if (mkdir(making->data, 0777) != 0)
        failed = making->data;
    if (!failed)
        return SIM_OK;
    return sim_fail(error, SIM_FAILED, "%s: cannot be made (%s); make %s writable", failed,
                    strerror(errno), making->config->directory);
}

static int build_run(struct report *report, char *error)
{
    static int (*const builders[])(struct report *, char *) = {
        report_ticks, report_rates, report_fairness, report_flows, report_sigma, report_delays};
    int status = SIM_OK;

    for (size_t i = 0; i < sizeof(builders) / sizeof(builders[0]) && status == SIM_OK; i++)
        status = builders[i](report, error);
    return status;
}

/* cairo writes the hour of drawing into a PDF, whatever SOURCE_DATE_EPOCH says: the digits are
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

static int draw_figure(const struct making *making, const struct figure *figure, char *error)
{
    char path[PATH_BYTES + 64];
    int status = SIM_OK;

    for (size_t i = 0; i < FORMATS && status == SIM_OK; i++) {
        /* The page needs the SVG, whatever else is wanted. */
        if (!(making->config->formats & formats[i].format) && formats[i].format != REPORT_SVG)
            continue;
        snprintf(path, sizeof(path), "%s/%s.%s", making->part, figure->name, formats[i].extension);
        status = gnuplot_draw(figure->name, making->data, path, 0, error);
        if (status == SIM_OK && formats[i].format == REPORT_PDF)
            status = strip_pdf_date(path, error);
    }
    return status;
}

static int draw_all(const struct making *making, char *error)
{
    int status = SIM_OK;

    for (size_t i = 0; i < making->report.figure_count && status == SIM_OK && !*making->stop; i++)
        if (making->report.figures[i]->panel_count > 0)
            status = draw_figure(making, making->report.figures[i], error);
    return status;
}

static int drop_svgs(const struct making *making, char *error)
{
    char path[PATH_BYTES + 64];

    if (making->config->formats & REPORT_SVG)
        return SIM_OK;
    for (size_t i = 0; i < making->report.figure_count; i++) {
        snprintf(path, sizeof(path), "%s/%s.svg", making->part, making->report.figures[i]->name);
        if (unlink(path) != 0 && errno != ENOENT)
            return sim_fail(error, SIM_FAILED, "%s: cannot be removed (%s)", path, strerror(errno));
    }
    return SIM_OK;
}

/* An earlier report makes room only now. */
static int put_in_place(const struct making *making, char *error)
{
    if (remove_tree(making->done, 1) != 0)
        return sim_fail(error, SIM_FAILED,
                        "%s: an earlier report cannot be removed (%s); remove it by hand",
                        making->done, strerror(errno));
    if (rename(making->part, making->done) != 0)
        return sim_fail(error, SIM_FAILED, "%s: cannot be renamed to %s (%s)", making->part,
                        making->done, strerror(errno));
    return SIM_OK;
}

static int terminal_columns(void)
{
    struct winsize size;
    int columns = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;

    return columns >= 60 && columns <= 200 ? columns : 100;
}

static int show_in_terminal(const struct making *making, char *error)
{
    const struct report *report = &making->report;
    const char *wanted = making->config->figure;
    char names[256] = "";

    for (size_t i = 0; i < report->figure_count; i++) {
        const struct figure *figure = report->figures[i];
        size_t used = strlen(names);
        if (figure->panel_count == 0)
            continue;
        if (!wanted || strcmp(figure->name, wanted) == 0)
            return gnuplot_draw(figure->name, making->data, "-", terminal_columns(), error);
        snprintf(names + used, sizeof(names) - used, "%s%s", used ? ", " : "", figure->name);
    }
    if (!wanted)
        return sim_fail(error, SIM_FAILED, "%s: there is nothing to draw: no bytes were offered",
                        report->directory);
    return sim_fail(error, SIM_MISUSE, "report --terminal %s: not a figure of this run: %s", wanted,
                    *names ? names : "it has none");
}

static int make_report(struct making *making, char *error)
{
    int status = report_is_sweep(making->config->directory)
                     ? report_sweep(&making->report, making->config->directory, error)
                     : build_run(&making->report, error);

    if (status != SIM_OK)
        return status;
    if (making->config->is_terminal)
        return show_in_terminal(making, error);
    status = draw_all(making, error);
    if (status == SIM_OK)
        status = report_page_write(&making->report, making->part, making->gnuplot_version, error);
    if (status == SIM_OK)
        status = drop_svgs(making, error);
    if (status != SIM_OK || *making->stop)
        return status;
    return put_in_place(making, error);
}

/* Before anything is written: a folder that is being made is none of a finished run's files. */
static int judge(struct report *report, const char *directory, char *error)
{
    size_t bytes;
    FILE *out = open_memstream(&report->verdicts, &bytes);

    if (!out)
        return sim_fail(error, SIM_FAILED, "report: out of memory");
    int status = report_page_verdicts(out, directory, error);
    if ((ferror(out) | fclose(out)) != 0 && status == SIM_OK)
        status = sim_fail(error, SIM_FAILED, "report: out of memory");
    return status;
}

int command_report(const struct report_config *config, char *error)
{
    struct making *making = calloc(1, sizeof(*making));
    int status;

    if (!making)
        return sim_fail(error, SIM_FAILED, "report: out of memory");
    making->config = config;
    making->stop = commands_catch_signals();
    making->report.data_directory = making->data;
    status = set_paths(making, error);
    if (status == SIM_OK && !report_is_sweep(config->directory))
        status = report_load(&making->report, config->directory, error);
    if (status == SIM_OK)
        status = gnuplot_check(making->gnuplot_version, error);
    if (status == SIM_OK)
        status = judge(&making->report, config->directory, error);
    bool has_begun = status == SIM_OK;
    if (status == SIM_OK)
        status = make_folder(making, error);
    if (status == SIM_OK) {
        status = make_report(making, error);
        if (status == SIM_OK && !config->is_terminal && !config->is_quiet &&
            access(making->part, F_OK) != 0)
            printf("%s/index.html\n", making->done);
    }
    /* A signal may well have ended gnuplot, too. One that comes when all is in place is late. */
    if (*making->stop && (status != SIM_OK || access(making->part, F_OK) == 0))
        status = sim_fail(error, SIM_INTERRUPTED, "report: interrupted; nothing was changed");
    bool is_left = status != SIM_OK || config->is_terminal;
    report_fini(&making->report); /* which may free the memory that the next needs */
    if (has_begun && is_left)
        remove_tree(making->part, 1);
    free(making);
    return status;
}
