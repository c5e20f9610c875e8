/* The states of a request. All steps run in libmicrohttpd's thread, except those of WORKING.
 *
 *   BODY -> ANSWERED    [dispatch_request] the request is refused, or its answer lies in memory
 *   BODY -> WORKING     [give_to_worker]   the connection is suspended, a worker has the request
 *   WORKING -> ANSWERED [finish_exchange]  the worker resumes the connection
 *   ANSWERED -> sent    [send_result]      libmicrohttpd calls again after the resume
 *
 * MHD_stop_daemon aborts while a connection is suspended. So a stop has an order: suspend nothing
 * new, end the event streams, drop waiting requests, let running ones finish, stop the server. */
#include "gateway/io/web/web.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "gateway/base/memory.h"
#include "gateway/base/net_address.h"
#include "gateway/base/thread.h"
#include "gateway/io/system/clock.h"
#include "gateway/io/system/tcp_listener.h"
#include "gateway/io/web/asset.h"
#include "gateway/io/web/event_stream.h"
#include "gateway/io/web/page/api.h"
#include "gateway/io/web/worker_pool.h"

enum {
    STACK_BYTES = 256 * 1024,
    IDLE_SECONDS = 15,                             /* a connection that sends nothing */
    STALLED_SECONDS = 30,                          /* an event stream whose viewer reads nothing */
    PER_ADDRESS_MAX = WEB_CONNECTIONS_MAX * 3 / 4, /* an address may be a proxy of many */
    PIECE_BYTES = 32768,                           /* of an event stream in one read */
};

enum stage { STAGE_BODY, STAGE_WORKING, STAGE_ANSWERED };

struct web {
    struct web_context context;
    const struct web_asset *asset;
    int32_t asset_count;
    struct MHD_Daemon *server;
    int port;
    struct event_stream *events;
    struct worker_pool *pool[ROUTE_WORKER_COUNT]; /* [WORKER_NONE] is NULL */
    pthread_mutex_t lock; /* of is_stopping: held while a connection is suspended */
    bool is_stopping;
};

/* One request under way; libmicrohttpd's connection carries it. */
struct exchange {
    struct web *web;
    struct MHD_Connection *connection;
    enum stage stage;
    struct request request;
    struct answer answer;
    struct identity identity; /* of an event stream, once status is 200 */
};

static const char *look_up_value(struct MHD_Connection *connection, enum MHD_ValueKind kind,
                                 const char *key)
{
    const char *value = MHD_lookup_connection_value(connection, kind, key);
    return value == NULL ? "" : value;
}

static const char *look_up_header(struct MHD_Connection *connection, const char *key)
{
    return look_up_value(connection, MHD_HEADER_KIND, key);
}

static void read_arguments(struct request *request, struct MHD_Connection *connection)
{
    const struct {
        const char *key;
        char *to;
    } arguments[] = {{"site", request->site},
                     {"state", request->state},
                     {"from", request->from},
                     {"to", request->to},
                     {"max", request->max}};
    for (size_t i = 0; i < sizeof arguments / sizeof arguments[0]; i++) {
        text_copy(arguments[i].to, REQUEST_ARGUMENT_MAX,
                  look_up_value(connection, MHD_GET_ARGUMENT_KIND, arguments[i].key));
    }
}

static void read_headers(struct request *request, struct MHD_Connection *connection)
{
    const struct request_headers headers = {
        .authorization = look_up_header(connection, MHD_HTTP_HEADER_AUTHORIZATION),
        .content_type = look_up_header(connection, MHD_HTTP_HEADER_CONTENT_TYPE),
        .content_length = look_up_header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH),
        .fetch_site = look_up_header(connection, "Sec-Fetch-Site"),
        .accept_encoding = look_up_header(connection, MHD_HTTP_HEADER_ACCEPT_ENCODING),
        .session_cookie = look_up_value(connection, MHD_COOKIE_KIND, "huoyan"),
        .last_event_id = look_up_header(connection, "Last-Event-ID"),
        .if_none_match = look_up_header(connection, MHD_HTTP_HEADER_IF_NONE_MATCH)};
    request_read_headers(request, &headers);
}

static void note_peer(struct request *request, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    struct ip_address peer;
    if (info != NULL && ip_address_of(info->client_addr, &peer)) {
        ip_address_format(&peer, request->address);
    } else {
        text_copy(request->address, sizeof request->address, "?");
    }
}

static struct exchange *open_exchange(struct web *web, struct MHD_Connection *connection,
                                      const char *path, const char *method)
{
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL) {
        return NULL;
    }
    exchange->web = web;
    exchange->connection = connection;
    exchange->answer = answer_new();
    struct request *request = &exchange->request;
    request_begin(request, method, api_find_route(path));
    note_peer(request, connection);
    read_arguments(request, connection);
    read_headers(request, connection);
    (void) atomic_fetch_add(&web->context.request_count, 1);
    return exchange;
}

static void add_header(struct MHD_Response *response, const char *key, const char *value)
{
    CHECK(MHD_add_response_header(response, key, value) == MHD_YES);
}

static void add_security(struct MHD_Response *response)
{
    add_header(response, "Content-Security-Policy",
               "default-src 'self'; img-src 'self' data: blob:; base-uri 'none'; form-action "
               "'self'; frame-ancestors 'none'; object-src 'none'");
    add_header(response, "X-Content-Type-Options", "nosniff");
    add_header(response, "X-Frame-Options", "DENY");
    add_header(response, "Referrer-Policy", "no-referrer");
    add_header(response, "Cross-Origin-Resource-Policy", "same-origin");
}

static enum MHD_Result queue_response(struct MHD_Connection *connection, int status,
                                      struct MHD_Response *response)
{
    enum MHD_Result result = MHD_queue_response(connection, (unsigned) status, response);
    MHD_destroy_response(response);
    return result;
}

/* libmicrohttpd takes the bytes of the text over. NULL: no memory. */
static struct MHD_Response *make_response(struct text *body)
{
    struct MHD_Response *response =
        body->length == 0
            ? MHD_create_response_from_buffer(0, body, MHD_RESPMEM_MUST_COPY)
            : MHD_create_response_from_buffer(body->length, body->bytes, MHD_RESPMEM_MUST_FREE);
    if (response != NULL && body->length > 0) {
        *body = text_growing(body->max);
    }
    return response;
}

static void add_answer_headers(struct MHD_Response *response, const struct exchange *exchange)
{
    const struct answer *answer = &exchange->answer;
    bool is_kept = answer->tag[0] != '\0';
    const char *method = exchange->request.match.route->is_post ? "POST" : "GET, HEAD";
    const char *const headers[][2] = {
        {"Cache-Control", is_kept ? "no-cache" : "no-store"},
        {"ETag", answer->tag},
        {"Vary", is_kept ? "Accept-Encoding" : ""},
        {"Content-Encoding", answer->is_packed ? "gzip" : ""},
        {"Content-Type", answer->status == 204 ? "" : answer->type},
        {"WWW-Authenticate", answer->status == 401 ? "Bearer" : ""},
        {"Set-Cookie", answer->cookie},
        {"Allow", answer->status == 405 ? method : ""},
    };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        if (headers[i][1][0] != '\0') {
            add_header(response, headers[i][0], headers[i][1]);
        }
    }
}

static enum MHD_Result send_answer(struct exchange *exchange)
{
    struct answer *answer = &exchange->answer;
    struct MHD_Response *response = make_response(&answer->body);
    if (response == NULL) {
        return MHD_NO;
    }
    add_security(response);
    add_answer_headers(response, exchange);
    return queue_response(exchange->connection, answer->status, response);
}

static enum MHD_Result send_refusal(struct exchange *exchange, int status, const char *sentence)
{
    answer_refuse(&exchange->answer, status, sentence);
    return send_answer(exchange);
}

static enum MHD_Result send_asset(struct exchange *exchange, const char *path)
{
    const struct web *web = exchange->web;
    const struct web_asset *asset = asset_find(web->asset, web->asset_count, path);
    if (asset == NULL) {
        return send_refusal(exchange, 404, "没有这个页面");
    }
    asset_answer(asset, &exchange->request, &exchange->answer);
    return send_answer(exchange);
}

static void suspend_connection(void *connection)
{
    MHD_suspend_connection(connection);
}

static void resume_connection(void *connection)
{
    MHD_resume_connection(connection);
}

static ssize_t read_events(void *context, uint64_t position, char *to, size_t size)
{
    (void) position;
    ssize_t count = event_stream_read(context, to, size);
    return count < 0 ? MHD_CONTENT_READER_END_OF_STREAM : count;
}

static void leave_events(void *context)
{
    event_stream_leave(context);
}

static enum MHD_Result send_events(struct exchange *exchange)
{
    const struct request *request = &exchange->request;
    const char *session = request->bearer[0] == '\0' ? request->session : "";
    struct viewer *viewer = event_stream_join(exchange->web->events, &exchange->identity, session,
                                              request->last_event, exchange->connection);
    if (viewer == NULL) {
        return send_refusal(exchange, 503, "同时观看的人太多，请稍后再试");
    }
    struct MHD_Response *response = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, PIECE_BYTES, read_events, viewer, leave_events);
    if (response == NULL) {
        event_stream_leave(viewer);
        return MHD_NO;
    }
    add_security(response);
    add_header(response, "Content-Type", "text/event-stream; charset=utf-8");
    add_header(response, "Cache-Control", "no-store");
    add_header(response, "X-Accel-Buffering", "no"); /* else nginx waits for a full buffer */
    /* A stream is silent between heartbeats, so it gets more patience than a request. */
    (void) MHD_set_connection_option(exchange->connection, MHD_CONNECTION_OPTION_TIMEOUT,
                                     (unsigned) STALLED_SECONDS);
    return queue_response(exchange->connection, 200, response);
}

static void finish_exchange(struct exchange *exchange)
{
    exchange->stage = STAGE_ANSWERED;
    MHD_resume_connection(exchange->connection);
}

static void answer_exchange(struct exchange *exchange)
{
    struct request *request = &exchange->request;
    ms_t now = clock_ms();
    if (request->match.route->kind != ROUTE_EVENTS) {
        api_answer(&exchange->web->context, request, now, &exchange->answer);
    } else if (api_identify(&exchange->web->context, request, now, &exchange->identity,
                            &exchange->answer)) {
        exchange->answer.status = 200;
    }
}

static void run_exchange(void *job)
{
    answer_exchange(job);
    finish_exchange(job);
}

static void drop_exchange(void *job)
{
    struct exchange *exchange = job;
    answer_refuse(&exchange->answer, 503, "网关正在停止");
    finish_exchange(exchange);
}

/* Suspends the connection until a worker has answered. After worker_pool_put the exchange belongs
 * to the worker. */
static enum MHD_Result give_to_worker(struct exchange *exchange, enum route_worker worker)
{
    struct web *web = exchange->web;
    /* Under the lock, so that after web_stop has taken it no connection is suspended any more. */
    thread_lock(&web->lock);
    bool is_stopping = web->is_stopping;
    if (!is_stopping) {
        exchange->stage = STAGE_WORKING;
        MHD_suspend_connection(exchange->connection);
        if (!worker_pool_put(web->pool[worker], exchange)) {
            answer_refuse(&exchange->answer, 503, "网关正忙，请稍后再试");
            finish_exchange(exchange);
        }
    }
    thread_unlock(&web->lock);
    return is_stopping ? send_refusal(exchange, 503, "网关正在停止") : MHD_YES;
}

static enum MHD_Result send_result(struct exchange *exchange)
{
    bool is_stream =
        exchange->request.match.route->kind == ROUTE_EVENTS && exchange->answer.status == 200;
    return is_stream ? send_events(exchange) : send_answer(exchange);
}

/* The request has come as a whole. */
static enum MHD_Result dispatch_request(struct exchange *exchange, const char *path)
{
    const struct request *request = &exchange->request;
    if (api_refuse(&exchange->web->context, request, clock_ms(), &exchange->answer)) {
        return send_answer(exchange);
    }
    if (request->match.route->kind == ROUTE_ASSET) {
        return send_asset(exchange, path);
    }
    enum route_worker worker = api_worker(request);
    if (worker != WORKER_NONE) {
        return give_to_worker(exchange, worker);
    }
    answer_exchange(exchange);
    return send_result(exchange);
}

// NOLINTNEXTLINE(readability-function-size): libmicrohttpd's own list of parameters
static enum MHD_Result handle_request(void *context, struct MHD_Connection *connection,
                                      const char *path, const char *method, const char *version,
                                      const char *upload, size_t *upload_size, void **carried)
{
    (void) version;
    struct exchange *exchange = *carried;
    if (exchange == NULL) {
        exchange = open_exchange(context, connection, path, method);
        *carried = exchange;
        if (exchange == NULL) {
            return MHD_NO;
        }
        /* a body that is announced as too long is refused before it comes */
        return exchange->request.is_too_long ? dispatch_request(exchange, path) : MHD_YES;
    }
    if (*upload_size > 0) {
        bool may_go_on = request_take_body(&exchange->request, upload, *upload_size);
        *upload_size = 0;
        return may_go_on ? MHD_YES : MHD_NO;
    }
    return exchange->stage == STAGE_ANSWERED ? send_result(exchange)
                                             : dispatch_request(exchange, path);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **carried,
                         enum MHD_RequestTerminationCode code)
{
    (void) context;
    (void) connection;
    (void) code;
    struct exchange *exchange = *carried;
    if (exchange != NULL) {
        secret_wipe(exchange->request.body.bytes, exchange->request.body.length);
        text_free(&exchange->request.body);
        text_free(&exchange->answer.body);
        free(exchange);
        *carried = NULL;
    }
}

static bool start_server(struct web *web, int fd, struct error *error)
{
    web->server = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0,
                                   NULL, NULL, handle_request, web, MHD_OPTION_LISTEN_SOCKET, fd,
                                   MHD_OPTION_CONNECTION_LIMIT, (unsigned) WEB_CONNECTIONS_MAX,
                                   MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned) PER_ADDRESS_MAX,
                                   MHD_OPTION_CONNECTION_TIMEOUT, (unsigned) IDLE_SECONDS,
                                   MHD_OPTION_THREAD_STACK_SIZE, (size_t) STACK_BYTES,
                                   MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
    if (web->server == NULL) {
        (void) close(fd);
        return error_set(error, "cannot start the web server");
    }
    return true;
}

static bool start_workers(struct web *web, struct error *error)
{
    static const int threads[ROUTE_WORKER_COUNT] = {
        [WORKER_VIEW] = 1, [WORKER_DISK] = 2, [WORKER_COMMAND] = 2, [WORKER_LOGIN] = 1};
    const struct worker_pool_calls calls = {.run = run_exchange, .drop = drop_exchange};
    for (int i = WORKER_NONE + 1; i < ROUTE_WORKER_COUNT; i++) {
        if (!worker_pool_start(threads[i], &calls, &web->pool[i], error)) {
            return false;
        }
    }
    return true;
}

static bool open_web(struct web *web, const struct web_settings *settings, struct error *error)
{
    web->context.is_demo = settings->is_demo;
    const struct event_stream_hooks hooks = {.suspend = suspend_connection,
                                             .resume = resume_connection};
    int fd = -1;
    if (!event_stream_start(&web->context, &hooks, &web->events, error) ||
        !start_workers(web, error) ||
        !tcp_listener_open(settings->listen, settings->is_demo, &fd, error)) {
        return false;
    }
    web->port = net_address_bound_port(fd);
    return start_server(web, fd, error);
}

bool web_start(const struct web_settings *settings, const struct web_callbacks *callbacks,
               const struct web_parts *parts, struct web **ret_web, struct error *error)
{
    struct web *web = memory_take(1, sizeof *web);
    web_context_open(&web->context, callbacks, parts, clock_ms());
    web->asset = settings->asset;
    web->asset_count = settings->asset_count;
    CHECK(pthread_mutex_init(&web->lock, NULL) == 0);
    if (!open_web(web, settings, error)) {
        web_stop(web);
        return false;
    }
    *ret_web = web;
    return true;
}

void web_stop(struct web *web)
{
    if (web == NULL) {
        return;
    }
    thread_lock(&web->lock);
    web->is_stopping = true;
    thread_unlock(&web->lock);
    if (web->events != NULL) {
        event_stream_stop(web->events);
    }
    for (int i = 0; i < ROUTE_WORKER_COUNT; i++) {
        worker_pool_stop(web->pool[i]);
    }
    if (web->server != NULL) {
        MHD_stop_daemon(web->server);
    }
    event_stream_free(web->events);
    web_context_close(&web->context);
    CHECK(pthread_mutex_destroy(&web->lock) == 0);
    free(web);
}

int web_port(const struct web *web)
{
    return web->port;
}
