/* Whether the files of a run are there, whole, and as they were written. */
#include "sim/verify/verify_files.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/account/summary.h"
#include "sim/base/file_hash.h"
#include "sim/base/json_file.h"
#include "sim/output/csv_reader.h"
#include "sim/output/file_names.h"
#include "sim/output/shaped_capture.h"
#include "traces/file_stream.h"

static bool ends_with(const char *name, const char *ending)
{
    size_t length = strlen(name), tail = strlen(ending);

    return length > tail && strcmp(name + length - tail, ending) == 0;
}

/* Calls `visit` for every entry of the directory; false where that cannot be read. */
static bool each_entry(struct verification *verification,
                       void (*visit)(struct verification *verification, const char *name))
{
    const char *path = verification->config->directory;
    DIR *directory = opendir(path);
    const struct dirent *entry;

    if (!directory && errno == ENOMEM) {
        sim_fail(verification->error, SIM_FAILED, "%s: out of memory", path);
        return false;
    }
    if (!directory) {
        file_stream_note(path, errno);
        check_fails(verification->checks, CHECK_FILES,
                    "%s: %s; give the directory of a finished run", path, strerror(errno));
        return false;
    }
    while ((errno = 0, entry = readdir(directory)))
        visit(verification, entry->d_name);
    if (errno)
        file_stream_note(path, errno);
    closedir(directory);
    return true;
}

static void refuse_partial(struct verification *verification, const char *name)
{
    if (ends_with(name, ".csv.part") || ends_with(name, ".csv" FILE_COMPRESSED ".part") ||
        ends_with(name, ".json.part") || strcmp(name, SHAPED_CAPTURE_FILE ".part") == 0)
        check_fails(verification->checks, CHECK_FILES,
                    "%s: the run was interrupted or is not finished; only a finished one can be "
                    "checked",
                    name);
}

/* Larger whole numbers than the CSV files have would overflow sums. Jansson bounds the depth. */
static bool has_sane_numbers(json_t *value)
{
    const char *key;
    json_t *member;
    size_t i;

    if (json_is_integer(value))
        return json_integer_value(value) <= CSV_READER_NUMBER_MAX &&
               json_integer_value(value) >= -CSV_READER_NUMBER_MAX;
    json_array_foreach(value, i, member)
    {
        if (!has_sane_numbers(member))
            return false;
    }
    json_object_foreach(value, key, member)
    {
        if (!has_sane_numbers(member))
            return false;
    }
    return true;
}

bool verify_files(struct verification *verification)
{
    char *path;
    json_error_t fault;

    if (!each_entry(verification, refuse_partial) || !checks_hold(verification->checks))
        return false;
    if (asprintf(&path, "%s/summary.json", verification->config->directory) < 0) {
        sim_fail(verification->error, SIM_FAILED, "out of memory");
        return false;
    }
    verification->summary = json_file_load(path, JSON_REJECT_DUPLICATES, &fault);
    bool has_memory = verification->summary || errno != ENOMEM;
    bool is_other =
        json_is_object(verification->summary) &&
        summary_check_format(verification->summary, path, verification->error) != SIM_OK;
    free(path);
    if (is_other)
        return false;
    if (!has_sane_numbers(verification->summary)) {
        check_fails(verification->checks, CHECK_FILES,
                    "summary.json: a whole number is beyond %" PRId64 ", more than any run has",
                    CSV_READER_NUMBER_MAX);
        return false;
    }
    if (json_is_object(verification->summary)) {
        check_holds(verification->checks, CHECK_FILES);
        return true;
    }
    if (!has_memory)
        sim_fail(verification->error, SIM_FAILED, "summary.json: out of memory");
    else if (verification->summary)
        check_fails(verification->checks, CHECK_FILES, "summary.json: not an object");
    else if (fault.line >= 0)
        check_fails(verification->checks, CHECK_FILES, "summary.json: line %d: %s", fault.line,
                    fault.text);
    else
        check_fails(verification->checks, CHECK_FILES,
                    "summary.json: missing in %s; it is written last, so the run is not complete",
                    verification->config->directory);
    return false;
}

static void hash_one(struct verification *verification, const char *name, const json_t *written)
{
    char hex[FILE_HASH_BYTES];
    char *path;

    if (asprintf(&path, "%s/%s", verification->config->directory, name) < 0) {
        sim_fail(verification->error, SIM_FAILED, "%s: out of memory", name);
        return;
    }
    int failure = file_hash_of(path, hex);
    free(path);
    if (failure == ENOMEM)
        sim_fail(verification->error, SIM_FAILED, "%s: %s", name, strerror(failure));
    else if (failure)
        check_fails(verification->checks, CHECK_HASHES, "%s: %s", name, strerror(failure));
    else if (!json_is_string(written) || strcmp(json_string_value(written), hex) != 0)
        check_fails(verification->checks, CHECK_HASHES,
                    "%s: its XXH3-128 is %s, but summary.json says %s: it was changed since the "
                    "run",
                    name, hex, json_is_string(written) ? json_string_value(written) : "nothing");
    else
        check_holds(verification->checks, CHECK_HASHES);
}

static void refuse_unlisted(struct verification *verification, const char *name)
{
    const json_t *files = json_object_get(verification->summary, "files");

    if ((ends_with(name, ".csv") || ends_with(name, ".csv" FILE_COMPRESSED) ||
         strcmp(name, SHAPED_CAPTURE_FILE) == 0) &&
        !json_object_get(files, name))
        check_fails(verification->checks, CHECK_HASHES, "%s: not among the files of summary.json",
                    name);
}

void verify_hashes(struct verification *verification)
{
    json_t *files = json_object_get(verification->summary, "files");
    const char *name;
    json_t *written;

    if (verification->config->no_hashes) {
        check_is_skipped(verification->checks, CHECK_HASHES, "not compared: --no-hashes");
        return;
    }
    if (!json_is_object(files)) {
        check_fails(verification->checks, CHECK_HASHES,
                    "summary.json: no \"files\" with their hashes; check an older run with "
                    "--no-hashes");
        return;
    }
    each_entry(verification, refuse_unlisted);
    json_object_foreach(files, name, written)
    {
        if (strchr(name, '/'))
            check_fails(verification->checks, CHECK_HASHES,
                        "summary.json: files: '%.60s' is no "
                        "name of a file",
                        name);
        else
            hash_one(verification, name, written);
    }
}
