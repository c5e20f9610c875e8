#include "gateway/io/web/asset.h"

#include "tests/unit/expect.h"

static void a_damaged_file_is_told(void **unused)
{
    (void) unused;
    static const unsigned char bytes[20] = {0x1f, 0x8b};
    const struct web_asset asset = {"/", "text/html", bytes, sizeof bytes};
    struct request request = {0};
    struct answer answer = answer_new();
    asset_answer(&asset, &request, &answer);
    assert_int_equal(answer.status, 503);
    assert_string_equal(answer.tag, "");
    text_free(&answer.body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_damaged_file_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
