#include "sensors/simulator/simulator_lines.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/net_address.h"
#include "gateway/base/text.h"
#include "sensors/transport/tcp.h"

enum { NOBODY = -1 };

/* The pause before a line that cannot be opened is tried again. */
static const us_t reopen_us = 200 * US_PER_MS;

/* One line, open or not. */
struct sim_station {
    struct sim_lines *lines;
    struct sim_plan_line *plan;
    int32_t index;
    struct simulator_line place; /* its port stays the same once it was open */
    bool is_open;
    int fd;       /* listening, -1: none */
    int32_t peer; /* of a pty and a line that dials, NOBODY: none */
    us_t looked_at, dial_at, heartbeat_at;
    struct net_address address; /* to dial */
};

void sim_lines_init(struct sim_lines *lines, struct arena *arena)
{
    int32_t count = lines->plan->line_count;
    lines->station = arena_take(arena, (size_t) count, sizeof lines->station[0]);
    for (int32_t i = 0; i < count; i++) {
        lines->station[i] = (struct sim_station){.lines = lines,
                                                 .plan = &lines->plan->line[i],
                                                 .index = i,
                                                 .fd = -1,
                                                 .peer = NOBODY,
                                                 .looked_at = -1,
                                                 .heartbeat_at = INT64_MAX};
    }
}

/* Opening and closing. */

static bool open_pty(struct sim_station *station, struct error *error)
{
    struct sim_pty pty;
    if (!sim_listener_open_pty(station->plan->pty, station->place.path, &pty, error)) {
        return false;
    }
    memcpy(station->place.path, pty.path, sizeof pty.path);
    const struct sim_connection peer = {
        .fd = pty.master, .pty_end = pty.device, .is_pty = true, .line = station->index};
    station->peer = sim_connections_add(station->lines->peers, &peer);
    if (station->peer == NOBODY) {
        sim_listener_close_pty(&pty);
        return error_set(error, "there are too many lines for '%s'", station->plan->pty);
    }
    return true;
}

static bool open_line_socket(struct sim_station *station, struct error *error)
{
    const struct sim_lines *lines = station->lines;
    const char *address = station->plan->listen;
    uint16_t port = 0;
    if (!sim_listener_listen(address, station->place.port, &station->fd, &port, error)) {
        return false;
    }
    if (station->place.port == 0) {
        station->place.port = port; /* once only: others read it without a lock */
    }
    return poller_watch(lines->peers->poller, lines->first_owner + station->index, station->fd,
                        POLLER_FOR_ANY_BYTES) ||
           error_set_errno(error, errno, "cannot watch '%s'", address);
}

static bool open_line(struct sim_station *station, struct error *error)
{
    station->is_open = station->plan->listen != NULL ? open_line_socket(station, error)
                       : station->plan->pty != NULL  ? open_pty(station, error)
                                                     : true;
    return station->is_open;
}

static void close_line(struct sim_station *station)
{
    const struct sim_lines *lines = station->lines;
    const char *pty = station->plan->pty;
    if (station->fd >= 0) {
        poller_forget(lines->peers->poller, lines->first_owner + station->index);
        (void) close(station->fd);
        station->fd = -1;
    }
    if (pty != NULL && pty[0] != '\0' && station->is_open) {
        (void) unlink(pty);
    }
    sim_connections_drop_line(lines->peers, station->index);
    station->peer = NOBODY;
    station->is_open = false;
}

static void describe_line(struct sim_station *station)
{
    const struct sim_plan_line *plan = station->plan;
    struct simulator_line *place = &station->place;
    struct text text = text_over(place->text, sizeof place->text);
    text_add(&text, "%s: ", plan->id);
    if (plan->listen != NULL) {
        const char *colon = strrchr(plan->listen, ':');
        text_add(&text, "%.*s:%u", (int) (colon - plan->listen), plan->listen,
                 (unsigned) place->port);
    } else if (plan->pty != NULL) {
        text_add(&text, "%s%s%s", plan->pty, plan->pty[0] == '\0' ? "" : " -> ", place->path);
    } else {
        text_add(&text, "dials %s", plan->dial);
    }
}

bool sim_lines_open(struct sim_lines *lines, struct error *error)
{
    for (int32_t i = 0; i < lines->plan->line_count; i++) {
        struct sim_station *station = &lines->station[i];
        const char *dial = station->plan->dial;
        if (dial != NULL && !net_address_parse(dial, 0, &station->address)) {
            return error_set(error, "'%s' is no address to dial: write '127.0.0.1:9700'", dial);
        }
        /* Also a line that is away at first, so that its mistakes show. */
        if (!open_line(station, error)) {
            return false;
        }
        describe_line(station);
        sim_lines_tick(lines, i, 0);
    }
    return true;
}

void sim_lines_close(struct sim_lines *lines)
{
    for (int32_t i = 0; i < lines->plan->line_count; i++) {
        close_line(&lines->station[i]);
    }
}

/* DTUs. */

static void dial_out(struct sim_station *station, us_t now)
{
    station->dial_at = now + station->plan->dtu.reconnect;
    int fd = tcp_connect(&station->address);
    if (fd < 0) {
        return;
    }
    const struct sim_connection peer = {.fd = fd, .line = station->index, .is_connecting = true};
    station->peer = sim_connections_add(station->lines->peers, &peer);
    if (station->peer == NOBODY) {
        (void) close(fd);
    }
}

static void say_heartbeat(struct sim_station *station, us_t now)
{
    const struct sim_line *devices = &station->plan->devices;
    uint8_t bytes[2 * SIM_TEXT_MAX];
    memcpy(bytes, devices->prefix.bytes, devices->prefix.length);
    memcpy(bytes + devices->prefix.length, devices->heartbeat.bytes, devices->heartbeat.length);
    (void) sim_connection_say(&station->lines->peers->peer[station->peer], bytes,
                              devices->prefix.length + devices->heartbeat.length);
    station->heartbeat_at = now + station->plan->dtu.heartbeat_every;
}

static bool is_connected(const struct sim_station *station)
{
    return station->peer != NOBODY && !station->lines->peers->peer[station->peer].is_connecting;
}

void sim_lines_connected(struct sim_lines *lines, int32_t peer, us_t now)
{
    struct sim_connection *self = &lines->peers->peer[peer];
    struct sim_station *station = &lines->station[self->line];
    const struct sim_dtu *dtu = &station->plan->dtu;
    if (tcp_outcome(self->fd) != 0 ||
        !poller_watch(lines->peers->poller, peer, self->fd, POLLER_FOR_ANY_BYTES)) {
        sim_lines_lost(lines, peer, now);
        return;
    }
    self->is_connecting = false;
    if (dtu->mode != SIM_DTU_EVERY && dtu->registration.length > 0) {
        (void) sim_connection_say(self, dtu->registration.bytes, dtu->registration.length);
    }
    station->heartbeat_at = dtu->heartbeat_every > 0 ? now + dtu->heartbeat_every : INT64_MAX;
    sim_lines_tick(lines, self->line, now);
}

void sim_lines_lost(struct sim_lines *lines, int32_t peer, us_t now)
{
    struct sim_station *station = &lines->station[lines->peers->peer[peer].line];
    sim_connections_drop(lines->peers, peer);
    if (station->peer == peer) {
        station->peer = NOBODY;
        station->dial_at = now + station->plan->dtu.reconnect;
        sim_lines_tick(lines, station->index, now);
    }
}

/* What happens when. */

void sim_lines_accept(struct sim_lines *lines, int32_t line)
{
    us_t next = 0;
    const struct sim_station *station = &lines->station[line];
    for (;;) {
        int fd = accept4(station->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            return;
        }
        bool is_refused =
            sim_plan_fault_at(station->plan, station->looked_at, &next) == SIM_LINE_ONE_CLIENT &&
            lines->peers->count_of_line[line] > 0;
        const struct sim_connection peer = {.fd = fd, .line = line};
        if (is_refused || sim_connections_add(lines->peers, &peer) == NOBODY) {
            (void) close(fd);
        }
    }
}

static void do_line_act(struct sim_station *station, enum sim_line_act what, us_t now)
{
    if (what == SIM_LINE_REDIAL) {
        if (is_connected(station)) {
            /* The old connection stays open as far as the gateway can see. */
            station->lines->peers->peer[station->peer].is_mute = true;
            station->peer = NOBODY;
        }
        station->dial_at = 0;
    } else if (station->plan->pty != NULL) {
        close_line(station); /* pulled and plugged in again */
    } else {
        sim_connections_drop_line(station->lines->peers, station->index);
        station->peer = NOBODY;
        station->dial_at = now + station->plan->dtu.reconnect;
    }
}

/* Does what commands want, and what the script wants since the last look. Returns when its next
 * event comes. */
static us_t do_line_acts(struct sim_station *station, us_t now)
{
    struct sim_plan_line *plan = station->plan;
    for (int32_t i = SIM_LINE_HANG_UP; i <= SIM_LINE_REDIAL; i++) {
        if (plan->is_wanted[i]) {
            plan->is_wanted[i] = false;
            do_line_act(station, (enum sim_line_act) i, now);
        }
    }
    us_t next = INT64_MAX;
    for (int32_t i = 0; i < plan->event_count; i++) {
        if (sim_plan_event_after(&plan->event[i], station->looked_at) <= now) {
            do_line_act(station, plan->event[i].act, now);
        }
        next = min_us(next, sim_plan_event_after(&plan->event[i], now));
    }
    return next;
}

/* Opens or closes as the fault says; returns when to look again. */
static us_t follow_fault(struct sim_station *station, us_t now)
{
    us_t next = INT64_MAX;
    struct error unheard;
    bool is_away = sim_plan_fault_at(station->plan, now, &next) == SIM_LINE_AWAY;
    if (is_away && station->is_open) {
        close_line(station);
    } else if (!is_away && !station->is_open && !open_line(station, &unheard)) {
        return min_us(next, now + reopen_us);
    }
    return next;
}

/* Dials and sends heartbeats as is due; returns when to look again. */
static us_t follow_dtu(struct sim_station *station, us_t now)
{
    if (station->plan->dial == NULL || !station->is_open) {
        return INT64_MAX;
    }
    if (station->peer == NOBODY && station->dial_at <= now) {
        dial_out(station, now);
    }
    if (is_connected(station) && station->heartbeat_at <= now) {
        say_heartbeat(station, now);
    }
    return is_connected(station)     ? station->heartbeat_at
           : station->peer == NOBODY ? station->dial_at
                                     : INT64_MAX;
}

void sim_lines_tick(struct sim_lines *lines, int32_t line, us_t now)
{
    struct sim_station *station = &lines->station[line];
    us_t next = do_line_acts(station, now);
    next = min_us(next, follow_fault(station, now));
    next = min_us(next, follow_dtu(station, now));
    station->looked_at = now;
    timers_set(lines->timers, lines->first_owner + line, next);
}

const struct simulator_line *sim_lines_place(const struct sim_lines *lines, int32_t line)
{
    return &lines->station[line].place;
}
