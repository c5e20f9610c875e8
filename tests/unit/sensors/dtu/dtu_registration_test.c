#include "sensors/dtu/dtu_registration.h"

#include "tests/unit/sensors/dtu/dtu_rig.h"

static const struct dtu_text ping[] = {{4, (const uint8_t *) "ping"}};

struct names {
    struct arena *arena;
    struct dtu_settings settings[8];
    const struct dtu_settings *by_link[8];
    int32_t count;
    struct dtu_registrations *known;
};

static void open_names(struct names *names, const char *const *registrations)
{
    *names = (struct names){.arena = arena_new()};
    for (; registrations[names->count] != NULL; names->count++) {
        struct dtu_settings *settings = &names->settings[names->count];
        settings->registration = dtu_text(registrations[names->count]);
        settings->heartbeat_count = 1;
        settings->heartbeat = ping;
        names->by_link[names->count] = settings;
    }
    names->known = dtu_registrations_new(names->arena, names->by_link, names->count);
}

/* Who calls: the link, -1 for nobody, and 100 more for perhaps. */
static int32_t caller(const struct names *names, const char *bytes, size_t length, size_t *ret_end)
{
    int32_t link = -1;
    *ret_end = 0;
    switch (dtu_registrations_find(names->known, (const uint8_t *) bytes, length, &link, ret_end)) {
    case DTU_REGISTRATION_MORE:
        return -1;
    case DTU_REGISTRATION_PERHAPS:
        return link + 100;
    case DTU_REGISTRATION_KNOWN:
        break;
    }
    return link;
}

static void expect_caller(const struct names *names, const char *text, int32_t link, size_t end)
{
    size_t ended = 0;
    assert_int_equal(caller(names, text, strlen(text), &ended), link);
    assert_int_equal(ended, end);
}

static void each_registration_is_found_and_strangers_are_not(void **state)
{
    (void) state;
    struct names names;
    open_names(&names, (const char *const[]){"LOGIN:1001", "LOGIN:1002", "862292051234567", NULL});
    expect_caller(&names, "LOGIN:1001", 0, 10);
    expect_caller(&names, "LOGIN:1002", 1, 10);
    expect_caller(&names, "862292051234567", 2, 15);
    expect_caller(&names, "LOGIN:1003", -1, 0);
    expect_caller(&names, "login:1001", -1, 0);
    expect_caller(&names, "", -1, 0);
    arena_free(names.arena);
}

static void a_registration_may_stand_behind_text_and_before_more(void **state)
{
    (void) state;
    struct names names;
    open_names(&names, (const char *const[]){"LOGIN:1001", "\"imei\":\"8622\"", NULL});
    expect_caller(&names, "\r\nLOGIN:1001\r\n", 0, 12);
    expect_caller(&names, "pingLOGIN:1001", 0, 14);
    expect_caller(&names, "LOGIN:1001ping", 0, 10);
    expect_caller(&names, "LOGIN:1001pi", 0, 10);
    expect_caller(&names, "LOGIN:1001LOGIN:1001", 0, 10);
    expect_caller(&names, "{\"csq\":21,\"imei\":\"8622\",\"ver\":\"1\"}", 1, 23);
    arena_free(names.arena);
}

static void a_name_inside_a_longer_name_is_another(void **state)
{
    (void) state;
    struct names names;
    open_names(&names, (const char *const[]){"1001", "DTU1", "DTU12", NULL});
    expect_caller(&names, "LOGIN:91001", -1, 0);
    expect_caller(&names, "10017", -1, 0);
    expect_caller(&names, "X:1001", 0, 6);
    expect_caller(&names, "DTU17", -1, 0);
    expect_caller(&names, "DTU12", 2, 5);
    arena_free(names.arena);
}

static void a_name_that_begins_a_longer_one_waits_for_it(void **state)
{
    (void) state;
    struct names names;
    open_names(&names, (const char *const[]){"DTU1", "DTU12", NULL});
    expect_caller(&names, "DTU1", 100, 4);
    expect_caller(&names, "DTU12", 1, 5);
    expect_caller(&names, "DTU1\r", 0, 4);
    arena_free(names.arena);
}

static void a_reply_of_a_unit_that_is_a_letter_may_be_glued_on(void **state)
{
    (void) state;
    struct names names;
    open_names(&names, (const char *const[]){"LOGIN:1001", NULL});
    struct stream stream = {0};
    put_text(&stream, "LOGIN:1001");
    put_frame(&stream, "A\x04\x02\x01\x31", 5);
    for (size_t length = 11; length <= stream.length; length++) {
        size_t end = 0;
        int32_t link = caller(&names, (const char *) stream.bytes, length, &end);
        assert_int_equal(link, length == stream.length ? 0 : -1);
    }
    arena_free(names.arena);
}

static void a_registration_may_be_any_bytes(void **state)
{
    (void) state;
    static const uint8_t bytes[] = {0x7E, 0x80, 0x00, 0x0D};
    const struct dtu_settings settings = {.registration = {4, bytes}};
    const struct dtu_settings *by_link[] = {NULL, &settings, NULL};
    struct arena *arena = arena_new();
    struct dtu_registrations *known = dtu_registrations_new(arena, by_link, 3);
    int32_t link = -1;
    size_t end = 0;
    assert_int_equal(dtu_registrations_find(known, bytes, 3, &link, &end), DTU_REGISTRATION_MORE);
    assert_int_equal(dtu_registrations_find(known, bytes, 4, &link, &end), DTU_REGISTRATION_KNOWN);
    assert_int_equal(link, 1);
    arena_free(arena);
}

static void thousands_of_registrations_are_each_found(void **state)
{
    (void) state;
    enum { COUNT = 4096 };
    struct arena *arena = arena_new();
    struct dtu_settings *settings = arena_take(arena, COUNT, sizeof *settings);
    const struct dtu_settings **by_link = arena_take(arena, COUNT, sizeof(struct dtu_settings *));
    char(*text)[16] = arena_take(arena, COUNT, sizeof *text);
    for (int i = 0; i < COUNT; i++) {
        (void) snprintf(text[i], sizeof text[i], "DTU%d", i);
        settings[i].registration = dtu_text(text[i]);
        by_link[i] = &settings[i];
    }
    struct dtu_registrations *known = dtu_registrations_new(arena, by_link, COUNT);
    for (int i = 0; i < COUNT; i++) {
        int32_t link = -1;
        size_t end = 0;
        size_t length = strlen(text[i]);
        enum dtu_registration_verdict verdict =
            dtu_registrations_find(known, (const uint8_t *) text[i], length, &link, &end);
        bool is_part = i > 0 && i * 10 < COUNT; /* DTU7 begins DTU70; DTU0 begins none */
        assert_int_equal(verdict, is_part ? DTU_REGISTRATION_PERHAPS : DTU_REGISTRATION_KNOWN);
        assert_int_equal(link, i);
        assert_int_equal(end, length);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_registration_is_found_and_strangers_are_not),
        cmocka_unit_test(a_registration_may_stand_behind_text_and_before_more),
        cmocka_unit_test(a_name_inside_a_longer_name_is_another),
        cmocka_unit_test(a_name_that_begins_a_longer_one_waits_for_it),
        cmocka_unit_test(a_reply_of_a_unit_that_is_a_letter_may_be_glued_on),
        cmocka_unit_test(a_registration_may_be_any_bytes),
        cmocka_unit_test(thousands_of_registrations_are_each_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
