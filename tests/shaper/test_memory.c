/*
 * The reserve of malloc(). The module is compiled in here with a malloc() that fails on demand.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

static bool is_refusing;

static void *refusable_malloc(size_t bytes)
{
    return is_refusing ? NULL : malloc(bytes);
}

static void *refusable_realloc(void *old, size_t bytes)
{
    return is_refusing ? NULL : realloc(old, bytes);
}

#define malloc  refusable_malloc
#define realloc refusable_realloc
#include "shaper/libevent/memory.c"
#undef malloc
#undef realloc

static int reset(void **state)
{
    (void)state;
    is_refusing = false;
    memset(&reserve, 0, sizeof(reserve));
    return 0;
}

static void test_passes_through_while_there_is_memory(void **state)
{
    (void)state;
    char *text = memory_resize(memory_take(4), 100);

    assert_non_null(text);
    assert_false(is_of_reserve(text));
    memory_give(text);
    assert_false(memory_ran_out());
    assert_int_equal(reserve.used, 0);
}

static void test_takes_of_the_reserve(void **state)
{
    (void)state;
    is_refusing = true;
    char *a = memory_take(1), *b = memory_take(17);

    assert_true(memory_ran_out());
    assert_true(is_of_reserve(a) && is_of_reserve(b));
    assert_int_equal((uintptr_t)a % alignof(max_align_t), 0);
    assert_int_equal((uintptr_t)b % alignof(max_align_t), 0);
    memset(a, 'a', 1);
    memset(b, 'b', 17);
    assert_int_equal(*a, 'a');
    memory_give(a);
    memory_give(b);
}

static void test_moves_what_grows_into_the_reserve(void **state)
{
    (void)state;
    char *text = memory_take(6);

    strcpy(text, "12345");
    is_refusing = true;
    text = memory_resize(text, 1000);
    assert_true(is_of_reserve(text));
    assert_string_equal(text, "12345");
    char *longer = memory_resize(text, 2000);
    assert_true(longer != text);
    assert_string_equal(longer, "12345");
    assert_ptr_equal(memory_resize(longer, 100), longer);
    memory_give(longer);
}

static void test_refuses_when_the_reserve_is_spent(void **state)
{
    (void)state;
    size_t pieces = 0;

    is_refusing = true;
    assert_null(memory_take(MEMORY_RESERVE_BYTES / 2 + 1));
    assert_null(memory_take(SIZE_MAX));
    while (memory_take(1000))
        pieces++;
    /* Each uses 1008 bytes and a header. */
    assert_int_equal(pieces, MEMORY_RESERVE_BYTES / (1008 + sizeof(struct piece)));
    assert_true(reserve.used <= MEMORY_RESERVE_BYTES);
    is_refusing = false;
    memory_give(memory_take(1));
    assert_true(memory_ran_out()); /* it stays known */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_passes_through_while_there_is_memory, reset),
        cmocka_unit_test_setup(test_takes_of_the_reserve, reset),
        cmocka_unit_test_setup(test_moves_what_grows_into_the_reserve, reset),
        cmocka_unit_test_setup(test_refuses_when_the_reserve_is_spent, reset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
