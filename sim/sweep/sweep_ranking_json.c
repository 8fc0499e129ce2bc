#include <math.h>

#include <jansson.h>

#include "shaper/libevent/memory.h"
#include "sim/base/json_file.h"
#include "sim/base/json_text.h"
#include "sim/sweep/sweep_ranking.h"

static void set(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

static json_t *json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *json_window(const struct sweep_ranking *ranking)
{
    int64_t window_ms = ranking->plan->compared_window_ms;

    return window_ms > 0 ? json_real((double)window_ms / 1000) : json_null();
}

static json_t *json_combination(const struct sweep_ranking *ranking, uint64_t combination)
{
    json_t *object = json_object();

    for (size_t a = 0; a < ranking->plan->axis_count; a++)
        set(object, ranking->plan->axes[a].name,
            json_text(sweep_plan_value_in(ranking->plan, combination, a)));
    return object;
}

static json_t *json_keys(const struct sweep_ranking *ranking)
{
    json_t *array = json_array();

    for (size_t k = 0; k < ranking->keys.count; k++) {
        enum rank_key key = ranking->keys.keys[k];
        json_t *object = json_object();
        set(object, "key", json_string(rank_key_name(key)));
        set(object, "unit", json_string(sweep_key_unit(key)));
        set(object, "more_is_better", json_boolean(sweep_key_criterion(key).more_is_better));
        set(object, "window_s", sweep_key_has_window(key) ? json_window(ranking) : json_null());
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *json_values(const struct sweep_ranking *ranking, size_t setting)
{
    json_t *object = json_object();

    for (size_t k = 0; k < ranking->keys.count; k++) {
        const struct sweep_statistic *value = sweep_ranking_value(ranking, setting, k);
        json_t *figure = json_object();
        set(figure, "n", json_u64(value->n));
        set(figure, "mean", json_number(value->mean));
        set(figure, "ci95", json_number(value->ci95));
        set(object, rank_key_name(ranking->keys.keys[k]), figure);
    }
    return object;
}

static json_t *json_reasons(const struct sweep_reasons *reasons)
{
    json_t *array = json_array();

    for (size_t i = 0; i < reasons->count; i++)
        json_array_append_new(array, json_text(reasons->texts[i]));
    return array;
}

static json_t *json_ranking(const struct sweep_ranking *ranking)
{
    json_t *array = json_array();

    for (size_t i = 0; i < ranking->count; i++) {
        size_t setting = ranking->order[i];
        const struct rank_setting *ranked = &ranking->settings[setting];
        json_t *object = json_object();
        set(object, "setting",
            json_combination(ranking, sweep_ranking_combination(ranking, setting)));
        set(object, "place", json_u64(ranked->place));
        set(object, "eligible", json_boolean(ranked->is_eligible));
        set(object, "reasons", json_reasons(&ranking->reasons[setting]));
        set(object, "unbeaten", json_boolean(ranked->is_unbeaten));
        set(object, "delivered_percent", json_number(ranked->delivered_percent));
        set(object, "values", json_values(ranking, setting));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *json_impossible(const struct sweep_ranking *ranking)
{
    json_t *array = json_array();

    for (size_t i = 0; i < ranking->plan->impossible_count; i++) {
        const struct sweep_impossible *impossible = &ranking->plan->impossible[i];
        json_t *object = json_object();
        set(object, "setting", json_combination(ranking, impossible->combination));
        set(object, "reason", json_text(impossible->reason));
        json_array_append_new(array, object);
    }
    return array;
}

int sweep_ranking_print_json(const struct sweep_ranking *ranking, const char *advice, FILE *out,
                             char *error)
{
    json_t *root = json_object();
    bool has_best = ranking->eligible > 0;

    set(root, "ranking", json_ranking(ranking));
    set(root, "recommended",
        has_best ? json_combination(ranking, sweep_ranking_combination(ranking, ranking->order[0]))
                 : json_null());
    set(root, "advice", json_text(advice));
    set(root, "keys", json_keys(ranking));
    set(root, "rank_by", json_string(ranking->method == RANK_BY_KEYS ? "keys" : "sum"));
    set(root, "compared_window_s", json_window(ranking));
    set(root, "impossible", json_impossible(ranking));
    set(root, "other_runs", json_u64(ranking->other_runs));
    if (!root || memory_ran_out()) {
        json_decref(root);
        return sim_fail(error, SIM_FAILED, "sweep: out of memory");
    }
    int failed = json_dumpf(root, out, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    fputc('\n', out);
    json_decref(root);
    return failed ? sim_fail(error, SIM_FAILED, "standard output cannot be written") : SIM_OK;
}
