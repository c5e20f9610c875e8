#include "sensors/simulator/simulator.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "gateway/base/thread.h"
#include "sensors/simulator/simulator_clients.h"
#include "sensors/simulator/simulator_control.h"
#include "sensors/simulator/simulator_lines.h"
#include "sensors/transport/fd_limit.h"

enum { FDS_WANTED = SIMULATOR_PEERS_MAX + SIM_LINES_MAX + 512 };

/* Owners at the poller: peers, lines, clients, and the first three of these. */
enum own_fd { OWN_STOP, OWN_NUDGE, OWN_CONTROL, OWN_QUIT, OWN_FDS };

struct simulator {
    struct arena *arena;
    pthread_mutex_t lock; /* of the plan and all that follows it; the thread leaves it to wait */
    struct sim_plan plan;
    struct timers *timers; /* of the peers, then of the lines */
    struct sim_connections peers;
    struct sim_lines lines;
    struct sim_clients clients;
    us_t (*now_us)(void);
    us_t started_at;
    struct poller *poller;
    int32_t first_own; /* owner */
    int fd[OWN_FDS];   /* -1: none; OWN_NUDGE: a command was carried out */
    bool is_stopping;
    pthread_t thread;
};

static void serve_peer(struct simulator *simulator, int32_t index, us_t now)
{
    struct sim_connection *peer = &simulator->peers.peer[index];
    struct sim_line *devices = &simulator->plan.line[peer->line].devices;
    struct sim_answer answer;
    bool is_there = sim_connection_read(peer);
    while (is_there && sim_line_next(devices, &peer->port, now, &answer)) {
        is_there = sim_connections_answer(&simulator->peers, index, &answer, now);
    }
    if (!is_there) {
        sim_lines_lost(&simulator->lines, index, now);
    }
}

static void serve_due(struct simulator *simulator, us_t now)
{
    for (int32_t i = 0; timers_take(simulator->timers, now, &i);) {
        if (i >= SIMULATOR_PEERS_MAX) {
            sim_lines_tick(&simulator->lines, i - SIMULATOR_PEERS_MAX, now);
        } else if (!sim_connections_deliver(&simulator->peers, i, now)) {
            sim_lines_lost(&simulator->lines, i, now);
        }
    }
}

static void signal_fd(int fd)
{
    const uint64_t one = 1;
    CHECK(write(fd, &one, sizeof one) == (ssize_t) sizeof one);
}

/* Under the lock. */
static void obey_command(void *context, const char *command, char *answer, size_t answer_size)
{
    struct simulator *simulator = context;
    struct text text = text_over(answer, answer_size);
    bool is_quit = sim_control_obey(&simulator->plan, command, &text);
    signal_fd(simulator->fd[is_quit ? OWN_QUIT : OWN_NUDGE]);
}

void simulator_command(struct simulator *simulator, const char *command, char *answer,
                       size_t answer_size)
{
    thread_lock(&simulator->lock);
    obey_command(simulator, command, answer, answer_size);
    thread_unlock(&simulator->lock);
}

static void on_own_fd(struct simulator *simulator, int32_t which, us_t now)
{
    uint64_t count = 0;
    if (which == OWN_STOP) {
        simulator->is_stopping = true;
    } else if (which == OWN_CONTROL) {
        sim_clients_accept(&simulator->clients, simulator->fd[OWN_CONTROL]);
    } else if (read(simulator->fd[OWN_NUDGE], &count, sizeof count) > 0) {
        for (int32_t i = 0; i < simulator->plan.line_count; i++) {
            sim_lines_tick(&simulator->lines, i, now);
        }
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
    if (owner < SIMULATOR_PEERS_MAX && simulator->peers.peer[owner].is_connecting) {
        sim_lines_connected(&simulator->lines, owner, now);
    } else if (owner < SIMULATOR_PEERS_MAX) {
        serve_peer(simulator, owner, now);
    } else if (owner < simulator->clients.first_owner) {
        sim_lines_accept(&simulator->lines, owner - SIMULATOR_PEERS_MAX);
    } else if (owner < simulator->first_own) {
        sim_clients_serve(&simulator->clients, owner - simulator->clients.first_owner);
    } else {
        on_own_fd(simulator, owner - simulator->first_own, now);
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
        thread_lock(&simulator->lock);
        serve_due(simulator, time_since_start(simulator));
        poller_look(simulator->poller, on_simulator_news, simulator);
        thread_unlock(&simulator->lock);
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
    int32_t owners = simulator->first_own + (int32_t) OWN_QUIT;
    if (!poller_open(simulator->arena, owners, &simulator->poller, error)) {
        return false;
    }
    simulator->peers.poller = simulator->clients.poller = simulator->poller;
    simulator->fd[OWN_STOP] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    simulator->fd[OWN_NUDGE] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    simulator->fd[OWN_QUIT] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return (simulator->fd[OWN_QUIT] >= 0 && watch_own_fd(simulator, OWN_STOP) &&
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
    poller_close(simulator->poller);
    (void) pthread_mutex_destroy(&simulator->lock);
    arena_free(simulator->arena);
    free(simulator);
}

static struct simulator *simulator_new(struct arena *arena, const struct sim_plan *plan,
                                       us_t (*now_us)(void))
{
    struct simulator *simulator = calloc(1, sizeof *simulator);
    CHECK(simulator != NULL && pthread_mutex_init(&simulator->lock, NULL) == 0);
    simulator->arena = arena;
    simulator->plan = *plan;
    memset(simulator->fd, -1, sizeof simulator->fd);
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
                                              .command = obey_command};
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

const struct simulator_line *simulator_line(const struct simulator *simulator, int32_t line)
{
    return line < simulator->plan.line_count ? sim_lines_place(&simulator->lines, line) : NULL;
}

int simulator_quit_fd(const struct simulator *simulator)
{
    return simulator->fd[OWN_QUIT];
}
