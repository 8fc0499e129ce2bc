#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "sim/base/json_text.h"

static void expect(const char *text, const char *expected)
{
    json_t *json = json_text(text);

    assert_non_null(json);
    assert_string_equal(json_string_value(json), expected);
    json_decref(json);
}

static void test_keeps_utf8(void **state)
{
    (void)state;
    expect("", "");
    expect("a.pcap", "a.pcap");
    expect("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
}

static void test_replaces_other_bytes(void **state)
{
    (void)state;
    expect("\xff", "\xef\xbf\xbd");
    expect("a\xff\xfe"
           "b",
           "a\xef\xbf\xbd\xef\xbf\xbd"
           "b");
    expect("\xc3", "\xef\xbf\xbd");                   /* cut short at the end */
    expect("\xe2\x82z", "\xef\xbf\xbd\xef\xbf\xbdz"); /* and before another */
    expect("\xc3\xa9\xff\xc3\xa9", "\xc3\xa9\xef\xbf\xbd\xc3\xa9");
    expect("\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd");                 /* longer than need be */
    expect("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"); /* half of a pair */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keeps_utf8),
        cmocka_unit_test(test_replaces_other_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
