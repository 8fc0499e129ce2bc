/* Tables in the three formats, to the byte. */
#include "sim/report/table.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void escapes(void **state)
{
    static const struct {
        const char *text, *markdown, *latex;
    } rows[] = {
        {"min-share", "min-share", "min-share"},
        {"a_b.pcap", "a\\_b.pcap", "a\\_b.pcap"},
        {"50 % & more", "50 % \\& more", "50 \\% \\& more"},
        {"a|b\\c", "a\\|b\\\\c", "a\\textbar{}b\\textbackslash{}c"},
        {"{$x^2$}", "{$x^2$}", "\\{\\$x\\textasciicircum{}2\\$\\}"},
        {"~<i>#1", "\\~\\<i\\>\\#1", "\\textasciitilde{}\\textless{}i\\textgreater{}\\#1"},
        {"a--b---c", "a--b---c", "a-{}-b-{}-{}-c"},
        {"`*[x]\"", "\\`\\*\\[x\\]\"", "`*[x]\""},
        {"two\nlines\t", "two?lines?", "two?lines?"},
        {"\xc3\xbc", "\xc3\xbc", "\xc3\xbc"},
        {"", "", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *markdown = table_markdown_text(rows[i].text);
        char *latex = table_latex_text(rows[i].text);
        assert_string_equal(markdown, rows[i].markdown);
        assert_string_equal(latex, rows[i].latex);
        free(markdown);
        free(latex);
    }
}

static const struct table_column columns[] = {
    {"trace", NULL, TABLE_TEXT},  {"min-share", NULL, TABLE_TEXT}, {"jain", "100 ms", TABLE_INDEX},
    {"p99", NULL, TABLE_TIME},    {"sigma", NULL, TABLE_SIZE},     {"used", NULL, TABLE_PERCENT},
    {"seeds", NULL, TABLE_COUNT},
};

#define WIDTH (sizeof(columns) / sizeof(columns[0]))

static const struct table_cell cells[] = {
    {"a,b_1.pcap", 0, 0}, {"64", 0, 0},          {NULL, 0.97, 0.0104},  {NULL, 0.25, NAN},
    {NULL, 65536, 0},     {NULL, 99.31, NAN},    {NULL, 10, NAN},       {"\xc3\xbc\"x\"", 0, 0},
    {"1500", 0, 0},       {NULL, NAN, NAN},      {NULL, 0.0125, 0.001}, {NULL, 1500, 20},
    {NULL, 0, NAN},       {NULL, 9, NAN},        {"-", 0, 0},           {"1", 0, 0},
    {NULL, 1, 0},         {NULL, INFINITY, NAN}, {NULL, 12, NAN},       {NULL, 100, NAN},
    {NULL, 0, NAN},
};

static const struct table table = {.columns = columns,
                                   .width = WIDTH,
                                   .cells = cells,
                                   .height = sizeof(cells) / sizeof(cells[0]) / WIDTH};

static void expect(int (*print)(const struct table *, FILE *, char *), const struct table *what,
                   const char *expected)
{
    char error[SIM_ERROR_BYTES] = "", *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);

    assert_int_equal(print(what, out, error), SIM_OK);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(text, expected);
    free(text);
}

static void markdown(void **state)
{
    (void)state;
    expect(table_print_markdown, &table,
           "| trace       | min-share |   jain (100 ms) |     p99 (ms) |    sigma (kB) | used (%) "
           "| seeds |\n"
           "| ----------- | --------: | --------------: | -----------: | ------------: | -------: "
           "| ----: |\n"
           "| a,b\\_1.pcap |        64 | 0.9700 \xc2\xb1 0.0104 |        250.0 |  65.54 \xc2\xb1 "
           "0.00 |    99.31 |    10 |\n"
           "| \xc3\xbc\"x\"        |      1500 |               - | 12.50 \xc2\xb1 1.00 | 1.500 "
           "\xc2\xb1 0.020 |        0 |     9 |\n"
           "| -           |         1 |   1.000 \xc2\xb1 0.000 |        never |       0.01200 |    "
           "100.0 |     0 |\n");
}

static void latex(void **state)
{
    (void)state;
    expect(table_print_latex, &table,
           "\\begin{tabular}{lrrrrrr}\n\\hline\n"
           "trace       & min-share &       jain (100 ms) &         p99 (ms) &        sigma (kB) & "
           "used (\\%) & seeds \\\\\n\\hline\n"
           "a,b\\_1.pcap &        64 & $0.9700 \\pm 0.0104$ &            250.0 &  $65.54 \\pm "
           "0.00$ &     99.31 &    10 \\\\\n"
           "\xc3\xbc\"x\"        &      1500 &                  -- & $12.50 \\pm 1.00$ & $1.500 "
           "\\pm 0.020$ &         0 &     9 \\\\\n"
           "-           &         1 &   $1.000 \\pm 0.000$ &            never &           0.01200 "
           "&     100.0 &     0 \\\\\n"
           "\\hline\n\\end{tabular}\n");
}

static void csv(void **state)
{
    (void)state;
    expect(table_print_csv, &table,
           "trace,min-share,jain_mean,jain_ci95,p99_s_mean,p99_s_ci95,sigma_bytes_mean,"
           "sigma_bytes_ci95,used_percent_mean,used_percent_ci95,seeds\n"
           "\"a,b_1.pcap\",64,0.97,0.0104,0.25,,65536,0,99.31,,10\n"
           "\"\xc3\xbc\"\"x\"\"\",1500,,,0.0125,0.001,1500,20,0,,9\n"
           "-,1,1,0,inf,,12,,100,,0\n");
}

/* The unit is that of the largest number. */
static void units(void **state)
{
    static const struct table_column one[] = {{"x", NULL, TABLE_TIME}};
    static const struct {
        double seconds;
        const char *unit, *number;
    } rows[] = {
        {5e-6, "us", "5.000"},   {9.99e-4, "us", "999.0"}, {1e-3, "ms", "1.000"},
        {0.9996, "ms", "999.6"}, {1, "s", "1.000"},        {599, "s", "599.0"},
        {600, "min", "10.00"},   {7200, "h", "2.000"},     {7.2e7, "h", "20000"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct table_cell cell = {NULL, rows[i].seconds, NAN};
        const struct table small = {.columns = one, .width = 1, .cells = &cell, .height = 1};
        char heading[32], expected[256];
        int width = snprintf(heading, sizeof(heading), "x (%s)", rows[i].unit);
        snprintf(expected, sizeof(expected), "| %s |\n| %.*s: |\n| %*s |\n", heading, width - 1,
                 "----------", width, rows[i].number);
        expect(table_print_markdown, &small, expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes), cmocka_unit_test(markdown), cmocka_unit_test(latex),
        cmocka_unit_test(csv),     cmocka_unit_test(units),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
