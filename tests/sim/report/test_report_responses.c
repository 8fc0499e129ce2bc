#include "sim/report/report_responses.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NO_BREAK "\xc2\xa0"

/* The page's part for two groups, of which the second had no exchange; the caller frees it. */
static char *put(const char *first)
{
    struct report report = {.group_count = 2};
    char text[1200], *page = NULL;
    size_t bytes = 0;

    snprintf(text, sizeof(text), "%s", first);
    for (char *at = text; *at; at++)
        if (*at == '\'')
            *at = '"';
    report.groups[0].name = "web";
    report.groups[0].json = json_loads(text, 0, NULL);
    report.groups[1].name = "bulk";
    report.groups[1].json = json_pack("{s:{s:i}}", "responses", "exchanges", 0);
    assert_non_null(report.groups[0].json);
    struct html html = {.out = open_memstream(&page, &bytes)};
    assert_non_null(html.out);
    report_responses_put(&html, &report);
    assert_int_equal(fclose(html.out), 0);
    json_decref(report.groups[0].json);
    json_decref(report.groups[1].json);
    return page;
}

static void groups_with_exchanges_have_rows(void **state)
{
    (void)state;
    char *page =
        put("{'responses': {'exchanges': 3, 'unanswered': 1, 'response_p50_s': 0.25,"
            "  'captured_response_p50_s': 0.01, 'response_p99_s': null,"
            "  'captured_response_p99_s': 0.02, 'added_p99_s': null, 'slowest': ["
            "  {'flow': 4, 'exchange': 2, 'initiator': '10.1.0.0:20000',"
            "   'responder': '10.0.0.1:80', 'captured_response_s': 0.02, 'response_s': null},"
            "  {'flow': 5, 'exchange': 1, 'initiator': '[2001:db8::<1>]:9',"
            "   'responder': '10.0.0.1:80', 'captured_response_s': 0.01, 'response_s': 0.25},"
            "  {'flow': 6, 'exchange': 1, 'initiator': '10.1.0.2:20000',"
            "   'responder': '10.0.0.1:80', 'captured_response_s': 0.01, 'response_s': 0.01}]},"
            " 'completion': {'flows': 3, 'incomplete': 0, 'completion_p99_s': 1.5,"
            "  'captured_completion_p99_s': 1.25}}");

    assert_non_null(strstr(
        page, "<td class=\"text\" data-label=\"group\">web</td>"
              "<td data-label=\"exchanges\" data-sort=\"3\">3</td>"
              "<td data-label=\"never answered\" data-sort=\"1\">1</td>"
              "<td data-label=\"captured p50\" data-sort=\"0.01\">10" NO_BREAK "ms</td>"
              "<td data-label=\"response p50\" data-sort=\"0.25\">250" NO_BREAK "ms</td>"
              "<td data-label=\"captured p99\" data-sort=\"0.02\">20" NO_BREAK "ms</td>"
              "<td data-label=\"response p99\" data-sort=\"1e+300\">never</td>"
              "<td data-label=\"added p99\" data-sort=\"1e+300\">never</td>"
              "<td data-label=\"captured completion p99\" data-sort=\"1.25\">1.25" NO_BREAK "s</td>"
              "<td data-label=\"completion p99\" data-sort=\"1.5\">1.5" NO_BREAK
              "s</td></tr>\n</tbody>"));
    /* The third was not slowed. */
    assert_non_null(
        strstr(page, "<ul>\n<li>10.1.0.0:20000 to 10.0.0.1:80, group web: never "
                     "instead of 20" NO_BREAK "ms</li>\n"
                     "<li>[2001:db8::&lt;1&gt;]:9 to 10.0.0.1:80, group web: 250" NO_BREAK "ms "
                     "instead of 10" NO_BREAK "ms</li>\n</ul>"));
    assert_null(strstr(page, "bulk"));
    free(page);
}

static void a_run_without_exchanges_has_nothing(void **state)
{
    (void)state;
    char *page = put("{'responses': {'exchanges': 0, 'slowest': []}}");

    assert_string_equal(page, "");
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_with_exchanges_have_rows),
        cmocka_unit_test(a_run_without_exchanges_has_nothing),
    };

    return cmocka_run_group_tests_name("report_responses", tests, NULL, NULL);
}
