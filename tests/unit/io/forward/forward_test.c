#include "gateway/io/forward/forward.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gateway/io/system/gzip.h"
#include "tests/unit/expect.h"
#include "tests/unit/io/http_peer.h"

enum { READINGS = 64 };

/* A history that keeps its readings in memory; the forwarder cannot tell. */
struct history_cursor {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct reading reading[READINGS];
    int32_t count;
    int64_t confirmed; /* readings; the sequence is the count */
    bool is_failing;
};

static struct history_cursor *the_cursor; /* history_cursor_open has no other way to find it */

bool history_cursor_open(struct history *history, const char *store,
                         struct history_cursor **ret_reader, struct error *error)
{
    (void) history, (void) store, (void) error;
    *ret_reader = the_cursor;
    return true;
}

void history_cursor_close(struct history_cursor *cursor)
{
    (void) cursor;
}

int32_t history_cursor_next(struct history_cursor *cursor, struct reading *readings, int32_t max,
                            int64_t *ret_sequence, struct error *error)
{
    (void) pthread_mutex_lock(&cursor->lock);
    int32_t count = (int32_t) (cursor->count - cursor->confirmed);
    count = count < max ? count : max;
    memcpy(readings, cursor->reading + cursor->confirmed, (size_t) count * sizeof *readings);
    *ret_sequence = cursor->confirmed + count;
    bool is_failing = cursor->is_failing;
    (void) pthread_mutex_unlock(&cursor->lock);
    if (is_failing) {
        (void) error_set(error, "disk trouble");
        return -1;
    }
    return count;
}

bool history_cursor_confirm(struct history_cursor *cursor, int64_t sequence, struct error *error)
{
    (void) error;
    (void) pthread_mutex_lock(&cursor->lock);
    cursor->confirmed = sequence;
    (void) pthread_cond_broadcast(&cursor->changed);
    (void) pthread_mutex_unlock(&cursor->lock);
    return true;
}

int64_t history_cursor_backlog(struct history_cursor *cursor, ms_t *ret_oldest_at)
{
    (void) pthread_mutex_lock(&cursor->lock);
    int64_t backlog = cursor->count - cursor->confirmed;
    *ret_oldest_at = backlog > 0 ? cursor->reading[cursor->confirmed].at : 0;
    (void) pthread_mutex_unlock(&cursor->lock);
    return backlog;
}

/* A gateway with one point, a store that keeps every line, and the forwarder between them. */
struct play {
    struct history_cursor cursor;
    struct http_peer peer;
    struct forward_settings settings;
    struct forward *forward;
    struct policy policy;
    struct policy_point point;
    struct policy_device device;
    struct policy_site site;
    char folder[64];
    char token_file[96];
    /* guarded by cursor.lock */
    const char *refusal;      /* answer to everything */
    const char *poison;       /* 400 for a body that has this */
    char head[PEER_HEAD_MAX]; /* of the last request */
    char stored[16384];
    char health[256]; /* "+" or "-" and the words */
    int health_count;
};

static void write_answer(struct play *play, const char *lines, char *reply)
{
    static const char refused[] = "{\"error\":\"unable to parse 'x'\"}";
    bool has_poison = play->poison != NULL && strstr(lines, play->poison) != NULL;
    if (play->refusal != NULL) {
        (void) snprintf(reply, PEER_REPLY_MAX, "%s", play->refusal);
    } else if (has_poison) {
        (void) snprintf(reply, PEER_REPLY_MAX,
                        "HTTP/1.1 400 Bad Request\r\nContent-Length: %zu\r\n\r\n%s",
                        strlen(refused), refused);
    } else {
        (void) strncat(play->stored, lines, sizeof play->stored - strlen(play->stored) - 1);
        (void) snprintf(reply, PEER_REPLY_MAX, "HTTP/1.1 204 No Content\r\n\r\n");
    }
}

static void answer(void *context, const struct http_peer_request *request,
                   char reply[static PEER_REPLY_MAX])
{
    struct play *play = context;
    char lines[8192];
    size_t length = 0;
    CHECK(gzip_unpack(request->body, request->length, lines, sizeof lines - 1, &length));
    lines[length] = '\0';
    (void) pthread_mutex_lock(&play->cursor.lock);
    memcpy(play->head, request->head, sizeof play->head);
    write_answer(play, lines, reply);
    (void) pthread_cond_broadcast(&play->cursor.changed);
    (void) pthread_mutex_unlock(&play->cursor.lock);
}

static void on_health(void *context, const char *store, bool is_ok, const char *text)
{
    struct play *play = context;
    CHECK(strcmp(store, "main") == 0);
    (void) pthread_mutex_lock(&play->cursor.lock);
    (void) snprintf(play->health, sizeof play->health, "%c%s", is_ok ? '+' : '-', text);
    play->health_count++;
    (void) pthread_cond_broadcast(&play->cursor.changed);
    (void) pthread_mutex_unlock(&play->cursor.lock);
}

static int start(void **state)
{
    struct play *play = calloc(1, sizeof *play);
    assert_non_null(play);
    (void) pthread_mutex_init(&play->cursor.lock, NULL);
    (void) pthread_cond_init(&play->cursor.changed, NULL);
    the_cursor = &play->cursor;
    play->peer.context = play;
    play->peer.answer = answer;
    http_peer_start(&play->peer);
    play->site.id = "w3";
    play->device.id = "th1";
    play->point.key = play->point.quantity = "temperature";
    play->policy = (struct policy){.gateway_id = "g",
                                   .point_count = 1,
                                   .point = &play->point,
                                   .device = &play->device,
                                   .site = &play->site};
    (void) snprintf(play->folder, sizeof play->folder, "/tmp/huoyan-forward-XXXXXX");
    assert_non_null(mkdtemp(play->folder));
    (void) snprintf(play->token_file, sizeof play->token_file, "%s/token", play->folder);
    play->settings = (struct forward_settings){.id = "main", .database = "h y"};
    (void) snprintf(play->settings.url, sizeof play->settings.url, "http://127.0.0.1:%d/",
                    play->peer.port);
    *state = play;
    return 0;
}

static int stop(void **state)
{
    struct play *play = *state;
    forward_stop(play->forward);
    http_peer_stop(&play->peer);
    (void) unlink(play->token_file);
    (void) rmdir(play->folder);
    (void) pthread_mutex_destroy(&play->cursor.lock);
    (void) pthread_cond_destroy(&play->cursor.changed);
    free(play);
    return 0;
}

static void open_forward(struct play *play)
{
    struct forward_callbacks callbacks = {.context = play, .on_health = on_health};
    assert_true(
        forward_start(&play->settings, NULL, &play->policy, &callbacks, &play->forward, NULL));
}

static void put(struct play *play, double value)
{
    (void) pthread_mutex_lock(&play->cursor.lock);
    int32_t i = play->cursor.count++;
    play->cursor.reading[i] = (struct reading){.at = 1000 + i, .value = value};
    (void) pthread_mutex_unlock(&play->cursor.lock);
}

static void wait_confirmed(struct play *play, int64_t count)
{
    (void) pthread_mutex_lock(&play->cursor.lock);
    while (play->cursor.confirmed < count) {
        (void) pthread_cond_wait(&play->cursor.changed, &play->cursor.lock);
    }
    (void) pthread_mutex_unlock(&play->cursor.lock);
}

static void wait_health(struct play *play, int count)
{
    (void) pthread_mutex_lock(&play->cursor.lock);
    while (play->health_count < count) {
        (void) pthread_cond_wait(&play->cursor.changed, &play->cursor.lock);
    }
    (void) pthread_mutex_unlock(&play->cursor.lock);
}

static void readings_arrive_in_order_and_move_the_cursor(void **state)
{
    struct play *play = *state;
    put(play, 30.5);
    put(play, 31);
    open_forward(play);
    wait_confirmed(play, 2);
    put(play, 32);
    forward_wake(play->forward);
    wait_confirmed(play, 3);
    assert_non_null(strstr(play->head, "POST /write?db=h%20y&precision=ms HTTP/1.1\r\n"));
    assert_non_null(strstr(play->head, "\r\nContent-Encoding: gzip\r\n"));
    assert_string_equal(
        play->stored,
        "temperature,device=th1,gateway=g,point=temperature,site=w3 quality=0i,value=30.5 1000\n"
        "temperature,device=th1,gateway=g,point=temperature,site=w3 quality=0i,value=31 1001\n"
        "temperature,device=th1,gateway=g,point=temperature,site=w3 quality=0i,value=32 1002\n");
    struct forward_status status = forward_status(play->forward);
    assert_true(status.is_ok);
    assert_int_equal(status.sent, 3);
    assert_int_equal(status.quarantined, 0);
    assert_string_equal(status.text, "");
}

static void a_poison_line_does_not_hold_up_the_others(void **state)
{
    struct play *play = *state;
    for (int i = 0; i < READINGS; i++) {
        put(play, i);
    }
    play->poison = "value=41 ";
    open_forward(play);
    wait_confirmed(play, READINGS);
    assert_null(strstr(play->stored, "value=41 "));
    int lines = 0;
    for (const char *at = play->stored; (at = strchr(at, '\n')) != NULL; at++) {
        lines++;
    }
    assert_int_equal(lines, READINGS - 1);
    struct forward_status status = forward_status(play->forward);
    assert_int_equal(status.sent, READINGS - 1);
    assert_int_equal(status.quarantined, 1);
}

static void a_missing_database_holds_and_says_so(void **state)
{
    struct play *play = *state;
    put(play, 1);
    play->refusal = "HTTP/1.1 404 Not Found\r\nContent-Length: 30\r\n\r\n"
                    "database not found: \"huoyan!!!\"";
    open_forward(play);
    wait_health(play, 1);
    assert_int_equal(play->health[0], '-');
    assert_non_null(strstr(play->health, "database not found"));
    assert_int_equal(play->cursor.confirmed, 0);
    struct forward_status status = forward_status(play->forward);
    assert_false(status.is_ok);
    assert_int_equal(status.requests, 1);
}

static void an_outage_is_waited_out_and_nothing_is_lost(void **state)
{
    struct play *play = *state;
    put(play, 1);
    play->refusal = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
    open_forward(play);
    (void) pthread_mutex_lock(&play->cursor.lock);
    while (play->head[0] == '\0') {
        (void) pthread_cond_wait(&play->cursor.changed, &play->cursor.lock);
    }
    play->refusal = NULL;
    (void) pthread_mutex_unlock(&play->cursor.lock);
    wait_confirmed(play, 1);
    assert_non_null(strstr(play->stored, "value=1 1000\n"));
    assert_int_equal(play->health_count, 0); /* shorter than a restart of the store takes */
}

static void a_history_that_fails_is_told(void **state)
{
    struct play *play = *state;
    play->cursor.is_failing = true;
    open_forward(play);
    wait_health(play, 1);
    assert_string_equal(play->health, "-disk trouble");
}

static void write_token(const struct play *play, const char *text)
{
    FILE *file = fopen(play->token_file, "wbe");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(play->token_file, 0600), 0);
}

static void the_password_comes_from_a_file(void **state)
{
    struct play *play = *state;
    write_token(play, "pw\n");
    put(play, 1);
    memcpy(play->settings.token_file, play->token_file, sizeof play->token_file);
    (void) snprintf(play->settings.user, sizeof play->settings.user, "gw");
    open_forward(play);
    wait_confirmed(play, 1);
    assert_non_null(strstr(play->head, "\r\nAuthorization: Basic Z3c6cHc=\r\n"));
}

static void without_a_user_the_file_is_a_token(void **state)
{
    struct play *play = *state;
    write_token(play, "secret");
    put(play, 1);
    memcpy(play->settings.token_file, play->token_file, sizeof play->token_file);
    open_forward(play);
    wait_confirmed(play, 1);
    assert_non_null(strstr(play->head, "\r\nAuthorization: Token secret\r\n"));
}

#define PLAYED(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLAYED(readings_arrive_in_order_and_move_the_cursor),
        PLAYED(a_poison_line_does_not_hold_up_the_others),
        PLAYED(a_missing_database_holds_and_says_so),
        PLAYED(an_outage_is_waited_out_and_nothing_is_lost),
        PLAYED(a_history_that_fails_is_told),
        PLAYED(the_password_comes_from_a_file),
        PLAYED(without_a_user_the_file_is_a_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
