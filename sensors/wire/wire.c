#include "sensors/wire/wire.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <uv.h>

#include "gateway/base/thread.h"
#include "sensors/transport/fd_limit.h"
#include "sensors/wire/connection.h"

#define STOP_US ((us_t) 800000) /* a name look-up that takes longer is abandoned */
#define SAFE_US US_PER_SECOND   /* to bring outputs to their safe state */
#define START_GRID_US ((us_t) 10000)

enum {
    FDS_BESIDE = 512,  /* what the other parts of the daemon may open */
    START_SPREAD = 64, /* links opened at once; the next ones a grid step later */
};

struct wire_link {
    struct wire *wire;
    struct connection *connection;
    uv_getaddrinfo_t *lookup; /* while one is under way, else NULL: few links have a host name */
};

struct wire {
    struct wire_settings settings;
    struct connection_shared shared;
    struct arena *arena;
    struct wire_link *links;
    int32_t lookup_count; /* under way */
    bool is_stopping, is_closing;
    us_t safe_by;         /* stopping: the outputs have until then; else TIMERS_NEVER */
    int32_t unsafe_count; /* links, of the last look */
    struct output_wants *wants;
    bool has_loop;
    uv_loop_t loop;
    uv_async_t stop, new_wants;
    uv_prepare_t prepare;
    struct dtu_listener *listener; /* NULL: none */
    uv_poll_t listener_poll;       /* readable when the listener is to be called */
    uv_poll_t poller;              /* the same of all connections */
    uv_poll_t timer;               /* one timerfd for all: uv_timer has whole milliseconds only */
    int timer_fd;
    us_t armed_at; /* when it fires; TIMERS_NEVER: not armed */
    pthread_t thread;
};

static void on_link_news(void *context, int32_t link, enum poller_news news)
{
    const struct wire *wire = context;
    connection_ready(wire->links[link].connection, news, wire->settings.now_us());
}

static void on_poller(uv_poll_t *poll, int status, int events)
{
    (void) status;
    (void) events;
    struct wire *wire = poll->data;
    poller_look(wire->shared.poller, on_link_news, wire);
}

static void on_resolved(uv_getaddrinfo_t *lookup, int status, struct addrinfo *found)
{
    struct wire_link *link = lookup->data;
    struct wire *wire = link->wire;
    link->lookup = NULL;
    free(lookup);
    wire->lookup_count--;
    if (!wire->is_stopping) {
        connection_found(link->connection, status == 0 ? found : NULL, wire->settings.now_us());
    } else if (wire->lookup_count == 0) {
        uv_close((uv_handle_t *) &wire->timer, NULL);
    }
    uv_freeaddrinfo(found);
}

static bool look_up_host(void *handle, const char *host, uint16_t port)
{
    struct wire_link *link = handle;
    char service[8];
    (void) snprintf(service, sizeof service, "%u", (unsigned) port);
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    uv_getaddrinfo_t *lookup = malloc(sizeof *lookup);
    CHECK(lookup != NULL);
    lookup->data = link;
    if (uv_getaddrinfo(&link->wire->loop, lookup, on_resolved, host, service, &hints) != 0) {
        free(lookup);
        return false;
    }
    link->lookup = lookup;
    link->wire->lookup_count++;
    return true;
}

static void watch_fd(struct wire *wire, uv_poll_t *poll, int fd, uv_poll_cb on_readable)
{
    CHECK(uv_poll_init(&wire->loop, poll, fd) == 0);
    CHECK(uv_poll_start(poll, UV_READABLE, on_readable) == 0);
    poll->data = wire;
}

static void arm_timer(struct wire *wire, us_t at)
{
    us_t span = at - wire->settings.now_us();
    span = span > 0 ? span : 1; /* 0 would disarm it */
    const struct itimerspec when = {
        .it_value = {.tv_sec = span / US_PER_SECOND, .tv_nsec = span % US_PER_SECOND * 1000}};
    CHECK(timerfd_settime(wire->timer_fd, 0, &when, NULL) == 0);
    wire->armed_at = at;
}

static void on_timer(uv_poll_t *timer, int status, int events)
{
    (void) status;
    (void) events;
    struct wire *wire = timer->data;
    uint64_t count = 0;
    if (read(wire->timer_fd, &count, sizeof count) != (ssize_t) sizeof count) {
        return; /* armed anew since it fired */
    }
    wire->armed_at = TIMERS_NEVER;
    if (wire->is_closing) {
        uv_stop(&wire->loop);
        return;
    }
    us_t now = wire->settings.now_us();
    for (int32_t i = 0; timers_take(wire->shared.timers, now, &i);) {
        if (i < wire->settings.link_count) {
            connection_wake(wire->links[i].connection, now);
        } else {
            dtu_listener_wake(wire->listener, now);
            timers_set(wire->shared.timers, i, dtu_listener_next(wire->listener));
        }
    }
}

static void on_listener(uv_poll_t *listener, int status, int events)
{
    (void) status;
    (void) events;
    struct wire *wire = listener->data;
    dtu_listener_ready(wire->listener, wire->settings.now_us());
    timers_set(wire->shared.timers, wire->settings.link_count, dtu_listener_next(wire->listener));
}

static void hand_over_dtu(void *context, int32_t link, int fd, const uint8_t *bytes, size_t length,
                          us_t now)
{
    const struct wire *wire = context;
    connection_dialled(wire->links[link].connection, fd, bytes, length, now);
}

static size_t write_question(void *context, int32_t link, uint8_t to[static MBAP_FRAME_MAX])
{
    const struct wire *wire = context;
    return connection_question(wire->links[link].connection, to);
}

static bool open_dtu_listener(struct wire *wire, struct error *error)
{
    const struct wire_settings *settings = &wire->settings;
    if (settings->listener == NULL) {
        return true;
    }
    const struct dtu_listener_parts parts = {.link = settings->link,
                                             .link_count = settings->link_count,
                                             .wire = wire,
                                             .hand_over = hand_over_dtu,
                                             .question = write_question,
                                             .context = settings->callbacks.context,
                                             .post_state = settings->callbacks.post_listener,
                                             .post_stranger = settings->callbacks.post_stranger};
    if (!dtu_listener_new(wire->arena, settings->listener, &parts, &wire->listener, error)) {
        return false;
    }
    watch_fd(wire, &wire->listener_poll, dtu_listener_fd(wire->listener), on_listener);
    timers_set(wire->shared.timers, settings->link_count, settings->now_us());
    return true;
}

static bool has_outputs(const struct link_settings *link)
{
    for (int32_t i = 0; i < link->device_count; i++) {
        if (link->device[i].output_count > 0) {
            return true;
        }
    }
    return false;
}

/* Calls `act` for every link that has outputs. */
static void each_with_outputs(struct wire *wire,
                              void (*act)(struct wire *wire, struct connection *connection))
{
    for (int32_t i = 0; i < wire->settings.link_count; i++) {
        if (has_outputs(&wire->settings.link[i])) {
            act(wire, wire->links[i].connection);
        }
    }
}

static void make_safe(struct wire *wire, struct connection *connection)
{
    us_t now = wire->settings.now_us();
    link_make_safe(connection_link(connection), now);
    connection_nudge(connection, now);
}

static void count_unsafe(struct wire *wire, struct connection *connection)
{
    wire->unsafe_count += link_is_safe(connection_link(connection)) ? 0 : 1;
}

static bool are_outputs_safe(struct wire *wire)
{
    wire->unsafe_count = 0;
    each_with_outputs(wire, count_unsafe);
    return wire->unsafe_count == 0;
}

static void on_wants(uv_async_t *async)
{
    struct wire *wire = async->data;
    us_t now = wire->settings.now_us();
    struct want want;
    /* While stopping the safe states count, whatever the engine still wants. */
    while (!wire->is_stopping && output_wants_take(wire->wants, &want)) {
        struct connection *connection = wire->links[want.link].connection;
        link_want(connection_link(connection), want.device, want.output, want.is_on, now);
        connection_nudge(connection, now);
    }
}

/* Writes without an answer so far are reported as such before the loop ends. */
static void close_link(struct wire *wire, struct connection *connection)
{
    (void) link_closed(connection_link(connection), wire->settings.now_us());
}

/* The loop ends when all handles are closed. */
static void close_all(struct wire *wire)
{
    each_with_outputs(wire, close_link);
    wire->safe_by = TIMERS_NEVER;
    wire->is_closing = true;
    for (int32_t i = 0; i < wire->settings.link_count; i++) {
        struct wire_link *link = &wire->links[i];
        connection_shut(link->connection);
        if (link->lookup != NULL) {
            (void) uv_cancel((uv_req_t *) link->lookup);
        }
    }
    if (wire->listener != NULL) {
        uv_close((uv_handle_t *) &wire->listener_poll, NULL);
    }
    uv_close((uv_handle_t *) &wire->poller, NULL);
    uv_close((uv_handle_t *) &wire->stop, NULL);
    uv_close((uv_handle_t *) &wire->new_wants, NULL);
    uv_close((uv_handle_t *) &wire->prepare, NULL);
    /* A running look-up in libuv's thread pool cannot be cancelled: the timer keeps the loop alive
     * for it. */
    if (wire->lookup_count == 0) {
        uv_close((uv_handle_t *) &wire->timer, NULL);
    } else {
        arm_timer(wire, wire->settings.now_us() + STOP_US);
    }
}

static void on_prepare(uv_prepare_t *prepare)
{
    struct wire *wire = prepare->data;
    if (wire->settings.callbacks.post_end != NULL) {
        wire->settings.callbacks.post_end(wire->settings.callbacks.context);
    }
    if (wire->safe_by != TIMERS_NEVER &&
        (are_outputs_safe(wire) || wire->settings.now_us() >= wire->safe_by)) {
        close_all(wire);
        return;
    }
    /* A timer that fires too early costs one turn of the loop, setting it a call to the kernel for
     * each transaction: so it is only ever moved forward. */
    us_t next = min_us(timers_next(wire->shared.timers), wire->safe_by);
    if (next < wire->armed_at) {
        arm_timer(wire, next);
    }
}

/* All outputs go to their safe state before the loop ends. */
static void on_stop(uv_async_t *stop)
{
    struct wire *wire = stop->data;
    wire->is_stopping = true;
    each_with_outputs(wire, make_safe);
    if (are_outputs_safe(wire)) {
        close_all(wire);
    } else {
        wire->safe_by = wire->settings.now_us() + SAFE_US;
    }
}

static void *run_loop(void *context)
{
    struct wire *wire = context;
    (void) uv_run(&wire->loop, UV_RUN_DEFAULT);
    return NULL;
}

/* One descriptor for each link, and one for each unregistered DTU. */
static int32_t count_files(const struct wire_settings *settings)
{
    int32_t callers = settings->listener == NULL ? 0 : settings->listener->limits.all;
    return settings->link_count + callers + FDS_BESIDE;
}

static bool open_loop(struct wire *wire, struct error *error)
{
    wire->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (wire->timer_fd < 0) {
        return error_set_errno(error, errno, "the wire gets no timer");
    }
    int outcome = uv_loop_init(&wire->loop);
    if (outcome != 0) {
        return error_set(error, "the wire gets no event loop: %s", uv_strerror(outcome));
    }
    wire->has_loop = true;
    CHECK(uv_async_init(&wire->loop, &wire->stop, on_stop) == 0);
    CHECK(uv_async_init(&wire->loop, &wire->new_wants, on_wants) == 0);
    CHECK(uv_prepare_init(&wire->loop, &wire->prepare) == 0);
    CHECK(uv_prepare_start(&wire->prepare, on_prepare) == 0);
    wire->stop.data = wire->new_wants.data = wire->prepare.data = wire;
    watch_fd(wire, &wire->poller, poller_fd(wire->shared.poller), on_poller);
    watch_fd(wire, &wire->timer, wire->timer_fd, on_timer);
    return true;
}

static void add_connections(struct wire *wire)
{
    us_t now = wire->settings.now_us();
    int32_t count = wire->settings.link_count;
    wire->links = arena_take(wire->arena, (size_t) count, sizeof wire->links[0]);
    for (int32_t i = 0; i < count; i++) {
        struct wire_link *link = &wire->links[i];
        us_t first_at = now + i / START_SPREAD * START_GRID_US;
        link->wire = wire;
        link->connection = connection_new(wire->arena, &wire->shared, i, link, first_at);
    }
}

static void wire_free(struct wire *wire)
{
    if (wire->has_loop) {
        CHECK(uv_loop_close(&wire->loop) == 0);
    }
    if (wire->timer_fd >= 0) {
        (void) close(wire->timer_fd);
    }
    dtu_listener_close(wire->listener);
    output_wants_close(wire->wants);
    status_board_close(wire->shared.board);
    poller_close(wire->shared.poller);
    libmodbus_close(wire->shared.libmodbus);
    arena_free(wire->arena);
    free(wire);
}

static struct wire *wire_new(const struct wire_settings *settings)
{
    struct wire *wire = calloc(1, sizeof *wire);
    CHECK(wire != NULL);
    wire->settings = *settings;
    wire->settings.link_count = 0; /* until the connections are there */
    wire->timer_fd = -1;
    wire->armed_at = wire->safe_by = TIMERS_NEVER;
    wire->arena = arena_new();
    wire->shared = (struct connection_shared){
        .settings = &wire->settings,
        .random = (uint64_t) settings->now_us() | 1U,
        .look_up = look_up_host,
    };
    return wire;
}

static bool wire_open(struct wire *wire, const struct wire_settings *settings, struct error *error)
{
    struct connection_shared *shared = &wire->shared;
    if (!fd_limit_allow(count_files(settings), settings->link_count, error) ||
        !libmodbus_open(&shared->libmodbus, error) ||
        !poller_open(wire->arena, settings->link_count, &shared->poller, error) ||
        !open_loop(wire, error)) {
        return false;
    }
    wire->settings.link_count = settings->link_count;
    shared->timers = timers_new(wire->arena, settings->link_count + 1); /* the last: the listener */
    shared->board = status_board_new(wire->arena, settings->link, settings->link_count);
    wire->wants = output_wants_new(wire->arena, settings->link, settings->link_count);
    add_connections(wire);
    if (!open_dtu_listener(wire, error)) {
        return false;
    }
    arena_freeze(wire->arena);
    return true;
}

bool wire_start(const struct wire_settings *settings, struct wire **ret_wire, struct error *error)
{
    CHECK(settings->link_count >= 0 && settings->link_count <= LINKS_MAX);
    struct wire *wire = wire_new(settings);
    const struct thread_job job = {.name = "huoyan-wire", .run = run_loop, .context = wire};
    if (!wire_open(wire, settings, error) || !thread_start(&job, &wire->thread, error)) {
        if (wire->has_loop) { /* and it has never run: only so are its handles closed */
            on_stop(&wire->stop);
            (void) uv_run(&wire->loop, UV_RUN_DEFAULT);
        }
        wire_free(wire);
        return false;
    }
    *ret_wire = wire;
    return true;
}

void wire_stop(struct wire *wire)
{
    if (wire == NULL) {
        return;
    }
    CHECK(uv_async_send(&wire->stop) == 0);
    (void) pthread_join(wire->thread, NULL);
    if (wire->lookup_count > 0) {
        return; /* a look-up still runs and will write into the loop: its memory must stay */
    }
    wire_free(wire);
}

void wire_want(struct wire *wire, const struct want *want)
{
    output_wants_put(wire->wants, want);
    CHECK(uv_async_send(&wire->new_wants) == 0);
}

struct link_status wire_link_status(struct wire *wire, int32_t link)
{
    return status_board_link(wire->shared.board, link);
}

struct device_status wire_device_status(struct wire *wire, int32_t link, int32_t device)
{
    return status_board_device(wire->shared.board, link, device);
}

struct link_past wire_link_past(struct wire *wire, int32_t link)
{
    return status_board_link_past(wire->shared.board, link);
}

struct device_stats wire_device_past(struct wire *wire, int32_t link, int32_t device)
{
    return status_board_device_past(wire->shared.board, link, device);
}

struct last_bytes wire_block_past(struct wire *wire, int32_t link, int32_t device, int32_t read)
{
    return status_board_block_past(wire->shared.board, link, device, read);
}
