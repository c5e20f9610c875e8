#include "gateway/io/web/request/buffer.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/expect.h"

static void it_grows_and_stays_a_string(void **unused)
{
    (void) unused;
    struct buffer buffer = {0};
    for (int i = 0; i < 10000; i++) {
        buffer_add(&buffer, "%04d", i);
        assert_int_equal(buffer.bytes[buffer.length], '\0');
    }
    assert_int_equal(buffer.length, 40000);
    assert_memory_equal(buffer.bytes + 39996, "9999", 4);
    buffer_free(&buffer);
    assert_null(buffer.bytes);
}

static void text_of_people_is_escaped(void **unused)
{
    (void) unused;
    struct buffer buffer = {0};
    buffer_add_json(&buffer, "火\"\\\n\x01\xff</script>");
    assert_string_equal(buffer.bytes, "\"火\\\"\\\\\\n\\u0001\xEF\xBF\xBD</script>\"");
    buffer_add_json(&buffer, NULL);
    assert_string_equal(buffer.bytes + buffer.length - 5, "\"null");
    char worst[2001];
    memset(worst, '\x01', 2000);
    worst[2000] = '\0';
    size_t before = buffer.length;
    buffer_add_json(&buffer, worst);
    assert_int_equal(buffer.length - before, 2000 * 6 + 2);
    assert_false(buffer.is_cut);
    buffer_free(&buffer);
}

static void fill_much(void *context, struct text *text)
{
    int *calls = context;
    ++*calls;
    for (int i = 0; i < 3000; i++) {
        text_add(text, "0123456789");
    }
}

static void a_text_gets_as_much_room_as_it_needs(void **unused)
{
    (void) unused;
    struct buffer buffer = {0};
    int calls = 0;
    buffer_add(&buffer, "[");
    buffer_add_text(&buffer, fill_much, &calls);
    buffer_add(&buffer, "]");
    assert_int_equal(buffer.length, 30002);
    assert_int_equal(buffer.bytes[30001], ']');
    assert_int_equal(calls, 4);
    buffer_free(&buffer);
}

static void there_is_an_end_and_it_is_remembered(void **unused)
{
    (void) unused;
    struct buffer buffer = {0};
    char *megabyte = calloc(1, 1 << 20);
    assert_non_null(megabyte);
    for (int i = 0; i < 64; i++) {
        buffer_add_bytes(&buffer, megabyte, 1 << 20);
    }
    assert_true(buffer.is_cut);
    size_t length = buffer.length;
    buffer_add(&buffer, "more");
    assert_int_equal(buffer.length, length);
    free(megabyte);
    buffer_free(&buffer);
    assert_false(buffer.is_cut);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_grows_and_stays_a_string),
        cmocka_unit_test(text_of_people_is_escaped),
        cmocka_unit_test(a_text_gets_as_much_room_as_it_needs),
        cmocka_unit_test(there_is_an_end_and_it_is_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
