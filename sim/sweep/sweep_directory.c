#include "sim/sweep/sweep_directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "shaper/libevent/memory.h"
#include "sim/base/json_file.h"
#include "sim/base/json_text.h"
#include "sim/base/version.h"
#include "sim/output/file_names.h"
#include "sim/output/output_directory.h"
#include "sim/output/part_file.h"
#include "sim/sweep/sweep_words.h"
#include "traces/file_stream.h"

static int out_of_memory(const char *path, char *error)
{
    return sim_fail(error, SIM_FAILED, "-o %s: out of memory", path);
}

/* --- sweep.json ---------------------------------------------------------------------------- */

static void append_word(json_t *array, const char *name, const char *value)
{
    json_array_append_new(array, value ? json_sprintf("--%s=%s", name, value)
                                       : json_sprintf("--%s", name));
}

/* What determines the runs and their tables, in a canonical form: options, axes, seeds, sample,
 * demands, the window compared, keys of the ranking, traces by name. */
static json_t *json_arguments(const struct sweep_plan *plan)
{
    const struct sweep_config *config = plan->config;
    json_t *array = json_array();
    char number[48];

    for (size_t i = 0; i < config->option_count; i++)
        if (strcmp(config->options[i].name, "seed") != 0)
            append_word(array, config->options[i].name, config->options[i].value);
    for (size_t i = 0; i < config->vary_count; i++)
        append_word(array, "vary", config->vary[i]);
    if (config->link)
        append_word(array, "link", NULL);
    snprintf(number, sizeof(number), "%" PRId64 "-%" PRId64, config->first_seed,
             config->first_seed + config->seed_count - 1);
    append_word(array, "seeds", number);
    snprintf(number, sizeof(number), "%" PRId64, config->sample);
    if (config->sample > 0)
        append_word(array, "random", number);
    for (size_t i = 0; i < config->wants.count; i++)
        append_word(array, "want", config->wants.demands[i].text);
    if (config->fairness_window)
        append_word(array, "fairness-window", config->fairness_window);
    if (config->rank)
        append_word(array, "rank", config->rank);
    if (config->rank_method == RANK_BY_SUM)
        append_word(array, "rank-by", "sum");
    json_array_append_new(array, json_string("--"));
    for (size_t i = 0; i < plan->trace_count; i++)
        json_array_append_new(array, json_string(plan->traces[i].name));
    return array;
}

/* The combinations that have no runs, with their reasons. */
static json_t *json_impossible(const struct sweep_plan *plan)
{
    json_t *array = json_array();

    for (size_t i = 0; i < plan->impossible_count; i++) {
        json_t *setting = json_object();
        for (size_t a = 0; a < plan->axis_count; a++)
            json_object_set_new(
                setting, plan->axes[a].name,
                json_text(sweep_plan_value_in(plan, plan->impossible[i].combination, a)));
        json_array_append_new(array, json_pack("{s:o, s:o}", "setting", setting, "reason",
                                               json_text(plan->impossible[i].reason)));
    }
    return array;
}

static json_t *json_settings(const struct sweep_plan *plan)
{
    json_t *root = json_object();
    json_t *traces = json_array();

    for (size_t i = 0; i < plan->trace_count; i++)
        json_array_append_new(traces, json_pack("{s:s, s:s}", "name", plan->traces[i].name,
                                                "xxh3_128", plan->traces[i].hash));
    json_object_set_new(root, "shapesim", json_string(SHAPESIM_VERSION));
    json_object_set_new(root, "arguments", json_arguments(plan));
    json_object_set_new(root, "traces", traces);
    json_object_set_new(root, "runs", json_integer((json_int_t)plan->run_count));
    json_object_set_new(root, "compared_window_s",
                        plan->compared_window_ms > 0
                            ? json_real((double)plan->compared_window_ms / 1000)
                            : json_null());
    json_object_set_new(root, "impossible", json_impossible(plan));
    return root;
}

static int write_settings(struct owned_directory *directory, const struct sweep_plan *plan,
                          char *error)
{
    const char *name = sweep_file_names[SWEEP_SETTINGS];
    json_t *root = json_settings(plan);

    if (memory_ran_out()) {
        json_decref(root);
        return out_of_memory(directory->path, error);
    }
    FILE *file = part_file_new(directory, name);
    int failure =
        file ? json_file_write(root, file, JSON_INDENT(2) | JSON_REAL_PRECISION(15), "") : errno;
    json_decref(root);
    return part_file_end(directory, name, failure, error);
}

struct sweep_settings {
    json_t *root;
    char **words;
};

static bool are_texts(const json_t *array)
{
    for (size_t i = 0; i < json_array_size(array); i++)
        if (!json_is_string(json_array_get(array, i)))
            return false;
    return json_array_size(array) > 0;
}

int sweep_settings_read(const char *path, struct sweep_settings **out, char *error)
{
    struct sweep_settings *settings = calloc(1, sizeof(*settings));
    char *name;

    if (!settings || asprintf(&name, "%s/sweep.json", path) < 0) {
        free(settings);
        return out_of_memory(path, error);
    }
    settings->root = json_file_load(name, 0, NULL);
    free(name);
    int failure = settings->root ? 0 : errno;
    if (failure != 0 && failure != ENOENT) {
        sweep_settings_free(settings);
        return failure == ENOMEM ? out_of_memory(path, error)
                                 : sim_fail(error, SIM_FAILED, "%s/sweep.json: cannot be read (%s)",
                                            path, strerror(failure));
    }
    if (!are_texts(json_object_get(settings->root, "arguments"))) {
        sweep_settings_free(settings);
        return sim_fail(error, SIM_MISUSE,
                        "%s: holds no sweep (no sweep.json that can be read); give the -o DIR of "
                        "one",
                        path);
    }
    *out = settings;
    return SIM_OK;
}

void sweep_settings_free(struct sweep_settings *settings)
{
    if (!settings)
        return;
    json_decref(settings->root);
    free(settings->words);
    free(settings);
}

char **sweep_settings_words(struct sweep_settings *settings, int *count)
{
    const json_t *arguments = json_object_get(settings->root, "arguments");
    size_t n = json_array_size(arguments);

    settings->words = calloc(n + 2, sizeof(*settings->words));
    if (!settings->words)
        return NULL;
    settings->words[0] = (char *)(uintptr_t) "sweep";
    for (size_t i = 0; i < n; i++) /* getopt reorders words, but does not write into them */
        settings->words[i + 1] = (char *)(uintptr_t)json_string_value(json_array_get(arguments, i));
    *count = (int)n + 1;
    return settings->words;
}

int sweep_settings_give_hashes(const struct sweep_settings *settings, struct sweep_plan *plan,
                               char *error)
{
    const json_t *traces = json_object_get(settings->root, "traces");

    for (size_t i = 0; i < plan->trace_count; i++) {
        const char *hash =
            json_string_value(json_object_get(json_array_get(traces, i), "xxh3_128"));
        if (!hash || strlen(hash) >= BYTE_SOURCE_HASH_BYTES)
            return sim_fail(error, SIM_FAILED, "sweep.json: has no hash of %s; sweep again",
                            plan->traces[i].name);
        memcpy(plan->traces[i].hash, hash, strlen(hash) + 1);
    }
    return SIM_OK;
}

/* --- whose directory it is ------------------------------------------------------------------ */

/* Whether it contains only what a sweep makes before its sweep.json. */
static int is_free(const struct owned_directory *directory, bool *free_to_use, char *error)
{
    static const char *const ours[] = {".", "..", "sweep.lock", "sweep.json.part", OWNED_MARKER};
    DIR *entries = opendir(directory->path);
    const struct dirent *entry;

    *free_to_use = true;
    if (!entries) {
        bool is_misuse = file_stream_is_of_the_path(errno);
        return sim_fail(error, is_misuse ? SIM_MISUSE : SIM_FAILED,
                        "-o %s: %s; choose another directory", directory->path, strerror(errno));
    }
    while (*free_to_use && (errno = 0, entry = readdir(entries))) {
        bool is_ours = false;
        for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
            is_ours |= strcmp(entry->d_name, ours[i]) == 0;
        *free_to_use = is_ours;
    }
    int failure = *free_to_use ? errno : 0;
    closedir(entries);
    if (failure)
        return sim_fail(error, SIM_FAILED, "-o %s: cannot be read (%s)", directory->path,
                        strerror(failure));
    return SIM_OK;
}

/* The next word, from index *i on, that makes a sweep another one: not the values of an axis,
 * seeds, a sample, demands, the window compared and the ranking, which may change between one
 * command and the next. "nothing" after the last. *length is that of its part which counts. */
static const char *fixed_word(const json_t *arguments, size_t *i, size_t *length)
{
    static const char axis[] = "--vary=";
    static const char *const free_words[] = {
        "--seeds=", "--random=", "--want=", "--fairness-window=", "--rank=", "--rank-by="};
    const char *word;

    while ((word = json_string_value(json_array_get(arguments, (*i)++))) &&
           strcmp(word, "--") != 0) {
        bool is_free = false;
        for (size_t f = 0; f < sizeof(free_words) / sizeof(free_words[0]); f++)
            is_free |= strncmp(word, free_words[f], strlen(free_words[f])) == 0;
        *length = strlen(word);
        if (strncmp(word, axis, sizeof(axis) - 1) == 0)
            *length = sizeof(axis) - 1 + strcspn(word + sizeof(axis) - 1, "=");
        if (!is_free)
            return word;
    }
    *i = json_array_size(arguments);
    word = "nothing";
    *length = strlen(word);
    return word;
}

/* Compares the arguments; a misuse names the first that differs. Traces may differ. */
static int compare_arguments(const char *path, const json_t *there, const json_t *here, char *error)
{
    for (size_t i = 0, j = 0; i < json_array_size(there) || j < json_array_size(here);) {
        size_t n, m;
        const char *a = fixed_word(there, &i, &n), *b = fixed_word(here, &j, &m);
        if (n != m || memcmp(a, b, n) != 0)
            return sim_fail(error, SIM_MISUSE,
                            "-o %s: holds another sweep: there %.*s, here %.*s; choose another "
                            "directory, or add --force",
                            path, (int)n, a, (int)m, b);
    }
    return SIM_OK;
}

static int check_owner(const struct owned_directory *directory, const struct sweep_plan *plan,
                       char *error)
{
    const char *path = directory->path;
    struct sweep_settings *settings = NULL;
    bool free_to_use;
    int status = is_free(directory, &free_to_use, error);

    if (status != SIM_OK || free_to_use)
        return status;
    status = sweep_settings_read(path, &settings, error);
    if (status == SIM_FAILED)
        return status;
    if (!settings)
        return sim_fail(error, SIM_MISUSE,
                        "-o %s: the directory is not empty and holds no sweep; choose another, or "
                        "add --force",
                        path);
    json_t *arguments = json_arguments(plan);
    status = memory_ran_out()
                 ? out_of_memory(path, error)
                 : compare_arguments(path, json_object_get(settings->root, "arguments"), arguments,
                                     error);
    json_decref(arguments);
    sweep_settings_free(settings);
    return status;
}

void sweep_directory_init(struct sweep_directory *directory)
{
    owned_directory_init(&directory->files);
    directory->lock_fd = -1;
    directory->runs_fd = -1;
    directory->is_earlier = false;
}

void sweep_directory_close(struct sweep_directory *directory)
{
    if (directory->files.fd >= 0)
        owned_directory_unmark(&directory->files);
    owned_directory_close(&directory->files);
    if (directory->lock_fd >= 0)
        close(directory->lock_fd);
    if (directory->runs_fd >= 0)
        close(directory->runs_fd);
    sweep_directory_init(directory);
}

static int lock_file(struct sweep_directory *directory, char *error)
{
    const char *path = directory->files.path;

    directory->lock_fd = file_stream_descriptor(directory->files.fd, "sweep.lock",
                                                O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK);
    if (directory->lock_fd < 0)
        return sim_fail(error, SIM_FAILED,
                        "%s/sweep.lock: cannot be written (%s); choose another "
                        "directory",
                        path, strerror(errno));
    int locked;
    do
        locked = flock(directory->lock_fd, LOCK_EX | LOCK_NB);
    while (locked != 0 && file_stream_again());
    if (locked != 0 && errno == EWOULDBLOCK)
        return sim_fail(error, SIM_FAILED,
                        "%s: another sweep is at work there; wait for it, or choose another "
                        "directory",
                        path);
    return SIM_OK;
}

static int open_runs(struct sweep_directory *directory, char *error)
{
    struct owned_directory runs;
    char *path;

    if (asprintf(&path, "%s/runs", directory->files.path) < 0)
        return out_of_memory(directory->files.path, error);
    int status =
        owned_directory_open_in(&runs, OWNED_RUN, directory->files.fd, "runs", path, error);
    directory->runs_fd = runs.fd;
    free(path);
    return status;
}

static int open_and_lock(struct sweep_directory *directory, const char *path, char *error)
{
    int failure = owned_directory_open(&directory->files, OWNED_SWEEP, path);

    if (failure)
        return sim_fail(error, file_stream_is_of_the_path(failure) ? SIM_MISUSE : SIM_FAILED,
                        "-o %s: %s; choose another directory", path, strerror(failure));
    return owned_directory_lock(&directory->files, 0, error);
}

int sweep_directory_open(struct sweep_directory *directory, const char *path,
                         const struct sweep_plan *plan, bool force, char *error)
{
    char *made = NULL;
    int status = output_directory_check_part(path, error);

    if (status == SIM_OK)
        status = output_directory_make(path, &made, error);
    free(made);
    if (status == SIM_OK)
        status = open_and_lock(directory, path, error);
    if (status == SIM_OK && !force)
        status = check_owner(&directory->files, plan, error);
    if (status == SIM_OK)
        status = owned_directory_check(&directory->files, false, error);
    if (status == SIM_OK)
        status = open_runs(directory, error);
    if (status == SIM_OK)
        status = owned_directory_is_own(&directory->files, &directory->is_earlier, error);
    return status == SIM_OK ? lock_file(directory, error) : status;
}

int sweep_directory_begin(struct sweep_directory *directory, const struct sweep_plan *plan,
                          char *error)
{
    int status = owned_directory_clear(&directory->files, false, error);

    if (status == SIM_OK)
        status = write_settings(&directory->files, plan, error);
    if (status != SIM_OK || directory->runs_fd >= 0)
        return status;
    if (mkdirat(directory->files.fd, "runs", 0777) != 0)
        return sim_fail(error, SIM_FAILED,
                        "-o %s/runs: cannot be made (%s); choose another directory",
                        directory->files.path, strerror(errno));
    return open_runs(directory, error);
}

int sweep_directory_reopen(struct sweep_directory *directory, const char *path, char *error)
{
    int status = open_and_lock(directory, path, error);

    if (status == SIM_OK)
        status = lock_file(directory, error);
    return status == SIM_OK ? owned_directory_clear(&directory->files, false, error) : status;
}

char *sweep_directory_run_path(const char *directory, const struct sweep_plan *plan, size_t run)
{
    char *id = sweep_plan_id(plan, run), *path = NULL;
    char *here = *directory == '/' ? strdup("") : getcwd(NULL, 0);

    if (!id || !here ||
        asprintf(&path, "%s%s%s/runs/%s", here, *directory == '/' ? "" : "/", directory, id) < 0)
        path = NULL;
    free(here);
    free(id);
    return path;
}
