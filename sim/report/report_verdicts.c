#include "sim/report/report_verdicts.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "sim/report/html_text.h"
#include "sim/verify/verify.h"

static void put_cell(FILE *out, const json_t *check, const char *key)
{
    const char *text = json_string_value(json_object_get(check, key));

    fprintf(out, "<td data-label=\"%s\">", key);
    html_text_put(out, text && *text ? text : "-");
    fputs("</td>", out);
}

/* A row for each check, with what is wrong where it fails. */
static void put_rows(FILE *out, const json_t *table)
{
    const json_t *check;
    size_t i;

    json_array_foreach(table, i, check)
    {
        fputs("<tr>", out);
        put_cell(out, check, "check");
        put_cell(out, check, "figure");
        put_cell(out, check, "bound");
        put_cell(out, check, "verdict");
        put_cell(out, check, "message");
        fputs("</tr>\n", out);
    }
}

static int put_checks(FILE *out, const struct checks *checks)
{
    char *text = NULL;
    size_t bytes;
    FILE *stream = open_memstream(&text, &bytes);

    if (stream) {
        bool is_whole = checks_print_json(checks, stream) == 0;
        if (fclose(stream) != 0 || !is_whole) {
            free(text);
            text = NULL;
        }
    }
    json_t *table = text ? json_loads(text, 0, NULL) : NULL;
    fputs("<table><thead><tr><th>check</th><th>figure</th><th>bound</th><th>verdict</th>"
          "<th>message</th></tr></thead><tbody>\n",
          out);
    put_rows(out, table);
    fputs("</tbody></table>\n", out);
    int status = table ? 0 : -1;
    json_decref(table);
    free(text);
    return status;
}

int report_verdicts_put(FILE *out, const char *directory, char *error)
{
    struct verify_config config = {.directory = directory};
    struct checks *checks = calloc(1, sizeof(*checks));
    int status = checks ? verify_run(&config, checks, error)
                        : sim_fail(error, SIM_FAILED, "report: out of memory");

    if (status == SIM_OK) {
        fprintf(out, "<p><code>shapesim verify</code>: %s</p>\n",
                checks_hold(checks) ? "every check holds." : "<strong>a check fails.</strong>");
        if (put_checks(out, checks) != 0)
            status = sim_fail(error, SIM_FAILED, "report: out of memory for verify's table");
    }
    free(checks);
    return status;
}
