#include "sim/report_page.h"

#include <stdlib.h>
#include <string.h>

#include "sim/verify.h"

static void put_checks(FILE *out, const struct checks *checks)
{
    char *table = NULL;
    size_t bytes;
    FILE *stream = open_memstream(&table, &bytes);

    if (stream) {
        checks_print(checks, stream);
        fclose(stream);
    }
    fputs("<pre>", out);
    report_page_text(out, table ? table : "out of memory");
    fputs("</pre>\n", out);
    free(table);
}

void report_page_verdicts(FILE *out, const char *directory)
{
    struct verify_config config = {.directory = directory};
    struct checks *checks = calloc(1, sizeof(*checks));
    char error[SIM_ERROR_BYTES] = "out of memory";

    if (checks && verify_run(&config, checks, error) == SIM_OK) {
        fprintf(out, "<p><code>shapesim verify</code>: %s</p>\n",
                checks_hold(checks) ? "every check holds." : "<strong>a check fails.</strong>");
        put_checks(out, checks);
    } else {
        fputs("<p><code>shapesim verify</code> could not be run: ", out);
        report_page_text(out, error);
        fputs("</p>\n", out);
    }
    free(checks);
}
