#include "gateway/io/web/page/api.h"

#include <string.h>

#include "gateway/io/web/page/pages.h"
#include "tests/unit/expect.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_path_is_a_page_or_a_sentence),
        cmocka_unit_test(each_verb_of_a_path_is_its_command),
        cmocka_unit_test(an_id_that_is_too_long_is_no_page),
        cmocka_unit_test(states_are_words_with_commas),
        cmocka_unit_test(what_may_wait_is_done_by_its_worker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
