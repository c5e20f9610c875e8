#include "gateway/io/web/request/request.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "gateway/base/json_write.h"

void request_begin(struct request *request, const char *method, struct route_match match)
{
    *request = (struct request){.match = match, .body = text_growing(REQUEST_BODY_MAX + 1)};
    request->is_get = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    request->is_post = strcmp(method, "POST") == 0;
}

static const char *skip_prefix(const char *value, const char *word)
{
    size_t length = strlen(word);
    return strncasecmp(value, word, length) == 0 ? value + length : NULL;
}

void request_read_headers(struct request *request, const struct request_headers *headers)
{
    const char *bearer = skip_prefix(headers->authorization, "Bearer ");
    text_copy(request->bearer, sizeof request->bearer, bearer == NULL ? "" : bearer);
    text_copy(request->session, sizeof request->session, headers->session_cookie);
    text_copy(request->last_event, sizeof request->last_event, headers->last_event_id);
    text_copy(request->if_none_match, sizeof request->if_none_match, headers->if_none_match);
    request->is_json = skip_prefix(headers->content_type, "application/json") != NULL;
    request->is_cross_site = skip_prefix(headers->fetch_site, "cross-site") != NULL;
    request->accepts_gzip = strstr(headers->accept_encoding, "gzip") != NULL &&
                            strstr(headers->accept_encoding, "gzip;q=0") == NULL;
    int64_t length = 0;
    request->is_too_long =
        parse_int(headers->content_length, REQUEST_BODY_MAX + 1, INT64_MAX, &length);
}

bool request_take_body(struct request *request, const char *bytes, size_t length)
{
    if (request->body.length + length > REQUEST_BODY_MAX) {
        request->is_too_long = true;
    }
    if (request->is_too_long) {
        request->skipped += length;
        return request->skipped <= REQUEST_SKIPPED_MAX;
    }
    text_add_bytes(&request->body, bytes, length);
    return true;
}

struct answer answer_new(void)
{
    return (struct answer){.body = text_growing(ANSWER_BODY_MAX)};
}

void answer_refuse(struct answer *answer, int status, const char *sentence)
{
    text_free(&answer->body);
    answer->status = status;
    answer->type = ANSWER_JSON;
    json_write_open(&answer->body, '{');
    json_write_key_string(&answer->body, "error", sentence);
    json_write_close(&answer->body, '}');
}
