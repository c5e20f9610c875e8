#include "gateway/cli/simulator.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/cli/simulator_control.h"
#include "gateway/cli/simulator_door.h"
#include "gateway/cli/simulator_peer.h"
#include "gateway/io/clock.h"
#include "sensors/wakes.h"

enum { EVENTS_MAX = 256, FDS_WANTED = SIMULATOR_PEERS_MAX + 512 };

/* What an event of the epoll is about; the index is in the lower half of its data. */
enum source { SOURCE_STOP, SOURCE_LINE, SOURCE_PEER, SOURCE_CONTROL, SOURCE_CLIENT };

struct door {
    int fd; /* listening, -1: a pty */
    uint16_t port;
    char path[DOOR_PATH_MAX];
    char text[DOOR_PATH_MAX + 256];
};

struct client {
    int fd; /* -1: free */
    size_t length;
    char bytes[SIMULATOR_COMMAND_MAX];
};

struct simulator {
    struct arena *arena;
    pthread_mutex_t lock; /* of the plan's slaves */
    struct simulator_plan plan;
    struct door *door; /* one a line */
    struct peer *peer; /* SIMULATOR_PEERS_MAX */
    struct client client[SIMULATOR_CLIENTS_MAX];
    struct wakes *wakes; /* of the peers with delayed pieces */
    us_t started_at;
    int epoll, stop, quit, control;
    pthread_t thread;
};

static bool watch(const struct simulator *simulator, int fd, enum source source, int32_t index)
{
    struct epoll_event event = {.events = EPOLLIN,
                                .data.u64 = (uint64_t) source << 32 | (uint32_t) index};
    return epoll_ctl(simulator->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void drop_peer(struct simulator *simulator, int32_t index)
{
    wakes_set(simulator->wakes, index, WAKES_NEVER);
    peer_close(&simulator->peer[index]);
}

/* Takes over `fd`. False when there is no room; the fd is then still the caller's. */
static bool add_peer(struct simulator *simulator, struct peer peer)
{
    int32_t index = 0;
    while (index < SIMULATOR_PEERS_MAX && simulator->peer[index].is_used) {
        index++;
    }
    if (index == SIMULATOR_PEERS_MAX || !watch(simulator, peer.fd, SOURCE_PEER, index)) {
        return false;
    }
    struct peer *to = &simulator->peer[index];
    to->fd = peer.fd;
    to->pty_slave = peer.pty_slave;
    to->line = peer.line;
    to->is_pty = peer.is_pty;
    to->is_used = true;
    to->port.length = 0;
    to->delayed_count = 0;
    return true;
}

static void accept_peer(struct simulator *simulator, int32_t line)
{
    int fd = accept4(simulator->door[line].fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0 && !add_peer(simulator, (struct peer){.fd = fd, .line = line})) {
        (void) close(fd);
    }
}

static bool next_answer(struct simulator *simulator, struct peer *peer, us_t now,
                        struct slave_answer *answer)
{
    struct slave *slave = &simulator->plan.line[peer->line].slave;
    (void) pthread_mutex_lock(&simulator->lock);
    bool is_there = slave_next(slave, &peer->port, now, answer);
    (void) pthread_mutex_unlock(&simulator->lock);
    return is_there;
}

static void serve_peer(struct simulator *simulator, int32_t index, us_t now)
{
    struct peer *peer = &simulator->peer[index];
    struct slave_answer answer;
    bool is_there = peer_read(peer);
    while (is_there && next_answer(simulator, peer, now, &answer)) {
        is_there = peer_answer(peer, &answer, now);
    }
    if (!is_there) {
        drop_peer(simulator, index);
    } else if (peer->delayed_count > 0) {
        wakes_set(simulator->wakes, index, peer_due(peer));
    }
}

static void deliver_due(struct simulator *simulator, us_t now)
{
    for (int32_t i = wakes_take(simulator->wakes, now); i >= 0;
         i = wakes_take(simulator->wakes, now)) {
        struct peer *peer = &simulator->peer[i];
        if (!peer_deliver(peer, now)) {
            drop_peer(simulator, i);
        } else {
            wakes_set(simulator->wakes, i, peer_due(peer));
        }
    }
}

void simulator_command(struct simulator *simulator, const char *command, char *answer,
                       size_t answer_size)
{
    struct text text = text_over(answer, answer_size);
    (void) pthread_mutex_lock(&simulator->lock);
    bool is_quit = simulator_obey(&simulator->plan, command, &text);
    (void) pthread_mutex_unlock(&simulator->lock);
    if (is_quit) {
        const uint64_t one = 1;
        CHECK(write(simulator->quit, &one, sizeof one) == (ssize_t) sizeof one);
    }
}

static void accept_client(struct simulator *simulator)
{
    int fd = accept4(simulator->control, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    for (int32_t i = 0; i < SIMULATOR_CLIENTS_MAX && fd >= 0; i++) {
        struct client *client = &simulator->client[i];
        if (client->fd < 0 && watch(simulator, fd, SOURCE_CLIENT, i)) {
            client->fd = fd;
            client->length = 0;
            return;
        }
    }
    if (fd >= 0) {
        (void) close(fd);
    }
}

/* Obeys all whole lines that have come. */
static void obey_client(struct simulator *simulator, struct client *client)
{
    char *end = memchr(client->bytes, '\n', client->length);
    while (end != NULL) {
        char answer[SIMULATOR_COMMAND_MAX];
        *end = '\0';
        simulator_command(simulator, client->bytes, answer, sizeof answer - 1);
        size_t length = strlen(answer);
        answer[length] = '\n';
        (void) send(client->fd, answer, length + 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        size_t used = (size_t) (end - client->bytes) + 1;
        client->length -= used;
        memmove(client->bytes, client->bytes + used, client->length);
        end = memchr(client->bytes, '\n', client->length);
    }
}

static void serve_client(struct simulator *simulator, struct client *client)
{
    size_t room = sizeof client->bytes - client->length;
    ssize_t got = room > 0 ? read(client->fd, client->bytes + client->length, room) : 0;
    if (got <= 0) { /* gone, or a line without an end */
        (void) close(client->fd);
        client->fd = -1;
        return;
    }
    client->length += (size_t) got;
    obey_client(simulator, client);
}

/* False: it is time to stop. */
static bool handle(struct simulator *simulator, uint64_t data, us_t now)
{
    int32_t index = (int32_t) (data & INT32_MAX);
    switch ((enum source)(data >> 32)) {
    case SOURCE_STOP:
        return false;
    case SOURCE_LINE:
        accept_peer(simulator, index);
        break;
    case SOURCE_PEER:
        if (simulator->peer[index].is_used) {
            serve_peer(simulator, index, now);
        }
        break;
    case SOURCE_CONTROL:
        accept_client(simulator);
        break;
    case SOURCE_CLIENT:
        if (simulator->client[index].fd >= 0) {
            serve_client(simulator, &simulator->client[index]);
        }
        break;
    }
    return true;
}

static int wait_events(const struct simulator *simulator, struct epoll_event *events)
{
    us_t next = wakes_next(simulator->wakes);
    if (next == WAKES_NEVER) {
        return epoll_wait(simulator->epoll, events, EVENTS_MAX, -1);
    }
    us_t span = next - (clock_us() - simulator->started_at);
    span = span > 0 ? span : 0;
    const struct timespec limit = {.tv_sec = span / US_PER_SECOND,
                                   .tv_nsec = span % US_PER_SECOND * 1000};
    return epoll_pwait2(simulator->epoll, events, EVENTS_MAX, &limit, NULL);
}

static void *run(void *context)
{
    struct simulator *simulator = context;
    bool is_running = true;
    while (is_running) {
        struct epoll_event events[EVENTS_MAX];
        int count = wait_events(simulator, events);
        us_t now = clock_us() - simulator->started_at;
        deliver_due(simulator, now);
        for (int i = 0; i < count; i++) {
            is_running = handle(simulator, events[i].data.u64, now) && is_running;
        }
    }
    return NULL;
}

static bool open_pty_line(struct simulator *simulator, int32_t index, struct error *error)
{
    const struct simulator_line *line = &simulator->plan.line[index];
    struct door *door = &simulator->door[index];
    struct door_pty pty;
    if (!door_open_pty(line->pty, &pty, error)) {
        return false;
    }
    memcpy(door->path, pty.path, sizeof pty.path);
    struct text text = text_over(door->text, sizeof door->text);
    text_add(&text, "%s: %s%s%s", line->id, line->pty, line->pty[0] == '\0' ? "" : " -> ",
             pty.path);
    CHECK(add_peer(
        simulator,
        (struct peer){.fd = pty.master, .pty_slave = pty.slave, .is_pty = true, .line = index}));
    return true;
}

static bool open_line(struct simulator *simulator, int32_t index, struct error *error)
{
    const struct simulator_line *line = &simulator->plan.line[index];
    struct door *door = &simulator->door[index];
    if (line->pty != NULL) {
        return open_pty_line(simulator, index, error);
    }
    if (!door_listen(line->listen, &door->fd, &door->port, error)) {
        return false;
    }
    const char *colon = strrchr(line->listen, ':');
    struct text text = text_over(door->text, sizeof door->text);
    text_add(&text, "%s: %.*s:%u", line->id, (int) (colon - line->listen), line->listen,
             (unsigned) door->port);
    return watch(simulator, door->fd, SOURCE_LINE, index) ||
           error_set_errno(error, errno, "cannot watch '%s'", line->listen);
}

static bool open_fds(struct simulator *simulator, struct error *error)
{
    simulator->epoll = epoll_create1(EPOLL_CLOEXEC);
    simulator->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    simulator->quit = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (simulator->epoll < 0 || simulator->stop < 0 || simulator->quit < 0 ||
        !watch(simulator, simulator->stop, SOURCE_STOP, 0)) {
        return error_set_errno(error, errno, "the simulator gets no file descriptors");
    }
    return true;
}

static bool open_all(struct simulator *simulator, struct error *error)
{
    if (!open_fds(simulator, error)) {
        return false;
    }
    for (int32_t i = 0; i < simulator->plan.line_count; i++) {
        if (!open_line(simulator, i, error)) {
            return false;
        }
    }
    const char *path = simulator->plan.control;
    if (path == NULL) {
        return true;
    }
    return door_listen_unix(path, &simulator->control, error) &&
           (watch(simulator, simulator->control, SOURCE_CONTROL, 0) ||
            error_set_errno(error, errno, "cannot watch '%s'", path));
}

static void close_fd(int fd)
{
    if (fd >= 0) {
        (void) close(fd);
    }
}

static void close_line(struct simulator *simulator, int32_t index)
{
    const struct simulator_line *line = &simulator->plan.line[index];
    close_fd(simulator->door[index].fd);
    if (line->pty != NULL && line->pty[0] != '\0' && simulator->door[index].path[0] != '\0') {
        (void) unlink(line->pty);
    }
}

static void simulator_free(struct simulator *simulator)
{
    for (int32_t i = 0; i < SIMULATOR_PEERS_MAX; i++) {
        if (simulator->peer[i].is_used) {
            peer_close(&simulator->peer[i]);
        }
    }
    for (int32_t i = 0; i < simulator->plan.line_count; i++) {
        close_line(simulator, i);
    }
    for (int32_t i = 0; i < SIMULATOR_CLIENTS_MAX; i++) {
        close_fd(simulator->client[i].fd);
    }
    if (simulator->control >= 0) {
        close_fd(simulator->control);
        (void) unlink(simulator->plan.control);
    }
    close_fd(simulator->quit);
    close_fd(simulator->stop);
    close_fd(simulator->epoll);
    (void) pthread_mutex_destroy(&simulator->lock);
    free(simulator->peer);
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

static struct simulator *simulator_new(struct arena *arena, const struct simulator_plan *plan)
{
    struct simulator *simulator = calloc(1, sizeof *simulator);
    CHECK(simulator != NULL);
    simulator->arena = arena;
    simulator->plan = *plan;
    simulator->epoll = simulator->stop = simulator->quit = simulator->control = -1;
    simulator->started_at = clock_us();
    simulator->wakes = wakes_new(arena, SIMULATOR_PEERS_MAX);
    simulator->peer = calloc(SIMULATOR_PEERS_MAX, sizeof simulator->peer[0]);
    simulator->door = arena_take(arena, (size_t) plan->line_count, sizeof simulator->door[0]);
    CHECK(simulator->peer != NULL && pthread_mutex_init(&simulator->lock, NULL) == 0);
    for (int32_t i = 0; i < plan->line_count; i++) {
        simulator->door[i].fd = -1;
    }
    for (int32_t i = 0; i < SIMULATOR_CLIENTS_MAX; i++) {
        simulator->client[i].fd = -1;
    }
    return simulator;
}

bool simulator_start(const char *json_text, struct simulator **ret_simulator, struct error *error)
{
    struct arena *arena = arena_new();
    struct simulator_plan plan;
    if (!simulator_plan_read(arena, json_text, &plan, error)) {
        arena_free(arena);
        return false;
    }
    raise_file_limit();
    struct simulator *simulator = simulator_new(arena, &plan);
    if (!open_all(simulator, error)) {
        simulator_free(simulator);
        return false;
    }
    int outcome = pthread_create(&simulator->thread, NULL, run, simulator);
    if (outcome != 0) {
        simulator_free(simulator);
        return error_set_errno(error, outcome, "the simulator gets no thread");
    }
    *ret_simulator = simulator;
    return true;
}

void simulator_stop(struct simulator *simulator)
{
    if (simulator == NULL) {
        return;
    }
    const uint64_t one = 1;
    CHECK(write(simulator->stop, &one, sizeof one) == (ssize_t) sizeof one);
    (void) pthread_join(simulator->thread, NULL);
    simulator_free(simulator);
}

bool simulator_set(struct simulator *simulator, const char *line, uint8_t unit, uint8_t function,
                   uint16_t address, uint16_t raw)
{
    (void) pthread_mutex_lock(&simulator->lock);
    struct simulator_line *found = simulator_find_line(&simulator->plan, line);
    bool is_set = found != NULL && slave_set(&found->slave, unit, function, address, raw);
    (void) pthread_mutex_unlock(&simulator->lock);
    return is_set;
}

const char *simulator_line_text(struct simulator *simulator, int32_t line)
{
    return line < simulator->plan.line_count ? simulator->door[line].text : NULL;
}

uint16_t simulator_line_port(struct simulator *simulator, int32_t line)
{
    CHECK(line >= 0 && line < simulator->plan.line_count);
    return simulator->door[line].port;
}

const char *simulator_line_path(struct simulator *simulator, int32_t line)
{
    CHECK(line >= 0 && line < simulator->plan.line_count);
    return simulator->door[line].path;
}

int simulator_quit_fd(struct simulator *simulator)
{
    return simulator->quit;
}
