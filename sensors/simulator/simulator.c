#include "sensors/simulator/simulator.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "gateway/base/thread.h"
#include "sensors/simulator/simulator_clients.h"
#include "sensors/simulator/simulator_control.h"
#include "sensors/simulator/simulator_lines.h"

enum { EVENTS_MAX = 256, FDS_WANTED = SIMULATOR_PEERS_MAX + SIM_LINES_MAX + 512 };

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
    int epoll, stop, nudge, quit; /* nudge: a command was obeyed outside the loop's thread */
    pthread_t thread;
};

static void lock_plan(struct simulator *simulator)
{
    thread_lock(&simulator->lock);
}

static void unlock_plan(struct simulator *simulator)
{
    thread_unlock(&simulator->lock);
}

static bool next_answer(struct simulator *simulator, struct sim_connection *peer, us_t now,
                        struct sim_answer *answer)
{
    struct sim_line *devices = &simulator->plan.line[peer->line].devices;
    lock_plan(simulator);
    bool is_there = sim_line_next(devices, &peer->port, now, answer);
    unlock_plan(simulator);
    return is_there;
}

static void lose_peer(struct simulator *simulator, int32_t index, us_t now)
{
    lock_plan(simulator);
    sim_lines_lost(&simulator->lines, index, now);
    unlock_plan(simulator);
}

static void serve_peer(struct simulator *simulator, int32_t index, us_t now)
{
    struct sim_connection *peer = &simulator->peers.peer[index];
    struct sim_answer answer;
    bool is_there = sim_connection_read(peer);
    while (is_there && next_answer(simulator, peer, now, &answer)) {
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
    lock_plan(simulator);
    sim_lines_connected(&simulator->lines, index, now);
    unlock_plan(simulator);
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
    lock_plan(simulator);
    sim_lines_tick(&simulator->lines, line, now);
    unlock_plan(simulator);
}

static void do_due(struct simulator *simulator, us_t now)
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
    (void) !read(simulator->nudge, &count, sizeof count);
    for (int32_t i = 0; i < simulator->plan.line_count; i++) {
        tick_line(simulator, i, now);
    }
}

void simulator_command(struct simulator *simulator, const char *command, char *answer,
                       size_t answer_size)
{
    struct text text = text_over(answer, answer_size);
    lock_plan(simulator);
    bool is_quit = sim_control_obey(&simulator->plan, command, &text);
    unlock_plan(simulator);
    signal_fd(is_quit ? simulator->quit : simulator->nudge);
}

/* An event of a peer that has left in the same round is an event of nobody. */
static void handle_peer(struct simulator *simulator, int32_t index, us_t now)
{
    const struct sim_connection *peer = &simulator->peers.peer[index];
    if (!peer->is_used) {
        return;
    }
    if (peer->is_connecting) {
        connect_peer(simulator, index, now);
    } else {
        serve_peer(simulator, index, now);
    }
}

/* False: it is time to stop. */
static bool handle(struct simulator *simulator, uint64_t data, us_t now)
{
    int32_t index = (int32_t) (data & INT32_MAX);
    switch ((enum sim_source)(data >> 32)) {
    case SIM_WATCH_STOP:
        return false;
    case SIM_WATCH_NUDGE:
        take_nudge(simulator, now);
        break;
    case SIM_WATCH_LINE:
        lock_plan(simulator);
        sim_lines_accept(&simulator->lines, index);
        unlock_plan(simulator);
        break;
    case SIM_WATCH_PEER:
        handle_peer(simulator, index, now);
        break;
    case SIM_WATCH_CONTROL:
        sim_clients_accept(&simulator->clients);
        break;
    case SIM_WATCH_CLIENT:
        sim_clients_serve(&simulator->clients, index);
        break;
    }
    return true;
}

static int wait_events(const struct simulator *simulator, struct epoll_event *events)
{
    us_t next = timers_next(simulator->timers);
    if (next == TIMERS_NEVER) {
        return epoll_wait(simulator->epoll, events, EVENTS_MAX, -1);
    }
    us_t span = next - (simulator->now_us() - simulator->started_at);
    span = span > 0 ? span : 0;
    const struct timespec limit = {.tv_sec = span / US_PER_SECOND,
                                   .tv_nsec = span % US_PER_SECOND * 1000};
    return epoll_pwait2(simulator->epoll, events, EVENTS_MAX, &limit, NULL);
}

static void *run_simulator(void *context)
{
    struct simulator *simulator = context;
    bool is_running = true;
    while (is_running) {
        struct epoll_event events[EVENTS_MAX];
        int count = wait_events(simulator, events);
        us_t now = simulator->now_us() - simulator->started_at;
        do_due(simulator, now);
        for (int i = 0; i < count; i++) {
            is_running = handle(simulator, events[i].data.u64, now) && is_running;
        }
    }
    return NULL;
}

static bool open_fds(struct simulator *simulator, struct error *error)
{
    simulator->epoll = epoll_create1(EPOLL_CLOEXEC);
    simulator->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    simulator->nudge = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    simulator->quit = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    simulator->peers.epoll = simulator->clients.epoll = simulator->epoll;
    if (simulator->epoll < 0 || simulator->stop < 0 || simulator->nudge < 0 ||
        simulator->quit < 0 ||
        !sim_watch(simulator->epoll, simulator->stop, EPOLLIN, SIM_WATCH_STOP, 0) ||
        !sim_watch(simulator->epoll, simulator->nudge, EPOLLIN, SIM_WATCH_NUDGE, 0)) {
        return error_set_errno(error, errno, "the simulator gets no file descriptors");
    }
    return true;
}

static bool open_simulation(struct simulator *simulator, struct error *error)
{
    if (!open_fds(simulator, error) || !sim_lines_open(&simulator->lines, error)) {
        return false;
    }
    const char *path = simulator->plan.control;
    if (path == NULL) {
        return true;
    }
    int *control = &simulator->clients.control;
    return sim_listener_listen_unix(path, control, error) &&
           (sim_watch(simulator->epoll, *control, EPOLLIN, SIM_WATCH_CONTROL, 0) ||
            error_set_errno(error, errno, "cannot watch '%s'", path));
}

static void close_opened(int fd)
{
    if (fd >= 0) {
        (void) close(fd);
    }
}

static void simulator_free(struct simulator *simulator)
{
    if (simulator->clients.control >= 0) {
        (void) unlink(simulator->plan.control);
    }
    sim_clients_close(&simulator->clients);
    sim_lines_close(&simulator->lines);
    sim_connections_free(&simulator->peers);
    close_opened(simulator->quit);
    close_opened(simulator->nudge);
    close_opened(simulator->stop);
    close_opened(simulator->epoll);
    (void) pthread_mutex_destroy(&simulator->lock);
    arena_free(simulator->arena);
    free(simulator);
}

/* A thousand links need more files than the usual soft limit; where it cannot be raised they are refused. */
static void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < FDS_WANTED) {
        limit.rlim_cur = limit.rlim_max < FDS_WANTED ? limit.rlim_max : FDS_WANTED;
        (void) setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static struct simulator *simulator_new(struct arena *arena, const struct sim_plan *plan,
                                       us_t (*now_us)(void))
{
    struct simulator *simulator = calloc(1, sizeof *simulator);
    CHECK(simulator != NULL && pthread_mutex_init(&simulator->lock, NULL) == 0);
    simulator->arena = arena;
    simulator->plan = *plan;
    simulator->epoll = simulator->stop = simulator->nudge = simulator->quit = -1;
    simulator->now_us = now_us;
    simulator->started_at = now_us();
    simulator->timers = timers_new(arena, SIMULATOR_PEERS_MAX + plan->line_count);
    sim_connections_init(&simulator->peers, arena, simulator->timers, SIMULATOR_PEERS_MAX,
                         plan->line_count);
    sim_clients_init(&simulator->clients, simulator);
    simulator->lines = (struct sim_lines){.plan = &simulator->plan,
                                          .peers = &simulator->peers,
                                          .timers = simulator->timers,
                                          .first_wake = SIMULATOR_PEERS_MAX};
    sim_lines_init(&simulator->lines, arena);
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
    raise_file_limit();
    struct simulator *simulator = simulator_new(arena, &plan, now_us);
    if (!open_simulation(simulator, error)) {
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
    signal_fd(simulator->stop);
    (void) pthread_join(simulator->thread, NULL);
    simulator_free(simulator);
}

bool simulator_set(struct simulator *simulator, const char *line, uint8_t unit, uint8_t function,
                   uint16_t address, uint16_t raw)
{
    lock_plan(simulator);
    struct sim_plan_line *found = sim_control_find_line(&simulator->plan, line);
    bool is_set = found != NULL && sim_line_set(&found->devices, unit, function, address, raw);
    unlock_plan(simulator);
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
