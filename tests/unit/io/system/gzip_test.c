#include "gateway/io/system/gzip.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/expect.h"

enum { BYTES = 200000 };

static void expect_round_trip(struct gzip *gzip, const char *bytes, size_t length)
{
    size_t bound = gzip_bound(gzip, length);
    char *packed = malloc(bound);
    char *again = malloc(length + 1);
    assert_non_null(packed);
    assert_non_null(again);

    size_t written = gzip_pack(gzip, bytes, length, packed, bound);
    assert_memory_equal(packed, "\x1f\x8b\x08", 3);
    size_t read = 0;
    assert_true(gzip_unpack(packed, written, again, length + 1, &read));
    assert_int_equal(read, length);
    assert_memory_equal(again, bytes, length);

    packed[written / 2] = (char) ~packed[written / 2];
    assert_false(gzip_unpack(packed, written - 1, again, length + 1, &read));
    free(packed);
    free(again);
}

static void what_was_packed_comes_back(void **state)
{
    (void) state;
    static char bytes[BYTES];
    struct gzip *gzip = NULL;
    assert_true(gzip_open(&gzip, NULL));
    for (size_t i = 0; i < BYTES; i++) {
        bytes[i] = "temperature,site=w3 value=30.5 1763776800000\n"[i % 45];
    }
    expect_round_trip(gzip, bytes, BYTES);
    expect_round_trip(gzip, bytes,
                      GZIP_LARGE - 1); /* the compressor changes its level to and fro */
    expect_round_trip(gzip, bytes, GZIP_LARGE);
    expect_round_trip(gzip, bytes, BYTES);
    uint32_t random = 1;
    for (size_t i = 0; i < BYTES; i++) {
        random = random * 1664525U + 1013904223U;
        bytes[i] = (char) (random >> 24);
    }
    expect_round_trip(gzip, bytes, BYTES);
    expect_round_trip(gzip, "", 0);
    gzip_close(gzip);
    gzip_close(NULL);
}

static void lines_shrink_to_a_tenth(void **state)
{
    (void) state;
    static char bytes[BYTES];
    static char packed[2 * BYTES];
    struct gzip *gzip = NULL;
    assert_true(gzip_open(&gzip, NULL));
    size_t length = 0;
    for (int i = 0; length + 80 < BYTES; i++) {
        length += (size_t) snprintf(bytes + length, 80, "temperature,site=w3 value=%d.%d %d\n",
                                    20 + i % 7, i % 10, 176377680 + i);
    }
    assert_true(gzip_pack(gzip, bytes, length, packed, sizeof packed) < length / 8);
    gzip_close(gzip);
}

static void a_buffer_that_is_too_small_is_a_no(void **state)
{
    (void) state;
    struct gzip *gzip = NULL;
    assert_true(gzip_open(&gzip, NULL));
    char packed[200];
    char again[4];
    size_t written = gzip_pack(gzip, "0123456789", 10, packed, sizeof packed);
    size_t length = 77;
    assert_false(gzip_unpack(packed, written, again, sizeof again, &length));
    assert_false(gzip_unpack("no gzip", 7, again, sizeof again, &length));
    assert_int_equal(length, 77);
    gzip_close(gzip);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_packed_comes_back),
        cmocka_unit_test(lines_shrink_to_a_tenth),
        cmocka_unit_test(a_buffer_that_is_too_small_is_a_no),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
