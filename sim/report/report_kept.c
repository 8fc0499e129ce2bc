#include "sim/report/report_kept.h"

#include "sim/base/json_text.h"
#include "sim/report/report_figures.h"
#include "traces/trace.h"

/* "a, b and c"; returns how many. */
static size_t print_names(const struct report_figure *figures, enum run_file file, FILE *out)
{
    const struct report_figure *last = NULL;
    size_t count = 0;

    for (const struct report_figure *figure = figures; figure->name; figure++) {
        if (figure->file != file)
            continue;
        if (last)
            fprintf(out, "%s%s", count++ > 0 ? ", " : "", last->name);
        last = figure;
    }
    if (last)
        fprintf(out, "%s%s", count++ > 0 ? " and " : "", last->name);
    return count;
}

static void print_lack(const struct report *report, enum run_file file, const char *files,
                       FILE *out)
{
    fputs("shapesim: ", out);
    size_t count = print_names(report_figures(report), file, out);
    fprintf(out, " %s not drawn: the run has not kept %s (--files ", count == 1 ? "is" : "are",
            run_file_names[file]);
    trace_print_plain(out, 0, files);
    fputs(")\n", out);
}

void report_kept_print(const struct report *report, FILE *out)
{
    const json_t *settings = json_object_get(report->summary, "settings");
    const char *files = json_text_of(settings, "files");
    bool is_said[RUN_CSV_FILES] = {false};

    if (!*files)
        return;
    for (const struct report_figure *figure = report_figures(report); figure->name; figure++) {
        if (report_figure_has_file(report, figure) || is_said[figure->file])
            continue;
        is_said[figure->file] = true;
        print_lack(report, figure->file, files, out);
    }
}
