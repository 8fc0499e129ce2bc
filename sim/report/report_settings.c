#include "sim/report/report_settings.h"

#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/json_file.h"
#include "sim/base/json_text.h"
#include "sim/base/shell_words.h"
#include "sim/base/version.h"
#include "sim/output/file_names.h"
#include "sim/report/html_table.h"
#include "sim/report/report_advice.h"
#include "sim/report/report_value.h"
#include "sim/report/sweep_curves.h"
#include "sim/sweep/sweep_directory.h"
#include "sim/sweep/sweep_words.h"
#include "traces/file_stream.h"

#define SETTINGS_SHOWN 12
#define REASONS_SHOWN  1
#define RUNS_LISTED    2000
#define COLUMNS_MAX    (SWEEP_AXES_MAX + RANK_KEYS_MAX + 4)

static int out_of_memory(char *error)
{
    return sim_fail(error, SIM_FAILED, "report: out of memory");
}

/* --- the answer ------------------------------------------------------------------------------ */

static json_t *load_advice(const struct sweep_finished *sweep)
{
    char path[PATH_MAX];
    int length = snprintf(path, sizeof(path), "%s/%s", sweep->path, sweep_file_names[SWEEP_ADVICE]);

    return length < (int)sizeof(path) ? json_file_load(path, 0, NULL) : NULL;
}

/* What advise found; its sweep is a search, not a comparison. */
static void put_advice(struct html *html, const json_t *advice)
{
    const json_t *demand, *demands = json_object_get(advice, "demands");
    bool is_found = json_is_true(json_object_get(advice, "found"));
    size_t i;

    const char *found = json_is_true(json_object_get(advice, "rate_given"))
                            ? "The best setting for this rate that meets "
                            : "The least rate that meets ";
    html_text(html, is_found ? found : "No setting that was tried meets ");
    json_array_foreach(demands, i, demand)
    {
        html_text(html, i > 0 ? ", " : "");
        html_text(html, json_text_of(demand, "want"));
    }
    html_text(html, is_found ? ": " : "; the nearest is: ");
    html_text(html, json_text_of(advice, "command"));
    html_text(html, ".");
}

void report_settings_title(const struct sweep_finished *sweep, char title[SETTINGS_TITLE_BYTES])
{
    size_t traces = sweep->plan->trace_count, settings = sweep->ranking->count;
    char name[256];

    snprintf(name, sizeof(name), "%s", sweep->plan->traces[0].name);
    if (traces > 1)
        snprintf(name, sizeof(name), "%zu traces", traces);
    snprintf(title, SETTINGS_TITLE_BYTES, "%s: %zu setting%s compared", name, settings,
             settings == 1 ? "" : "s");
}

int report_settings_answer_put(struct html *html, const struct sweep_finished *sweep, char *error)
{
    size_t runs = sweep->plan->run_count;
    json_t *found = load_advice(sweep);
    char *advice = found ? NULL : sweep_ranking_advice(sweep->ranking);

    if (!found && !advice)
        return out_of_memory(error);
    html_markup(html, "<div class=\"answer\"><p>");
    if (found) {
        put_advice(html, found);
    } else {
        advice[0] = (char)toupper((unsigned char)advice[0]);
        html_text(html, advice);
        html_text(html, ".");
    }
    html_markup(html, "</p></div>\n<p class=\"note\">");
    html_print(html, "%zu setting%s, %zu runs", sweep->ranking->count,
               sweep->ranking->count == 1 ? "" : "s", runs);
    if (sweep->complete < runs)
        html_print(html, ", %zu of them failed or missing", runs - sweep->complete);
    html_text(html, ".");
    html_markup(html, "</p>\n");
    if (found)
        report_advice_put(html, found);
    json_decref(found);
    free(advice);
    return SIM_OK;
}

/* --- settings -------------------------------------------------------------------------------- */

/* Its columns, and the texts that they borrow. */
struct headings {
    struct html_column columns[COLUMNS_MAX];
    char titles[RANK_KEYS_MAX][SWEEP_KEY_BYTES];
    size_t count;
};

static void add_heading(struct headings *headings, const char *name, bool is_text)
{
    headings->columns[headings->count++] = (struct html_column){name, is_text};
}

/* Values that are words are sorted as such, others in the order of the axis. */
static bool has_words(const struct sweep_axis *axis)
{
    for (size_t i = 0; i < axis->count; i++)
        if (!isdigit((unsigned char)axis->values[i][0]))
            return true;
    return false;
}

static void make_headings(const struct sweep_finished *sweep, struct headings *headings)
{
    const struct sweep_plan *plan = sweep->plan;
    const struct rank_keys *keys = &sweep->ranking->keys;

    add_heading(headings, "place", false);
    for (size_t a = 0; a < plan->axis_count; a++)
        add_heading(headings, plan->axes[a].name, has_words(&plan->axes[a]));
    for (size_t k = 0; k < keys->count; k++) {
        sweep_key_title(keys->keys[k], plan->compared_window_ms, headings->titles[k]);
        add_heading(headings, headings->titles[k], false);
    }
    add_heading(headings, "delivered", false);
    add_heading(headings, "remarks", true);
}

static double index_of(const struct sweep_axis *axis, const char *value)
{
    size_t i = 0;

    while (i < axis->count && strcmp(axis->values[i], value) != 0)
        i++;
    return (double)i;
}

static void add_remark(char *text, size_t room, const char *remark)
{
    size_t used = strlen(text);

    snprintf(text + used, room - used, "%s%s", used > 0 ? "; " : "", remark);
}

/* What is lost comes first. */
static void put_remarks(struct html_table *table, const struct sweep_finished *sweep,
                        size_t setting)
{
    const struct sweep_ranking *ranking = sweep->ranking;
    const struct sweep_reasons *reasons = &ranking->reasons[setting];
    bool is_eligible = ranking->settings[setting].is_eligible;
    char text[SIM_ERROR_BYTES] = "";

    for (size_t r = 0; r < reasons->count && r < REASONS_SHOWN; r++)
        add_remark(text, sizeof(text), reasons->texts[r]);
    if (reasons->count > REASONS_SHOWN)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "; and %zu more",
                 reasons->count - REASONS_SHOWN);
    if (is_eligible && ranking->order[0] == setting)
        add_remark(text, sizeof(text), "recommended");
    if (is_eligible && ranking->settings[setting].is_unbeaten)
        add_remark(text, sizeof(text), "unbeaten");
    if (sweep_curves_is_default(sweep->plan, sweep_ranking_combination(ranking, setting)))
        add_remark(text, sizeof(text), "libevent's default");
    html_table_text(table, text);
}

/* Shorter than what the sweep prints, which is there to be compared: four digits, and half the
 * interval in the same unit. */
static void value_text(enum rank_key key, const struct sweep_statistic *value,
                       char text[SWEEP_KEY_BYTES])
{
    const char *unit = sweep_key_unit(key);
    char mean[REPORT_VALUE_BYTES], width[SWEEP_KEY_BYTES] = "";

    if (strcmp(unit, "s") == 0)
        report_seconds(mean, value->mean);
    else if (strcmp(unit, "B") == 0)
        report_bytes(mean, value->mean);
    else
        sweep_key_print_mean(key, value->mean, text);
    if (!*unit || strcmp(unit, "B/s") == 0) {
        sweep_key_print_mean(key, value->ci95, width);
        snprintf(mean, sizeof(mean), "%.30s", text);
    } else {
        double shown = strtod(mean, NULL);
        double per = fabs(shown) > 0 ? value->mean / shown : 1;
        snprintf(width, sizeof(width), "%.2g", value->ci95 / per);
    }
    int number = (int)strcspn(mean, " \xc2"); /* a no-break space, which is 0xc2 0xa0 */
    if (value->n > 1 && isfinite(value->mean) && value->ci95 > 0)
        snprintf(text, SWEEP_KEY_BYTES, "%.*s \xc2\xb1 %.*s%s", number, mean,
                 (int)strcspn(width, " "), width, mean + number);
    else
        snprintf(text, SWEEP_KEY_BYTES, "%s", mean);
}

static void put_setting(struct html_table *table, const struct sweep_finished *sweep,
                        size_t setting)
{
    const struct sweep_ranking *ranking = sweep->ranking;
    const struct sweep_plan *plan = sweep->plan;
    double delivered = ranking->settings[setting].delivered_percent;
    char text[SWEEP_KEY_BYTES] = "not eligible";

    if (ranking->settings[setting].is_eligible)
        snprintf(text, sizeof(text), "%zu", ranking->settings[setting].place);
    html_table_value(table, (double)ranking->settings[setting].place, text);
    for (size_t a = 0; a < plan->axis_count; a++) {
        const char *value =
            sweep_plan_value_in(plan, sweep_ranking_combination(ranking, setting), a);
        if (has_words(&plan->axes[a]))
            html_table_text(table, value);
        else
            html_table_value(table, index_of(&plan->axes[a], value), value);
    }
    for (size_t k = 0; k < ranking->keys.count; k++) {
        const struct sweep_statistic *value = sweep_ranking_value(ranking, setting, k);
        value_text(ranking->keys.keys[k], value, text);
        html_table_value(table, value->mean, text);
    }
    snprintf(text, sizeof(text), "%.4g %%", floor(delivered * 100) / 100);
    html_table_value(table, delivered, text);
    put_remarks(table, sweep, setting);
}

int report_settings_table_put(struct html *html, const struct sweep_finished *sweep, char *error)
{
    const struct sweep_ranking *ranking = sweep->ranking;
    struct headings *headings = calloc(1, sizeof(*headings));
    struct html_table table;

    if (!headings)
        return out_of_memory(error);
    make_headings(sweep, headings);
    html_section(html, "settings", "Settings");
    html_table_begin(&table, html, headings->columns, headings->count, SETTINGS_SHOWN);
    for (size_t i = 0; i < ranking->count; i++)
        put_setting(&table, sweep, ranking->order[i]);
    html_table_end(&table);
    html_markup(html, "<p class=\"note\">");
    html_text(html, "Means over seeds, and half their 95 % interval where there are several. "
                    "Unbeaten: no other setting is better in one column and no worse in the "
                    "others.");
    if (sweep->plan->trace_count > 1)
        html_text(html, " Of several traces, values are those of the worst.");
    html_markup(html, "</p>\n");
    free(headings);
    return SIM_OK;
}

/* --- runs ------------------------------------------------------------------------------------ */

/* In an address a percent sign begins the code of another letter. */
static void put_address(struct html *html, const char *id)
{
    for (; *id; id++)
        if (*id == '%')
            html_text(html, "%25");
        else
            html_print(html, "%c", *id);
}

static bool has_page(const struct sweep_finished *sweep, size_t run)
{
    char *directory = sweep_directory_run_path(sweep->path, sweep->plan, run), *page = NULL;
    bool is_there = directory && asprintf(&page, "%s/report/" REPORT_PAGE, directory) >= 0 &&
                    access(page, F_OK) == 0;

    free(page);
    free(directory);
    return is_there;
}

static int put_run(struct html *html, const struct sweep_finished *sweep, size_t run, char *error)
{
    char *id = sweep_plan_id(sweep->plan, run);
    bool is_ok = sweep_results_is_ok(sweep->results, run);

    if (!id)
        return out_of_memory(error);
    html_markup(html, "<li>");
    if (is_ok) {
        html_markup(html, "<a href=\"../runs/");
        put_address(html, id);
        html_text(html, has_page(sweep, run) ? "/report/" REPORT_PAGE : "/");
        html_markup(html, "\">");
        html_text(html, id);
        html_markup(html, "</a>");
    } else {
        html_markup(html, "<strong>");
        html_text(html, id);
        html_markup(html, "</strong>: ");
        html_text(html, sweep_results_status(sweep->results, run));
    }
    html_markup(html, "</li>\n");
    free(id);
    return SIM_OK;
}

int report_settings_runs_put(struct html *html, const struct sweep_finished *sweep, char *error)
{
    size_t runs = sweep->plan->run_count, listed = runs < RUNS_LISTED ? runs : RUNS_LISTED;
    int status = SIM_OK;

    html_section(html, "runs", "Runs");
    if (sweep->complete < runs)
        html_markup(html, "<details open><summary>");
    else
        html_markup(html, "<details><summary>");
    html_print(html, "%zu run%s", runs, runs == 1 ? "" : "s");
    html_markup(html,
                "</summary>\n<p class=\"note\">shapesim report DIR/runs/RUN makes the page of "
                "a run; without one the link leads to its files.</p>\n<ul>\n");
    for (size_t run = 0; run < listed && status == SIM_OK; run++)
        status = put_run(html, sweep, run, error);
    html_markup(html, "</ul>\n");
    if (listed < runs) {
        html_markup(html, "<p class=\"note\">");
        html_print(html, "The first %d; sweep.csv has all.", RUNS_LISTED);
        html_markup(html, "</p>\n");
    }
    html_markup(html, "</details>\n");
    return status;
}

/* --- how to repeat it ------------------------------------------------------------------------ */

static void print_option(FILE *out, const char *name, const char *value)
{
    fprintf(out, " --%s", name);
    if (!value)
        return;
    fputc(' ', out);
    shell_word_print(out, value);
}

static void print_command(FILE *out, const struct sweep_plan *plan)
{
    const struct sweep_config *config = plan->config;

    fputs("shapesim sweep", out);
    for (size_t t = 0; t < plan->trace_count; t++) {
        fputc(' ', out);
        shell_word_print(out, plan->traces[t].name);
    }
    for (size_t i = 0; i < config->option_count; i++)
        print_option(out, config->options[i].name, config->options[i].value);
    for (size_t i = 0; i < config->vary_count; i++)
        print_option(out, "vary", config->vary[i]);
    if (config->link)
        print_option(out, "link", NULL);
    fprintf(out, " --seeds %lld-%lld", (long long)config->first_seed,
            (long long)(config->first_seed + config->seed_count - 1));
    for (size_t i = 0; i < config->wants.count; i++)
        print_option(out, "want", config->wants.demands[i].text);
    if (config->rank)
        print_option(out, "rank", config->rank);
}

int report_settings_repeat_put(struct html *html, const struct sweep_finished *sweep,
                               const char *gnuplot_version, char *error)
{
    const struct sweep_plan *plan = sweep->plan;
    char *command = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&command, &bytes);

    if (out)
        print_command(out, plan);
    if (!out || file_stream_close_text(out, &command) != 0) {
        free(command);
        return out_of_memory(error);
    }
    html_section(html, "repeat", "How to repeat it");
    html_markup(html, "<pre>");
    html_text(html, command);
    free(command);
    html_markup(html, " -o DIR\nshapesim report DIR</pre>\n<dl>\n");
    for (size_t t = 0; t < plan->trace_count; t++) {
        html_markup(html, "<dt>XXH3-128 of ");
        html_text(html, plan->traces[t].name);
        html_markup(html, "</dt><dd>");
        html_text(html, plan->traces[t].hash);
        html_markup(html, "</dd>\n");
    }
    html_definition(html, "gnuplot", gnuplot_version);
    html_definition(html, "page made by shapesim", SHAPESIM_VERSION);
    html_markup(html, "</dl>\n");
    return SIM_OK;
}
