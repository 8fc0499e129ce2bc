#include "tests/sim/verify/two_flows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/verify/verify.h"
#include "tests/scratch.h"

#define FILE_MAX_BYTES 16384

static const char *const files[] = {"ticks.csv", "flow_ticks.csv", "flows.csv",   "fairness.csv",
                                    "burst.csv", "events.csv",     "summary.json"};

#define FILES (sizeof(files) / sizeof(files[0]))

static void read_file(const char *name, char text[FILE_MAX_BYTES])
{
    char path[1024];

    snprintf(path, sizeof(path), "%s/%s", TWO_FLOWS_DIRECTORY, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t bytes = fread(text, 1, FILE_MAX_BYTES, file);
    assert_true(bytes > 0 && bytes < FILE_MAX_BYTES);
    text[bytes] = '\0';
    fclose(file);
}

static void write_file(const char *name, const char *text, const struct two_flows_case *change)
{
    FILE *file = fopen(scratch_path(name), "w");
    const char *at = change ? strstr(text, change->from) : NULL;

    assert_non_null(file);
    if (change) {
        assert_non_null(at);
        assert_null(strstr(at + 1, change->from));
        fprintf(file, "%.*s%s%s", (int)(at - text), text, change->to, at + strlen(change->from));
    } else {
        fputs(text, file);
    }
    assert_int_equal(fclose(file), 0);
}

/* `change` may be NULL. */
static void verify(const struct two_flows_case *change, struct checks *checks)
{
    const struct verify_config config = {.directory = scratch_directory(), .no_hashes = true};
    char text[FILE_MAX_BYTES], error[SIM_ERROR_BYTES];

    for (size_t i = 0; i < FILES; i++) {
        bool is_changed = change && strcmp(change->file, files[i]) == 0;
        read_file(files[i], text);
        write_file(files[i], text, is_changed ? change : NULL);
    }
    memset(checks, 0, sizeof(*checks));
    assert_int_equal(verify_run(&config, checks, error), SIM_OK);
}

void two_flows_expect(const struct two_flows_case *cases, size_t count)
{
    static struct checks checks;

    verify(NULL, &checks);
    assert_string_equal(checks.first_failure, "");
    for (size_t i = 0; i < count; i++) {
        verify(&cases[i], &checks);
        assert_string_equal(checks.results[cases[i].check].message, cases[i].message);
        assert_true(checks.results[cases[i].check].failures > 0);
    }
}
