#include "gateway/io/web/web.h"

#include "gateway/base/net_address.h"
#include "gateway/io/system/tcp_listener.h"
#include "tests/unit/io/web/web_fixture.h"

static void health_and_metrics_need_no_login(void **context)
{
    struct fixture *it = *context;
    assert_int_equal(get(it, "/healthz"), 200);
    assert_true(has(it, "{\"ok\":true}"));
    snapshot_touch(it->snapshot, clock_ms() - 6000);
    assert_int_equal(get(it, "/healthz"), 503);
    set_value(it, 0, 21.5);
    set_incident(it, 1, "7382", "w3", INCIDENT_OPEN);
    assert_int_equal(get(it, "/metrics"), 200);
    assert_true(has(it, "huoyan_points{quality=\"good\"} 1\n"));
    assert_true(has(it, "huoyan_points{quality=\"no_answer\"} 2\n"));
    assert_true(has(it, "huoyan_incidents{state=\"open\",severity=\"minor\"} 1\n"));
    assert_true(has(it, "huoyan_readings_total 0\n"));
    assert_true(has(it, "process_resident_memory_bytes "));
    assert_true(has(it, "huoyan_links_up 2\n"));
}

static void the_dashboard_is_served_packed_or_plain_and_cached(void **context)
{
    struct fixture *it = *context;
    assert_int_equal(get(it, "/"), 200);
    assert_true(has(it, "\r\n\r\n<html>"));
    assert_true(has(it, "Content-Security-Policy: default-src 'self'"));
    assert_true(has(it, "X-Frame-Options: DENY"));
    assert_int_equal(ask(it, "GET", "/assets/app.js", "Accept-Encoding: gzip, br\r\n", ""), 200);
    assert_true(has(it, "Content-Encoding: gzip"));
    char head[80];
    const char *tag = strstr(it->answer, "ETag: ");
    assert_non_null(tag);
    (void) snprintf(head, sizeof head, "If-None-Match: %.20s\r\n", tag + 6);
    assert_int_equal(ask(it, "GET", "/assets/app.js", head, ""), 304);
    assert_int_equal(get(it, "/site/w3"), 200);
    assert_int_equal(get(it, "/assets/none.js"), 404);
    assert_int_equal(get(it, "/favicon.ico"), 404);
    assert_int_equal(ask(it, "HEAD", "/", "", ""), 200);
    assert_null(strstr(it->answer, "<html>"));
}

static void nothing_is_told_to_who_is_not_logged_in(void **context)
{
    struct fixture *it = *context;
    static const char *const paths[] = {
        "/api/v1/overview",  "/api/v1/points", "/api/v1/points/w3/th1/temperature/history",
        "/api/v1/incidents", "/api/v1/links",  "/api/v1/incidents/1",
        "/api/v1/events"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        assert_int_equal(get(it, paths[i]), 401);
        assert_true(has(it, "{\"error\":\"请先登录\"}"));
        assert_int_equal(ask(it, "GET", paths[i], "Authorization: Bearer hy_nobody\r\n", ""), 401);
        assert_int_equal(ask(it, "GET", paths[i], "Cookie: huoyan=0123\r\n", ""), 401);
    }
    assert_int_equal(post(it, "/api/v1/incidents/1/ack", "{}"), 401);
    assert_int_equal(get(it, "/api/v1/session"), 200);
    assert_true(has(it, "{\"user\":null,\"has_users\":true,\"demo\":true,\"gateway\":{\"id\":"
                        "\"lidu-1\",\"name\":\"李渡镇网关\",\"version\":\"0.1.0\"},"
                        "\"language\":\"zh-CN\"}"));
}

static void a_login_gives_a_cookie_and_a_logout_takes_it(void **context)
{
    struct fixture *it = *context;
    assert_int_equal(post(it, "/api/v1/login", "{\"user\":\"demo\",\"password\":\"no\"}"), 401);
    assert_int_equal(post(it, "/api/v1/login", "{\"user\":\"demo\"}"), 400);
    assert_int_equal(post(it, "/api/v1/login", "[]"), 400);
    assert_int_equal(post(it, "/api/v1/login", ""), 400);
    assert_int_equal(post(it, "/api/v1/login", "nonsense"), 400);
    log_in(it, "demo", "demo");
    assert_true(has(it, "HttpOnly; SameSite=Strict"));
    assert_true(has(it, "{\"user\":{\"name\":\"demo\",\"role\":\"admin\",\"person\":null}}"));
    assert_int_equal(get(it, "/api/v1/session"), 200);
    assert_true(has(it, "{\"user\":{\"name\":\"demo\""));
    assert_int_equal(get(it, "/api/v1/overview"), 200);
    assert_true(has(it, "Cache-Control: no-store"));
    assert_int_equal(ask(it, "POST", "/api/v1/logout", "", ""), 204);
    assert_int_equal(get(it, "/api/v1/overview"), 401);
}

static void guessing_is_slowed_down(void **context)
{
    struct fixture *it = *context;
    for (int i = 0; i < NAME_TRIES_MAX; i++) {
        assert_int_equal(post(it, "/api/v1/login", "{\"user\":\"demo\",\"password\":\"no\"}"), 401);
    }
    assert_int_equal(post(it, "/api/v1/login", "{\"user\":\"demo\",\"password\":\"demo\"}"), 429);
}

static void wrong_methods_and_pages_have_their_sentence(void **context)
{
    struct fixture *it = *context;
    log_in(it, "demo", "demo");
    assert_int_equal(post(it, "/api/v1/overview", "{}"), 405);
    assert_true(has(it, "Allow: GET, HEAD"));
    assert_int_equal(get(it, "/api/v1/login"), 405);
    assert_int_equal(ask(it, "DELETE", "/api/v1/points", "", ""), 405);
    assert_int_equal(get(it, "/api/v1/nothing"), 404);
    assert_int_equal(get(it, "/api/v1/photos"), 404);
    assert_true(has(it, "{\"error\":\"照片"));
    assert_int_equal(post(it, "/api/v1/write", "x v=1"), 404);
    assert_int_equal(post(it, "/api/v1/incidents/1/shelve", "{}"), 404);
    assert_int_equal(get(it, "/m/abc"), 404);
    assert_int_equal(get(it, "/api/v1/incidents/77"), 404);
    assert_int_equal(get(it, "/api/v1/incidents?state=nonsense"), 400);
}

static void a_body_that_is_too_long_is_refused(void **context)
{
    struct fixture *it = *context;
    it->answer[0] = '\0';
    int fd = client_connect(it);
    static const char head[] = "POST /api/v1/login HTTP/1.1\r\nHost: test\r\nConnection: close\r\n"
                               "Content-Length: 70000\r\n\r\n";
    client_write(fd, head, sizeof head - 1);
    client_read(it, fd, "64 kB");
    assert_true(has(it, "HTTP/1.1 413"));
    (void) close(fd);

    it->answer[0] = '\0';
    fd = client_connect(it);
    static const char chunked[] = "POST /api/v1/login HTTP/1.1\r\nHost: test\r\n"
                                  "Transfer-Encoding: chunked\r\n\r\n11170\r\n";
    client_write(fd, chunked, sizeof chunked - 1);
    char *body = calloc(1, 70000);
    assert_non_null(body);
    client_write(fd, body, 70000);
    client_write(fd, "\r\n0\r\n\r\n", 7);
    free(body);
    client_read(it, fd, "64 kB");
    assert_true(has(it, "HTTP/1.1 413"));
    (void) close(fd);
}

static void the_overview_shows_the_worst_of_every_place(void **context)
{
    struct fixture *it = *context;
    set_value(it, 0, 41.2);
    set_value(it, 1, 55);
    set_incident(it, 4, "7382", "w3", INCIDENT_OPEN);
    set_incident(it, 5, "7490", "k9", INCIDENT_CLOSED);
    const struct snapshot_part part = {
        .part = HEALTH_LINK, .id = "bus1", .is_ok = true, .since = 1784355640123};
    snapshot_set_part(it->snapshot, &part);
    log_in(it, "demo", "demo");
    assert_int_equal(get(it, "/api/v1/overview"), 200);
    assert_true(has(it, "\"counts\":{\"open\":1,\"unacked\":1,\"sites\":2,\"devices\":2,"
                        "\"devices_ok\":1,\"points\":3,\"points_good\":2}"));
    assert_true(has(it, "\"levels\":[{\"id\":\"grid\",\"name\":\"网格\"},"));
    assert_true(has(it, "{\"id\":\"g3\",\"name\":\"三组网格\",\"level\":\"grid\","
                        "\"parent\":\"v1\",\"duty\":[\"王某\"]}"));
    assert_true(has(it, "{\"id\":\"w3\",\"name\":\"3号库\",\"kind\":\"warehouse\",\"kind_text\":"
                        "\"仓库\",\"area\":\"g3\",\"state\":\"active\",\"severity\":\"minor\","
                        "\"acked\":false,\"lost\":false,\"incident\":4,"
                        "\"text\":\"温度41.2度，超限40\"}"));
    assert_true(has(it, "\"name\":\"九号\\\"零售\\\"<点>\""));
    assert_true(has(it, "\"lost\":true,\"incident\":null,\"text\":\"数据中断\""));
    assert_true(has(it, "{\"id\":\"bus1\",\"type\":\"rtu\",\"up\":true,\"text\":\"\",\"since\":"
                        "\"2026-07-18T14:20:40.123+08:00\"}"));
    assert_true(has(it, "{\"id\":\"bus2\",\"type\":\"tcp\",\"up\":false,\"text\":\"正在连接\""));
    assert_true(has(it, "\"stores\":[]"));
}

static void a_point_tells_its_value_and_its_limits(void **context)
{
    struct fixture *it = *context;
    set_value(it, 0, 41.2);
    log_in(it, "demo", "demo");
    assert_int_equal(get(it, "/api/v1/points?site=w3"), 200);
    assert_true(has(it, "[{\"id\":\"w3/th1/temperature\",\"site\":\"w3\",\"device\":\"th1\","));
    assert_true(has(it, "\"value\":41.2,\"quality\":\"good\",\"reason\":\"\",\"at\":"
                        "\"2026-07-18T14:20:40.123+08:00\""));
    assert_true(has(it, "\"limits\":[{\"rule\":\"warehouse-hot\",\"name\":\"库房温度高\","
                        "\"severity\":\"minor\",\"value\":40,\"upper\":true}]"));
    assert_true(has(it, "\"value\":null,\"quality\":\"no_answer\",\"reason\":\"\",\"at\":null"));
    assert_null(strstr(it->answer, "k9/th9"));
    assert_int_equal(get(it, "/api/v1/points?site=w4"), 404);
}

static void a_curve_keeps_its_peak(void **context)
{
    struct fixture *it = *context;
    struct reading readings[60];
    for (int i = 0; i < 60; i++) {
        readings[i] = (struct reading){.point = 0,
                                       .quality = i == 50 ? QUALITY_BAD : QUALITY_GOOD,
                                       .at = 1784355600000 + (ms_t) i * 1000,
                                       .value = i == 33 ? 99.5 : (i == 50 ? 0 : 20)};
    }
    history_put(it->history, readings, 60);
    log_in(it, "demo", "demo");
    assert_int_equal(get(it, "/api/v1/points/w3/th1/temperature/history?max=2&"
                             "from=2026-07-18T14:20:00%2B08:00&to=2026-07-18T14:21:00+08:00"),
                     200);
    assert_true(has(it, "{\"point\":\"w3/th1/temperature\",\"from\":\"2026-07-18T14:20:00.000+"));
    assert_true(has(it, "\"max\":99.5"));
    assert_true(has(it, "\"missing\":1"));
    assert_int_equal(get(it, "/api/v1/points/w3/th1/nothing/history"), 404);
    assert_int_equal(get(it, "/api/v1/points/w3/th1/temperature/history?from=0"), 200);
    assert_true(has(it, "\"from\":\"1970-01-01T08:00:00.000+08:00\""));
    assert_int_equal(get(it, "/api/v1/points/w3/th1/temperature/history?from=yesterday"), 400);
    assert_int_equal(get(it, "/api/v1/points/w3/th1/temperature/history?max=0"), 400);
}

static void incidents_come_newest_first_and_by_state(void **context)
{
    struct fixture *it = *context;
    set_incident(it, 4, "7382", "w3", INCIDENT_OPEN);
    set_incident(it, 6, "", "k9", INCIDENT_ACKED);
    set_incident(it, 5, "7490", "w3", INCIDENT_CLOSED);
    log_in(it, "demo", "demo");
    assert_int_equal(get(it, "/api/v1/incidents"), 200);
    const char *six = strstr(it->answer, "[{\"id\":6,\"code\":null,");
    const char *five = strstr(it->answer, "{\"id\":5,");
    const char *four = strstr(it->answer, "{\"id\":4,");
    assert_true(six != NULL && five > six && four > five);
    assert_int_equal(get(it, "/api/v1/incidents?state=open,acked"), 200);
    assert_null(strstr(it->answer, "{\"id\":5,"));
    assert_int_equal(get(it, "/api/v1/incidents/7382"), 200);
    assert_true(has(it, "{\"id\":4,\"code\":\"7382\",\"rule\":\"warehouse-hot\","
                        "\"rule_name\":\"库房温度高\""));
    assert_true(has(it, "\"level\":\"grid\",\"opened_at\":\"2026-07-18T14:20:40.123+08:00\""));
    assert_true(has(it, "\"next_level\":\"village\",\"value\":41.2,\"peak\":42,\"limit\":40"));
    assert_true(has(it, "\"chain\":[{\"level\":\"grid\",\"level_text\":\"网格\",\"person\":"
                        "\"wang\",\"name\":\"王某\",\"told\":true}]"));
    assert_true(has(it, "\"may\":[\"ack\",\"rectify\",\"comment\"],\"timeline\":[]}"));
    assert_null(strstr(it->answer, "+86138"));
}

static void a_command_reaches_the_engine_with_who_and_what(void **context)
{
    struct fixture *it = *context;
    set_incident(it, 4, "7382", "w3", INCIDENT_OPEN);
    become(it, ROLE_INSPECTOR, "li");
    assert_int_equal(post(it, "/api/v1/incidents/7382/ack", "{\"note\":\"马上到\"}"), 200);
    assert_true(has(it, "{\"id\":4,"));
    assert_int_equal(it->daemon.verb, COMMAND_ACK);
    assert_int_equal(it->daemon.incident, 4);
    assert_string_equal(it->daemon.actor, "inspector");
    assert_string_equal(it->daemon.person, "li");
    assert_string_equal(it->daemon.note, "马上到");
    assert_false(it->daemon.is_area_bound);
    atomic_store(&it->daemon.status, 409);
    assert_int_equal(post(it, "/api/v1/incidents/4/close", ""), 409);
    assert_true(has(it, "{\"error\":\"事件已经销号\"}"));
    atomic_store(&it->daemon.status, 503);
    assert_int_equal(post(it, "/api/v1/incidents/4/comment", "{}"), 503);
    assert_int_equal(post(it, "/api/v1/incidents/4/comment", "{\"note\":7}"), 400);
}

static void a_device_goes_under_repair(void **context)
{
    struct fixture *it = *context;
    const char *path = "/api/v1/devices/w3/th1/maintenance";
    log_in(it, "demo", "demo");
    assert_int_equal(
        post(it, path, "{\"until\":\"2026-07-18T14:20:00+08:00\",\"note\":\"换探头\"}"), 200);
    assert_int_equal(it->daemon.verb, COMMAND_MAINTAIN);
    assert_string_equal(it->daemon.device, "w3/th1");
    assert_string_equal(it->daemon.note, "换探头");
    assert_int_equal(it->daemon.until, 1784355600000);
    assert_int_equal(post(it, path, "{\"until\":null}"), 200);
    assert_int_equal(it->daemon.until, 0);
    assert_true(has(it, "\"maintenance\":null"));
    assert_int_equal(post(it, path, "{\"note\":\"换探头\"}"), 400);
    assert_int_equal(post(it, path, "{\"until\":\"soon\"}"), 400);
    assert_int_equal(post(it, "/api/v1/devices/w3/th9/maintenance", "{\"until\":null}"), 404);
    assert_int_equal(get(it, path), 405);
    const struct effect_maintenance maintenance = {.device = "w3/th1",
                                                   .since = 1784350800000,
                                                   .until = 1784355600000,
                                                   .by = "demo",
                                                   .reason = "换探头"};
    snapshot_set_maintenance(it->snapshot, &maintenance);
    assert_int_equal(get(it, "/api/v1/points?site=w3"), 200);
    assert_true(has(
        it, "\"maintenance\":{\"since\":\"2026-07-18T13:00:00.000+08:00\","
            "\"until\":\"2026-07-18T14:20:00.000+08:00\",\"by\":\"demo\",\"note\":\"换探头\"}"));
}

static void a_form_of_another_site_moves_nothing(void **context)
{
    struct fixture *it = *context;
    set_incident(it, 4, "7382", "w3", INCIDENT_OPEN);
    log_in(it, "demo", "demo");
    assert_int_equal(
        ask(it, "POST", "/api/v1/incidents/4/ack", "Content-Type: text/plain\r\n", "{}"), 400);
    assert_int_equal(ask(it, "POST", "/api/v1/incidents/4/ack",
                         "Content-Type: application/json\r\nSec-Fetch-Site: cross-site\r\n", "{}"),
                     403);
    assert_int_equal(atomic_load(&it->daemon.asked), 0);
}

static void a_mistyped_member_is_a_400_that_names_it(void **context)
{
    struct fixture *it = *context;
    set_incident(it, 4, "7382", "w3", INCIDENT_OPEN);
    assert_int_equal(post(it, "/api/v1/login", "{\"user\":\"demo\",\"password\":\"demo\",\"x\":1}"),
                     400);
    assert_true(has(it, "没有“x”这一项"));
    log_in(it, "demo", "demo");
    assert_int_equal(post(it, "/api/v1/incidents/4/ack", "{\"nots\":\"马上到\"}"), 400);
    assert_true(has(it, "没有“nots”这一项，是不是“note”？"));
    assert_int_equal(
        post(it, "/api/v1/devices/w3/th1/maintenance", "{\"until\":null,\"untill\":1}"), 400);
    assert_true(has(it, "没有“untill”这一项，是不是“until”？"));
    assert_int_equal(atomic_load(&it->daemon.asked), 0);
}

static void every_role_may_what_the_table_says(void **context)
{
    struct fixture *it = *context;
    static const struct {
        const char *verb;
        enum role role;
        int status;
    } table[] = {
        {"ack", ROLE_VIEWER, 403},      {"comment", ROLE_VIEWER, 403},
        {"ack", ROLE_GRID, 200},        {"arrive", ROLE_GRID, 200},
        {"rectify", ROLE_GRID, 200},    {"comment", ROLE_GRID, 200},
        {"reinspect", ROLE_GRID, 403},  {"close", ROLE_GRID, 403},
        {"close", ROLE_INSPECTOR, 200}, {"reinspect", ROLE_INSPECTOR, 200},
        {"ack", ROLE_TECHNICIAN, 403},  {"comment", ROLE_TECHNICIAN, 200},
        {"close", ROLE_ADMIN, 200},     {"comment", ROLE_SOURCE, 403},
    };
    set_incident(it, 4, "7382", "w3", INCIDENT_OPEN);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (i == 0 || table[i].role != table[i - 1].role) {
            become(it, table[i].role, table[i].role == ROLE_GRID ? "wang" : "");
        }
        char path[64];
        (void) snprintf(path, sizeof path, "/api/v1/incidents/4/%s", table[i].verb);
        assert_int_equal(post(it, path, "{}"), table[i].status);
    }
    become(it, ROLE_SOURCE, "");
    assert_int_equal(get(it, "/api/v1/points"), 403);
    assert_int_equal(get(it, "/api/v1/outputs"), 403);
    become(it, ROLE_VIEWER, "");
    assert_int_equal(get(it, "/api/v1/outputs"), 200);
    assert_true(
        has(it, "[{\"id\":\"k9/lamp\",\"site\":\"k9\",\"name\":\"警灯\",\"device\":\"w3/relay\","
                "\"output\":\"k9/lamp\",\"wanted\":false,\"state\":\"on\",\"state_text\":"
                "\"开\",\"reason\":\"\",\"since\":null},{\"id\":\"w3/horn\","));
    assert_int_equal(get(it, "/api/v1/links"), 200);
    assert_true(has(it,
                    "[{\"id\":\"bus1\",\"type\":\"rtu\",\"up\":true,\"address\":\"\",\"text\":\"\","
                    "\"error\":null,\"share\":{\"asked\":0,\"measured\":0},\"counters\":{},"
                    "\"devices\":[]},{\"id\":\"bus2\",\"type\":\"tcp\",\"up\":false,"));
}

static void a_grid_worker_sees_its_area_only(void **context)
{
    struct fixture *it = *context;
    set_incident(it, 4, "7382", "w3", INCIDENT_OPEN);
    set_incident(it, 6, "7490", "k9", INCIDENT_OPEN);
    become(it, ROLE_GRID, "wang");
    assert_int_equal(get(it, "/api/v1/overview"), 200);
    assert_true(has(it, "\"open\":1,\"unacked\":1,\"sites\":1,"));
    assert_true(has(it, "\"id\":\"w3\""));
    assert_null(strstr(it->answer, "\"k9\""));
    assert_null(strstr(it->answer, "\"g9\""));
    assert_null(strstr(it->answer, "\"bus2\""));
    assert_int_equal(get(it, "/api/v1/points"), 200);
    assert_null(strstr(it->answer, "k9/"));
    assert_int_equal(get(it, "/api/v1/points?site=k9"), 403);
    assert_int_equal(get(it, "/api/v1/points/k9/th9/temperature/history"), 403);
    assert_int_equal(get(it, "/api/v1/incidents"), 200);
    assert_null(strstr(it->answer, "{\"id\":6,"));
    assert_int_equal(get(it, "/api/v1/incidents/6"), 403);
    assert_int_equal(post(it, "/api/v1/incidents/6/ack", "{}"), 403);
    assert_int_equal(get(it, "/api/v1/links"), 403);
    assert_int_equal(post(it, "/api/v1/incidents/4/ack", "{}"), 200);
    assert_true(it->daemon.is_area_bound);
}

static void a_grid_worker_sees_the_outputs_of_its_area_only(void **context)
{
    struct fixture *it = *context;
    struct snapshot_part part = {.part = HEALTH_OUTPUT, .id = "k9/lamp", .text = "控制失败"};
    snapshot_set_part(it->snapshot, &part);
    (void) snprintf(part.id, sizeof part.id, "w3/horn");
    snapshot_set_part(it->snapshot, &part);
    become(it, ROLE_GRID, "wang");
    assert_int_equal(get(it, "/api/v1/outputs"), 200);
    assert_true(has(it, "[{\"id\":\"w3/horn\","));
    assert_null(strstr(it->answer, "lamp"));
    assert_int_equal(get(it, "/api/v1/overview"), 200);
    assert_true(has(it, "{\"part\":\"output\",\"id\":\"w3/horn\",\"ok\":false"));
    assert_null(strstr(it->answer, "k9/lamp"));
    become(it, ROLE_INSPECTOR, "");
    assert_int_equal(get(it, "/api/v1/overview"), 200);
    assert_true(has(it, "k9/lamp"));
}

static void a_token_works_like_a_login(void **context)
{
    struct fixture *it = *context;
    char token[SECRET_TEXT];
    char head[128];
    struct error error;
    struct state_account stored = {.name = "grafana", .role = ROLE_INSPECTOR};
    set_incident(it, 4, "7382", "w3", INCIDENT_OPEN);
    assert_true(secret_make_token(token, stored.hash, &error));
    assert_true(state_account_put(it->state, STATE_TOKENS, &stored, false, &error));
    (void) snprintf(head, sizeof head, "Authorization: Bearer %s\r\n", token);
    assert_int_equal(ask(it, "GET", "/api/v1/points", head, ""), 200);
    assert_int_equal(ask(it, "GET", "/api/v1/session", head, ""), 200);
    assert_true(has(it, "{\"user\":{\"name\":\"grafana\""));
    assert_int_equal(ask(it, "POST", "/api/v1/incidents/4/ack", head, ""), 200);
    assert_string_equal(it->daemon.actor, "grafana");
}

static void *hang_a_command(void *context)
{
    static char yes[] = "refused";
    struct fixture *it = context;
    bool is_refused = post(it, "/api/v1/incidents/4/ack", "{}") == 503;
    free(it);
    return is_refused ? yes : NULL;
}

static struct fixture *second_client(const struct fixture *it)
{
    struct fixture *second = calloc(1, sizeof *second);
    assert_non_null(second);
    second->web = it->web;
    memcpy(second->cookie, it->cookie, sizeof second->cookie);
    return second;
}

static void a_hanging_command_does_not_stop_the_picture(void **context)
{
    struct fixture *it = *context;
    enum { HANGING = 5 }; /* more than there are workers */
    pthread_t threads[HANGING];
    set_incident(it, 4, "7382", "w3", INCIDENT_OPEN);
    log_in(it, "demo", "demo");
    atomic_store(&it->daemon.status, 503);
    atomic_store(&it->daemon.must_hang, true);
    for (int i = 0; i < HANGING; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, hang_a_command, second_client(it)), 0);
    }
    while (!atomic_load(&it->daemon.is_hanging)) {
        (void) poll(NULL, 0, 1);
    }
    assert_int_equal(get(it, "/api/v1/overview"), 200);
    assert_int_equal(get(it, "/healthz"), 200);
    assert_int_equal(get(it, "/api/v1/incidents"), 200);
    log_in(it, "demo", "demo");
    assert_int_equal(atomic_load(&it->daemon.asked), 0);
    atomic_store(&it->daemon.must_hang, false);
    for (int i = 0; i < HANGING; i++) {
        void *done = NULL;
        assert_int_equal(pthread_join(threads[i], &done), 0);
        assert_non_null(done);
    }
}

static void a_taken_or_foreign_address_has_its_sentence(void **context)
{
    struct fixture *it = *context;
    char address[64];
    struct error error;
    int fd = -1;
    (void) snprintf(address, sizeof address, "127.0.0.1:%d", web_port(it->web));
    assert_false(tcp_listener_open(address, false, &fd, &error));
    assert_non_null(strstr(error.text, address));
    assert_false(tcp_listener_open("0.0.0.0:0", true, &fd, &error));
    assert_false(tcp_listener_open("localhost:80", false, &fd, &error));
    assert_false(tcp_listener_open("127.0.0.1", false, &fd, &error));
    assert_false(tcp_listener_open("127.0.0.1:70000", false, &fd, &error));
    assert_false(tcp_listener_open("[::1:80", false, &fd, &error));
    assert_true(tcp_listener_open("[::1]:0", true, &fd, &error));
    assert_true(net_address_bound_port(fd) > 0);
    (void) close(fd);
}

#define WEB_TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WEB_TEST(health_and_metrics_need_no_login),
        WEB_TEST(the_dashboard_is_served_packed_or_plain_and_cached),
        WEB_TEST(nothing_is_told_to_who_is_not_logged_in),
        WEB_TEST(a_login_gives_a_cookie_and_a_logout_takes_it),
        WEB_TEST(guessing_is_slowed_down),
        WEB_TEST(wrong_methods_and_pages_have_their_sentence),
        WEB_TEST(a_body_that_is_too_long_is_refused),
        WEB_TEST(the_overview_shows_the_worst_of_every_place),
        WEB_TEST(a_point_tells_its_value_and_its_limits),
        WEB_TEST(a_curve_keeps_its_peak),
        WEB_TEST(incidents_come_newest_first_and_by_state),
        WEB_TEST(a_command_reaches_the_engine_with_who_and_what),
        WEB_TEST(a_device_goes_under_repair),
        WEB_TEST(a_form_of_another_site_moves_nothing),
        WEB_TEST(a_mistyped_member_is_a_400_that_names_it),
        WEB_TEST(every_role_may_what_the_table_says),
        WEB_TEST(a_grid_worker_sees_its_area_only),
        WEB_TEST(a_grid_worker_sees_the_outputs_of_its_area_only),
        WEB_TEST(a_token_works_like_a_login),
        WEB_TEST(a_hanging_command_does_not_stop_the_picture),
        WEB_TEST(a_taken_or_foreign_address_has_its_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
