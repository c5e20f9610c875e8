#include "gateway/io/system/http.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/expect.h"
#include "tests/unit/io/http_peer.h"

struct play {
    struct http_peer peer;
    const char *reply;
    char head[PEER_HEAD_MAX]; /* of the last request */
    char body[64];
    pthread_mutex_t lock;
    pthread_cond_t asked;
    int asked_count;
    struct http *http;
    char url[64];
};

static void answer(void *context, const struct http_peer_request *request,
                   char reply[static PEER_REPLY_MAX])
{
    struct play *play = context;
    (void) pthread_mutex_lock(&play->lock);
    memcpy(play->head, request->head, sizeof play->head);
    size_t length =
        request->length < sizeof play->body - 1 ? request->length : sizeof play->body - 1;
    memcpy(play->body, request->body, length);
    play->body[length] = '\0';
    play->asked_count++;
    (void) snprintf(reply, PEER_REPLY_MAX, "%s", play->reply);
    (void) pthread_cond_signal(&play->asked);
    (void) pthread_mutex_unlock(&play->lock);
}

static int start(void **state)
{
    struct play *play = calloc(1, sizeof *play);
    assert_non_null(play);
    (void) pthread_mutex_init(&play->lock, NULL);
    (void) pthread_cond_init(&play->asked, NULL);
    play->peer.context = play;
    play->peer.answer = answer;
    play->reply = "HTTP/1.1 204 No Content\r\n\r\n";
    http_peer_start(&play->peer);
    (void) snprintf(play->url, sizeof play->url, "http://127.0.0.1:%d/write?db=a", play->peer.port);
    assert_true(http_open(&play->http, NULL));
    *state = play;
    return 0;
}

static int stop(void **state)
{
    struct play *play = *state;
    http_close(play->http);
    http_peer_stop(&play->peer);
    (void) pthread_mutex_destroy(&play->lock);
    (void) pthread_cond_destroy(&play->asked);
    free(play);
    return 0;
}

static struct http_answer post(struct play *play, const char *body)
{
    static const char *const headers[] = {"Content-Encoding: gzip", NULL};
    struct http_request request = {.url = play->url,
                                   .headers = headers,
                                   .body = body,
                                   .length = strlen(body),
                                   .timeout_ms = 5000};
    struct http_answer got;
    http_post(play->http, &request, 1763776800000, &got);
    return got;
}

static void a_post_carries_its_headers_and_body(void **state)
{
    struct play *play = *state;
    struct http_answer got = post(play, "hello");
    assert_int_equal(got.status, 204);
    assert_int_equal(got.retry_after_ms, -1);
    assert_string_equal(got.body, "");
    assert_string_equal(play->body, "hello");
    assert_non_null(strstr(play->head, "POST /write?db=a HTTP/1.1\r\n"));
    assert_non_null(strstr(play->head, "\r\nContent-Encoding: gzip\r\n"));
    assert_null(strcasestr(play->head, "\r\nAuthorization:"));
}

static void an_empty_body_is_a_body(void **state)
{
    struct play *play = *state;
    assert_int_equal(post(play, "").status, 204);
    assert_non_null(strstr(play->head, "\r\nContent-Length: 0\r\n"));
}

static void user_and_password_go_as_basic_auth(void **state)
{
    struct play *play = *state;
    struct http_request request = {
        .url = play->url, .user = "gw", .password = "pw", .timeout_ms = 5000};
    struct http_answer got;
    http_post(play->http, &request, 0, &got);
    assert_int_equal(got.status, 204);
    assert_non_null(strstr(play->head, "\r\nAuthorization: Basic Z3c6cHc=\r\n"));
}

static void the_words_of_a_refusal_come_back_clean(void **state)
{
    struct play *play = *state;
    play->reply = "HTTP/1.1 400 Bad Request\r\nContent-Length: 8\r\n\r\nno\n\xFF\xE5\xBA\x93!";
    struct http_answer got = post(play, "x");
    assert_int_equal(got.status, 400);
    assert_string_equal(got.body, "no ?\xE5\xBA\x93!");
}

static void a_long_answer_is_cut_at_a_character(void **state)
{
    struct play *play = *state;
    static char reply[PEER_REPLY_MAX];
    int head = snprintf(reply, sizeof reply, "HTTP/1.1 500 No\r\nContent-Length: 6000\r\n\r\n");
    memset(reply + head, 'x', 6000);
    play->reply = reply;
    assert_int_equal(strlen(post(play, "x").body), HTTP_ANSWER_MAX - 1);
    play->reply = "HTTP/1.1 204 No Content\r\n\r\n";
    assert_int_equal(post(play, "x").status, 204); /* the connection is still in step */
}

static void retry_after_is_read_in_seconds_and_as_a_date(void **state)
{
    struct play *play = *state;
    play->reply = "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n";
    struct http_answer got = post(play, "x");
    assert_int_equal(got.status, 503);
    assert_int_equal(got.retry_after_ms, 7000);
    play->reply = "HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n"
                  "Retry-After: Sat, 22 Nov 2025 02:00:09 GMT\r\n\r\n";
    assert_int_equal(post(play, "x").retry_after_ms, 9000);
    play->reply = "HTTP/1.1 429 Slow\r\nContent-Length: 0\r\nRetry-After: soon\r\n\r\n";
    assert_int_equal(post(play, "x").retry_after_ms, -1);
}

static void a_redirect_is_not_followed(void **state)
{
    struct play *play = *state;
    play->reply = "HTTP/1.1 302 Found\r\nLocation: /else\r\nContent-Length: 0\r\n\r\n";
    assert_int_equal(post(play, "x").status, 302);
    assert_int_equal(play->asked_count, 1);
}

static void other_protocols_are_refused(void **state)
{
    struct play *play = *state;
    (void) snprintf(play->url, sizeof play->url, "file:///etc/passwd");
    struct http_answer got = post(play, "x");
    assert_int_equal(got.status, 0);
    assert_string_not_equal(got.why, "");
}

static void nobody_there_is_status_0_with_words(void **state)
{
    struct play *play = *state;
    (void) snprintf(play->url, sizeof play->url, "http://127.0.0.1:1/");
    struct http_answer got = post(play, "x");
    assert_int_equal(got.status, 0);
    assert_non_null(strstr(got.why, "127.0.0.1"));
}

static void half_an_answer_is_none(void **state)
{
    struct play *play = *state;
    play->reply = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc";
    struct http_request request = {.url = play->url, .timeout_ms = 300};
    struct http_answer got;
    http_post(play->http, &request, 0, &got);
    assert_int_equal(got.status, 0);
}

static void *cancel_when_asked(void *context)
{
    struct play *play = context;
    (void) pthread_mutex_lock(&play->lock);
    while (play->asked_count == 0) {
        (void) pthread_cond_wait(&play->asked, &play->lock);
    }
    (void) pthread_mutex_unlock(&play->lock);
    http_cancel(play->http);
    return NULL;
}

static void a_request_under_way_can_be_cancelled(void **state)
{
    struct play *play = *state;
    play->reply = "";
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, cancel_when_asked, play), 0);
    struct http_request request = {.url = play->url, .timeout_ms = 60000};
    struct http_answer got;
    http_post(play->http, &request, 0, &got);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(got.status, 0);
    assert_string_equal(got.why, "cancelled");

    play->reply = "HTTP/1.1 204 No Content\r\n\r\n";
    assert_int_equal(post(play, "x").status, 204); /* one cancel ends one request */
}

static void a_cancel_that_comes_just_before_is_not_lost(void **state)
{
    struct play *play = *state;
    play->reply = "";
    http_cancel(play->http);
    struct http_request request = {.url = play->url, .timeout_ms = 60000};
    struct http_answer got;
    http_post(play->http, &request, 0, &got);
    assert_string_equal(got.why, "cancelled");
}

static void names_are_percent_encoded(void **state)
{
    (void) state;
    char encoded[40];
    assert_true(http_encode("a b&c=\xE5\xBA\x93~1", encoded, sizeof encoded));
    assert_string_equal(encoded, "a%20b%26c%3D%E5%BA%93~1");
    assert_true(http_encode("ab&", encoded, 6));
    assert_false(http_encode("ab&", encoded, 5));
    assert_false(http_encode("", encoded, 0));
}

#define PLAYED(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLAYED(a_post_carries_its_headers_and_body),
        PLAYED(an_empty_body_is_a_body),
        PLAYED(user_and_password_go_as_basic_auth),
        PLAYED(the_words_of_a_refusal_come_back_clean),
        PLAYED(a_long_answer_is_cut_at_a_character),
        PLAYED(retry_after_is_read_in_seconds_and_as_a_date),
        PLAYED(a_redirect_is_not_followed),
        PLAYED(other_protocols_are_refused),
        PLAYED(nobody_there_is_status_0_with_words),
        PLAYED(half_an_answer_is_none),
        PLAYED(a_request_under_way_can_be_cancelled),
        PLAYED(a_cancel_that_comes_just_before_is_not_lost),
        cmocka_unit_test(names_are_percent_encoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
