/* profile_outputs_test.c - what a profile lets the gateway write. */
#include "tests/unit/sensors/device/profile_rig.h"

#define WITH_OUTPUTS(outputs) HEAD READS POINTS ", \"outputs\": [" outputs "]}"
#define WITH_OUTPUT(members) WITH_OUTPUTS("{\"key\": \"siren\", " members "}")
#define COIL "\"write\": {\"fc\": 5, \"addr\": 3}"

/* The one output of `json`, which must be right. */
static const struct profile_output *read_output(struct arena *arena, const char *json)
{
    struct notes notes;
    const struct profile *profile = parse(arena, json, &notes);
    if (profile == NULL) {
        fail_msg("%s", notes.bytes);
        return NULL;
    }
    assert_int_equal(profile->output_count, 1);
    return profile->output;
}

static void every_member_of_an_output_is_read(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    const struct profile_output *output = read_output(
        arena,
        WITH_OUTPUT(
            "\"write\": {\"fc\": 6, \"addr\": \"0xFFFF\", \"on\": \"0x0100\", \"off\": 512},"
            "\"pulse\": {\"fc\": 5, \"addr\": \"0x0203\", \"unit_ms\": 100, \"max\": 32767},"
            "\"verify\": {\"fc\": 3, \"addr\": 4, \"on\": 7, \"off\": 8, \"within_ms\": 900},"
            "\"safe\": \"on\", \"x_mine\": 1"));
    assert_string_equal(output->key, "siren");
    assert_int_equal(output->write.function, 6);
    assert_int_equal(output->write.address, 65535);
    assert_int_equal(output->write.on, 0x100);
    assert_int_equal(output->write.off, 0x200);
    assert_true(output->has_pulse);
    assert_int_equal(output->pulse.function, 5);
    assert_int_equal(output->pulse.address, 0x203);
    assert_int_equal(output->pulse.unit_ms, 100);
    assert_int_equal(output->pulse.max, 32767);
    assert_true(output->has_verify);
    assert_int_equal(output->verify.function, 3);
    assert_int_equal(output->verify.address, 4);
    assert_int_equal(output->verify.on, 7);
    assert_int_equal(output->verify.off, 8);
    assert_int_equal(output->verify.within_ms, 900);
    assert_true(output->is_safe_on);
    arena_free(arena);
}

static void an_output_left_bare_is_off_when_in_doubt(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    const struct profile_output *output = read_output(
        arena, WITH_OUTPUT(COIL ", \"verify\": {\"fc\": 1, \"addr\": 3}, \"safe\": \"off\""));
    assert_int_equal(output->write.on, 0xFF00);
    assert_int_equal(output->write.off, 0);
    assert_int_equal(output->verify.on, 1);
    assert_int_equal(output->verify.off, 0);
    assert_int_equal(output->verify.within_ms, 500);
    assert_false(output->has_pulse);
    assert_false(output->is_safe_on);
    output = read_output(arena, WITH_OUTPUT("\"write\": {\"fc\": 15, \"addr\": 3}"));
    assert_int_equal(output->write.on, 1);
    assert_int_equal(output->write.off, 0);
    assert_false(output->has_verify);
    assert_false(output->is_safe_on);
    arena_free(arena);
}

static void an_output_may_be_named_as_a_point_but_not_as_another_output(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    struct notes notes;
    const struct profile *profile = parse(
        arena, WITH_OUTPUTS("{\"key\": \"a\", " COIL "}, {\"key\": \"b\", " COIL "}"), &notes);
    assert_non_null(profile);
    assert_int_equal(profile_find_output(profile, "a"), 0);
    assert_int_equal(profile_find_output(profile, "b"), 1);
    assert_int_equal(profile_find_output(profile, "c"), -1);
    arena_free(arena);
    expect_mistake(WITH_OUTPUTS("{\"key\": \"a\", " COIL "}, {\"key\": \"a\", " COIL "}"),
                   "/outputs/1/key", "second output 'a'");
}

static void two_outputs_without_a_key_are_two_mistakes(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    struct notes notes;
    assert_null(parse(arena, WITH_OUTPUTS("{" COIL "}, {" COIL "}"), &notes));
    assert_int_equal(notes.count, 2);
    assert_non_null(strstr(notes.bytes, "/outputs/0: 'key' is missing"));
    assert_non_null(strstr(notes.bytes, "/outputs/1: 'key' is missing"));
    arena_free(arena);
}

static void an_unknown_member_of_an_output_is_refused(void **state)
{
    (void) state;
    expect_mistake(WITH_OUTPUT(COIL ", \"unit\": 0"), "/outputs/0/unit", "no such member");
    expect_mistake(WITH_OUTPUT("\"write\": {\"fc\": 5, \"addr\": 0, \"slave\": 1}"),
                   "/outputs/0/write/slave", "no such member");
    expect_mistake(WITH_OUTPUT(COIL
                               ", \"pulse\": {\"fc\": 5, \"addr\": 0, \"unit_ms\": 1, \"max\": 1,"
                               " \"min\": 1}"),
                   "/outputs/0/pulse/min", "no such member");
    expect_mistake(WITH_OUTPUT(COIL ", \"verify\": {\"fc\": 1, \"addr\": 0, \"count\": 1}"),
                   "/outputs/0/verify/count", "no such member");
}

static void a_wrong_write_is_refused(void **state)
{
    (void) state;
    expect_mistake(WITH_OUTPUT("\"safe\": \"off\""), "/outputs/0", "'write' is missing");
    expect_mistake(WITH_OUTPUT("\"write\": {\"fc\": 5}"), "/outputs/0/write", "'addr' is missing");
    expect_mistake(WITH_OUTPUT("\"write\": {\"fc\": 3, \"addr\": 0, \"on\": 1, \"off\": 0}"),
                   "/outputs/0/write/fc", "5, 6, 15 or 16");
    expect_mistake(WITH_OUTPUT("\"write\": {\"fc\": 23, \"addr\": 0, \"on\": 1, \"off\": 0}"),
                   "/outputs/0/write/fc", "16");
    expect_mistake(WITH_OUTPUT("\"write\": {\"fc\": 5, \"addr\": 65536}"), "/outputs/0/write/addr",
                   "65535");
    expect_mistake(WITH_OUTPUT("\"write\": {\"fc\": 6, \"addr\": 40003, \"on\": 1, \"off\": 0}"),
                   "/outputs/0/write/addr", "write 2");
    expect_mistake(WITH_OUTPUT("\"write\": {\"fc\": 5, \"addr\": 0, \"on\": 1}"),
                   "/outputs/0/write/on", "\"0xFF00\" and 0");
    expect_mistake(WITH_OUTPUT("\"write\": {\"fc\": 15, \"addr\": 0, \"on\": \"0xFF00\"}"),
                   "/outputs/0/write/on", "1 and 0");
    expect_mistake(WITH_OUTPUT("\"write\": {\"fc\": 5, \"addr\": 0, \"on\": 0}"),
                   "/outputs/0/write", "must differ");
    expect_mistake(WITH_OUTPUT("\"write\": {\"fc\": 6, \"addr\": 0, \"off\": 0}"),
                   "/outputs/0/write", "'on' is missing");
    expect_mistake(WITH_OUTPUT("\"write\": {\"fc\": 16, \"addr\": 0, \"on\": 1}"),
                   "/outputs/0/write", "'off' is missing");
    expect_mistake(WITH_OUTPUT(COIL ", \"safe\": \"open\""), "/outputs/0/safe", "off on");
}

#define WITH_PULSE(members) WITH_OUTPUT(COIL ", \"pulse\": {" members "}")
#define WITH_VERIFY(members) WITH_OUTPUT(COIL ", \"verify\": {" members "}")

static void a_wrong_pulse_or_reading_back_is_refused(void **state)
{
    (void) state;
    expect_mistake(WITH_PULSE("\"fc\": 15, \"addr\": 0, \"unit_ms\": 1, \"max\": 1"),
                   "/outputs/0/pulse/fc", "5 and 6");
    expect_mistake(WITH_PULSE("\"fc\": 5, \"addr\": 0, \"unit_ms\": 1, \"max\": 0"),
                   "/outputs/0/pulse/max", "within 1");
    expect_mistake(WITH_PULSE("\"fc\": 5, \"addr\": 0, \"max\": 1"), "/outputs/0/pulse",
                   "'unit_ms' is missing");
    expect_mistake(WITH_VERIFY("\"fc\": 5, \"addr\": 0"), "/outputs/0/verify/fc", "1 and 4");
    expect_mistake(WITH_VERIFY("\"fc\": 1, \"addr\": 0, \"on\": \"0xFF00\""), "/outputs/0/verify",
                   "1 and 0 only");
    expect_mistake(WITH_VERIFY("\"fc\": 3, \"addr\": 0, \"on\": 5, \"off\": 5"),
                   "/outputs/0/verify", "must differ");
    expect_mistake(WITH_VERIFY("\"fc\": 1, \"addr\": 0, \"within_ms\": 5"),
                   "/outputs/0/verify/within_ms", "within 10");
}

static void there_are_at_most_16_outputs(void **state)
{
    (void) state;
    char json[4096];
    int length = snprintf(json, sizeof(json), HEAD READS POINTS ", \"outputs\": [");
    for (int i = 0; i <= PROFILE_OUTPUTS_MAX; i++) {
        length += snprintf(json + length, sizeof(json) - (size_t) length,
                           "%s{\"key\": \"k%d\", " COIL "}", i == 0 ? "" : ", ", i);
    }
    (void) snprintf(json + length, sizeof(json) - (size_t) length, "]}");
    expect_mistake(json, "/outputs", "at most 16");
}

/* A board with one output of each way to write, and one vector. */
static void expect_write(const char *request, const char *reply, const char *complaint)
{
    char json[2048];
    (void) snprintf(
        json, sizeof(json),
        HEAD READS POINTS
        ", \"outputs\": [{\"key\": \"a\", \"write\": {\"fc\": 5, \"addr\": 0},"
        " \"pulse\": {\"fc\": 5, \"addr\": 512, \"unit_ms\": 100, \"max\": 50}},"
        "{\"key\": \"b\", \"write\": {\"fc\": 6, \"addr\": 1, \"on\": 256, \"off\": 512}},"
        "{\"key\": \"c\", \"write\": {\"fc\": 15, \"addr\": 2}},"
        "{\"key\": \"d\", \"write\": {\"fc\": 16, \"addr\": 3, \"on\": 7, \"off\": 8}}],"
        "\"vectors\": [{\"request\": \"%s\", \"reply\": \"%s\", \"expect\": {}}]}",
        request, reply);
    struct arena *arena = arena_new();
    struct notes notes;
    const struct profile *profile = parse(arena, json, &notes);
    if (profile == NULL) {
        fail_msg("%s", notes.bytes);
    }
    struct error error = {0};
    bool is_proven = profile_prove(profile, &error);
    if (is_proven != (complaint == NULL) ||
        (complaint != NULL && strstr(error.text, complaint) == NULL)) {
        fail_msg("%s: expected '%s', got '%s'", request, complaint == NULL ? "proof" : complaint,
                 error.text);
    }
    arena_free(arena);
}

static void a_vector_that_writes_must_be_what_an_output_writes(void **state)
{
    (void) state;
    expect_write("01 05 00 00 FF 00 8C 3A", "01 05 00 00 FF 00 8C 3A", NULL);
    expect_write("01 05 00 00 00 00 CD CA", "01 05 00 00 00 00 CD CA", NULL);
    expect_write("01 05 02 00 00 32 4D A7", "01 05 02 00 00 32 4D A7", NULL);
    expect_write("01 05 02 00 00 33 8C 67", "01 05 02 00 00 33 8C 67", "no output of the profile");
    expect_write("01 05 02 00 00 00 CC 72", "01 05 02 00 00 00 CC 72", "no output of the profile");
    expect_write("01 05 00 01 FF 00 DD FA", "01 05 00 01 FF 00 DD FA", "no output of the profile");
    expect_write("01 05 00 00 12 34 C0 BD", "01 05 00 00 12 34 C0 BD", "no output of the profile");
    expect_write("01 06 00 01 01 00 D9 9A", "01 06 00 01 01 00 D9 9A", NULL);
    expect_write("01 06 00 01 00 01 19 CA", "01 06 00 01 00 01 19 CA", "no output of the profile");
    expect_write("01 0F 00 02 00 01 01 01 96 97", "01 0F 00 02 00 01 35 CB", NULL);
    expect_write("01 0F 00 02 00 02 01 01 66 97", "01 0F 00 02 00 02 75 CA",
                 "no output of the profile");
    expect_write("01 0F 00 02 00 01 01 03 17 56", "01 0F 00 02 00 01 35 CB",
                 "no output of the profile");
    expect_write("01 10 00 03 00 01 02 00 08 A7 A5", "01 10 00 03 00 01 F1 C9", NULL);
    expect_write("01 10 00 03 00 01 02 00 09 66 65", "01 10 00 03 00 01 F1 C9",
                 "no output of the profile");
    expect_write("01 10 00 03 00 01 F1 C9", "01 10 00 03 00 01 F1 C9", "no output of the profile");
    expect_write("01 05 00 00 FF 00 8C 3A", "01 05 00 00 00 00 CD CA", "no answer to the request");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_member_of_an_output_is_read),
        cmocka_unit_test(an_output_left_bare_is_off_when_in_doubt),
        cmocka_unit_test(an_output_may_be_named_as_a_point_but_not_as_another_output),
        cmocka_unit_test(two_outputs_without_a_key_are_two_mistakes),
        cmocka_unit_test(an_unknown_member_of_an_output_is_refused),
        cmocka_unit_test(a_wrong_write_is_refused),
        cmocka_unit_test(a_wrong_pulse_or_reading_back_is_refused),
        cmocka_unit_test(a_vector_that_writes_must_be_what_an_output_writes),
        cmocka_unit_test(there_are_at_most_16_outputs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
