#include <stdlib.h>
#include <string.h>

#include "sim/sweep/sweep_ranking.h"
#include "traces/trace.h"

#define ROWS_SHOWN    10
#define WIDTH_MAX     40
#define TEXT_WIDTH    100
#define SETTING_BYTES 512

/* As wide as the longest of its values, and its name. */
static int axis_width(const struct sweep_axis *axis)
{
    size_t width = strlen(axis->name);

    for (size_t i = 0; i < axis->count; i++)
        if (strlen(axis->values[i]) > width)
            width = strlen(axis->values[i]);
    return width < WIDTH_MAX ? (int)width : WIDTH_MAX;
}

static void print_cell(const struct sweep_ranking *ranking, size_t axis, const char *text,
                       FILE *out)
{
    fputs("  ", out);
    trace_print_plain(out, axis_width(&ranking->plan->axes[axis]), text);
}

/* A row is shown if it is among the first, or unbeaten. */
static bool is_shown(const struct sweep_ranking *ranking, size_t i)
{
    return i < ROWS_SHOWN || ranking->settings[ranking->order[i]].is_unbeaten;
}

static void value_text(const struct sweep_ranking *ranking, size_t i, size_t k,
                       char text[SWEEP_KEY_BYTES])
{
    sweep_key_print(ranking->keys.keys[k], sweep_ranking_value(ranking, ranking->order[i], k),
                    text);
}

static int key_width(const struct sweep_ranking *ranking, size_t k)
{
    char text[SWEEP_KEY_BYTES];
    size_t width;

    sweep_key_title(ranking->keys.keys[k], ranking->plan->compared_window_ms, text);
    width = strlen(text);
    for (size_t i = 0; i < ranking->eligible; i++) {
        if (!is_shown(ranking, i))
            continue;
        value_text(ranking, i, k, text);
        if (strlen(text) > width)
            width = strlen(text);
    }
    return (int)width;
}

static void print_heading(const struct sweep_ranking *ranking, const int *widths, FILE *out)
{
    bool is_by_keys = ranking->method == RANK_BY_KEYS;
    char title[SWEEP_KEY_BYTES];

    fputs(is_by_keys ? "best by " : "best by the sum of places in ", out);
    for (size_t k = 0; k < ranking->keys.count; k++) {
        sweep_key_title(ranking->keys.keys[k], ranking->plan->compared_window_ms, title);
        fprintf(out, "%s%s", k == 0 ? "" : is_by_keys ? ", then " : ", ", title);
    }
    if (ranking->plan->trace_count > 1)
        fputs("; places of all traces added, values of the worst", out);
    fprintf(out, "\n\nplace ");
    for (size_t a = 0; a < ranking->plan->axis_count; a++)
        print_cell(ranking, a, ranking->plan->axes[a].name, out);
    for (size_t k = 0; k < ranking->keys.count; k++) {
        sweep_key_title(ranking->keys.keys[k], ranking->plan->compared_window_ms, title);
        fprintf(out, "  %*s", widths[k], title);
    }
    fputc('\n', out);
}

static void print_row(const struct sweep_ranking *ranking, size_t i, const int *widths, FILE *out)
{
    size_t setting = ranking->order[i];
    char text[SWEEP_KEY_BYTES];

    fprintf(out, "%5zu%c", ranking->settings[setting].place,
            ranking->settings[setting].is_unbeaten ? '*' : ' ');
    for (size_t a = 0; a < ranking->plan->axis_count; a++)
        print_cell(
            ranking, a,
            sweep_plan_value_in(ranking->plan, sweep_ranking_combination(ranking, setting), a),
            out);
    for (size_t k = 0; k < ranking->keys.count; k++) {
        value_text(ranking, i, k, text);
        fprintf(out, "  %*s", widths[k], text);
    }
    fputc('\n', out);
}

static void print_eligible(const struct sweep_ranking *ranking, FILE *out)
{
    int widths[RANK_KEYS_MAX];
    size_t left_out = 0;

    for (size_t k = 0; k < ranking->keys.count; k++)
        widths[k] = key_width(ranking, k);
    print_heading(ranking, widths, out);
    for (size_t i = 0; i < ranking->eligible; i++)
        if (is_shown(ranking, i))
            print_row(ranking, i, widths, out);
        else
            left_out++;
    if (left_out > 0)
        fprintf(out, "and %zu more\n", left_out);
    fputs("* no other setting is better in one key and no worse in the others\n", out);
}

static void print_combination(const struct sweep_ranking *ranking, uint64_t combination, FILE *out)
{
    char name[SETTING_BYTES];

    sweep_plan_print_combination(ranking->plan, combination, name, sizeof(name));
    fputs("  ", out);
    trace_print_plain(out, 0, *name ? name : "the only setting");
    fputs(": ", out);
}

static void print_others(const struct sweep_ranking *ranking, FILE *out)
{
    size_t others = ranking->count - ranking->eligible;

    if (others == 0)
        return;
    fprintf(out, "\nnot eligible: %zu of %zu\n", others, ranking->count);
    for (size_t i = 0; i < others && i < ROWS_SHOWN; i++) {
        size_t setting = ranking->order[ranking->eligible + i];
        print_combination(ranking, sweep_ranking_combination(ranking, setting), out);
        for (size_t r = 0; r < ranking->reasons[setting].count; r++) {
            fputs(r ? "; " : "", out);
            trace_print_plain(out, 0, ranking->reasons[setting].texts[r]);
        }
        fputc('\n', out);
    }
    if (others > ROWS_SHOWN)
        fprintf(out, "  and %zu more\n", others - ROWS_SHOWN);
}

static void print_impossible(const struct sweep_ranking *ranking, FILE *out)
{
    const struct sweep_plan *plan = ranking->plan;

    if (plan->impossible_count == 0)
        return;
    fprintf(out, "\nimpossible, left out: %zu\n", plan->impossible_count);
    for (size_t i = 0; i < plan->impossible_count && i < ROWS_SHOWN; i++) {
        print_combination(ranking, plan->impossible[i].combination, out);
        trace_print_plain(out, 0, plan->impossible[i].reason);
        fputc('\n', out);
    }
    if (plan->impossible_count > ROWS_SHOWN)
        fprintf(out, "  and %zu more\n", plan->impossible_count - ROWS_SHOWN);
}

/* Whether fairness is a key, and the limits have no window in common. */
static bool lacks_window(const struct sweep_ranking *ranking)
{
    bool has_limits = ranking->plan->group_count > 0, is_key = false;

    for (size_t k = 0; k < ranking->keys.count; k++)
        is_key |= sweep_key_has_window(ranking->keys.keys[k]);
    return is_key && has_limits && ranking->plan->compared_window_ms == 0;
}

/* Prints a paragraph in lines of limited length. */
static int print_wrapped(const char *text, FILE *out)
{
    char *plain = strdup(text);
    size_t column = 0;

    if (!plain)
        return -1;
    trace_make_plain(plain);
    for (const char *at = plain; *at; at++) {
        bool is_break = *at == ' ' && column + strcspn(at + 1, " ") >= TEXT_WIDTH;
        fputc(is_break ? '\n' : *at, out);
        column = is_break ? 0 : column + 1;
    }
    fputc('\n', out);
    free(plain);
    return 0;
}

int sweep_ranking_print(const struct sweep_ranking *ranking, const char *advice, FILE *out,
                        char *error)
{
    if (ranking->eligible > 0)
        print_eligible(ranking, out);
    if (lacks_window(ranking))
        fputs("fairness is not compared: no window that can be measured is whole in all ticks\n",
              out);
    print_others(ranking, out);
    fputc('\n', out);
    if (print_wrapped(advice, out) != 0)
        return sim_fail(error, SIM_FAILED, "sweep: out of memory");
    print_impossible(ranking, out);
    if (ranking->other_runs > 0)
        fprintf(out, "\nruns/ also has %zu that are not part of this sweep\n", ranking->other_runs);
    return SIM_OK;
}
