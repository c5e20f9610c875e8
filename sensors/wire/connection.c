#include "sensors/wire/connection.h"

#include <errno.h>

#include "gateway/base/text.h"
#include "sensors/dtu/dtu_rival.h"
#include "sensors/transport/serial.h"
#include "sensors/transport/tcp.h"
#include "sensors/wire/connection_traffic.h"

#define CONNECT_US (5 * US_PER_SECOND)
#define WAKE_GRID ((us_t) 10000) /* TCP connections are woken on it, serial ones exactly */

/* After anything that happened: when the connection has to be woken next. */
static void set_wake_time(struct connection *connection)
{
    /* A link whose readings wait for room is held still. */
    us_t at =
        link_publisher_is_waiting(&connection->publisher) ? TIMERS_NEVER : connection->link_at;
    /* Connections that wake together share one round of the loop. */
    bool is_exact = connection->settings->kind == LINK_RTU || at == TIMERS_NEVER;
    at = is_exact ? at : (at + WAKE_GRID - 1) / WAKE_GRID * WAKE_GRID;
    at = min_us(at, connection->publisher.again_at);
    at = min_us(at, connection->phase_at);
    at = min_us(at, connection->quiet_until);
    timers_set(connection->shared->timers, connection->index, at);
}

/* A link that was down is up only with its first answer: a converter without room for one more
 * client accepts and then closes, and a DTU that connects again may have no sensors behind it.
 * Without this the link would flap. */
static bool is_up_at_once(const struct connection *connection)
{
    return connection->publisher.is_up || !connection->publisher.is_known ||
           connection->transport.is_serial;
}

/* CONNECT or PAUSE -> OPEN */
static void enter_open(struct connection *connection, us_t now)
{
    connection->phase = CONNECTION_OPEN;
    connection->has_asked = false;
    connection->phase_at =
        connection->takeover == NULL ? TIMERS_NEVER : dtu_takeover_idle_at(connection->takeover);
    if (!transport_watch(&connection->transport, true)) {
        connection_fall(connection, "系统不能监视这个设备", now);
        return;
    }
    struct link_step step = link_opened(connection->link, now);
    bool is_up = is_up_at_once(connection);
    link_publisher_set_text(&connection->publisher, is_up ? "" : "已连接，等待应答");
    link_publisher_turn(&connection->publisher, is_up, now);
    connection_follow(connection, &step, now);
}

/* PAUSE or RESOLVE -> CONNECT */
static void enter_connect(struct connection *connection, const struct net_address *address,
                          us_t now)
{
    connection->transport.fd = tcp_connect(address);
    if (connection->transport.fd < 0 || !transport_await(&connection->transport)) {
        connection_fall(connection, tcp_why(errno), now);
        return;
    }
    connection->phase = CONNECTION_CONNECT;
    connection->phase_at = now + CONNECT_US;
}

static void fall_unresolved(struct connection *connection, us_t now)
{
    char why[LINK_TEXT_MAX];
    struct text text = text_over(why, sizeof why);
    text_add(&text, "域名解析失败：%s", connection->settings->address);
    connection_fall(connection,
                    status_board_keep(connection->shared->board, connection->index, why), now);
}

/* PAUSE -> RESOLVE. In another thread: a name server may take seconds. */
static void enter_resolve(struct connection *connection, us_t now)
{
    if (!connection->shared->look_up(connection->handle, connection->settings->address,
                                     connection->settings->port)) {
        fall_unresolved(connection, now);
        return;
    }
    connection->phase = CONNECTION_RESOLVE;
    connection->phase_at = TIMERS_NEVER;
}

static void open_tty(struct connection *connection, us_t now)
{
    char why[LINK_TEXT_MAX];
    connection->transport.fd = serial_open(connection->settings, why, sizeof why);
    if (connection->transport.fd < 0) {
        connection_fall(connection,
                        status_board_keep(connection->shared->board, connection->index, why), now);
    } else {
        enter_open(connection, now);
    }
}

static void fall_disputed(struct connection *connection, us_t now)
{
    dtu_rival_close(connection->takeover);
    connection->publisher.is_known = false; /* the link may be down already: the reason is news */
    connection_fall(connection, "两台设备使用同一个注册包，已停止采集，请检查DTU设置", now);
}

/* PAUSE -> OPEN when a DTU has connected and no second device claims to be it. */
static void take_waiting_dtu(struct connection *connection, us_t now)
{
    struct dtu_takeover *takeover = connection->takeover;
    if (dtu_takeover_is_disputed(takeover, now)) {
        connection->phase_at = dtu_takeover_next(takeover, now);
        return;
    }
    if (dtu_rival_watch(takeover, now)) {
        connection->phase_at = dtu_takeover_next(takeover, now);
        return;
    }
    if (dtu_takeover_is_disputed(takeover, now)) {
        fall_disputed(connection, now);
        return;
    }
    connection->transport.fd = dtu_takeover_take(takeover, now);
    if (connection->transport.fd < 0) {
        connection_fall(connection, "等待DTU拨入", now);
        return;
    }
    enter_open(connection, now);
    if (takeover->length > 0 && connection->phase == CONNECTION_OPEN) {
        connection_take(connection, takeover->bytes, takeover->length, now);
    }
}

static void connect_host(struct connection *connection, us_t now)
{
    struct net_address address;
    if (net_address_parse_host(connection->settings->address, connection->settings->port,
                               &address)) {
        enter_connect(connection, &address, now);
    } else {
        enter_resolve(connection, now);
    }
}

/* PAUSE -> any phase */
static void attempt_open(struct connection *connection, us_t now)
{
    /* A new connection brings new readings: not before the old ones have found room. */
    if (link_publisher_is_waiting(&connection->publisher)) {
        connection->phase_at = now + WAKE_GRID;
        return;
    }
    switch (connection->settings->kind) {
    case LINK_RTU:
        open_tty(connection, now);
        break;
    case LINK_TCP:
    case LINK_RTU_OVER_TCP:
        connect_host(connection, now);
        break;
    case LINK_DTU:
        take_waiting_dtu(connection, now);
        break;
    }
}

/* Only a DTU is given up for silence. A mobile network forgets a connection without a word, and
 * the DTU cannot open the next one while this one seems to stand. Other links show silence by
 * timeouts. */
static void check_idle(struct connection *connection, us_t now)
{
    us_t idle_at =
        connection->takeover == NULL ? TIMERS_NEVER : dtu_takeover_idle_at(connection->takeover);
    if (idle_at <= now) {
        connection_fall(connection, "DTU长时间没有数据，已断开，等待重新拨入", now);
    } else {
        connection->phase_at = idle_at;
    }
}

static void end_phase(struct connection *connection, us_t now)
{
    switch (connection->phase) {
    case CONNECTION_PAUSE:
        attempt_open(connection, now);
        break;
    case CONNECTION_CONNECT:
        connection_fall(connection, tcp_why(ETIMEDOUT), now);
        break;
    case CONNECTION_RESOLVE:
        connection->phase_at = TIMERS_NEVER;
        break;
    case CONNECTION_OPEN:
        check_idle(connection, now);
        break;
    }
}

void connection_wake(struct connection *connection, us_t now)
{
    us_t room_at = link_publisher_offer(&connection->publisher, now);
    if (room_at > 0) {
        link_delay(connection->link, room_at);
    }
    if (connection->phase_at <= now) {
        end_phase(connection, now);
    }
    /* Read before the link looks at its timeout: an answer that is there must not count as
     * silence. */
    if (connection->quiet_until <= now) {
        connection->quiet_until = TIMERS_NEVER;
        connection_read(connection, false, now);
    }
    if (connection->link_at <= now && !link_publisher_is_waiting(&connection->publisher)) {
        connection_tick(connection, now);
    }
    if (connection->phase == CONNECTION_OPEN && !connection->transport.is_watched &&
        connection->quiet_until == TIMERS_NEVER) {
        (void) transport_watch(&connection->transport, true);
    }
    set_wake_time(connection);
}

struct link *connection_link(const struct connection *connection)
{
    return connection->link;
}

void connection_nudge(struct connection *connection, us_t now)
{
    connection->link_at = now;
    connection_wake(connection, now);
}

void connection_ready(struct connection *connection, enum poller_news news, us_t now)
{
    if (connection->phase == CONNECTION_CONNECT) {
        int code = tcp_outcome(connection->transport.fd);
        if (code == 0) {
            enter_open(connection, now);
        } else {
            connection_fall(connection, tcp_why(code), now);
        }
    } else if (news == POLLER_BROKEN) {
        connection_lose(connection, transport_outcome(&connection->transport), now);
    } else {
        connection_read(connection, news == POLLER_ENDING, now);
    }
    set_wake_time(connection);
}

void connection_found(struct connection *connection, const struct addrinfo *found, us_t now)
{
    struct net_address address;
    if (tcp_pick(found, connection->attempt, &address)) {
        enter_connect(connection, &address, now);
    } else {
        fall_unresolved(connection, now);
    }
    set_wake_time(connection);
}

void connection_dialled(struct connection *connection, int fd, const uint8_t *bytes, size_t length,
                        us_t now)
{
    bool is_open = connection->phase == CONNECTION_OPEN;
    struct transport *in_use = is_open ? &connection->transport : NULL;
    dtu_rival_add(connection->takeover, in_use, fd, bytes, length, now);
    if (dtu_takeover_is_disputed(connection->takeover, now)) {
        fall_disputed(connection, now);
    } else if (is_open) {
        /* Not a fall: a DTU that changes its connection every hour would be an incident every
         * hour. */
        connection_reopen(connection, "DTU重新拨入，换用新连接", now);
    } else {
        connection->phase_at = now;
    }
    set_wake_time(connection);
}

size_t connection_question(const struct connection *connection, uint8_t to[static MBAP_FRAME_MAX])
{
    bool has_one = connection->phase == CONNECTION_OPEN || connection->takeover->fd >= 0;
    return has_one ? 0 : dtu_takeover_question(connection->settings, to);
}

void connection_shut(struct connection *connection)
{
    transport_close(&connection->transport);
    if (connection->takeover != NULL) {
        dtu_rival_close_all(connection->takeover);
    }
}

struct connection *connection_new(struct arena *arena, struct connection_shared *shared,
                                  int32_t index, void *handle, us_t first_at)
{
    struct connection *connection = arena_take(arena, 1, sizeof *connection);
    const struct link_settings *settings = &shared->settings->link[index];
    const struct link_callbacks callbacks = connection_callbacks(connection);
    connection->shared = shared;
    connection->handle = handle;
    connection->index = index;
    connection->settings = settings;
    connection->transport = (struct transport){.poller = shared->poller,
                                               .index = index,
                                               .is_serial = settings->kind == LINK_RTU,
                                               .fd = -1};
    connection->phase_at = first_at;
    connection->link_at = connection->quiet_until = TIMERS_NEVER;
    link_publisher_init(&connection->publisher, arena, &shared->settings->callbacks, settings,
                        shared->board, index);
    if (settings->device_count > 0) {
        if (settings->kind == LINK_DTU) {
            connection->takeover = dtu_takeover_new(arena, settings);
        }
        connection->link = link_new(arena, settings, &callbacks, first_at);
        timers_set(shared->timers, index, first_at);
    }
    return connection;
}
