/* web_fixture.h - a small town with real state and history, a web over it on a free port, and a
 * plain HTTP client.
 *
 * Two grids below one village: wang is on duty in g3 (site w3), chen in g9 (site k9), li in the
 * village. */
#pragma once

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "gateway/io/system/clock.h"
#include "gateway/io/web/web.h"
#include "tests/unit/expect.h"
#include "tests/unit/scratch.h"

static const struct policy_person town_people[] = {
    {.id = "wang", .name = "王某", .phone = "+8613800000001"},
    {.id = "chen", .name = "陈某", .phone = "+8613800000002"},
    {.id = "li", .name = "李某", .phone = "+8613800000003"},
};
static const struct policy_area town_areas[] = {
    {.id = "v1", .name = "桂桥村", .level = 1, .parent = -1, .duty_count = 1, .duty = {2}},
    {.id = "g3", .name = "三组网格", .level = 0, .parent = 0, .duty_count = 1, .duty = {0}},
    {.id = "g9", .name = "九组网格", .level = 0, .parent = 0, .duty_count = 1, .duty = {1}},
};
static const struct policy_site town_sites[] = {
    {.id = "k9",
     .name = "九号\"零售\"<点>",
     .kind = "retail",
     .area = 2,
     .first_device = 1,
     .device_count = 1},
    {.id = "w3",
     .name = "3号库",
     .kind = "warehouse",
     .area = 1,
     .first_device = 0,
     .device_count = 1},
};
static const struct policy_device town_devices[] = {
    {.id = "th1",
     .name = "东墙温湿度",
     .link = "bus1",
     .site = 1,
     .unit = 1,
     .poll_ms = 5000,
     .first_point = 0,
     .point_count = 2},
    {.id = "th9",
     .name = "温湿度",
     .link = "bus2",
     .site = 0,
     .unit = 1,
     .poll_ms = 5000,
     .first_point = 2,
     .point_count = 1},
};
static const struct policy_point town_points[] = {
    {.id = "w3/th1/temperature",
     .key = "temperature",
     .name = "东墙温度",
     .quantity = "temperature",
     .unit = "degC",
     .device = 0,
     .site = 1,
     .decimals = 1,
     .poll_ms = 5000},
    {.id = "w3/th1/humidity",
     .key = "humidity",
     .name = "东墙湿度",
     .quantity = "humidity",
     .unit = "%RH",
     .device = 0,
     .site = 1,
     .decimals = 1,
     .poll_ms = 5000},
    {.id = "k9/th9/temperature",
     .key = "temperature",
     .name = "温度",
     .quantity = "temperature",
     .unit = "degC",
     .device = 1,
     .site = 0,
     .decimals = 1,
     .poll_ms = 5000},
};
static const struct policy_rule town_rules[] = {
    {.id = "warehouse-hot",
     .name = "库房温度高",
     .when_text = "value >= 40",
     .severity = SEVERITY_MINOR},
};
static const struct policy_judgement town_judgements[] = {
    {.rule = 0, .point = 0, .has_limit = true, .limit = 40, .is_upper = true, .limit_point = 0},
};
static const struct policy_output town_outputs[] = {
    {.id = "k9/lamp", .name = "警灯", .site = 0, .device = -1},
    {.id = "w3/horn", .name = "警笛", .site = 1, .device = -1},
};
static const struct policy town = {
    .gateway_id = "lidu-1",
    .gateway_name = "李渡镇网关",
    .signature = "李渡应急",
    .zone = {.name = "Asia/Shanghai",
             .count = 1,
             .change = {{.from = INT64_MIN, .offset = 28800000}}},
    .level_count = 2,
    .level_id = {"grid", "village"},
    .level_name = {"网格", "村"},
    .person_count = 3,
    .person = town_people,
    .area_count = 3,
    .area = town_areas,
    .site_count = 2,
    .site = town_sites,
    .device_count = 2,
    .device = town_devices,
    .point_count = 3,
    .point = town_points,
    .output_count = 2,
    .output = town_outputs,
    .rule_count = 1,
    .rule = town_rules,
    .judgement_count = 1,
    .judgement = town_judgements,
};
static const struct web_link town_links[] = {{.id = "bus1", .type = "rtu"},
                                             {.id = "bus2", .type = "tcp"}};

/* What the daemon was asked last, and what it answers. */
struct fake_daemon {
    pthread_mutex_t lock;
    atomic_int status;
    atomic_bool must_hang; /* until it is set back */
    atomic_bool is_hanging;
    atomic_int asked;
    char actor[40], person[40], note[320];
    enum command_verb verb;
    int64_t incident;
    bool is_area_bound;
    char device[POINT_ID_MAX];
    ms_t until;
};

struct fixture {
    char folder[SCRATCH_MAX];
    struct state *state;
    struct history *history;
    struct snapshot *snapshot;
    struct auth *auth;
    struct web *web;
    struct fake_daemon daemon;
    char cookie[SECRET_TEXT]; /* of the last login */
    char answer[1 << 18];
};

static inline int fake_command(void *context, const struct event_command *command,
                               char ret_text[static ANSWER_MAX])
{
    struct fake_daemon *daemon = context;
    assert_int_equal(pthread_mutex_lock(&daemon->lock), 0);
    daemon->verb = command->verb;
    daemon->incident = command->incident;
    daemon->is_area_bound = command->is_area_bound;
    daemon->until = command->until;
    (void) snprintf(daemon->device, sizeof daemon->device, "%s",
                    command->device == NULL ? "" : command->device);
    (void) snprintf(daemon->actor, sizeof daemon->actor, "%s", command->actor);
    (void) snprintf(daemon->person, sizeof daemon->person, "%s", command->person);
    (void) snprintf(daemon->note, sizeof daemon->note, "%s", command->note);
    assert_int_equal(pthread_mutex_unlock(&daemon->lock), 0);
    (void) snprintf(ret_text, ANSWER_MAX, "事件已经销号");
    atomic_store(&daemon->is_hanging, true);
    while (atomic_load(&daemon->must_hang)) {
        (void) poll(NULL, 0, 1);
    }
    atomic_fetch_add(&daemon->asked, 1);
    return atomic_load(&daemon->status);
}

static inline void fake_link(void *context, int32_t link, struct web_link_state *ret_state)
{
    (void) context;
    *ret_state = (struct web_link_state){.is_up = link == 0};
}

static inline void fake_output(void *context, int32_t output, struct web_output_state *ret_state)
{
    (void) context;
    *ret_state = (struct web_output_state){
        .device = "w3/relay", .output = town_outputs[output].id, .state = "on", .state_text = "开"};
}

static inline int32_t fake_metrics(void *context,
                                   struct web_metric ret_metric[static WEB_METRICS_MAX])
{
    (void) context;
    ret_metric[0] = (struct web_metric){"huoyan_links_up", "Links.", "", 2};
    return 1;
}

/* "<html>" packed by gzip -9n. */
static const unsigned char page_bytes[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02,
                                           0x03, 0xb3, 0xc9, 0x28, 0xc9, 0xcd, 0xb1, 0x03, 0x00,
                                           0x41, 0x0c, 0x43, 0xc7, 0x06, 0x00, 0x00, 0x00};
static const struct web_asset town_assets[] = {
    {"/", "text/html; charset=utf-8", page_bytes, sizeof page_bytes},
    {"/assets/app.js", "text/javascript; charset=utf-8", page_bytes, sizeof page_bytes},
};

static inline void open_web(struct fixture *it, bool is_demo)
{
    const struct web_callbacks callbacks = {.context = &it->daemon,
                                            .policy = &town,
                                            .language = "zh-CN",
                                            .version = "0.1.0",
                                            .command = fake_command,
                                            .link_count = 2,
                                            .link = town_links,
                                            .link_state = fake_link,
                                            .output_state = fake_output,
                                            .metrics = fake_metrics};
    const struct web_parts parts = {
        .snapshot = it->snapshot, .history = it->history, .state = it->state, .auth = it->auth};
    const struct web_settings settings = {
        .listen = "127.0.0.1:0", .is_demo = is_demo, .asset = town_assets, .asset_count = 2};
    struct error error;
    assert_true(web_start(&settings, &callbacks, &parts, &it->web, &error));
}

static inline int open_fixture(void **context)
{
    struct fixture *it = calloc(1, sizeof *it);
    struct error error;
    assert_int_equal(pthread_mutex_init(&it->daemon.lock, NULL), 0);
    scratch_make(it->folder);
    const char *const ids[] = {town_points[0].id, town_points[1].id, town_points[2].id};
    const struct history_settings settings = {.data_dir = it->folder,
                                              .keep_ms = MS_PER_DAY * 400,
                                              .bytes_max = (int64_t) 1 << 32,
                                              .point_count = 3,
                                              .point_id = ids};
    assert_true(state_open(it->folder, &it->state, &error));
    assert_true(history_open(&settings, &it->history, &error));
    it->snapshot = snapshot_new(town.point_count);
    snapshot_touch(it->snapshot, clock_ms());
    assert_true(auth_start(it->state, true, &it->auth, &error));
    atomic_store(&it->daemon.status, 200);
    open_web(it, true);
    *context = it;
    return 0;
}

static inline int close_fixture(void **context)
{
    struct fixture *it = *context;
    web_stop(it->web);
    auth_stop(it->auth);
    snapshot_free(it->snapshot);
    history_close(it->history);
    state_close(it->state);
    scratch_remove(it->folder);
    assert_int_equal(pthread_mutex_destroy(&it->daemon.lock), 0);
    free(it);
    return 0;
}

/* The client. */

static inline int client_connect(const struct fixture *it)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t) web_port(it->web)),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct timeval patience = {.tv_sec = 20};
    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    assert_int_equal(connect(fd, (const struct sockaddr *) &address, sizeof address), 0);
    return fd;
}

static inline void client_write(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t count = send(fd, bytes, length, MSG_NOSIGNAL);
        if (count <= 0) {
            return; /* the server has closed: its answer is read all the same */
        }
        bytes += count;
        length -= (size_t) count;
    }
}

static inline void client_fail(const struct fixture *it, const char *until)
{
    print_error("waited for \"%s\", got: %s\n", until, it->answer);
    fail();
}

/* Reads until the answer holds `until`, or to its end when that is NULL. */
static inline void client_read(struct fixture *it, int fd, const char *until)
{
    size_t length = strlen(it->answer);
    while (until == NULL || strstr(it->answer, until) == NULL) {
        ssize_t count = recv(fd, it->answer + length, sizeof it->answer - 1 - length, 0);
        if (count <= 0 && until == NULL) {
            return;
        }
        if (count <= 0) {
            client_fail(it, until);
        }
        length += (size_t) count;
        it->answer[length] = '\0';
    }
}

/* One request on a connection of its own; `head` is more header lines. Returns the status. */
static inline int ask(struct fixture *it, const char *method, const char *path, const char *head,
                      const char *body)
{
    char request[4096];
    int length = snprintf(
        request, sizeof request,
        "%s %s HTTP/1.1\r\nHost: test\r\nConnection: close\r\n%s%s%s%sContent-Length: %zu\r\n\r\n",
        method, path, it->cookie[0] == '\0' ? "" : "Cookie: huoyan=", it->cookie,
        it->cookie[0] == '\0' ? "" : "\r\n", head, strlen(body));
    assert_true(length > 0 && length < (int) sizeof request);
    it->answer[0] = '\0';
    int fd = client_connect(it);
    client_write(fd, request, (size_t) length);
    client_write(fd, body, strlen(body));
    client_read(it, fd, NULL);
    (void) close(fd);
    int status = 0;
    assert_int_equal(sscanf(it->answer, "HTTP/1.1 %d", &status), 1); // NOLINT(cert-err34-c)
    return status;
}

static inline int get(struct fixture *it, const char *path)
{
    return ask(it, "GET", path, "", "");
}

static const char json_head[] = "Content-Type: application/json\r\n";

static inline int post(struct fixture *it, const char *path, const char *body)
{
    return ask(it, "POST", path, json_head, body);
}

static inline bool has(const struct fixture *it, const char *words)
{
    bool is_there = strstr(it->answer, words) != NULL;
    if (!is_there) {
        print_error("no \"%s\" in: %s\n", words, it->answer);
    }
    return is_there;
}

static inline void log_in(struct fixture *it, const char *user, const char *password)
{
    char body[256];
    (void) snprintf(body, sizeof body, "{\"user\":\"%s\",\"password\":\"%s\"}", user, password);
    it->cookie[0] = '\0';
    assert_int_equal(post(it, "/api/v1/login", body), 200);
    const char *cookie = strstr(it->answer, "Set-Cookie: huoyan=");
    assert_non_null(cookie);
    (void) snprintf(it->cookie, sizeof it->cookie, "%s", cookie + strlen("Set-Cookie: huoyan="));
}

/* A user with the password "password-1", logged in. */
static inline void become(struct fixture *it, enum role role, const char *person)
{
    struct state_account user = {.role = role};
    struct error error;
    (void) snprintf(user.name, sizeof user.name, "%s", role_name(role));
    (void) snprintf(user.person, sizeof user.person, "%s", person);
    assert_true(secret_hash_password("password-1", user.hash, &error));
    assert_true(state_account_put(it->state, STATE_USERS, &user, true, &error));
    log_in(it, user.name, "password-1");
}

static inline void set_value(struct fixture *it, int32_t point, double value)
{
    const struct snapshot_point given = {
        .reading = {.point = point, .quality = QUALITY_GOOD, .at = 1784355640123, .value = value},
        .good_at = 1784355640123,
        .condition = value >= 40 ? CONDITION_ACTIVE : CONDITION_NORMAL};
    snapshot_set_points(it->snapshot, &given, 1);
}

static inline void set_incident(struct fixture *it, int64_t id, const char *code, const char *site,
                                enum incident_state state)
{
    struct incident incident = {.id = id,
                                .rule = "warehouse-hot",
                                .subject = "温度41.2度，超限40",
                                .place = "3号库",
                                .severity = SEVERITY_MINOR,
                                .condition = CONDITION_ACTIVE,
                                .state = state,
                                .opened_at = 1784355640123,
                                .escalate_at = 1784355940123,
                                .has_value = true,
                                .first_value = 41.2,
                                .peak_value = 42,
                                .has_limit = true,
                                .limit = 40,
                                .is_upper = true,
                                .member_count = 1};
    bool is_w3 = strcmp(site, "w3") == 0;
    (void) snprintf(incident.code, sizeof incident.code, "%s", code);
    (void) snprintf(incident.site, sizeof incident.site, "%s", site);
    (void) snprintf(incident.point, sizeof incident.point, "%s/%s/temperature", site,
                    is_w3 ? "th1" : "th9");
    incident.member[0] = (struct chain_member){.was_told = true};
    (void) snprintf(incident.member[0].id, ID_MAX, "%s", is_w3 ? "wang" : "chen");
    (void) snprintf(incident.member[0].phone, PHONE_MAX, "+8613800000001");
    (void) snprintf(incident.member[0].name, 48, "%s", is_w3 ? "王某" : "陈某");
    snapshot_set_incident(it->snapshot, &incident);
}
