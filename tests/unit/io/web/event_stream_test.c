#include "gateway/io/web/event_stream.h"

#include "tests/unit/io/web/web_fixture.h"

/* Opens a stream; the answer then holds its head. */
static int open_stream(struct fixture *it, const char *head)
{
    char request[1024];
    int length =
        snprintf(request, sizeof request,
                 "GET /api/v1/events HTTP/1.1\r\nHost: test\r\nCookie: huoyan=%s\r\n%s\r\n",
                 it->cookie, head);
    it->answer[0] = '\0';
    int fd = client_connect(it);
    client_write(fd, request, (size_t) length);
    client_read(it, fd, "retry: 2000");
    return fd;
}

static void a_viewer_hears_health_readings_and_incidents(void **context)
{
    struct fixture *it = *context;
    log_in(it, "demo", "demo");
    int fd = open_stream(it, "");
    assert_true(has(it, "HTTP/1.1 200"));
    assert_true(has(it, "Content-Type: text/event-stream"));
    client_read(it, fd, "event: health\ndata: {\"time\":");
    client_read(it, fd, "\"stores\":[]}\n\n");

    it->answer[0] = '\0';
    set_value(it, 0, 41.2);
    client_read(it, fd,
                "event: reading\ndata: [{\"id\":\"w3/th1/temperature\",\"value\":41.2,"
                "\"quality\":\"good\",\"reason\":\"\",\"at\":\"2026-07-18T14:20:40.123+08:00\","
                "\"good_at\":\"2026-07-18T14:20:40.123+08:00\",\"state\":\"active\"}]\n\n");
    it->answer[0] = '\0';
    set_incident(it, 4, "7382", "w3", INCIDENT_OPEN);
    client_read(it, fd, "event: incident\ndata: {\"id\":4,\"code\":\"7382\"");
    client_read(it, fd, "\"timeline\":[]}\n\n");
    it->answer[0] = '\0';
    const struct snapshot_part part = {.part = HEALTH_SMS, .id = "sms", .text = "无响应"};
    snapshot_set_part(it->snapshot, &part);
    client_read(it, fd, "\"parts\":[{\"part\":\"sms\",\"id\":\"sms\",\"ok\":false");
    (void) close(fd);
}

/* The number of the last id line. */
static long long last_id(const struct fixture *it)
{
    long long id = -1;
    for (const char *at = it->answer; (at = strstr(at, "id: ")) != NULL; at += 4) {
        id = strtoll(at + 4, NULL, 10);
    }
    return id;
}

static void a_stream_resumes_from_what_was_heard_last(void **context)
{
    struct fixture *it = *context;
    char head[64];
    log_in(it, "demo", "demo");
    set_value(it, 1, 50);
    int fd = open_stream(it, "");
    client_read(it, fd, "w3/th1/humidity");
    set_value(it, 0, 20);
    client_read(it, fd, "w3/th1/temperature");
    client_read(it, fd, "\"normal\"}]\n\nid: ");
    client_read(it, fd, "\n\n\r\n");
    (void) close(fd);
    long long heard = last_id(it);
    assert_true(heard > 0);

    set_value(it, 2, 25.5);
    (void) snprintf(head, sizeof head, "Last-Event-ID: %lld\r\n", heard + 1000000000);
    fd = open_stream(it, head); /* a number of no run: everything */
    client_read(it, fd, "w3/th1/humidity");
    (void) close(fd);
    (void) snprintf(head, sizeof head, "Last-Event-ID: %lld\r\n", heard);
    fd = open_stream(it, head);
    client_read(it, fd, "\"k9/th9/temperature\",\"value\":25.5");
    assert_null(strstr(it->answer, "w3/th1/humidity"));
    (void) close(fd);
}

static void a_grid_worker_hears_of_its_area_only(void **context)
{
    struct fixture *it = *context;
    become(it, ROLE_GRID, "wang");
    int fd = open_stream(it, "");
    client_read(it, fd, "\"sites\":1,");
    set_value(it, 2, 99);
    set_incident(it, 6, "7490", "k9", INCIDENT_OPEN);
    set_value(it, 0, 41.5);
    client_read(it, fd, "41.5");
    assert_null(strstr(it->answer, "k9"));
    (void) close(fd);
}

static void what_a_viewer_may_press_depends_on_its_role(void **context)
{
    struct fixture *it = *context;
    become(it, ROLE_VIEWER, "");
    int viewer = open_stream(it, "");
    set_incident(it, 4, "7382", "w3", INCIDENT_OPEN);
    client_read(it, viewer, "\"may\":[],");
    log_in(it, "demo", "demo");
    int admin = open_stream(it, "");
    set_incident(it, 4, "7382", "w3", INCIDENT_ACKED);
    client_read(it, admin, "\"may\":[\"arrive\",\"rectify\",\"comment\"]");
    (void) close(viewer);
    (void) close(admin);
}

static void a_stop_ends_suspended_streams_and_does_not_abort(void **context)
{
    struct fixture *it = *context;
    enum { STREAMS = 20 };
    int fds[STREAMS];
    log_in(it, "demo", "demo");
    for (int i = 0; i < STREAMS; i++) {
        fds[i] = open_stream(it, "");
        client_read(it, fds[i], "event: health");
    }
    assert_int_equal(get(it, "/metrics"), 200);
    assert_true(has(it, "huoyan_web_viewers 20\n"));
    web_stop(it->web);
    for (int i = 0; i < STREAMS; i++) {
        it->answer[0] = '\0';
        client_read(it, fds[i], NULL); /* to its end */
        (void) close(fds[i]);
    }
    open_web(it, true);
}

static void a_stop_beside_running_updates_does_not_abort(void **context)
{
    struct fixture *it = *context;
    log_in(it, "demo", "demo");
    for (int round = 0; round < 10; round++) {
        int one = open_stream(it, "");
        int two = open_stream(it, "");
        set_value(it, 0, round);
        (void) close(round % 2 == 0 ? one : two);
        web_stop(it->web);
        (void) close(round % 2 == 0 ? two : one);
        open_web(it, true);
    }
}

static void there_is_an_end_of_viewers(void **context)
{
    struct fixture *it = *context;
    static int fds[EVENT_STREAM_VIEWERS_MAX];
    log_in(it, "demo", "demo");
    for (int i = 0; i < EVENT_STREAM_VIEWERS_MAX; i++) {
        fds[i] = open_stream(it, "");
    }
    assert_int_equal(get(it, "/api/v1/events"), 503);
    set_value(it, 0, 33.25);
    for (int i = 0; i < EVENT_STREAM_VIEWERS_MAX; i++) {
        it->answer[0] = '\0';
        client_read(it, fds[i], "33.25");
        (void) close(fds[i]);
    }
}

enum { MANY = 5000 };

/* A viewer that reads nothing for a while is sent the newest values only, and none of the points
 * is missing. */
static void a_slow_viewer_gets_the_newest_values(void **context)
{
    struct fixture *it = *context;
    log_in(it, "demo", "demo");
    int fd = open_stream(it, "");
    for (int i = 0; i < MANY; i++) {
        set_value(it, i % 3, i);
    }
    client_read(it, fd, "\"value\":4999,");
    client_read(it, fd, "\"value\":4998,");
    client_read(it, fd, "\"value\":4997,");
    (void) close(fd);
}

#define WEB_TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WEB_TEST(a_viewer_hears_health_readings_and_incidents),
        WEB_TEST(a_stream_resumes_from_what_was_heard_last),
        WEB_TEST(a_grid_worker_hears_of_its_area_only),
        WEB_TEST(what_a_viewer_may_press_depends_on_its_role),
        WEB_TEST(a_stop_ends_suspended_streams_and_does_not_abort),
        WEB_TEST(a_stop_beside_running_updates_does_not_abort),
        WEB_TEST(there_is_an_end_of_viewers),
        WEB_TEST(a_slow_viewer_gets_the_newest_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
