#include "sensors/wire/connection.h"

#include <errno.h>
#include <unistd.h>

#include "gateway/base/text.h"
#include "sensors/transport/serial.h"
#include "sensors/transport/tcp.h"
#include "sensors/wire/connection_parts.h"

#define CONNECT_US (5 * US_PER_SECOND)
#define WAKE_GRID ((us_t) 10000)         /* TCP connections are woken on it, serial ones exactly */
#define RECONNECT_US (2 * US_PER_SECOND) /* so long a passing interruption is no silence */

enum { READ_MAX = 2048 };

void connection_settle(struct connection *port)
{
    /* A link whose readings wait stands still. */
    us_t at = link_publisher_is_waiting(&port->publisher) ? TIMERS_NEVER : port->link_at;
    bool is_exact = port->settings->kind == LINK_RTU || at == TIMERS_NEVER;
    at = is_exact ? at : (at + WAKE_GRID - 1) / WAKE_GRID * WAKE_GRID;
    at = min_us(at, port->publisher.again_at);
    at = min_us(at, port->phase_at);
    at = min_us(at, port->quiet_until);
    timers_set(port->house->timers, port->index, at);
}

static bool judge(void *context, enum framing framing, const struct frame_request *request,
                  const uint8_t *frame, size_t length, uint16_t *ret_words)
{
    const struct connection *port = context;
    return libmodbus_judge(port->house->codec, framing, request, frame, length, ret_words);
}

static size_t encode(void *context, enum framing framing, const struct frame_request *request,
                     uint8_t *to)
{
    const struct connection *port = context;
    return libmodbus_encode(port->house->codec, framing, request, to);
}

static us_t on_result(void *context, const struct link_result *result)
{
    struct connection *port = context;
    if (result->is_answered) {
        port->attempt = 0;
    }
    if (port->takeover != NULL) {
        dtu_filter_answered(&port->takeover->filter);
    }
    return link_publisher_take(&port->publisher, result);
}

static void on_write(void *context, const struct link_write *write)
{
    link_publisher_write(&((const struct connection *) context)->publisher, write);
}

static void on_output(void *context, const struct link_output_change *change)
{
    link_publisher_output(&((const struct connection *) context)->publisher, change);
}

/* When to try again. A DTU comes by itself. */
static us_t next_attempt(struct connection *port, us_t now)
{
    if (port->takeover != NULL) {
        return dtu_takeover_next(port->takeover, now);
    }
    return now + tcp_pause(port->attempt++, tcp_jitter(&port->house->random));
}

static void leave(struct connection *port, const char *why, us_t now)
{
    transport_close(&port->line);
    port->quiet_until = TIMERS_NEVER;
    link_publisher_fail(&port->publisher, why, now);
    port->phase = CONNECTION_PAUSE;
    port->phase_at = next_attempt(port, now);
    port->link_at = link_closed(port->link, now).wake_at;
}

void connection_fall(struct connection *port, const char *why, us_t now)
{
    leave(port, why, now);
    link_publisher_turn(&port->publisher, false, now);
}

void connection_reopen(struct connection *port, const char *why, us_t now)
{
    leave(port, why, now);
    link_publisher_turn(&port->publisher, port->publisher.is_up, now);
}

/* Gateways close whoever has been silent for some seconds, or after each answer. That is no fault of a connection on which
 * nothing was asked in vain. */
static bool is_passing(const struct connection *port)
{
    bool is_peer = port->takeover == NULL && !port->line.is_serial;
    return is_peer && port->publisher.is_up && (port->attempt == 0 || !port->has_asked);
}

/* OPEN -> PAUSE, at once after an answer, else until something is to be asked. */
static void reconnect(struct connection *port, us_t now)
{
    us_t due = link_next_due(port->link);
    us_t at = port->attempt == 0 || due < now ? now : due;
    transport_close(&port->line);
    port->attempt++;
    port->publisher.heard.sent_at = 0;
    port->phase = CONNECTION_PAUSE;
    port->phase_at = at;
    port->link_at = link_interrupted(port->link, at + RECONNECT_US, now).wake_at;
}

static void lose(struct connection *port, const char *why, us_t now)
{
    if (is_passing(port)) {
        reconnect(port, now);
    } else {
        connection_fall(port, why, now);
    }
}

/* A serial reply is not due yet: it gathers in the kernel instead of waking us for every byte. */
static void rest(struct connection *port, us_t quiet_until, us_t now)
{
    bool is_quiet = port->line.is_serial && quiet_until > now;
    port->quiet_until = is_quiet ? quiet_until : TIMERS_NEVER;
    if (is_quiet == port->line.is_watched) {
        (void) transport_watch(&port->line, !is_quiet);
    }
}

static void announce(struct connection *port, const struct link_step *step, us_t now)
{
    port->publisher.heard = (struct last_bytes){.sent_at = now};
    port->has_asked = true;
    if (port->takeover != NULL) {
        dtu_takeover_asked(port->takeover, now);
        dtu_filter_ask(&port->takeover->filter, step->send, step->send_length);
    }
}

/* Does what the link asks for. */
static void follow(struct connection *port, const struct link_step *step, us_t now)
{
    if (step->send != NULL) {
        announce(port, step, now);
        if (!transport_put(&port->line, step->send, step->send_length)) {
            lose(port, transport_why(&port->line, errno), now);
            return;
        }
    }
    if (step->must_reopen) {
        connection_reopen(port, "没有应答或应答错乱,重新连接", now);
        return;
    }
    port->link_at = step->wake_at;
    rest(port, step->quiet_until, now);
}

static void pass(struct connection *port, const uint8_t *bytes, size_t length, us_t now)
{
    struct link_step step = link_received(port->link, bytes, length, now);
    follow(port, &step, now);
}

/* What a DTU says goes through its filter. */
static void sift(struct connection *port, const uint8_t *bytes, size_t length, us_t now)
{
    uint8_t passed[DTU_FILTER_OUT_MAX];
    dtu_takeover_heard(port->takeover, now);
    while (length > 0 && port->phase == CONNECTION_OPEN) {
        size_t part = length < DTU_FILTER_TAKE_MAX ? length : DTU_FILTER_TAKE_MAX;
        size_t count = dtu_filter_take(&port->takeover->filter, bytes, part, passed);
        if (count > 0) {
            pass(port, passed, count, now);
        }
        bytes += part;
        length -= part;
    }
}

static void hear(struct connection *port, const uint8_t *bytes, size_t length, us_t now)
{
    link_stats_hear(&port->publisher.heard, bytes, length);
    if (port->takeover == NULL) {
        pass(port, bytes, length, now);
    } else {
        sift(port, bytes, length, now);
    }
}

static void foresee_reply(const struct connection *port)
{
    int32_t device = 0;
    int32_t read = 0;
    if (link_foresee(port->link, &device, &read)) {
        link_publisher_foresee(&port->publisher, device, read);
    }
}

/* Reads until nothing is left: the next news come with the next bytes. The end shows only behind the last of them. */
static void take_in(struct connection *port, bool is_ending, us_t now)
{
    uint8_t bytes[READ_MAX] UNINITIALIZED;
    bool has_more = true;
    foresee_reply(port); /* while the kernel copies */
    while (has_more && port->phase == CONNECTION_OPEN) {
        int code = 0;
        ssize_t got = transport_get(&port->line, bytes, sizeof bytes, &code);
        if (got > 0) {
            hear(port, bytes, (size_t) got, now);
        } else if (got < 0) {
            lose(port, transport_why(&port->line, code), now);
        }
        has_more = got == (ssize_t) sizeof bytes || (is_ending && got > 0);
    }
}

/* Once lost it must answer: a converter without room for one more accepts, and hangs up; behind a DTU that dials in again
 * there may be nobody. */
static bool is_up_at_once(const struct connection *port)
{
    return port->publisher.is_up || !port->publisher.is_known || port->line.is_serial;
}

/* CONNECT or PAUSE -> OPEN */
static void opened(struct connection *port, us_t now)
{
    port->phase = CONNECTION_OPEN;
    port->has_asked = false;
    port->phase_at = port->takeover == NULL ? TIMERS_NEVER : dtu_takeover_idle_at(port->takeover);
    if (!transport_watch(&port->line, true)) {
        connection_fall(port, "系统不能监视这个设备", now);
        return;
    }
    struct link_step step = link_opened(port->link, now);
    bool is_up = is_up_at_once(port);
    link_publisher_say(&port->publisher, is_up ? "" : "已连接,等待应答");
    link_publisher_turn(&port->publisher, is_up, now);
    follow(port, &step, now);
}

/* PAUSE or RESOLVE -> CONNECT */
static void begin_connect(struct connection *port, const struct tcp_address *address, us_t now)
{
    port->line.fd = tcp_connect(address);
    if (port->line.fd < 0 || !transport_await(&port->line)) {
        connection_fall(port, tcp_why(errno), now);
        return;
    }
    port->phase = CONNECTION_CONNECT;
    port->phase_at = now + CONNECT_US;
}

static void fall_unresolved(struct connection *port, us_t now)
{
    char why[LINK_TEXT_MAX];
    struct text text = text_over(why, sizeof why);
    text_add(&text, "域名解析失败: %s", port->settings->address);
    connection_fall(port, status_board_keep(port->house->board, port->index, why), now);
}

/* PAUSE -> RESOLVE: elsewhere, since a name server may take seconds. */
static void resolve(struct connection *port, us_t now)
{
    if (!port->house->look_up(port->handle, port->settings->address, port->settings->port)) {
        fall_unresolved(port, now);
        return;
    }
    port->phase = CONNECTION_RESOLVE;
    port->phase_at = TIMERS_NEVER;
}

static void open_serial(struct connection *port, us_t now)
{
    char why[LINK_TEXT_MAX];
    port->line.fd = serial_open(port->settings, why, sizeof why);
    if (port->line.fd < 0) {
        connection_fall(port, status_board_keep(port->house->board, port->index, why), now);
    } else {
        opened(port, now);
    }
}

/* PAUSE -> OPEN when a DTU has dialled in, and nobody disputes that it is this one. */
static void take_dialled(struct connection *port, us_t now)
{
    struct dtu_takeover *takeover = port->takeover;
    if (dtu_takeover_is_disputed(takeover, now)) {
        port->phase_at = dtu_takeover_next(takeover, now);
        return;
    }
    if (connection_watches_rival(port, now)) {
        return;
    }
    port->line.fd = dtu_takeover_take(takeover, now);
    if (port->line.fd < 0) {
        connection_fall(port, "等待DTU拨入", now);
        return;
    }
    opened(port, now);
    if (takeover->length > 0 && port->phase == CONNECTION_OPEN) {
        hear(port, takeover->bytes, takeover->length, now);
    }
}

static void connect_out(struct connection *port, us_t now)
{
    struct tcp_address address;
    if (tcp_parse(port->settings->address, port->settings->port, &address)) {
        begin_connect(port, &address, now);
    } else {
        resolve(port, now);
    }
}

/* PAUSE -> anywhere */
static void attempt(struct connection *port, us_t now)
{
    if (link_publisher_is_waiting(&port->publisher)) {
        port->phase_at = now + WAKE_GRID;
        return;
    }
    switch (port->settings->kind) {
    case LINK_RTU:
        open_serial(port, now);
        break;
    case LINK_TCP:
    case LINK_RTU_OVER_TCP:
        connect_out(port, now);
        break;
    case LINK_DTU:
        take_dialled(port, now);
        break;
    }
}

/* Only a DTU's connection has a time when it may be idle; the silence of others shows by timeouts. */
static void look_whether_idle(struct connection *port, us_t now)
{
    us_t idle_at = port->takeover == NULL ? TIMERS_NEVER : dtu_takeover_idle_at(port->takeover);
    if (idle_at <= now) {
        connection_fall(port, "DTU长时间没有数据,已断开,等待重新拨入", now);
    } else {
        port->phase_at = idle_at;
    }
}

static void phase_due(struct connection *port, us_t now)
{
    switch (port->phase) {
    case CONNECTION_PAUSE:
        attempt(port, now);
        break;
    case CONNECTION_CONNECT:
        connection_fall(port, tcp_why(ETIMEDOUT), now);
        break;
    case CONNECTION_RESOLVE:
        port->phase_at = TIMERS_NEVER;
        break;
    case CONNECTION_OPEN:
        look_whether_idle(port, now);
        break;
    }
}

/* Time is over for a request of a DTU: the link gets what the filter has kept for it. */
static bool give_up(struct connection *port, us_t now)
{
    if (port->takeover == NULL || port->phase != CONNECTION_OPEN) {
        return false;
    }
    uint8_t kept[DTU_FILTER_OUT_MAX];
    size_t count = dtu_filter_give_up(&port->takeover->filter, kept);
    if (count > 0) {
        pass(port, kept, count, now);
    }
    return count > 0;
}

static void tick(struct connection *port, us_t now)
{
    if (give_up(port, now)) {
        return;
    }
    struct link_step step = link_tick(port->link, now);
    if (port->phase == CONNECTION_OPEN) {
        follow(port, &step, now);
    } else {
        port->link_at = step.wake_at;
    }
}

void connection_wake(struct connection *port, us_t now)
{
    us_t room_at = link_publisher_offer(&port->publisher, now);
    if (room_at > 0) {
        link_delay(port->link, room_at);
    }
    if (port->phase_at <= now) {
        phase_due(port, now);
    }
    if (port->quiet_until <= now) {
        port->quiet_until = TIMERS_NEVER;
        take_in(port, false, now);
    }
    if (port->link_at <= now && !link_publisher_is_waiting(&port->publisher)) {
        tick(port, now);
    }
    if (port->phase == CONNECTION_OPEN && !port->line.is_watched &&
        port->quiet_until == TIMERS_NEVER) {
        (void) transport_watch(&port->line, true);
    }
    connection_settle(port);
}

struct link *connection_link(const struct connection *port)
{
    return port->link;
}

void connection_nudge(struct connection *port, us_t now)
{
    port->link_at = now;
    connection_wake(port, now);
}

void connection_ready(struct connection *port, enum poller_news news, us_t now)
{
    if (port->phase == CONNECTION_CONNECT) {
        int code = tcp_outcome(port->line.fd);
        if (code == 0) {
            opened(port, now);
        } else {
            connection_fall(port, tcp_why(code), now);
        }
    } else if (news == POLLER_BROKEN) {
        lose(port, transport_why(&port->line, transport_outcome(&port->line)), now);
    } else {
        take_in(port, news == POLLER_ENDING, now);
    }
    connection_settle(port);
}

void connection_found(struct connection *port, const struct addrinfo *found, us_t now)
{
    struct tcp_address address;
    if (tcp_pick(found, port->attempt, &address)) {
        begin_connect(port, &address, now);
    } else {
        fall_unresolved(port, now);
    }
    connection_settle(port);
}

void connection_shut(struct connection *port)
{
    transport_close(&port->line);
    connection_shut_dial(port);
}

struct connection *connection_new(struct arena *arena, struct connection_shared *house,
                                  int32_t index, void *handle, us_t first_at)
{
    struct connection *port = arena_take(arena, 1, sizeof *port);
    const struct link_settings *settings = &house->settings->link[index];
    const struct link_callbacks callbacks = {
        .context = port,
        .on_result = on_result,
        .on_write = on_write,
        .on_output = on_output,
        .judge = judge,
        .encode = encode,
    };
    port->house = house;
    port->handle = handle;
    port->index = index;
    port->settings = settings;
    port->line = (struct transport){
        .poller = house->poller, .index = index, .is_serial = settings->kind == LINK_RTU, .fd = -1};
    port->phase_at = first_at;
    port->link_at = port->quiet_until = TIMERS_NEVER;
    link_publisher_init(&port->publisher, arena, &house->settings->callbacks, settings,
                        house->board, index);
    if (settings->device_count > 0) {
        if (settings->kind == LINK_DTU) {
            port->takeover = dtu_takeover_new(arena, settings);
        }
        port->link = link_new(arena, settings, &callbacks, first_at);
        timers_set(house->timers, index, first_at);
    }
    return port;
}
