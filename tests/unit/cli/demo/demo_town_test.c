#include "gateway/cli/demo/demo_town.h"

#include "tests/unit/config/config_fixture.h"

static void the_config_of_the_demo_has_no_warning(void **state)
{
    (void) state;
    const struct demo_ports ports = {8080, 1502, 9700};
    struct text text = text_growing(JSON_BYTES_MAX);
    demo_add_config(&text, "/tmp/demo", &ports);
    const struct config *config = NULL;
    bool is_good = read_text(text.bytes, &config);
    print_problems();
    text_free(&text);
    assert_true(is_good);
    assert_int_equal(problems.count, 0);
    assert_true(config->policy->rule_count > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_config_of_the_demo_has_no_warning, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
