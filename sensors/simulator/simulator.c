#include "sensors/simulator/simulator.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "gateway/base/thread.h"
#include "sensors/simulator/simulator_clients.h"
#include "sensors/simulator/simulator_control.h"
#include "sensors/simulator/simulator_lines.h"
#include "sensors/transport/fd_limit.h"

enum { FDS_WANTED = SIMULATOR_PEERS_MAX + SIM_LINES_MAX + 512 };

/* Owners at the poller: peers, lines, clients, and these, counted from the end. */
enum own_fd { OWN_STOP, OWN_NUDGE, OWN_CONTROL, OWN_FDS };

struct simulator {
    struct arena *arena;
    pthread_mutex_t lock; /* of the plan */
    struct sim_plan plan;
    struct timers *timers; /* of the peers, then of the lines */
    struct sim_connections peers;
    struct sim_lines lines;
    struct sim_clients clients;
    us_t (*now_us)(void);
    us_t started_at;
    struct poller *poller;
    int32_t first_own; /* owner */
    int fd[OWN_FDS];   /* -1: none; OWN_NUDGE: a command was carried out in another thread */
    int quit;
    bool is_stopping;
    pthread_t thread;
};

static bool get_next_answer(struct simulator *simulator, struct sim_connection *peer, us_t now,
                            struct sim_answer *answer)
{
    struct sim_line *devices = &simulator->plan.line[peer->line].devices;
    thread_lock(&simulator->lock);
    bool is_there = sim_line_next(devices, &peer->port, now, answer);
    thread_unlock(&simulator->lock);
    return is_there;
}

static void lose_peer(struct simulator *simulator, int32_t index, us_t now)
{
    thread_lock(&simulator->lock);
    sim_lines_lost(&simulator->lines, index, now);
    thread_unlock(&simulator->lock);
}

static void serve_peer(struct simulator *simulator, int32_t index, us_t now)
{
    struct sim_connection *peer = &simulator->peers.peer[index];
    struct sim_answer answer;
    bool is_there = sim_connection_read(peer);
    while (is_there && get_next_answer(simulator, peer, now, &answer)) {
        is_there = sim_connection_answer(peer, &answer, now);
    }
    if (!is_there) {
        lose_peer(simulator, index, now);
    } else if (peer->delayed_count > 0) {
        sim_connections_wake(&simulator->peers, index);
    }
}

static void connect_peer(struct simulator *simulator, int32_t index, us_t now)
{
    thread_lock(&simulator->lock);
    sim_lines_connected(&simulator->lines, index, now);
    thread_unlock(&simulator->lock);
}

static void deliver_due(struct simulator *simulator, int32_t index, us_t now)
{
    if (sim_connection_deliver(&simulator->peers.peer[index], now)) {
        sim_connections_wake(&simulator->peers, index);
    } else {
        lose_peer(simulator, index, now);
    }
}

static void tick_line(struct simulator *simulator, int32_t line, us_t now)
{
    thread_lock(&simulator->lock);
    sim_lines_tick(&simulator->lines, line, now);
    thread_unlock(&simulator->lock);
}

static void serve_due(struct simulator *simulator, us_t now)
{
    for (int32_t i = 0; timers_take(simulator->timers, now, &i);) {
        if (i < SIMULATOR_PEERS_MAX) {
            deliver_due(simulator, i, now);
        } else {
            tick_line(simulator, i - SIMULATOR_PEERS_MAX, now);
        }
    }
}

static void signal_fd(int fd)
{
    const uint64_t one = 1;
    CHECK(write(fd, &one, sizeof one) == (ssize_t) sizeof one);
}

static void take_nudge(struct simulator *simulator, us_t now)
{
    uint64_t count = 0;
    (void) !read(simulator->fd[OWN_NUDGE], &count, sizeof count);
    for (int32_t i = 0; i < simulator->plan.line_count; i++) {
        tick_line(simulator, i, now);
    }
}

void simulator_command(struct simulator *simulator, const char *command, char *answer,
                       size_t answer_size)
{
    struct text text = text_over(answer, answer_size);
    thread_lock(&simulator->lock);
    bool is_quit = sim_control_obey(&simulator->plan, command, &text);
    thread_unlock(&simulator->lock);
    signal_fd(is_quit ? simulator->quit : simulator->fd[OWN_NUDGE]);
}

static void on_peer(struct simulator *simulator, int32_t index, us_t now)
{
    if (simulator->peers.peer[index].is_connecting) {
        connect_peer(simulator, index, now);
    } else {
        serve_peer(simulator, index, now);
    }
}

static void on_own_fd(struct simulator *simulator, enum own_fd which, us_t now)
{
    switch (which) {
    case OWN_STOP:
        simulator->is_stopping = true;
        break;
    case OWN_NUDGE:
        take_nudge(simulator, now);
        break;
    case OWN_CONTROL:
        sim_clients_accept(&simulator->clients, simulator->fd[OWN_CONTROL]);
        break;
    case OWN_FDS:
        break;
    }
}

static us_t time_since_start(const struct simulator *simulator)
{
    return simulator->now_us() - simulator->started_at;
}

static void on_simulator_news(void *context, int32_t owner, enum poller_news news)
{
    (void) news; /* the end of a connection shows by reading it */
    struct simulator *simulator = context;
    us_t now = time_since_start(simulator);
    if (owner < SIMULATOR_PEERS_MAX) {
        on_peer(simulator, owner, now);
    } else if (owner < simulator->clients.first_owner) {
        thread_lock(&simulator->lock);
        sim_lines_accept(&simulator->lines, owner - SIMULATOR_PEERS_MAX);
        thread_unlock(&simulator->lock);
    } else if (owner < simulator->first_own) {
        sim_clients_serve(&simulator->clients, owner - simulator->clients.first_owner);
    } else {
        on_own_fd(simulator, (enum own_fd)(owner - simulator->first_own), now);
    }
}

/* Until a descriptor is ready or something is due. */
static void wait_for_news(const struct simulator *simulator)
{
    struct pollfd ready = {.fd = poller_fd(simulator->poller), .events = POLLIN};
    us_t next = timers_next(simulator->timers);
    us_t span = next == TIMERS_NEVER ? 0 : next - time_since_start(simulator);
    span = span > 0 ? span : 0;
    const struct timespec limit = {.tv_sec = span / US_PER_SECOND,
                                   .tv_nsec = span % US_PER_SECOND * 1000};
    (void) ppoll(&ready, 1, next == TIMERS_NEVER ? NULL : &limit, NULL);
}

static void *run_simulator(void *context)
{
    struct simulator *simulator = context;
    while (!simulator->is_stopping) {
        wait_for_news(simulator);
        serve_due(simulator, time_since_start(simulator));
        poller_look(simulator->poller, on_simulator_news, simulator);
    }
    return NULL;
}

static bool watch_own_fd(const struct simulator *simulator, enum own_fd which)
{
    return poller_watch(simulator->poller, simulator->first_own + (int32_t) which,
                        simulator->fd[which], POLLER_FOR_ANY_BYTES);
}

static bool open_fds(struct simulator *simulator, struct error *error)
{
    int32_t owners = simulator->first_own + (int32_t) OWN_FDS;
    if (!poller_open(simulator->arena, owners, &simulator->poller, error)) {
        return false;
    }
    simulator->peers.poller = simulator->clients.poller = simulator->poller;
    simulator->fd[OWN_STOP] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    simulator->fd[OWN_NUDGE] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    simulator->quit = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return (simulator->quit >= 0 && watch_own_fd(simulator, OWN_STOP) &&
            watch_own_fd(simulator, OWN_NUDGE)) ||
           error_set_errno(error, errno, "the simulator gets no file descriptors");
}

static bool open_control(struct simulator *simulator, struct error *error)
{
    const char *path = simulator->plan.control;
    return path == NULL || (sim_listener_listen_unix(path, &simulator->fd[OWN_CONTROL], error) &&
                            (watch_own_fd(simulator, OWN_CONTROL) ||
                             error_set_errno(error, errno, "cannot watch '%s'", path)));
}

static void simulator_free(struct simulator *simulator)
{
    if (simulator->fd[OWN_CONTROL] >= 0) {
        (void) unlink(simulator->plan.control);
    }
    sim_clients_close(&simulator->clients);
    sim_lines_close(&simulator->lines);
    sim_connections_free(&simulator->peers);
    for (int i = 0; i < OWN_FDS; i++) {
        if (simulator->fd[i] >= 0) {
            (void) close(simulator->fd[i]);
        }
    }
    if (simulator->quit >= 0) {
        (void) close(simulator->quit);
    }
    poller_close(simulator->poller);
    (void) pthread_mutex_destroy(&simulator->lock);
    arena_free(simulator->arena);
    free(simulator);
}

static void do_command(void *context, const char *command, char *answer, size_t answer_size)
{
    simulator_command(context, command, answer, answer_size);
}

static struct simulator *simulator_new(struct arena *arena, const struct sim_plan *plan,
                                       us_t (*now_us)(void))
{
    struct simulator *simulator = calloc(1, sizeof *simulator);
    CHECK(simulator != NULL && pthread_mutex_init(&simulator->lock, NULL) == 0);
    simulator->arena = arena;
    simulator->plan = *plan;
    simulator->quit = simulator->fd[OWN_STOP] = -1;
    simulator->fd[OWN_NUDGE] = simulator->fd[OWN_CONTROL] = -1;
    simulator->now_us = now_us;
    simulator->started_at = now_us();
    simulator->timers = timers_new(arena, SIMULATOR_PEERS_MAX + plan->line_count);
    sim_connections_init(&simulator->peers, arena, simulator->timers, SIMULATOR_PEERS_MAX,
                         plan->line_count);
    simulator->lines = (struct sim_lines){.plan = &simulator->plan,
                                          .peers = &simulator->peers,
                                          .timers = simulator->timers,
                                          .first_owner = SIMULATOR_PEERS_MAX};
    sim_lines_init(&simulator->lines, arena);
    simulator->clients = (struct sim_clients){.first_owner = SIMULATOR_PEERS_MAX + plan->line_count,
                                              .context = simulator,
                                              .command = do_command};
    sim_clients_init(&simulator->clients);
    simulator->first_own = simulator->clients.first_owner + SIMULATOR_CLIENTS_MAX;
    return simulator;
}

bool simulator_check(const char *json_text, struct error *error)
{
    struct arena *arena = arena_new();
    struct sim_plan plan;
    bool is_good = sim_plan_read(arena, json_text, &plan, error);
    arena_free(arena);
    return is_good;
}

bool simulator_start(const char *json_text, us_t (*now_us)(void), struct simulator **ret_simulator,
                     struct error *error)
{
    struct arena *arena = arena_new();
    struct sim_plan plan;
    if (!sim_plan_read(arena, json_text, &plan, error)) {
        arena_free(arena);
        return false;
    }
    (void) fd_limit_raise(FDS_WANTED); /* links beyond a lower limit are refused */
    struct simulator *simulator = simulator_new(arena, &plan, now_us);
    if (!open_fds(simulator, error) || !sim_lines_open(&simulator->lines, error) ||
        !open_control(simulator, error)) {
        simulator_free(simulator);
        return false;
    }
    const struct thread_job job = {
        .name = "huoyan-sim", .run = run_simulator, .context = simulator};
    if (!thread_start(&job, &simulator->thread, error)) {
        simulator_free(simulator);
        return false;
    }
    *ret_simulator = simulator;
    return true;
}

void simulator_stop(struct simulator *simulator)
{
    if (simulator == NULL) {
        return;
    }
    signal_fd(simulator->fd[OWN_STOP]);
    (void) pthread_join(simulator->thread, NULL);
    simulator_free(simulator);
}

bool simulator_set(struct simulator *simulator, const char *line, uint8_t unit, uint8_t function,
                   uint16_t address, uint16_t raw)
{
    thread_lock(&simulator->lock);
    struct sim_plan_line *found = sim_control_find_line(&simulator->plan, line);
    bool is_set = found != NULL && sim_line_set(&found->devices, unit, function, address, raw);
    thread_unlock(&simulator->lock);
    return is_set;
}

const char *simulator_line_text(struct simulator *simulator, int32_t line)
{
    return line < simulator->plan.line_count ? sim_lines_text(&simulator->lines, line) : NULL;
}

uint16_t simulator_line_port(struct simulator *simulator, int32_t line)
{
    CHECK(line >= 0 && line < simulator->plan.line_count);
    return sim_lines_port(&simulator->lines, line);
}

const char *simulator_line_path(struct simulator *simulator, int32_t line)
{
    CHECK(line >= 0 && line < simulator->plan.line_count);
    return sim_lines_path(&simulator->lines, line);
}

int simulator_quit_fd(struct simulator *simulator)
{
    return simulator->quit;
}
