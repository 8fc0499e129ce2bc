#include "sim/report/report_kept.h"

#include "sim/base/json_text.h"
#include "traces/trace.h"

static const struct {
    enum run_file file;
    const char *figures;
} drawn[] = {{RUN_TICKS, "level, passed, backlog and rate are"},
             {RUN_FLOWS, "service, lag and flows are"},
             {RUN_BURST, "burst is"},
             {RUN_DELAYS, "delay is"},
             {RUN_EXCHANGES, "response is"}};

void report_kept_print(const struct report *report, FILE *out)
{
    const json_t *settings = json_object_get(report->summary, "settings");
    const char *files = json_text_of(settings, "files");

    for (size_t i = 0; i < sizeof(drawn) / sizeof(drawn[0]) && *files; i++) {
        if (report_has_file(report, drawn[i].file))
            continue;
        fprintf(out, "shapesim: %s not drawn: the run has not kept %s (--files ", drawn[i].figures,
                run_file_names[drawn[i].file]);
        trace_print_plain(out, 0, files);
        fputs(")\n", out);
    }
}
