#include "sensors/port.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/text.h"
#include "sensors/parcels.h"
#include "sensors/serial.h"
#include "sensors/tcp.h"

#define GRID_US ((us_t) 10000) /* TCP ports are woken on it, serial ones exactly */
#define FULL_US ((us_t) 10000) /* when there was no room for readings: ask again after so long */
#define CONNECT_US (5 * US_PER_SECOND)

enum { READ_MAX = 2048 };

enum phase { PHASE_PAUSE, PHASE_RESOLVE, PHASE_CONNECT, PHASE_OPEN };

struct port {
    struct port_house *house;
    void *handle;
    int32_t index;
    const struct link_settings *settings;
    struct link *link;
    struct parcels *parcels;
    enum phase phase;
    int fd;
    bool is_watched;      /* for bytes (serial: not while it is quiet) */
    bool is_known;        /* whether the link is up has been found out */
    bool is_told;         /* and post_link has taken it */
    uint32_t attempt;     /* since the last good reply */
    us_t phase_at;        /* PAUSE: next attempt; CONNECT: give up */
    us_t link_at;         /* link_tick */
    us_t quiet_until;     /* serial: nothing to read before */
    us_t flush_at;        /* offer readings or the link's state again */
    int32_t touched_from; /* devices whose status has changed */
    int32_t touched_until;
    struct wire_link_status status;
    struct wire_device_status *device;
    struct tally_bytes heard; /* since the request in hand */
};

static void touch(struct port *port, int32_t from, int32_t until)
{
    port->touched_from = port->touched_from < from ? port->touched_from : from;
    port->touched_until = port->touched_until > until ? port->touched_until : until;
}

static void publish(struct port *port)
{
    port->status.counters = *link_counters(port->link);
    for (int32_t i = port->touched_from; i < port->touched_until; i++) {
        port->device[i].health = link_device_health(port->link, i);
        port->device[i].probe_at = link_probe_at(port->link, i);
    }
    board_show(port->house->board, port->index, &port->status, port->device, port->touched_from,
               port->touched_until);
    port->touched_from = INT32_MAX;
    port->touched_until = 0;
}

static us_t earlier(us_t a, us_t b)
{
    return a < b ? a : b;
}

static us_t on_grid(us_t at)
{
    return at > WAKES_NEVER - GRID_US ? WAKES_NEVER : (at + GRID_US - 1) / GRID_US * GRID_US;
}

/* After anything that happened to the port: shows it, and says when it wants to be woken. */
static void settle(struct port *port)
{
    if (port->touched_until > 0) {
        publish(port);
    }
    /* A link whose readings wait stands still. */
    us_t at = parcels_is_empty(port->parcels) ? port->link_at : WAKES_NEVER;
    at = port->settings->kind == LINK_RTU ? at : on_grid(at);
    at = earlier(at, port->flush_at);
    at = earlier(at, port->phase_at);
    at = earlier(at, port->quiet_until);
    wakes_set(port->house->wakes, port->index, at);
}

static struct parcels_taker taker_of(const struct port *port)
{
    return (struct parcels_taker){
        .context = port->house->settings->context,
        .take = port->house->settings->post_readings,
    };
}

static void wait_for_room(struct port *port, us_t now)
{
    port->flush_at = now + FULL_US;
    link_delay(port->link, port->flush_at);
}

static bool judge(void *context, enum framing framing, const struct frame_request *request,
                  const uint8_t *frame, size_t length, uint16_t *ret_words)
{
    const struct port *port = context;
    return codec_judge(port->house->codec, framing, request, frame, length, ret_words);
}

static size_t encode(void *context, enum framing framing, const struct frame_request *request,
                     uint8_t *to)
{
    const struct port *port = context;
    return codec_encode(port->house->codec, framing, request, to);
}

static void tell(struct port *port, us_t now)
{
    const struct wire_settings *settings = port->house->settings;
    const struct wire_link_state state = {
        .link = port->index,
        .is_up = port->status.is_up,
        .text = port->status.is_up ? "已连接" : port->status.text,
    };
    port->is_told = settings->post_link(settings->context, &state);
    if (!port->is_told) {
        port->flush_at = now + FULL_US;
    }
}

static void turn(struct port *port, bool is_up, us_t now)
{
    bool is_news = !port->is_known || port->status.is_up != is_up;
    port->is_known = true;
    port->status.is_up = is_up;
    touch(port, 0, port->settings->device_count);
    publish(port);
    if (is_news) {
        tell(port, now);
    }
}

static void on_result(void *context, const struct link_result *result)
{
    struct port *port = context;
    struct wire_device_status *device = &port->device[result->device];
    device->reason = result->is_answered ? REASON_NONE : result->reason;
    device->exception = result->exception;
    if (result->is_answered) {
        device->rtt_us = result->rtt_us;
        device->answered_at = result->at;
        port->attempt = 0;
    }
    board_take(port->house->board, port->index, result, &port->heard);
    touch(port, result->device, result->device + 1);
    if (!port->status.is_up && (result->is_answered || result->reason == REASON_EXCEPTION)) {
        port->status.text[0] = '\0';
        turn(port, true, result->at);
    }
    struct parcels_taker taker = taker_of(port);
    parcels_put(port->parcels, result, &taker);
    if (!parcels_is_empty(port->parcels)) {
        wait_for_room(port, result->at);
    }
}

static bool is_serial(const struct port *port)
{
    return port->settings->kind == LINK_RTU;
}

static const char *why_of(const struct port *port, int code)
{
    return is_serial(port) ? serial_why(code) : tcp_why(code);
}

static void let_go(struct port *port)
{
    port->is_watched = false;
    port->quiet_until = WAKES_NEVER;
    if (port->fd < 0) {
        return;
    }
    port->house->forget(port->handle);
    if (is_serial(port)) {
        serial_close(port->fd);
    } else {
        (void) close(port->fd);
    }
    port->fd = -1;
}

static void leave(struct port *port, const char *why, us_t now)
{
    let_go(port);
    struct text text = text_over(port->status.text, sizeof port->status.text);
    text_add(&text, "%s", why);
    board_fail(port->house->board, port->index, why, now);
    port->phase = PHASE_PAUSE;
    port->phase_at = now + tcp_pause(port->attempt++, tcp_jitter(&port->house->random));
    port->link_at = link_closed(port->link, now).wake_at;
    port->heard.sent_at = 0;
}

/* any -> PAUSE: the connection is gone or did not come about. */
static void fall(struct port *port, const char *why, us_t now)
{
    leave(port, why, now);
    turn(port, false, now);
}

/* OPEN -> PAUSE by our own will: the link is not down as long as it opens again, and the silence is its devices'. */
static void reopen(struct port *port, us_t now)
{
    leave(port, "没有应答或应答错乱,重新连接", now);
    turn(port, port->status.is_up, now);
}

static bool watch(struct port *port, enum port_watch what)
{
    bool is_watched = port->house->watch(port->handle, port->fd, what);
    port->is_watched = is_watched && what == PORT_BYTES;
    return is_watched;
}

/* A serial reply is not due yet: it gathers in the kernel instead of waking us for every byte. */
static void rest(struct port *port, us_t quiet_until, us_t now)
{
    bool is_quiet = is_serial(port) && quiet_until > now;
    port->quiet_until = is_quiet ? quiet_until : WAKES_NEVER;
    if (is_quiet == port->is_watched) {
        (void) watch(port, is_quiet ? PORT_NOTHING : PORT_BYTES);
    }
}

/* A request is a few bytes into an empty buffer: what does not fit at once will never arrive whole. */
static bool put_out(const struct port *port, const struct link_step *step)
{
    ssize_t put = 0;
    do {
        put = is_serial(port) ? write(port->fd, step->send, step->send_length)
                              : send(port->fd, step->send, step->send_length, MSG_NOSIGNAL);
    } while (put < 0 && errno == EINTR);
    if (is_serial(port)) {
        /* A tty without room is a line that nobody drains: the request times out like any other. */
        return put >= 0 || errno == EAGAIN;
    }
    return put == (ssize_t) step->send_length;
}

/* Does what the link asks for. */
static void follow(struct port *port, const struct link_step *step, us_t now)
{
    if (step->send != NULL) {
        port->heard = (struct tally_bytes){.sent_at = now};
    }
    if (step->send != NULL && !put_out(port, step)) {
        fall(port, why_of(port, errno), now);
        return;
    }
    if (step->must_reopen) {
        reopen(port, now);
        return;
    }
    port->link_at = step->wake_at;
    rest(port, step->quiet_until, now);
}

static void take_in(struct port *port, us_t now)
{
    uint8_t bytes[READ_MAX];
    ssize_t got = 0;
    do {
        got = read(port->fd, bytes, sizeof bytes);
    } while (got < 0 && errno == EINTR);
    if (got > 0) {
        tally_hear(&port->heard, bytes, (size_t) got);
        struct link_step step = link_received(port->link, bytes, (size_t) got, now);
        follow(port, &step, now);
        return;
    }
    /* A tty with VMIN 0 says 0 for "nothing yet"; unplugged it says EIO. */
    bool is_nothing = got < 0 ? errno == EAGAIN : is_serial(port);
    if (!is_nothing) {
        fall(port, why_of(port, got == 0 ? 0 : errno), now);
    }
}

/* CONNECT or PAUSE -> OPEN */
static void opened(struct port *port, us_t now)
{
    port->phase = PHASE_OPEN;
    port->phase_at = WAKES_NEVER;
    port->status.text[0] = '\0';
    if (!watch(port, PORT_BYTES)) {
        fall(port, "系统不能监视这个设备", now);
        return;
    }
    struct link_step step = link_opened(port->link, now);
    /* Once lost it must answer: a converter without room for one more accepts, and hangs up. */
    bool is_up = port->status.is_up || !port->is_known || is_serial(port);
    if (!is_up) {
        struct text text = text_over(port->status.text, sizeof port->status.text);
        text_add(&text, "已连接,等待应答");
    }
    turn(port, is_up, now);
    follow(port, &step, now);
}

/* PAUSE or RESOLVE -> CONNECT */
static void begin_connect(struct port *port, const struct tcp_address *address, us_t now)
{
    port->fd = tcp_connect(address);
    if (port->fd < 0 || !watch(port, PORT_CONNECTED)) {
        fall(port, tcp_why(errno), now);
        return;
    }
    port->phase = PHASE_CONNECT;
    port->phase_at = now + CONNECT_US;
}

static void fall_unresolved(struct port *port, us_t now)
{
    char why[sizeof port->status.text];
    struct text text = text_over(why, sizeof why);
    text_add(&text, "域名解析失败: %s", port->settings->address);
    fall(port, why, now);
}

/* PAUSE -> RESOLVE: elsewhere, since a name server may take seconds. */
static void resolve(struct port *port, us_t now)
{
    if (!port->house->look_up(port->handle, port->settings->address, port->settings->port)) {
        fall_unresolved(port, now);
        return;
    }
    port->phase = PHASE_RESOLVE;
    port->phase_at = WAKES_NEVER;
}

static void open_serial(struct port *port, us_t now)
{
    char why[sizeof port->status.text];
    port->fd = serial_open(port->settings, why, sizeof why);
    if (port->fd < 0) {
        fall(port, why, now);
    } else {
        opened(port, now);
    }
}

/* PAUSE -> anywhere */
static void attempt(struct port *port, us_t now)
{
    if (!port->house->is_free(port->handle) || !parcels_is_empty(port->parcels)) {
        port->phase_at = now + GRID_US;
        return;
    }
    struct tcp_address address;
    switch (port->settings->kind) {
    case LINK_RTU:
        open_serial(port, now);
        break;
    case LINK_TCP:
    case LINK_RTU_OVER_TCP:
        if (tcp_parse(port->settings->address, port->settings->port, &address)) {
            begin_connect(port, &address, now);
        } else {
            resolve(port, now);
        }
        break;
    case LINK_DTU:
        fall(port, "本版本不接受DTU拨入", now);
        break;
    }
}

static void phase_due(struct port *port, us_t now)
{
    switch (port->phase) {
    case PHASE_PAUSE:
        attempt(port, now);
        break;
    case PHASE_CONNECT:
        fall(port, tcp_why(ETIMEDOUT), now);
        break;
    case PHASE_RESOLVE:
    case PHASE_OPEN:
        port->phase_at = WAKES_NEVER;
        break;
    }
}

static void flush(struct port *port, us_t now)
{
    port->flush_at = WAKES_NEVER;
    struct parcels_taker taker = taker_of(port);
    if (!parcels_flush(port->parcels, &taker)) {
        wait_for_room(port, now);
    }
    if (!port->is_told) {
        tell(port, now);
    }
}

static void tick(struct port *port, us_t now)
{
    struct link_step step = link_tick(port->link, now);
    if (port->phase == PHASE_OPEN) {
        follow(port, &step, now);
    } else {
        port->link_at = step.wake_at;
    }
}

void port_wake(struct port *port, us_t now)
{
    if (port->flush_at <= now) {
        flush(port, now);
    }
    if (port->phase_at <= now) {
        phase_due(port, now);
    }
    if (port->quiet_until <= now) {
        port->quiet_until = WAKES_NEVER;
        take_in(port, now);
    }
    if (port->link_at <= now && parcels_is_empty(port->parcels)) {
        tick(port, now);
    }
    if (port->phase == PHASE_OPEN && !port->is_watched && port->quiet_until == WAKES_NEVER) {
        (void) watch(port, PORT_BYTES);
    }
    settle(port);
}

void port_ready(struct port *port, bool is_error, us_t now)
{
    if (port->phase == PHASE_CONNECT) {
        int code = tcp_outcome(port->fd);
        if (code == 0) {
            opened(port, now);
        } else {
            fall(port, tcp_why(code), now);
        }
    } else if (is_error) {
        fall(port, why_of(port, is_serial(port) ? EIO : tcp_outcome(port->fd)), now);
    } else {
        take_in(port, now);
    }
    settle(port);
}

void port_found(struct port *port, const struct addrinfo *found, us_t now)
{
    struct tcp_address address;
    if (tcp_pick(found, port->attempt, &address)) {
        begin_connect(port, &address, now);
    } else {
        fall_unresolved(port, now);
    }
    settle(port);
}

void port_shut(struct port *port)
{
    let_go(port);
}

struct port *port_new(struct arena *arena, struct port_house *house, int32_t index, void *handle,
                      us_t first_at)
{
    struct port *port = arena_take(arena, 1, sizeof *port);
    const struct link_settings *settings = &house->settings->link[index];
    const struct link_callbacks callbacks = {
        .context = port,
        .on_result = on_result,
        .judge = judge,
        .encode = encode,
    };
    port->house = house;
    port->handle = handle;
    port->index = index;
    port->settings = settings;
    port->fd = -1;
    port->is_told = true;
    port->touched_from = INT32_MAX;
    port->phase_at = first_at;
    port->link_at = port->quiet_until = port->flush_at = WAKES_NEVER;
    port->device = arena_take(arena, (size_t) settings->device_count, sizeof port->device[0]);
    bool has_devices = settings->device_count > 0;
    struct text text = text_over(port->status.text, sizeof port->status.text);
    text_add(&text, has_devices ? "还没有连接" : "没有设备");
    board_show(house->board, index, &port->status, NULL, 0, 0);
    if (has_devices) {
        port->parcels = parcels_new(arena, settings);
        port->link = link_new(arena, settings, &callbacks, first_at);
        wakes_set(house->wakes, index, first_at);
    }
    return port;
}
