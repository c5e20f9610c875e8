#include "gateway/io/web/page/api.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/io/web/asset.h"
#include "gateway/io/web/page/pages.h"
#include "gateway/io/web/request/permission.h"
#include "gateway/io/web/request/request_body.h"
#include "gateway/io/web/request/time_argument.h"
#include "tests/unit/expect.h"

static const struct zone shanghai = {
    .name = "Asia/Shanghai", .count = 1, .change = {{.from = INT64_MIN, .offset = 28800000}}};

static void every_path_is_a_page_or_a_sentence(void **unused)
{
    (void) unused;
    static const char *const paths[][3] = {
        /* path, the row's path, id */
        {"/", "/**", ""},
        {"/site/w3", "/**", ""},
        {"/healthz", "/healthz", ""},
        {"/healthz/", "/**", ""},
        {"/api/v1/points", "/api/v1/points", ""},
        {"/api/v1/points/", "/api/**", ""},
        {"/api/v1/points/w3/th1/temperature", "/api/**", ""},
        {"/api/v1/points/w3/th1/temperature/history", "/api/v1/points/**/history",
         "w3/th1/temperature"},
        {"/api/v1/points//history", "/api/**", ""},
        {"/api/v1/points/history", "/api/**", ""},
        {"/api/v1/incidents", "/api/v1/incidents", ""},
        {"/api/v1/incidents/", "/api/**", ""},
        {"/api/v1/incidents/7382", "/api/v1/incidents/*", "7382"},
        {"/api/v1/incidents/7382/", "/api/**", ""},
        {"/api/v1/incidents/7382/ack", "/api/v1/incidents/*/ack", "7382"},
        {"/api/v1/incidents/ack", "/api/v1/incidents/*", "ack"},
        {"/api/v1/incidents/7382/ack/more", "/api/**", ""},
        {"/api/v1/incidents/7382/test_sms", "/api/**", ""},
        {"/api/v1/incidents/7382/reopen", "/api/v1/incidents/*/reopen", ""},
        {"/api/v1/devices/w3/th1/maintenance", "/api/v1/devices/**/maintenance", "w3/th1"},
        {"/api/v1/photos", "/api/v1/photos", ""},
        {"/api/v1/sms/aliyun", "/api/v1/sms/**", ""},
        {"/api/v2/points", "/api/**", ""},
        {"/api", "/api", ""},
        {"/m/token", "/m/**", ""},
        {"", "**", ""},
        {"*", "**", ""},
    };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct route_match match = api_find_route(paths[i][0]);
        assert_string_equal(match.route->path, paths[i][1]);
        assert_string_equal(match.id, paths[i][2]);
        assert_int_equal(match.route->kind == ROUTE_ABSENT, match.route->sentence != NULL);
        assert_int_equal(match.route->kind == ROUTE_PAGE, match.route->answer != NULL);
    }
}

static void each_verb_of_a_path_is_its_command(void **unused)
{
    (void) unused;
    for (enum command_verb verb = COMMAND_ACK; verb <= COMMAND_COMMENT; verb++) {
        char path[64];
        (void) snprintf(path, sizeof path, "/api/v1/incidents/1/%s", command_verb_name(verb));
        struct route_match match = api_find_route(path);
        assert_int_equal(match.route->verb, verb);
        assert_int_equal(match.route->access, ACCESS_COMMAND);
        assert_true(match.route->is_post);
    }
}

static void an_id_that_is_too_long_is_no_page(void **unused)
{
    (void) unused;
    char path[400] = "/api/v1/incidents/";
    memset(path + strlen(path), '1', 300);
    assert_int_equal(api_find_route(path).route->kind, ROUTE_ABSENT);
}

static void a_moment_is_read_in_every_usual_form(void **unused)
{
    (void) unused;
    static const char *const same[] = {"2026-07-18T14:20:40.123+08:00",
                                       "2026-07-18T06:20:40.123Z",
                                       "2026-07-18T14:20:40.123 08:00",
                                       "2026-07-18T14:20:40.123",
                                       "2026-07-18 14:20:40.123999",
                                       "2026-07-18T01:20:40.123-0500",
                                       "1784355640123"};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        ms_t at = 0;
        assert_true(time_argument_parse(&shanghai, same[i], &at));
        assert_int_equal(at, 1784355640123);
    }
    ms_t at = 0;
    assert_true(time_argument_parse(&shanghai, "2026-07-18", &at));
    assert_int_equal(at, 1784304000000);
    assert_true(time_argument_parse(&shanghai, "2024-02-29T00:00Z", &at));
}

static void what_is_no_moment_is_refused_whole(void **unused)
{
    (void) unused;
    static const char *const wrong[] = {"",
                                        "yesterday",
                                        "-5",
                                        "0x10",
                                        "2026-13-01",
                                        "2026-00-01",
                                        "2026-02-29",
                                        "2026-07-18T24:00",
                                        "2026-07-18T14",
                                        "2026-07-18T14:20:40.",
                                        "2026-07-18T14:20:40.1234567890",
                                        "2026-07-18T14:20:40Zx",
                                        "2026-07-18T14:20:40+8",
                                        "1969-12-31",
                                        "1970-01-01T00:00",
                                        "26-07-18",
                                        "99999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        ms_t at = 77;
        bool is_read = time_argument_parse(&shanghai, wrong[i], &at);
        if (is_read) {
            print_error("'%s'\n", wrong[i]);
        }
        assert_false(is_read);
    }
}

static bool read_login(const char *json, struct request_login *login)
{
    struct error error;
    return request_body_read_login(json, strlen(json), login, &error);
}

static void a_login_needs_both_words(void **unused)
{
    (void) unused;
    struct request_login login;
    assert_true(read_login("{\"user\":\"王\",\"password\":\"p w\",\"more\":1}", &login));
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

static void states_are_words_with_commas(void **unused)
{
    (void) unused;
    unsigned states = 0;
    assert_true(page_read_states("", &states));
    assert_int_equal(states, 63);
    assert_true(page_read_states("open,closed", &states));
    assert_int_equal(states, 1U << INCIDENT_OPEN | 1U << INCIDENT_CLOSED);
    assert_false(page_read_states(",open", &states));
    assert_false(page_read_states("ope", &states));
    assert_false(page_read_states("open;closed", &states));
}

static void headers_become_facts(void **unused)
{
    (void) unused;
    struct request request = {0};
    const struct request_headers headers = {.authorization = "bearer hy_1",
                                            .content_type = "application/json; charset=utf-8",
                                            .content_length = "65537",
                                            .fetch_site = "cross-site",
                                            .accept_encoding = "br, gzip"};
    request_begin(&request, "HEAD", api_find_route("/"));
    request_read_headers(&request, &headers);
    assert_true(request.is_get && !request.is_post);
    assert_string_equal(request.bearer, "hy_1");
    assert_true(request.is_json && request.is_too_long);
    assert_true(request.is_cross_site && request.accepts_gzip);
    const struct request_headers none = {.authorization = "Basic x",
                                         .content_type = "text/plain",
                                         .content_length = "65536",
                                         .fetch_site = "same-origin",
                                         .accept_encoding = "gzip;q=0"};
    request_read_headers(&request, &none);
    assert_string_equal(request.bearer, "");
    assert_false(request.is_json || request.is_too_long);
    assert_false(request.is_cross_site || request.accepts_gzip);
}

static void a_body_is_taken_up_to_its_limit(void **unused)
{
    (void) unused;
    struct request request;
    request_begin(&request, "POST", api_find_route("/"));
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

static void what_may_wait_is_done_by_its_worker(void **unused)
{
    (void) unused;
    static const struct {
        const char *path;
        enum route_worker worker, with_token;
    } paths[] = {
        {"/", WORKER_NONE, WORKER_NONE},
        {"/healthz", WORKER_NONE, WORKER_NONE},
        {"/api/v1/overview", WORKER_VIEW, WORKER_DISK},
        {"/api/v1/login", WORKER_LOGIN, WORKER_LOGIN},
        {"/api/v1/events", WORKER_NONE, WORKER_DISK},
        {"/api/v1/incidents", WORKER_DISK, WORKER_DISK},
        {"/api/v1/incidents/1", WORKER_DISK, WORKER_DISK},
        {"/api/v1/incidents/1/ack", WORKER_COMMAND, WORKER_COMMAND},
        {"/api/v1/points/a/b/c/history", WORKER_DISK, WORKER_DISK},
    };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct request request = {.match = api_find_route(paths[i].path)};
        assert_int_equal(api_worker(&request), paths[i].worker);
        (void) snprintf(request.bearer, sizeof request.bearer, "hy_1");
        assert_int_equal(api_worker(&request), paths[i].with_token);
    }
    struct request open_ones = {.match = api_find_route("/api/v1/incidents"),
                                .state = "open,acked"};
    assert_int_equal(api_worker(&open_ones), WORKER_VIEW);
}

static void a_button_is_shown_when_it_makes_sense(void **unused)
{
    (void) unused;
    struct permission admin = {.role = ROLE_ADMIN, .person = -1};
    struct incident incident = {.state = INCIDENT_OPEN, .condition = CONDITION_ACTIVE};
    assert_true(permission_may_now(&admin, &incident, COMMAND_ACK));
    assert_false(permission_may_now(&admin, &incident, COMMAND_ARRIVE));
    assert_false(permission_may_now(&admin, &incident, COMMAND_CLOSE));
    incident.condition = CONDITION_UNKNOWN;
    assert_false(permission_may_now(&admin, &incident, COMMAND_CLOSE));
    incident.condition = CONDITION_NORMAL;
    incident.state = INCIDENT_REINSPECT;
    assert_true(permission_may_now(&admin, &incident, COMMAND_REINSPECT));
    assert_true(permission_may_now(&admin, &incident, COMMAND_CLOSE));
    incident.state = INCIDENT_CLOSED;
    assert_false(permission_may_now(&admin, &incident, COMMAND_CLOSE));
    assert_true(permission_may_now(&admin, &incident, COMMAND_COMMENT));
    assert_false(permission_may_now(&admin, &incident, COMMAND_TEST_SMS));
}

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
        cmocka_unit_test(every_path_is_a_page_or_a_sentence),
        cmocka_unit_test(each_verb_of_a_path_is_its_command),
        cmocka_unit_test(an_id_that_is_too_long_is_no_page),
        cmocka_unit_test(a_moment_is_read_in_every_usual_form),
        cmocka_unit_test(what_is_no_moment_is_refused_whole),
        cmocka_unit_test(a_login_needs_both_words),
        cmocka_unit_test(a_note_may_be_absent_but_not_something_else),
        cmocka_unit_test(states_are_words_with_commas),
        cmocka_unit_test(headers_become_facts),
        cmocka_unit_test(a_body_is_taken_up_to_its_limit),
        cmocka_unit_test(what_may_wait_is_done_by_its_worker),
        cmocka_unit_test(a_button_is_shown_when_it_makes_sense),
        cmocka_unit_test(a_damaged_file_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
