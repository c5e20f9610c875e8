#include "gateway/io/system/http.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/memory.h"
#include "gateway/base/parse.h"
#include "gateway/base/text.h"
#include "gateway/base/utf8.h"

struct http {
    CURL *easy;
    atomic_bool is_cancelled;
    size_t length; /* of the answer's body so far */
    struct http_answer *answer;
    char why[CURL_ERROR_SIZE];
};

static size_t take_answer_body(char *bytes, size_t size, size_t count, void *context)
{
    struct http *http = context;
    size_t length = size * count;
    size_t room = HTTP_ANSWER_MAX - 1 - http->length;
    size_t fits = length < room ? length : room;
    memcpy(http->answer->body + http->length, bytes, fits);
    http->length += fits;
    return length; /* the bytes beyond are dropped, not refused: that keeps the connection */
}

static int is_cancelled_now(void *context, curl_off_t down_total, curl_off_t down,
                            curl_off_t up_total, curl_off_t up)
{
    (void) down_total, (void) down, (void) up_total, (void) up;
    const struct http *http = context;
    return atomic_load(&http->is_cancelled) ? 1 : 0;
}

static void start_curl(void)
{
    (void) curl_global_init(CURL_GLOBAL_DEFAULT);
}

static bool set_options(struct http *http)
{
    CURL *easy = http->easy;
    return curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_USERAGENT, "huoyan/" HUOYAN_VERSION) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, http->why) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, is_cancelled_now) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_XFERINFODATA, http) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_answer_body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, http) == CURLE_OK;
}

bool http_open(struct http **ret_http, struct error *error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void) pthread_once(&once, start_curl);

    struct http *http = memory_take(1, sizeof *http);
    atomic_init(&http->is_cancelled, false);
    http->easy = curl_easy_init();
    if (http->easy == NULL || !set_options(http)) {
        http_close(http);
        return error_set(error, "cannot set up HTTP: libcurl refuses its options");
    }
    *ret_http = http;
    return true;
}

void http_close(struct http *http)
{
    if (http != NULL) {
        curl_easy_cleanup(http->easy);
        free(http);
    }
}

void http_cancel(struct http *http)
{
    atomic_store(&http->is_cancelled, true);
}

static struct curl_slist *list_headers(const char *const *headers)
{
    /* "Expect:" takes away curl's 100-continue, which costs a second with servers that do not know
     * it. */
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    for (size_t i = 0; list != NULL && headers != NULL && headers[i] != NULL; i++) {
        struct curl_slist *longer = curl_slist_append(list, headers[i]);
        if (longer == NULL) {
            curl_slist_free_all(list);
        }
        list = longer;
    }
    return list;
}

static bool set_request(struct http *http, const struct http_request *request,
                        const struct curl_slist *headers)
{
    CURL *easy = http->easy;
    const char *body = request->length > 0 ? request->body : "";
    return headers != NULL && curl_easy_setopt(easy, CURLOPT_URL, request->url) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_POST, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) request->length) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_USERNAME, request->user) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PASSWORD, request->password) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long) request->timeout_ms) == CURLE_OK;
}

/* RFC 9110 10.2.3: a number of seconds or an HTTP date. */
static ms_t read_retry_after(CURL *easy, ms_t now)
{
    struct curl_header *header = NULL;
    if (curl_easy_header(easy, "Retry-After", 0, CURLH_HEADER, -1, &header) != CURLHE_OK) {
        return -1;
    }
    int64_t seconds = 0;
    if (parse_int(header->value, 0, INT32_MAX, &seconds)) {
        return seconds * MS_PER_SECOND;
    }
    time_t date = curl_getdate(header->value, NULL);
    return date < 0 ? -1 : max_ms(0, (ms_t) date * MS_PER_SECOND - now);
}

/* The server's text may stand in a log line: valid UTF-8, no control characters. */
static void clean_answer_body(char *body, size_t length)
{
    body[length] = '\0';
    for (size_t at = 0; at < length;) {
        uint32_t code = 0;
        size_t step = utf8_decode(body + at, length - at, &code);
        if (step == 0) {
            body[at] = '?';
        }
        at += step == 0 ? 1 : step;
    }
    utf8_blank_controls(body, length);
}

static void read_answer(struct http *http, CURLcode code, ms_t now)
{
    struct http_answer *answer = http->answer;
    if (code != CURLE_OK) {
        const char *why = http->why[0] != '\0' ? http->why : curl_easy_strerror(code);
        text_copy(answer->why, sizeof answer->why, why);
        return;
    }
    long status = 0;
    if (curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK) {
        answer->status = (int32_t) status;
    }
    answer->retry_after_ms = read_retry_after(http->easy, now);
}

void http_post(struct http *http, const struct http_request *request, ms_t now,
               struct http_answer *ret_answer)
{
    CHECK(request->timeout_ms > 0);
    *ret_answer = (struct http_answer){.retry_after_ms = -1};
    http->answer = ret_answer;
    http->length = 0;
    http->why[0] = '\0';

    struct curl_slist *headers = list_headers(request->headers);
    CURLcode code = CURLE_OUT_OF_MEMORY;
    if (set_request(http, request, headers)) {
        code = curl_easy_perform(http->easy);
    }
    clean_answer_body(ret_answer->body, http->length);
    read_answer(http, code, now);
    (void) curl_easy_setopt(http->easy, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    http->answer = NULL;
    if (code == CURLE_ABORTED_BY_CALLBACK) {
        text_copy(ret_answer->why, sizeof ret_answer->why, "cancelled");
        atomic_store(&http->is_cancelled, false);
    }
}

bool http_encode(const char *string, char *to, size_t size)
{
    char *encoded = curl_easy_escape(NULL, string, 0);
    bool fits = encoded != NULL && strlen(encoded) < size;
    if (fits) {
        memcpy(to, encoded, strlen(encoded) + 1);
    }
    curl_free(encoded);
    return fits;
}
