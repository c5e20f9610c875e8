/* http.h - the only user of libcurl: one request, one answer. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "gateway/base/error.h"
#include "gateway/base/units.h"

enum { HTTP_ANSWER_MAX = 4096 };

struct http_request {
    const char *url;
    const char *const *headers; /* NULL-ended "Name: value", or NULL */
    const void *body;
    size_t length;
    const char *user, *password; /* basic auth, NULL: none */
    int32_t timeout_ms;
};

struct http_answer {
    int32_t status;             /* 0: none came */
    ms_t retry_after_ms;        /* of Retry-After in seconds or as a date, -1: absent */
    char body[HTTP_ANSWER_MAX]; /* its beginning, as text */
    char why[160];              /* when status is 0 */
};

struct http;
MUST_CHECK bool http_open(struct http **ret_http, struct error *error);
void http_close(struct http *http);

/* POST; keeps the connection. `now` is for a Retry-After date. */
void http_post(struct http *http, const struct http_request *request, ms_t now,
               struct http_answer *ret_answer);
/* Ends a request that is under way, from another thread. */
void http_cancel(struct http *http);
