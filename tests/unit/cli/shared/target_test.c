#include "gateway/cli/shared/target.h"

#include <string.h>

#include "tests/unit/expect.h"

static struct link_settings link_made;
static struct error error;

static bool parse(struct target_words words)
{
    link_made = (struct link_settings){.id = "untouched"};
    return target_parse(&words, &link_made, &error);
}

static void a_serial_port_has_9600_8n1_unless_told_otherwise(void **state)
{
    (void) state;
    assert_true(parse((struct target_words){.serial = "/dev/ttyUSB0"}));
    assert_int_equal(link_made.kind, LINK_RTU);
    assert_string_equal(link_made.address, "/dev/ttyUSB0");
    assert_true(link_made.baud == 9600 && link_made.parity == 'N' && link_made.stop_bits == 1);
    assert_true(parse(
        (struct target_words){.serial = "x", .baud = "4800", .parity = "even", .stop_bits = "2"}));
    assert_true(link_made.baud == 4800 && link_made.parity == 'E' && link_made.stop_bits == 2);
}

static void a_host_is_a_name_or_an_address_with_a_port(void **state)
{
    (void) state;
    static const struct {
        const char *word, *host;
        uint16_t port;
    } known[] = {{"192.0.2.10:1502", "192.0.2.10", 1502},
                 {"gateway", "gateway", 502},
                 {"[::1]:503", "::1", 503},
                 {"[::1]", "::1", 502}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        assert_true(parse((struct target_words){.tcp = known[i].word}));
        assert_int_equal(link_made.kind, LINK_TCP);
        assert_string_equal(link_made.address, known[i].host);
        assert_int_equal(link_made.port, known[i].port);
    }
    assert_true(parse((struct target_words){.rtu_over_tcp = "192.0.2.11:8899"}));
    assert_int_equal(link_made.kind, LINK_RTU_OVER_TCP);
}

static void what_is_no_host_is_refused(void **state)
{
    (void) state;
    static const char *const wrong[] = {"",    ":502",   "a:", "a:0", "a:65536",
                                        "a:x", "[]:502", "[",  "::1", "::1:502"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(parse((struct target_words){.tcp = wrong[i]}));
        assert_string_equal(link_made.id, "untouched");
    }
    assert_false(parse((struct target_words){.rtu_over_tcp = "a"})); /* it has no usual port */
}

static void exactly_one_thing_is_named(void **state)
{
    (void) state;
    assert_false(parse((struct target_words){.directory = "town"}));
    assert_false(parse((struct target_words){.serial = "a", .tcp = "b"}));
    assert_false(parse((struct target_words){.name = "bus1"}));
    assert_true(parse((struct target_words){.name = "bus1", .directory = "town"}));
    assert_false(parse((struct target_words){.tcp = "a", .baud = "9600"}));
    assert_false(parse((struct target_words){.serial = "a", .parity = "N"}));
    assert_false(parse((struct target_words){.serial = "a", .stop_bits = "3"}));
}

static void a_link_is_described_for_people(void **state)
{
    (void) state;
    char text[TARGET_TEXT_MAX];
    assert_true(parse((struct target_words){.serial = "/dev/ttyUSB0", .parity = "even"}));
    target_describe(&link_made, text);
    assert_string_equal(text, "/dev/ttyUSB0 9600 8E1");
    assert_true(parse((struct target_words){.rtu_over_tcp = "192.0.2.11:8899"}));
    target_describe(&link_made, text);
    assert_string_equal(text, "192.0.2.11:8899 (RTU)");
}

/* What a technician gets without a config. */
static void every_shipped_model_is_known(void **state)
{
    (void) state;
    struct target target;
    const struct target_words words = {.serial = "/dev/ttyUSB0"};
    assert_int_equal(target_open(&words, "scan", &target), 0);
    assert_true(target.profile_count >= 18);
    assert_non_null(target_find_profile(&target, "xy-md02"));
    assert_null(target_find_profile(&target, "nobody"));
    target_close(&target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_serial_port_has_9600_8n1_unless_told_otherwise),
        cmocka_unit_test(a_host_is_a_name_or_an_address_with_a_port),
        cmocka_unit_test(what_is_no_host_is_refused),
        cmocka_unit_test(exactly_one_thing_is_named),
        cmocka_unit_test(a_link_is_described_for_people),
        cmocka_unit_test(every_shipped_model_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
