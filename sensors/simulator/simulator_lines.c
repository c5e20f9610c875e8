#include "sensors/simulator/simulator_lines.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/net_address.h"
#include "gateway/base/text.h"
#include "sensors/transport/tcp.h"

enum { NOBODY = -1 };

/* The pause before a line that cannot be opened again is tried once more. */
static const us_t reopen_us = 200 * US_PER_MS;

struct sim_station {
    bool is_open;
    int fd;        /* listening, -1: none */
    uint16_t port; /* once it was open it stays the same */
    int32_t peer;  /* of a pty and a dialling line, NOBODY: none */
    us_t looked_at;
    us_t dial_at, heartbeat_at;
    struct net_address address; /* to connect to */
    char path[SIM_LISTENER_PATH_MAX];
    char text[SIM_LISTENER_PATH_MAX + 256];
};

void sim_lines_init(struct sim_lines *lines, struct arena *arena)
{
    int32_t count = lines->plan->line_count;
    lines->station = arena_take(arena, (size_t) count, sizeof lines->station[0]);
    for (int32_t i = 0; i < count; i++) {
        lines->station[i] = (struct sim_station){
            .fd = -1, .peer = NOBODY, .looked_at = -1, .heartbeat_at = INT64_MAX};
    }
}

/* Opening and closing. */

static bool open_pty(struct sim_lines *lines, int32_t index, struct error *error)
{
    const struct sim_plan_line *line = &lines->plan->line[index];
    struct sim_station *station = &lines->station[index];
    struct sim_pty pty;
    if (!sim_listener_open_pty(line->pty, station->path, &pty, error)) {
        return false;
    }
    memcpy(station->path, pty.path, sizeof pty.path);
    const struct sim_connection peer = {
        .fd = pty.master, .pty_end = pty.device, .is_pty = true, .line = index};
    station->peer = sim_connections_add(lines->peers, &peer);
    if (station->peer == NOBODY) {
        sim_listener_close_pty(&pty);
        return error_set(error, "there are too many lines for '%s'", line->pty);
    }
    return true;
}

static bool open_line_socket(struct sim_lines *lines, int32_t index, struct error *error)
{
    const struct sim_plan_line *line = &lines->plan->line[index];
    struct sim_station *station = &lines->station[index];
    uint16_t port = 0;
    if (!sim_listener_listen(line->listen, station->port, &station->fd, &port, error)) {
        return false;
    }
    if (station->port == 0) {
        station->port = port; /* once only: other threads read it without a lock */
    }
    return poller_watch(lines->peers->poller, lines->first_owner + index, station->fd,
                        POLLER_FOR_ANY_BYTES) ||
           error_set_errno(error, errno, "cannot watch '%s'", line->listen);
}

static bool open_line(struct sim_lines *lines, int32_t index, struct error *error)
{
    const struct sim_plan_line *line = &lines->plan->line[index];
    struct sim_station *station = &lines->station[index];
    bool is_open = line->listen != NULL ? open_line_socket(lines, index, error)
                   : line->pty != NULL  ? open_pty(lines, index, error)
                                        : true;
    station->is_open = is_open;
    return is_open;
}

static void close_line(struct sim_lines *lines, int32_t index)
{
    const struct sim_plan_line *line = &lines->plan->line[index];
    struct sim_station *station = &lines->station[index];
    if (station->fd >= 0) {
        poller_forget(lines->peers->poller, lines->first_owner + index);
        (void) close(station->fd);
        station->fd = -1;
    }
    if (line->pty != NULL && line->pty[0] != '\0' && station->is_open) {
        (void) unlink(line->pty);
    }
    sim_connections_drop_line(lines->peers, index);
    station->peer = NOBODY;
    station->is_open = false;
}

static void describe_line(struct sim_lines *lines, int32_t index)
{
    const struct sim_plan_line *line = &lines->plan->line[index];
    struct sim_station *station = &lines->station[index];
    struct text text = text_over(station->text, sizeof station->text);
    text_add(&text, "%s: ", line->id);
    if (line->listen != NULL) {
        const char *colon = strrchr(line->listen, ':');
        text_add(&text, "%.*s:%u", (int) (colon - line->listen), line->listen,
                 (unsigned) station->port);
    } else if (line->pty != NULL) {
        text_add(&text, "%s%s%s", line->pty, line->pty[0] == '\0' ? "" : " -> ", station->path);
    } else {
        text_add(&text, "dials %s", line->dial);
    }
}

bool sim_lines_open(struct sim_lines *lines, struct error *error)
{
    for (int32_t i = 0; i < lines->plan->line_count; i++) {
        const struct sim_plan_line *line = &lines->plan->line[i];
        if (line->dial != NULL && !net_address_parse(line->dial, 0, &lines->station[i].address)) {
            return error_set(error, "'%s' is no address to dial: write '127.0.0.1:9700'",
                             line->dial);
        }
        /* Also a line that is away at first: so its mistakes show. */
        if (!open_line(lines, i, error)) {
            return false;
        }
        describe_line(lines, i);
        sim_lines_tick(lines, i, 0);
    }
    return true;
}

void sim_lines_close(struct sim_lines *lines)
{
    for (int32_t i = 0; i < lines->plan->line_count; i++) {
        close_line(lines, i);
    }
}

/* DTUs. */

static void dial_out(struct sim_lines *lines, int32_t index, us_t now)
{
    struct sim_station *station = &lines->station[index];
    station->dial_at = now + lines->plan->line[index].dtu.reconnect;
    int fd = tcp_connect(&station->address);
    if (fd < 0) {
        return;
    }
    const struct sim_connection peer = {.fd = fd, .line = index, .is_connecting = true};
    station->peer = sim_connections_add(lines->peers, &peer);
    if (station->peer == NOBODY) {
        (void) close(fd);
    }
}

static void say_heartbeat(struct sim_lines *lines, int32_t index, us_t now)
{
    struct sim_station *station = &lines->station[index];
    const struct sim_line *devices = &lines->plan->line[index].devices;
    uint8_t bytes[2 * SIM_TEXT_MAX];
    memcpy(bytes, devices->prefix.bytes, devices->prefix.length);
    memcpy(bytes + devices->prefix.length, devices->heartbeat.bytes, devices->heartbeat.length);
    (void) sim_connection_say(&lines->peers->peer[station->peer], bytes,
                              devices->prefix.length + devices->heartbeat.length);
    station->heartbeat_at = now + lines->plan->line[index].dtu.heartbeat_every;
}

static bool is_connected(const struct sim_lines *lines, const struct sim_station *station)
{
    return station->peer != NOBODY && !lines->peers->peer[station->peer].is_connecting;
}

void sim_lines_connected(struct sim_lines *lines, int32_t peer, us_t now)
{
    struct sim_connection *self = &lines->peers->peer[peer];
    const struct sim_dtu *dtu = &lines->plan->line[self->line].dtu;
    if (tcp_outcome(self->fd) != 0 ||
        !poller_watch(lines->peers->poller, peer, self->fd, POLLER_FOR_ANY_BYTES)) {
        sim_lines_lost(lines, peer, now);
        return;
    }
    self->is_connecting = false;
    if (dtu->mode != SIM_DTU_EVERY && dtu->registration.length > 0) {
        (void) sim_connection_say(self, dtu->registration.bytes, dtu->registration.length);
    }
    struct sim_station *station = &lines->station[self->line];
    station->heartbeat_at = dtu->heartbeat_every > 0 ? now + dtu->heartbeat_every : INT64_MAX;
    sim_lines_tick(lines, self->line, now);
}

void sim_lines_lost(struct sim_lines *lines, int32_t peer, us_t now)
{
    int32_t index = lines->peers->peer[peer].line;
    struct sim_station *station = &lines->station[index];
    sim_connections_drop(lines->peers, peer);
    if (station->peer == peer) {
        station->peer = NOBODY;
        station->dial_at = now + lines->plan->line[index].dtu.reconnect;
        sim_lines_tick(lines, index, now);
    }
}

/* Time and commands. */

void sim_lines_accept(struct sim_lines *lines, int32_t line)
{
    us_t next = 0;
    struct sim_station *station = &lines->station[line];
    for (;;) {
        int fd = accept4(station->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            return;
        }
        bool is_refused = sim_plan_fault_at(&lines->plan->line[line], station->looked_at, &next) ==
                              SIM_LINE_ONE_CLIENT &&
                          lines->peers->count_of_line[line] > 0;
        const struct sim_connection peer = {.fd = fd, .line = line};
        if (is_refused || sim_connections_add(lines->peers, &peer) == NOBODY) {
            (void) close(fd);
        }
    }
}

static void hang_up_line(struct sim_lines *lines, int32_t index, us_t now)
{
    struct sim_station *station = &lines->station[index];
    if (lines->plan->line[index].pty != NULL) {
        close_line(lines, index); /* pulled and plugged in again */
        return;
    }
    sim_connections_drop_line(lines->peers, index);
    station->peer = NOBODY;
    station->dial_at = now + lines->plan->line[index].dtu.reconnect;
}

/* For the gateway the old connection stays open. */
static void redial_line(struct sim_lines *lines, int32_t index)
{
    struct sim_station *station = &lines->station[index];
    if (is_connected(lines, station)) {
        lines->peers->peer[station->peer].is_mute = true;
        station->peer = NOBODY;
    }
    station->dial_at = 0;
}

static void do_line_act(struct sim_lines *lines, int32_t index, enum sim_line_act what, us_t now)
{
    switch (what) {
    case SIM_LINE_HANG_UP:
        hang_up_line(lines, index, now);
        break;
    case SIM_LINE_REDIAL:
        redial_line(lines, index);
        break;
    }
}

/* Does the events since the last look; returns when the next one comes. */
static us_t act_by_script(struct sim_lines *lines, int32_t index, us_t now)
{
    const struct sim_plan_line *line = &lines->plan->line[index];
    us_t next = INT64_MAX;
    for (int32_t i = 0; i < line->event_count; i++) {
        if (sim_plan_event_after(&line->event[i], lines->station[index].looked_at) <= now) {
            do_line_act(lines, index, line->event[i].act, now);
        }
        next = min_ms(next, sim_plan_event_after(&line->event[i], now));
    }
    return next;
}

static void act_by_hand(struct sim_lines *lines, int32_t index, us_t now)
{
    int32_t *wanted = lines->plan->line[index].wanted;
    for (int32_t i = SIM_LINE_HANG_UP; i <= SIM_LINE_REDIAL; i++) {
        if (wanted[i] > 0) {
            wanted[i] = 0;
            do_line_act(lines, index, (enum sim_line_act) i, now);
        }
    }
}

/* Opens or closes as the fault says; returns when to look again. */
static us_t follow_fault(struct sim_lines *lines, int32_t index, us_t now)
{
    us_t next = INT64_MAX;
    struct error unheard;
    const struct sim_station *station = &lines->station[index];
    bool is_away = sim_plan_fault_at(&lines->plan->line[index], now, &next) == SIM_LINE_AWAY;
    if (is_away && station->is_open) {
        close_line(lines, index);
    } else if (!is_away && !station->is_open && !open_line(lines, index, &unheard)) {
        return min_ms(next, now + reopen_us);
    }
    return next;
}

/* Connects and sends heartbeats when due; returns when to look again. */
static us_t follow_dtu(struct sim_lines *lines, int32_t index, us_t now)
{
    struct sim_station *station = &lines->station[index];
    if (lines->plan->line[index].dial == NULL || !station->is_open) {
        return INT64_MAX;
    }
    if (station->peer == NOBODY && station->dial_at <= now) {
        dial_out(lines, index, now);
    }
    if (is_connected(lines, station) && station->heartbeat_at <= now) {
        say_heartbeat(lines, index, now);
    }
    return is_connected(lines, station) ? station->heartbeat_at
           : station->peer == NOBODY    ? station->dial_at
                                        : INT64_MAX;
}

void sim_lines_tick(struct sim_lines *lines, int32_t line, us_t now)
{
    act_by_hand(lines, line, now);
    us_t next = act_by_script(lines, line, now);
    next = min_ms(next, follow_fault(lines, line, now));
    next = min_ms(next, follow_dtu(lines, line, now));
    lines->station[line].looked_at = now;
    timers_set(lines->timers, lines->first_owner + line, next);
}

const char *sim_lines_text(const struct sim_lines *lines, int32_t line)
{
    return lines->station[line].text;
}

uint16_t sim_lines_port(const struct sim_lines *lines, int32_t line)
{
    return lines->station[line].port;
}

const char *sim_lines_path(const struct sim_lines *lines, int32_t line)
{
    return lines->station[line].path;
}
