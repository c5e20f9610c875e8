/* http.h - the only user of libcurl: one request, one answer.
 *
 * http and https only, no redirects, no proxy of the environment, certificates checked. A
 * connection is kept from request to request. One struct belongs to one thread; only http_cancel
 * may come from another. */
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
    int32_t status;             /* 0: none came, or not whole */
    ms_t retry_after_ms;        /* of Retry-After in seconds or as a date, -1: absent */
    char body[HTTP_ANSWER_MAX]; /* its first bytes, as valid UTF-8 without control characters */
    char why[160];              /* when status is 0 */
};

struct http;
MUST_CHECK bool http_open(struct http **ret_http, struct error *error);
void http_close(struct http *http); /* NULL is allowed */

/* POST; keeps the connection. `now` is for a Retry-After date. */
void http_post(struct http *http, const struct http_request *request, ms_t now,
               struct http_answer *ret_answer);

/* Cancels the current request, or else the next one, from another thread; takes up to a second. */
void http_cancel(struct http *http);

/* Writes `string` for a URL, percent-encoded (RFC 3986: all but letters, digits and -._~). False:
 * no room. */
MUST_CHECK bool http_encode(const char *string, char *to, size_t size);
