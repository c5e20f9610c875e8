/* request.h - an HTTP request and its answer as plain values. */
#pragma once

#include "gateway/base/ip_network.h"
#include "gateway/base/text.h"
#include "gateway/io/auth/auth.h"
#include "gateway/io/web/request/route.h"

enum {
    REQUEST_TOKEN_MAX = 129,
    REQUEST_ARGUMENT_MAX = 100,
    REQUEST_BODY_MAX = 65536,
    ANSWER_TAG_MAX = 24,
    ANSWER_BODY_MAX = 64 * 1024 * 1024
};

/* What is longer than its field is cut, and then matches nothing. */
struct request {
    struct route_match match;
    bool is_get, is_post; /* HEAD is a GET; both false: another method */
    bool is_json;         /* Content-Type: application/json */
    bool is_cross_site;   /* sent by a page of another site, says the browser */
    bool accepts_gzip;
    bool is_too_long; /* its body was longer than REQUEST_BODY_MAX */
    char address[IP_ADDRESS_TEXT_MAX];
    char session[SECRET_TEXT + 1]; /* of the cookie; one more byte shows one that is too long */
    char bearer[REQUEST_TOKEN_MAX];
    char last_event[24];
    char if_none_match[REQUEST_ARGUMENT_MAX];
    char site[REQUEST_ARGUMENT_MAX], state[REQUEST_ARGUMENT_MAX]; /* arguments; "" : none */
    char from[REQUEST_ARGUMENT_MAX], to[REQUEST_ARGUMENT_MAX], max[REQUEST_ARGUMENT_MAX];
    struct text body;
    size_t skipped; /* bytes of a body that is too long */
};

enum { REQUEST_SKIPPED_MAX = 1024 * 1024 };

/* Headers as they came, "" for none. */
struct request_headers {
    const char *authorization, *content_type, *content_length, *fetch_site, *accept_encoding;
    const char *session_cookie, *last_event_id, *if_none_match;
};

/* Starts an empty request; the owner calls text_free on its body. */
void request_begin(struct request *request, const char *method, struct route_match match);
void request_read_headers(struct request *request, const struct request_headers *headers);

/* Adds a piece of the body. False: end the connection, since REQUEST_SKIPPED_MAX came beyond the
 * limit. */
bool request_take_body(struct request *request, const char *bytes, size_t length);

#define ANSWER_JSON "application/json; charset=utf-8"

struct answer {
    int status;
    const char *type; /* of the body */
    struct text body;
    char cookie[SECRET_TEXT + 96]; /* Set-Cookie, "" : none */
    char tag[ANSWER_TAG_MAX];      /* ETag, "": none, and no cache may keep a copy */
    bool is_packed;                /* the body is gzip */
};

/* An empty answer; the owner calls text_free on its body. */
struct answer answer_new(void);

/* The body becomes {"error": sentence}. */
void answer_refuse(struct answer *answer, int status, const char *sentence);
