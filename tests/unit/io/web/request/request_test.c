#include "gateway/io/web/request/request.h"

#include <stdlib.h>

#include "tests/unit/expect.h"

static void headers_become_facts(void **unused)
{
    (void) unused;
    struct request request = {0};
    const struct request_headers headers = {.authorization = "bearer hy_1",
                                            .content_type = "application/json; charset=utf-8",
                                            .content_length = "65537",
                                            .fetch_site = "cross-site",
                                            .accept_encoding = "br, gzip",
                                            .session_cookie = "abc",
                                            .last_event_id = "12",
                                            .if_none_match = "W/\"1\""};
    request_begin(&request, "HEAD", (struct route_match){0});
    request_read_headers(&request, &headers);
    assert_true(request.is_get && !request.is_post);
    assert_string_equal(request.bearer, "hy_1");
    assert_string_equal(request.session, "abc");
    assert_string_equal(request.last_event, "12");
    assert_string_equal(request.if_none_match, "W/\"1\"");
    assert_true(request.is_json && request.is_too_long);
    assert_true(request.is_cross_site && request.accepts_gzip);
    const struct request_headers none = {.authorization = "Basic x",
                                         .content_type = "text/plain",
                                         .content_length = "65536",
                                         .fetch_site = "same-origin",
                                         .accept_encoding = "gzip;q=0",
                                         .session_cookie = "",
                                         .last_event_id = "",
                                         .if_none_match = ""};
    request_read_headers(&request, &none);
    assert_string_equal(request.bearer, "");
    assert_false(request.is_json || request.is_too_long);
    assert_false(request.is_cross_site || request.accepts_gzip);
}

static void a_body_is_taken_up_to_its_limit(void **unused)
{
    (void) unused;
    struct request request;
    request_begin(&request, "POST", (struct route_match){0});
    char *piece = calloc(1, REQUEST_BODY_MAX);
    assert_non_null(piece);
    assert_true(request_take_body(&request, piece, REQUEST_BODY_MAX));
    assert_false(request.is_too_long);
    for (int i = 0; i < REQUEST_SKIPPED_MAX / REQUEST_BODY_MAX; i++) {
        assert_true(request_take_body(&request, piece, REQUEST_BODY_MAX));
        assert_true(request.is_too_long);
    }
    assert_false(request_take_body(&request, piece, 1));
    assert_int_equal(request.body.length, REQUEST_BODY_MAX);
    text_free(&request.body);
    free(piece);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_become_facts),
        cmocka_unit_test(a_body_is_taken_up_to_its_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
