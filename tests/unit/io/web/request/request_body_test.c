#include "gateway/io/web/request/request_body.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/expect.h"

static bool read_login(const char *json, struct request_login *login)
{
    struct error error;
    return request_body_read_login(json, strlen(json), login, &error);
}

static void a_login_needs_both_words(void **unused)
{
    (void) unused;
    struct request_login login;
    assert_true(read_login("{\"user\":\"王\",\"password\":\"p w\"}", &login));
    assert_string_equal(login.user, "王");
    assert_string_equal(login.password, "p w");
    static const char *const wrong[] = {"",
                                        "{}",
                                        "[]",
                                        "7",
                                        "{\"user\":\"a\"}",
                                        "{\"user\":\"\",\"password\":\"b\"}",
                                        "{\"user\":\"a\",\"password\":\"\"}",
                                        "{\"user\":\"a\",\"password\":7}",
                                        "{\"user\":\"a\",\"user\":\"b\",\"password\":\"c\"}"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(read_login(wrong[i], &login));
    }
}

static void a_note_may_be_absent_but_not_something_else(void **unused)
{
    (void) unused;
    char note[REQUEST_NOTE_MAX] = "before";
    struct error error;
    assert_true(request_body_read_note("", 0, note, &error));
    assert_string_equal(note, "");
    assert_true(request_body_read_note("{\"note\":\"马上到\"}", 20, note, &error));
    assert_string_equal(note, "马上到");
    assert_true(request_body_read_note("{\"note\":null}", 13, note, &error));
    assert_string_equal(note, "");
    assert_false(request_body_read_note("{\"note\":7}", 10, note, &error));
    char *long_note = malloc(1000);
    assert_non_null(long_note);
    (void) snprintf(long_note, 1000, "{\"note\":\"%0400d\"}", 1);
    assert_false(request_body_read_note(long_note, strlen(long_note), note, &error));
    assert_non_null(strstr(error.text, "319"));
    free(long_note);
}

static void an_unknown_member_is_named(void **unused)
{
    (void) unused;
    struct error error = {0};
    struct request_login login;
    struct request_maintenance maintenance;
    char note[REQUEST_NOTE_MAX];
    const char *body = "{\"user\":\"a\",\"password\":\"b\",\"pasword\":1}";
    assert_false(request_body_read_login(body, strlen(body), &login, &error));
    assert_string_equal(error.text, "请求内容中没有“pasword”这一项，是不是“password”？");
    body = "{\"nots\":\"马上到\"}";
    assert_false(request_body_read_note(body, strlen(body), note, &error));
    assert_string_equal(error.text, "请求内容中没有“nots”这一项，是不是“note”？");
    body = "{\"until\":null,\"note\":\"\",\"x_mine\":{}}";
    assert_false(request_body_read_maintenance(body, strlen(body), &maintenance, &error));
    assert_string_equal(error.text, "请求内容中没有“x_mine”这一项，可以写：until note");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_login_needs_both_words),
        cmocka_unit_test(an_unknown_member_is_named),
        cmocka_unit_test(a_note_may_be_absent_but_not_something_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
