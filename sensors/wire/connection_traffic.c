#include "sensors/wire/connection_traffic.h"

#include <errno.h>

#include "sensors/transport/tcp.h"

#define RECONNECT_US (2 * US_PER_SECOND) /* a shorter interruption is no silence of devices */

enum { READ_MAX = 2048 };

static bool judge_by_libmodbus(void *context, enum framing framing,
                               const struct frame_request *request, const uint8_t *frame,
                               size_t length, uint16_t *ret_words)
{
    const struct connection *connection = context;
    return libmodbus_judge(connection->shared->libmodbus, framing, request, frame, length,
                           ret_words);
}

static size_t encode_by_libmodbus(void *context, enum framing framing,
                                  const struct frame_request *request, uint8_t *to)
{
    const struct connection *connection = context;
    return libmodbus_encode(connection->shared->libmodbus, framing, request, to);
}

static us_t on_link_result(void *context, const struct link_result *result)
{
    struct connection *connection = context;
    if (result->is_answered) {
        connection->attempt = 0;
    }
    if (connection->takeover != NULL) {
        dtu_filter_answered(&connection->takeover->filter);
    }
    return link_publisher_take(&connection->publisher, result);
}

static void on_link_write(void *context, const struct link_write *write)
{
    link_publisher_write(&((const struct connection *) context)->publisher, write);
}

static void on_link_output(void *context, const struct link_output_change *change)
{
    link_publisher_output(&((const struct connection *) context)->publisher, change);
}

static void enter_pause(struct connection *connection, const char *why, us_t now)
{
    transport_close(&connection->transport);
    connection->quiet_until = TIMERS_NEVER;
    link_publisher_fail(&connection->publisher, why, now);
    connection->phase = CONNECTION_PAUSE;
    /* A DTU connects by itself: there is nothing to try. */
    connection->phase_at =
        connection->takeover != NULL
            ? dtu_takeover_next(connection->takeover, now)
            : now + tcp_pause(connection->attempt++, tcp_jitter(&connection->shared->random));
    connection->link_at = link_closed(connection->link, now).wake_at;
}

void connection_fall(struct connection *connection, const char *why, us_t now)
{
    enter_pause(connection, why, now);
    link_publisher_turn(&connection->publisher, false, now);
}

void connection_reopen(struct connection *connection, const char *why, us_t now)
{
    enter_pause(connection, why, now);
    link_publisher_turn(&connection->publisher, connection->publisher.is_up, now);
}

/* Many Modbus gateways close a connection after some seconds of silence, some after each answer. As
 * long as no request on it went unanswered that says nothing about the sensors: an alarm for it
 * would be a false one. A DTU's connection cannot be opened again by us, and a tty that breaks was
 * pulled. */
static bool is_harmless_close(const struct connection *connection)
{
    bool is_peer = connection->takeover == NULL && !connection->transport.is_serial;
    return is_peer && connection->publisher.is_up &&
           (connection->attempt == 0 || !connection->has_asked);
}

/* OPEN -> PAUSE. The link stays up, and for RECONNECT_US nothing counts as silence. */
static void enter_short_pause(struct connection *connection, us_t now)
{
    /* A peer that closes after an answer is connected again at once, so that the next poll is not
     * late. A peer that closed an idle connection would close the new one too: that one waits until
     * a request is due. */
    us_t due = link_next_due(connection->link);
    us_t at = connection->attempt == 0 || due < now ? now : due;
    transport_close(&connection->transport);
    connection->attempt++; /* a close with a request in hand is a fault from now on */
    connection->publisher.heard.sent_at = 0;
    connection->phase = CONNECTION_PAUSE;
    connection->phase_at = at;
    connection->link_at = link_interrupted(connection->link, at + RECONNECT_US, now).wake_at;
}

void connection_lose(struct connection *connection, int code, us_t now)
{
    if (is_harmless_close(connection)) {
        enter_short_pause(connection, now);
    } else {
        connection_fall(connection, transport_why(&connection->transport, code), now);
    }
}

/* Until a serial reply is due its bytes gather in the kernel: else each byte would wake the
 * loop. */
static void pause_reading(struct connection *connection, us_t quiet_until, us_t now)
{
    bool is_quiet = connection->transport.is_serial && quiet_until > now;
    connection->quiet_until = is_quiet ? quiet_until : TIMERS_NEVER;
    if (is_quiet == connection->transport.is_watched) {
        (void) transport_watch(&connection->transport, !is_quiet);
    }
}

static void note_request(struct connection *connection, const struct link_step *step, us_t now)
{
    connection->publisher.heard = (struct last_bytes){.sent_at = now};
    connection->has_asked = true;
    if (connection->takeover != NULL) {
        dtu_takeover_asked(connection->takeover, now);
        dtu_filter_ask(&connection->takeover->filter, step->send, step->send_length);
    }
}

void connection_follow(struct connection *connection, const struct link_step *step, us_t now)
{
    if (step->send != NULL) {
        note_request(connection, step, now);
        if (!transport_put(&connection->transport, step->send, step->send_length)) {
            connection_lose(connection, errno, now);
            return;
        }
    }
    if (step->must_reopen) {
        connection_reopen(connection, "没有应答或应答错乱，重新连接", now);
        return;
    }
    connection->link_at = step->wake_at;
    pause_reading(connection, step->quiet_until, now);
}

static void pass_to_link(struct connection *connection, const uint8_t *bytes, size_t length,
                         us_t now)
{
    struct link_step step = link_received(connection->link, bytes, length, now);
    connection_follow(connection, &step, now);
}

static void filter_bytes(struct connection *connection, const uint8_t *bytes, size_t length,
                         us_t now)
{
    uint8_t passed[DTU_FILTER_OUT_MAX];
    dtu_takeover_heard(connection->takeover, now);
    while (length > 0 && connection->phase == CONNECTION_OPEN) {
        size_t part = length < DTU_FILTER_TAKE_MAX ? length : DTU_FILTER_TAKE_MAX;
        size_t count = dtu_filter_take(&connection->takeover->filter, bytes, part, passed);
        if (count > 0) {
            pass_to_link(connection, passed, count, now); /* may leave OPEN */
        }
        bytes += part;
        length -= part;
    }
}

void connection_take(struct connection *connection, const uint8_t *bytes, size_t length, us_t now)
{
    link_stats_hear(&connection->publisher.heard, bytes, length);
    if (connection->takeover == NULL) {
        pass_to_link(connection, bytes, length, now);
    } else {
        filter_bytes(connection, bytes, length, now);
    }
}

static void foresee_reply(const struct connection *connection)
{
    int32_t device = 0;
    int32_t read = 0;
    if (link_foresee(connection->link, &device, &read)) {
        link_publisher_foresee(&connection->publisher, device, read);
    }
}

void connection_read(struct connection *connection, bool is_ending, us_t now)
{
    uint8_t bytes[READ_MAX] UNINITIALIZED;
    bool has_more = true;
    foresee_reply(connection); /* the memory arrives while the kernel copies */
    while (has_more && connection->phase == CONNECTION_OPEN) {
        int code = 0;
        ssize_t got = transport_get(&connection->transport, bytes, sizeof bytes, &code);
        if (got > 0) {
            connection_take(connection, bytes, (size_t) got, now);
        } else if (got < 0) {
            connection_lose(connection, code, now);
        }
        /* A short read has emptied the socket: asking once more would cost a call for each answer.
         * Only the end of the stream, which shows as a read of nothing, has to be looked for. */
        has_more = got == (ssize_t) sizeof bytes || (is_ending && got > 0);
    }
}

/* The request's time is over: the link gets what the filter held for the answer, to count it as
 * noise. */
static bool release_held(struct connection *connection, us_t now)
{
    if (connection->takeover == NULL || connection->phase != CONNECTION_OPEN) {
        return false;
    }
    uint8_t kept[DTU_FILTER_OUT_MAX];
    size_t count = dtu_filter_give_up(&connection->takeover->filter, kept);
    if (count > 0) {
        pass_to_link(connection, kept, count, now);
    }
    return count > 0;
}

void connection_tick(struct connection *connection, us_t now)
{
    if (release_held(connection, now)) {
        return;
    }
    struct link_step step = link_tick(connection->link, now);
    if (connection->phase == CONNECTION_OPEN) {
        connection_follow(connection, &step, now);
    } else {
        connection->link_at = step.wake_at;
    }
}

struct link_callbacks connection_callbacks(struct connection *connection)
{
    return (struct link_callbacks){
        .context = connection,
        .on_result = on_link_result,
        .on_write = on_link_write,
        .on_output = on_link_output,
        .judge = judge_by_libmodbus,
        .encode = encode_by_libmodbus,
    };
}
