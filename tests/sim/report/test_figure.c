#include "sim/report/figure.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "tests/scratch.h"

static void values_carry_their_units(void **state)
{
    (void)state;
    static const struct {
        enum axis_kind kind;
        double value;
        const char *text;
    } rows[] = {
        {AXIS_BYTES, 0, "0 B"},
        {AXIS_BYTES, 999, "999 B"},
        {AXIS_BYTES, 65536, "65.54 kB"},
        {AXIS_BYTES, -1500, "-1.5 kB"},
        {AXIS_BYTES, 2.5e9, "2.5 GB"},
        {AXIS_BYTES_PER_S, 1.5e6, "1.5 MB/s"},
        {AXIS_SECONDS, 0, "0 s"},
        {AXIS_SECONDS, 5000, "5000 s"},
        {AXIS_SECONDS, 0.02816, "28.16 ms"},
        {AXIS_SECONDS, 7e-6, "7 us"},
        {AXIS_NUMBER, 100000, "100000"},
        {AXIS_NUMBER, 0.91757, "0.9176"},
    };
    char text[FIGURE_VALUE_BYTES];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(figure_value(text, rows[i].kind, rows[i].value), rows[i].text);
}

static struct figure *figure_with(struct figure_axis x, struct figure_axis y)
{
    char error[SIM_ERROR_BYTES];
    struct figure *figure;

    assert_int_equal(figure_new("/nowhere", "name", "title", &figure, error), SIM_OK);
    assert_non_null(figure_add_panel(figure, &x, &y, "READ"));
    return figure;
}

static void assert_tics(const struct figure_scale *scale, size_t count, const char *const *texts)
{
    assert_int_equal(scale->tic_count, count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(scale->tics[i].text, texts[i]);
}

static void axes_have_few_round_tics(void **state)
{
    (void)state;
    static const char *const times[] = {"0", "50", "100", "150", "200"};
    static const char *const levels[] = {"-50", "0", "50"};
    static const char *const decades[] = {"10 us", "100 us", "1 ms", "10 ms"};
    static const char *const parts[] = {"1", "2", "5", "10", "20", "50"};
    struct figure *linear = figure_with(
        (struct figure_axis){.kind = AXIS_SECONDS, .what = "t", .max = 0.2},
        (struct figure_axis){.kind = AXIS_BYTES, .what = "b", .min = -98000, .max = 69000});
    struct figure *logarithmic = figure_with(
        (struct figure_axis){
            .kind = AXIS_SECONDS, .what = "t", .min = 1e-5, .max = 1e-2, .is_log = true},
        (struct figure_axis){
            .kind = AXIS_NUMBER, .what = "n", .min = 0.8, .max = 90, .is_log = true});

    assert_tics(&linear->panels[0].x, 5, times);
    assert_string_equal(linear->panels[0].x.unit, "ms");
    assert_tics(&linear->panels[0].y, 3, levels);
    assert_string_equal(linear->panels[0].y.unit, "kB");
    assert_true(figure_y(linear, 1500) == 1.5);
    assert_tics(&logarithmic->panels[0].x, 4, decades);
    assert_tics(&logarithmic->panels[0].y, 6, parts);
    figure_free(linear);
    figure_free(logarithmic);
}

/* Texts of the page are read by gnuplot: in single quotes only the quote itself is special. */
static void texts_are_quoted_for_gnuplot(void **state)
{
    (void)state;
    char error[SIM_ERROR_BYTES], page[8192] = "";
    const struct figure_axis axis = {.kind = AXIS_NUMBER, .what = "it's", .max = 1};
    struct figure *figure;

    assert_int_equal(
        figure_new(scratch_directory(), "name", "a \"b\" `c` @d\n{e}_2", &figure, error), SIM_OK);
    figure_add_panel(figure, &axis, &axis, "READ");
    assert_int_equal(figure_finish(figure, error), SIM_OK);
    FILE *file = fopen(scratch_path("name-page.gp"), "r");
    assert_non_null(file);
    assert_true(fread(page, 1, sizeof(page) - 1, file) > 0);
    fclose(file);
    assert_non_null(
        strstr(page, "shown[1] = \"a \\042b\\042 \\140c\\140 \\100d \\173e\\175_2\"\n"));
    assert_non_null(strstr(page, "= \"it\\047s\"\n"));
    figure_free(figure);
}

/* Numbers of files may be anything. */
static void an_axis_without_two_ends_is_no_figure(void **state)
{
    (void)state;
    static const struct figure_axis axes[] = {
        {.kind = AXIS_SECONDS, .what = "time"},
        {.kind = AXIS_SECONDS, .what = "time", .max = NAN},
        {.kind = AXIS_BYTES, .what = "bytes", .max = INFINITY},
        {.kind = AXIS_BYTES, .what = "bytes", .max = -1},
        {.kind = AXIS_BYTES, .what = "bytes", .min = 1e300, .max = 2e300},
        {.kind = AXIS_NUMBER, .what = "number", .max = 1e-300},
        {.kind = AXIS_NUMBER, .what = "number", .min = 0, .max = 10, .is_log = true},
        {.kind = AXIS_NUMBER, .what = "number", .min = -1, .max = 10, .is_log = true},
    };
    const struct figure_axis good = {.kind = AXIS_NUMBER, .what = "x", .max = 1};
    char error[SIM_ERROR_BYTES];

    for (size_t i = 0; i < sizeof(axes) / sizeof(axes[0]); i++) {
        struct figure *figure = figure_with(good, axes[i]);
        assert_true(figure->panels[0].y.tic_count <= FIGURE_TICS_MAX);
        assert_int_equal(figure_finish(figure, error), SIM_FAILED);
        assert_non_null(strstr(error, "figure name: an axis ("));
        assert_non_null(strstr(error, "do not fit together"));
        figure_free(figure);
    }
}

static void what_cannot_be_written_is_reported(void **state)
{
    (void)state;
    char error[SIM_ERROR_BYTES];
    const struct figure_axis axis = {.kind = AXIS_NUMBER, .what = "x", .max = 1};
    struct figure *figure = figure_with(axis, axis);

    assert_non_null(figure_data(figure, "x"));
    assert_int_equal(figure_finish(figure, error), SIM_FAILED);
    assert_non_null(strstr(error, "/nowhere/name-1.csv: cannot be written"));
    figure_free(figure);
}

static void descriptors_may_run_out(void **state)
{
    (void)state;
    char error[SIM_ERROR_BYTES] = "";
    const struct figure_axis axis = {.kind = AXIS_NUMBER, .what = "x", .max = 1};
    struct figure *figure = figure_with(axis, axis), *other;
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    const struct rlimit none = {0, limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    FILE *data = figure_data(figure, "x");
    int finished = figure_finish(figure, error);
    char other_error[SIM_ERROR_BYTES] = "";
    int made = figure_new("/nowhere", "other", "title", &other, other_error);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);

    assert_non_null(data);
    assert_int_equal(finished, SIM_FAILED);
    assert_non_null(strstr(error, "name-1.csv: cannot be written (Too many open files)"));
    assert_int_equal(made, SIM_FAILED);
    assert_string_equal(other_error,
                        "figure other: /dev/null cannot be opened (Too many open files)");
    figure_free(figure);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_carry_their_units),
        cmocka_unit_test(axes_have_few_round_tics),
        cmocka_unit_test_setup_teardown(texts_are_quoted_for_gnuplot, scratch_make, scratch_remove),
        cmocka_unit_test(an_axis_without_two_ends_is_no_figure),
        cmocka_unit_test(what_cannot_be_written_is_reported),
        cmocka_unit_test(descriptors_may_run_out),
    };

    return cmocka_run_group_tests_name("figure", tests, NULL, NULL);
}
