#include "tests/campaign/files.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/output/csv_reader.h"

#define PATH_BYTES 512

void files_remove(const char *directory)
{
    DIR *dir = opendir(directory);
    struct dirent *entry;

    while (dir && (entry = readdir(dir)))
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(dir), entry->d_name, 0);
    if (dir)
        closedir(dir);
    rmdir(directory);
}

static FILE *open_file(const char *directory, const char *name)
{
    char path[PATH_BYTES];

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    return fopen(path, "r");
}

/* --- byte by byte ---------------------------------------------------------------------------- */

/* Whether a line of summary.json may differ: the command, and the transport among the settings. */
static bool may_differ(const char *line)
{
    return strncmp(line, "  \"command\": ", 13) == 0 ||
           strncmp(line, "    \"transport\": ", 17) == 0;
}

/* Lines of whatever bytes. */
static bool same_lines(FILE *a, FILE *b, const char *name, char *difference)
{
    char *line = NULL, *other = NULL;
    size_t room = 0, other_room = 0;
    bool same = true;

    for (unsigned long number = 1; same; number++) {
        ssize_t length = getline(&line, &room, a), other_length = getline(&other, &other_room, b);
        if (length < 0 && other_length < 0)
            break;
        if (length > 0 && other_length > 0 && may_differ(line) && may_differ(other))
            continue;
        same = length == other_length && memcmp(line, other, (size_t)length) == 0;
        if (!same)
            snprintf(difference, FILES_DIFFERENCE_BYTES, "%s: line %lu: %.700s and %.700s", name,
                     number, length < 0 ? "(no more)" : strtok(line, "\n"),
                     other_length < 0 ? "(no more)" : strtok(other, "\n"));
    }
    free(line);
    free(other);
    return same;
}

static bool same_file(const char *directory, const char *other, const char *name, char *difference)
{
    FILE *a = open_file(directory, name), *b = open_file(other, name);
    bool same = a && b;

    if (!same)
        snprintf(difference, FILES_DIFFERENCE_BYTES, "%s: only one of the runs has it", name);
    else
        same = same_lines(a, b, name, difference);
    if (a)
        fclose(a);
    if (b)
        fclose(b);
    return same;
}

/* Files in the order of the directory, summary.json last: it has the hashes of all others. */
static bool has_all_of(const char *from, const char *in, char *difference)
{
    DIR *dir = opendir(from);
    struct dirent *entry;
    bool same = dir != NULL;

    if (!dir)
        snprintf(difference, FILES_DIFFERENCE_BYTES, "a run has no files");
    while (same && (entry = readdir(dir)))
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, "summary.json") != 0)
            same = same_file(from, in, entry->d_name, difference);
    if (dir)
        closedir(dir);
    return same;
}

bool files_same(const char *directory, const char *other, char difference[FILES_DIFFERENCE_BYTES])
{
    return has_all_of(directory, other, difference) && has_all_of(other, directory, difference) &&
           same_file(directory, other, "summary.json", difference);
}

/* --- flows.csv ------------------------------------------------------------------------------- */

struct flow_line {
    int64_t flow, packets, offered[2], delivered[2];
    bool is_lost; /* a false end of file */
};

static int compare_lines(const void *a, const void *b)
{
    const struct flow_line *x = a, *y = b;

    return (x->flow > y->flow) - (x->flow < y->flow);
}

/* By number; the caller frees. */
static struct flow_line *read_flows(const char *directory, size_t *count)
{
    static const char *const names[] = {"flow",
                                        "packets",
                                        "offered_read_bytes",
                                        "offered_written_bytes",
                                        "read_bytes",
                                        "written_bytes",
                                        "close",
                                        NULL};
    struct csv_reader *reader;
    struct flow_line *lines = NULL;
    char error[SIM_ERROR_BYTES];
    int columns[7];

    *count = 0;
    if (csv_reader_open(directory, "flows.csv", &reader, error) != SIM_OK)
        return NULL;
    if (csv_reader_columns(reader, names, columns, error) == SIM_OK)
        while (csv_reader_next(reader)) {
            struct flow_line *more = realloc(lines, (*count + 1) * sizeof(*lines));
            if (!more)
                abort();
            lines = more;
            lines[(*count)++] = (struct flow_line){
                .flow = csv_reader_i64(reader, columns[0]),
                .packets = csv_reader_i64(reader, columns[1]),
                .offered = {csv_reader_i64(reader, columns[2]), csv_reader_i64(reader, columns[3])},
                .delivered = {csv_reader_i64(reader, columns[4]),
                              csv_reader_i64(reader, columns[5])},
                .is_lost = strcmp(csv_reader_text(reader, columns[6]), "eof") == 0};
        }
    csv_reader_free(reader);
    if (lines)
        qsort(lines, *count, sizeof(*lines), compare_lines);
    return lines;
}

static bool same_flow(const struct flow_line *a, const struct flow_line *b)
{
    if (a->flow != b->flow)
        return false;
    if (a->is_lost)
        return true;
    for (int d = 0; d < 2; d++)
        if (a->offered[d] != b->offered[d] || a->delivered[d] != a->offered[d])
            return false;
    return a->packets == b->packets;
}

bool files_same_flows(const char *directory, const char *other, struct flow_sums *sums,
                      char difference[FILES_DIFFERENCE_BYTES])
{
    size_t count, other_count;
    struct flow_line *lines = read_flows(directory, &count);
    struct flow_line *others = read_flows(other, &other_count);
    bool same = count == other_count;

    *sums = (struct flow_sums){0};
    if (!same)
        snprintf(difference, FILES_DIFFERENCE_BYTES, "%zu flows, but %zu without limits", count,
                 other_count);
    for (size_t i = 0; i < count && same; i++) {
        sums->offered_bytes += others[i].offered[0] + others[i].offered[1];
        same = same_flow(&lines[i], &others[i]);
        if (!same)
            snprintf(difference, FILES_DIFFERENCE_BYTES,
                     "flow %lld: %lld packets, offered %lld and %lld, delivered %lld and %lld; "
                     "without limits flow %lld: %lld packets, offered %lld and %lld",
                     (long long)lines[i].flow, (long long)lines[i].packets,
                     (long long)lines[i].offered[0], (long long)lines[i].offered[1],
                     (long long)lines[i].delivered[0], (long long)lines[i].delivered[1],
                     (long long)others[i].flow, (long long)others[i].packets,
                     (long long)others[i].offered[0], (long long)others[i].offered[1]);
    }
    free(lines);
    free(others);
    return same;
}

/* --- how it ended ---------------------------------------------------------------------------- */

bool files_drained(const char *directory)
{
    FILE *file = open_file(directory, "summary.json");
    char line[4096];
    bool drained = false;

    while (file && !drained && fgets(line, sizeof(line), file))
        drained = strstr(line, "\"end\": \"drained\"") != NULL;
    if (file)
        fclose(file);
    return drained;
}

bool files_are_parts(const char *directory, char name[64])
{
    DIR *dir = opendir(directory);
    struct dirent *entry;
    bool are = true;

    while (dir && are && (entry = readdir(dir))) {
        const char *dot = strrchr(entry->d_name, '.');
        are = entry->d_name[0] == '.' || (dot && strcmp(dot, ".part") == 0);
        snprintf(name, 64, "%.63s", entry->d_name);
    }
    if (dir)
        closedir(dir);
    return are;
}
