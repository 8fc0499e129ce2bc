#include "sim/report/report_advice.h"

#include <math.h>
#include <string.h>

#include "sim/base/json_text.h"
#include "sim/report/html_table.h"
#include "sim/report/report_value.h"

static double number_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return json_is_number(value) ? json_number_value(value) : NAN;
}

static const char *figure_text(char text[REPORT_VALUE_BYTES], const json_t *demand)
{
    const char *unit = json_text_of(demand, "unit");
    double figure = number_of(demand, "figure");

    if (isnan(figure))
        return json_text_of(demand, "verdict");
    if (strcmp(unit, "s") == 0)
        return report_seconds(text, figure);
    if (strcmp(unit, "B") == 0)
        return report_bytes(text, figure);
    snprintf(text, REPORT_VALUE_BYTES, "%.4g%s%s", figure, *unit ? " " : "", unit);
    return text;
}

static void put_demands(struct html *html, const json_t *demands)
{
    static const struct html_column columns[] = {
        {"demand", true}, {"verdict", true}, {"figure", false}, {"margin", false}};
    struct html_table table;
    const json_t *demand;
    size_t i;

    html_table_begin(&table, html, columns, sizeof(columns) / sizeof(columns[0]), 0);
    json_array_foreach(demands, i, demand)
    {
        char figure[REPORT_VALUE_BYTES], margin[REPORT_VALUE_BYTES] = "-";
        double part = number_of(demand, "margin");
        if (!isnan(part))
            snprintf(margin, sizeof(margin), "%.3g %%", part * 100);
        html_table_text(&table, json_text_of(demand, "want"));
        html_table_text(&table, json_text_of(demand, "verdict"));
        html_table_value(&table, number_of(demand, "figure"), figure_text(figure, demand));
        html_table_value(&table, part, margin);
    }
    html_table_end(&table);
}

void report_advice_put(struct html *html, const json_t *advice)
{
    const char *c = json_text_of(advice, "c");

    put_demands(html, json_object_get(advice, "demands"));
    if (!*c)
        return;
    html_markup(html, "<details><summary>The C to paste</summary>\n<pre>");
    html_text(html, c);
    html_markup(html, "</pre></details>\n");
}
