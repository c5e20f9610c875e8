#include "gateway/io/forward/store_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gateway/base/memory.h"
#include "gateway/io/system/clock.h"
#include "gateway/io/system/file.h"
#include "gateway/io/system/gzip.h"
#include "gateway/io/system/log.h"

enum {
    TOKEN_MAX = 512,
    TOKEN_FILE_MAX = 4096,
    URL_MAX = 512,
    REQUEST_MS = 10000,
    LINES_BYTES = FORWARD_LINES_MAX * LINE_PROTOCOL_MAX_BYTES,
};

struct store_client {
    struct http *http;
    struct gzip *gzip;
    struct line_protocol_heads *heads;
    char *lines; /* LINES_BYTES; pages that are not needed are never touched */
    void *packed;
    size_t packed_size;
    char url[URL_MAX];
    char user[64]; /* "": the token goes into a header */
    char token[TOKEN_MAX];
    char token_header[TOKEN_MAX + 32]; /* "": none */
};

static bool read_token_file(struct store_client *client, const struct forward_settings *settings,
                            struct error *error)
{
    const char *path = settings->token_file;
    if (path[0] == '\0') {
        return true;
    }
    char *bytes = NULL;
    size_t length = 0;
    struct error why;
    if (!file_read(path, TOKEN_FILE_MAX, &bytes, &length, &why)) {
        return error_set(error, "store '%s': token_file: %s", settings->id, why.text);
    }
    struct stat status;
    if (stat(path, &status) == 0 && (status.st_mode & 077) != 0) {
        log_line(LOG_LEVEL_WARNING, settings->id,
                 "others may read '%s': chmod 600 protects the password", path);
    }
    (void) snprintf(client->token, sizeof client->token, "%.*s", (int) strcspn(bytes, "\r\n"),
                    bytes);
    explicit_bzero(bytes, length);
    free(bytes);
    if (client->token[0] == '\0') {
        return error_set(error, "store '%s': its token_file '%s' is empty", settings->id, path);
    }
    if (settings->user[0] == '\0') {
        (void) snprintf(client->token_header, sizeof client->token_header,
                        "Authorization: Token %s", client->token);
    }
    return true;
}

static bool make_store_url(struct store_client *client, const struct forward_settings *settings,
                           struct error *error)
{
    char database[3 * sizeof settings->database]; /* each byte may need three */
    size_t length = strlen(settings->url);
    while (length > 0 && settings->url[length - 1] == '/') {
        length--;
    }
    if (length == 0 || !http_encode(settings->database, database, sizeof database)) {
        return error_set(error, "store '%s': no address in '%s'", settings->id, settings->url);
    }
    (void) snprintf(client->url, sizeof client->url, "%.*s/write?db=%s&precision=ms", (int) length,
                    settings->url, database);
    return true;
}

static bool open_client_parts(struct store_client *client, const struct forward_settings *settings,
                              struct error *error)
{
    if (!make_store_url(client, settings, error) || !read_token_file(client, settings, error) ||
        !http_open(&client->http, error) || !gzip_open(&client->gzip, error)) {
        return false;
    }
    client->lines = malloc(LINES_BYTES);
    client->packed_size = gzip_bound(client->gzip, LINES_BYTES);
    client->packed = malloc(client->packed_size);
    return (client->lines != NULL && client->packed != NULL) ||
           error_set(error, "store '%s': no memory", settings->id);
}

bool store_client_open(const struct forward_settings *settings, const struct policy *policy,
                       struct store_client **ret_client, struct error *error)
{
    struct store_client *client = memory_take(1, sizeof *client);
    client->heads = line_protocol_heads_new(policy);
    memcpy(client->user, settings->user, sizeof client->user);
    if (!open_client_parts(client, settings, error)) {
        store_client_close(client);
        return false;
    }
    *ret_client = client;
    return true;
}

void store_client_close(struct store_client *client)
{
    if (client == NULL) {
        return;
    }
    free(client->packed);
    free(client->lines);
    line_protocol_heads_free(client->heads);
    gzip_close(client->gzip);
    http_close(client->http);
    explicit_bzero(client->token, sizeof client->token);
    explicit_bzero(client->token_header, sizeof client->token_header);
    free(client);
}

void store_client_post(struct store_client *client, const struct reading *readings,
                       struct batch_retry_range part, struct http_answer *ret_answer)
{
    struct text lines = text_over(client->lines, LINES_BYTES);
    for (int32_t i = part.from; i < part.to; i++) {
        line_protocol_add(&lines, client->heads, &readings[i]);
    }
    size_t length =
        gzip_pack(client->gzip, lines.bytes, lines.length, client->packed, client->packed_size);
    const char *headers[] = {"Content-Type: text/plain; charset=utf-8", "Content-Encoding: gzip",
                             client->token_header[0] != '\0' ? client->token_header : NULL, NULL};
    bool has_user = client->user[0] != '\0';
    struct http_request request = {.url = client->url,
                                   .headers = headers,
                                   .body = client->packed,
                                   .length = length,
                                   .user = has_user ? client->user : NULL,
                                   .password = has_user ? client->token : NULL,
                                   .timeout_ms = REQUEST_MS};
    http_post(client->http, &request, clock_ms(), ret_answer);
}

void store_client_cancel(struct store_client *client)
{
    http_cancel(client->http);
}

void store_client_format(struct store_client *client, const struct reading *reading,
                         char to[static LINE_PROTOCOL_MAX_BYTES + 1])
{
    struct text line = text_over(to, LINE_PROTOCOL_MAX_BYTES + 1);
    line_protocol_add(&line, client->heads, reading);
    to[strcspn(to, "\n")] = '\0';
}
