#include <math.h>

#include <jansson.h>

#include "shaper/libevent/memory.h"
#include "sim/base/json_file.h"
#include "sim/base/json_text.h"
#include "sim/sweep/sweep_ranking.h"

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
        json_object_set_new(object, ranking->plan->axes[a].name,
                            json_text(sweep_plan_value_in(ranking->plan, combination, a)));
    return object;
}

static json_t *json_keys(const struct sweep_ranking *ranking)
{
    json_t *array = json_array();

    for (size_t k = 0; k < ranking->keys.count; k++) {
        enum rank_key key = ranking->keys.keys[k];
        json_t *object = json_object();
        json_object_set_new(object, "key", json_string(rank_key_name(key)));
        json_object_set_new(object, "unit", json_string(sweep_key_unit(key)));
        json_object_set_new(object, "more_is_better",
                            json_boolean(sweep_key_criterion(key).more_is_better));
        json_object_set_new(object, "window_s",
                            sweep_key_has_window(key) ? json_window(ranking) : json_null());
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
        json_object_set_new(figure, "n", json_u64(value->n));
        json_object_set_new(figure, "mean", json_number(value->mean));
        json_object_set_new(figure, "ci95", json_number(value->ci95));
        json_object_set_new(object, rank_key_name(ranking->keys.keys[k]), figure);
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
        json_object_set_new(object, "setting",
                            json_combination(ranking, sweep_ranking_combination(ranking, setting)));
        json_object_set_new(object, "place", json_u64(ranked->place));
        json_object_set_new(object, "eligible", json_boolean(ranked->is_eligible));
        json_object_set_new(object, "reasons", json_reasons(&ranking->reasons[setting]));
        json_object_set_new(object, "unbeaten", json_boolean(ranked->is_unbeaten));
        json_object_set_new(object, "delivered_percent", json_number(ranked->delivered_percent));
        json_object_set_new(object, "values", json_values(ranking, setting));
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
        json_object_set_new(object, "setting", json_combination(ranking, impossible->combination));
        json_object_set_new(object, "reason", json_text(impossible->reason));
        json_array_append_new(array, object);
    }
    return array;
}

int sweep_ranking_print_json(const struct sweep_ranking *ranking, const char *advice, FILE *out,
                             char *error)
{
    json_t *root = json_object();
    bool has_best = ranking->eligible > 0;

    json_object_set_new(root, "ranking", json_ranking(ranking));
    json_object_set_new(
        root, "recommended",
        has_best ? json_combination(ranking, sweep_ranking_combination(ranking, ranking->order[0]))
                 : json_null());
    json_object_set_new(root, "advice", json_text(advice));
    json_object_set_new(root, "keys", json_keys(ranking));
    json_object_set_new(root, "rank_by",
                        json_string(ranking->method == RANK_BY_KEYS ? "keys" : "sum"));
    json_object_set_new(root, "compared_window_s", json_window(ranking));
    json_object_set_new(root, "impossible", json_impossible(ranking));
    json_object_set_new(root, "other_runs", json_u64(ranking->other_runs));
    if (!root || memory_ran_out()) {
        json_decref(root);
        return sim_fail(error, SIM_FAILED, "sweep: out of memory");
    }
    int failed = json_dumpf(root, out, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    fputc('\n', out);
    json_decref(root);
    return failed ? sim_fail(error, SIM_FAILED, "standard output cannot be written") : SIM_OK;
}
