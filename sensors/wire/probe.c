#include "sensors/wire/probe.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sensors/link/link_timing.h"
#include "sensors/transport/libmodbus.h"
#include "sensors/transport/serial.h"
#include "sensors/transport/tcp.h"

enum {
    CHUNK_MAX = 256, /* with half a frame waiting this still fits the stream */
    WHY_MAX = 256,   /* of a port that does not open: its path and a sentence */
};

struct probe {
    struct probe_settings settings;
    struct link_settings link;
    struct libmodbus *libmodbus;
    enum framing framing;
    int fd;
    uint16_t transaction;
    us_t busy_until; /* 3.5 characters after the last byte */
    uint8_t silent_unit;
    us_t silent_until; /* until then something late may come from silent_unit */
    struct frame_stream stream;
    uint8_t room[FRAME_STREAM_MAX]; /* the stream's */
};

enum wait { WAIT_READY, WAIT_OVER, WAIT_STOPPED };

/* Until the fd is ready for `events`, the time is over, or stop_fd is readable. */
static enum wait wait_for_bytes(const struct probe *probe, short events, us_t until)
{
    for (;;) {
        us_t left = max_us(0, until - probe->settings.now_us());
        const struct timespec span = {.tv_sec = left / US_PER_SECOND,
                                      .tv_nsec = left % US_PER_SECOND * 1000};
        struct pollfd look[] = {{.fd = probe->fd, .events = events},
                                {.fd = probe->settings.stop_fd, .events = POLLIN}};
        int count = ppoll(look, 2, &span, NULL);
        if (count < 0 && errno != EINTR) {
            return WAIT_OVER;
        }
        if (count > 0 && look[1].revents != 0) {
            return WAIT_STOPPED;
        }
        if (count > 0) {
            return WAIT_READY;
        }
        if (left == 0) {
            return WAIT_OVER;
        }
    }
}

static bool open_probe_tty(struct probe *probe, bool *ret_is_busy, struct error *error)
{
    char why[WHY_MAX];
    probe->fd = serial_open(&probe->link, why, sizeof why);
    if (probe->fd >= 0) {
        return true;
    }
    *ret_is_busy = errno == EBUSY;
    return error_set(error, "%s", why);
}

static void close_probe_fd(struct probe *probe)
{
    if (probe->fd >= 0 && probe->link.kind == LINK_RTU) {
        serial_close(probe->fd);
    } else if (probe->fd >= 0) {
        (void) close(probe->fd);
    }
    probe->fd = -1;
}

/* One address of the host. Returns 0 or an errno. */
static int connect_one(struct probe *probe, const struct net_address *address)
{
    probe->fd = tcp_connect(address);
    if (probe->fd < 0) {
        return errno;
    }
    us_t until = probe->settings.now_us() + probe->settings.connect_timeout_us;
    enum wait wait = wait_for_bytes(probe, POLLOUT, until);
    int code = wait == WAIT_READY ? tcp_outcome(probe->fd) : ETIMEDOUT;
    if (code != 0) {
        close_probe_fd(probe);
    }
    return code;
}

static bool connect_any(struct probe *probe, const struct addrinfo *found, struct error *error)
{
    const struct link_settings *link = &probe->link;
    int code = EHOSTUNREACH;
    for (const struct addrinfo *each = found; each != NULL && code != 0; each = each->ai_next) {
        struct net_address address;
        code = tcp_pick(each, 0, &address) ? connect_one(probe, &address) : code;
    }
    return code == 0 || error_set(error, "连不上 %s：%s", net_name(link->address, link->port).text,
                                  tcp_why(code));
}

static bool open_tcp(struct probe *probe, struct error *error)
{
    const struct link_settings *link = &probe->link;
    struct addrinfo *found = NULL;
    const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM};
    char port[8]; /* 65535 */
    (void) snprintf(port, sizeof port, "%d", (int) link->port);
    if (getaddrinfo(link->address, port, &wanted, &found) != 0) {
        return error_set(error, "找不到主机 '%s'", link->address);
    }
    bool is_open = connect_any(probe, found, error);
    freeaddrinfo(found);
    return is_open;
}

bool probe_open(const struct probe_settings *settings, struct probe **ret_probe, bool *ret_is_busy,
                struct error *error)
{
    CHECK(settings->link->kind != LINK_DTU);
    struct probe *probe = calloc(1, sizeof *probe);
    CHECK(probe != NULL);
    probe->settings = *settings;
    probe->link = *settings->link;
    probe->framing = link_timing_framing(probe->link.kind);
    probe->fd = -1;
    frame_init(&probe->stream, probe->framing, probe->room, sizeof probe->room);
    bool is_busy = false;
    bool is_open = libmodbus_open(&probe->libmodbus, error) &&
                   (probe->link.kind == LINK_RTU ? open_probe_tty(probe, &is_busy, error)
                                                 : open_tcp(probe, error));
    if (ret_is_busy != NULL) {
        *ret_is_busy = is_busy;
    }
    if (!is_open) {
        probe_close(probe);
        return false;
    }
    *ret_probe = probe;
    return true;
}

void probe_close(struct probe *probe)
{
    if (probe == NULL) {
        return;
    }
    close_probe_fd(probe);
    libmodbus_close(probe->libmodbus);
    free(probe);
}

/* Returns the number of bytes, 0 when there are none yet, -1 when the fd is gone. */
static ssize_t receive_bytes(struct probe *probe, uint8_t bytes[static CHUNK_MAX])
{
    ssize_t got = read(probe->fd, bytes, CHUNK_MAX);
    if (got > 0) {
        probe->busy_until = probe->settings.now_us() + link_timing_silence(&probe->link);
        return got;
    }
    return got < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

/* Drops what comes until `until`, and then as long as bytes keep coming, a second at most. False
 * with the outcome. */
static bool fall_silent(struct probe *probe, us_t until, struct probe_answer *answer)
{
    us_t latest = until + US_PER_SECOND;
    for (;;) {
        us_t end = min_us(max_us(probe->busy_until, until), latest);
        enum wait wait = wait_for_bytes(probe, POLLIN, end);
        uint8_t bytes[CHUNK_MAX];
        if (wait == WAIT_STOPPED) {
            answer->outcome = PROBE_STOPPED;
            return false;
        }
        if (wait == WAIT_READY && receive_bytes(probe, bytes) < 0) {
            answer->outcome = PROBE_CLOSED;
            return false;
        }
        us_t now = probe->settings.now_us();
        if ((wait == WAIT_OVER && now >= end) || now >= latest) {
            return true;
        }
    }
}

/* Encoded twice: a difference to libmodbus would be a bug of ours. */
static bool encode_probe(struct probe *probe, const struct frame_request *request,
                         struct probe_answer *answer)
{
    uint8_t ours[MBAP_FRAME_MAX];
    uint8_t theirs[MBAP_FRAME_MAX];
    size_t length = libmodbus_encode(probe->libmodbus, probe->framing, request, theirs);
    if (length == 0) {
        answer->outcome = PROBE_REFUSED;
        return false;
    }
    CHECK(frame_encode(request, probe->framing, ours) == length);
    CHECK(memcmp(ours, theirs, length) == 0);
    memcpy(answer->request, theirs, length);
    answer->request_length = length;
    return true;
}

static bool send_probe(struct probe *probe, us_t until, struct probe_answer *answer)
{
    size_t sent = 0;
    while (sent < answer->request_length) {
        ssize_t wrote = write(probe->fd, answer->request + sent, answer->request_length - sent);
        if (wrote > 0) {
            sent += (size_t) wrote;
            continue;
        }
        if (errno != EAGAIN && errno != EINTR) {
            answer->outcome = PROBE_CLOSED;
            return false;
        }
        if (wait_for_bytes(probe, POLLOUT, until) != WAIT_READY) {
            answer->outcome = PROBE_CLOSED; /* a tty that takes no dozen bytes is stuck */
            return false;
        }
    }
    return true;
}

/* Does libmodbus accept the reply, and read the same registers from it? */
static bool is_probe_believed(struct probe *probe, const struct frame_request *request,
                              struct probe_answer *answer)
{
    uint16_t theirs[FRAME_WORDS_MAX];
    frame_words(request, probe->framing, answer->frame, answer->words);
    return libmodbus_judge(probe->libmodbus, probe->framing, request, answer->frame,
                           answer->frame_length, theirs) &&
           memcmp(answer->words, theirs, request->count * sizeof *theirs) == 0;
}

/* True when the answer, or a refusal, is among what has arrived. */
static bool find_probe_answer(struct probe *probe, const struct frame_request *request,
                              struct probe_answer *answer)
{
    enum frame_verdict verdict =
        frame_find(&probe->stream, request, answer->frame, &answer->frame_length);
    while (verdict == FRAME_REPLY && !is_probe_believed(probe, request, answer)) {
        probe->stream.damaged_frames++;
        verdict = frame_find(&probe->stream, request, answer->frame, &answer->frame_length);
    }
    if (verdict == FRAME_MORE) {
        answer->frame_length = 0;
        return false;
    }
    answer->outcome = PROBE_REPLY;
    if (verdict == FRAME_EXCEPTION) {
        answer->outcome = PROBE_EXCEPTION;
        answer->exception = frame_exception(probe->framing, answer->frame);
    }
    return true;
}

static void keep_bytes(struct probe_answer *answer, const uint8_t *bytes, size_t length)
{
    size_t room = sizeof answer->arrived - answer->arrived_length;
    size_t kept = length < room ? length : room;
    memcpy(answer->arrived + answer->arrived_length, bytes, kept);
    answer->arrived_length += kept;
    answer->arrived_count += length;
}

/* The outcome when the time is over. */
static enum probe_outcome get_silence(const struct probe *probe, struct probe_answer *answer)
{
    size_t own = probe->stream.echoed_frames * answer->request_length;
    answer->is_echoed = own > 0;
    if (probe->stream.damaged_frames > 0) {
        return PROBE_DAMAGED;
    }
    return answer->arrived_count > own ? PROBE_NOISE : PROBE_SILENT;
}

static void await_answer(struct probe *probe, const struct frame_request *request, us_t sent_at,
                         us_t until, struct probe_answer *answer)
{
    uint8_t bytes[CHUNK_MAX];
    answer->outcome = PROBE_SILENT;
    for (;;) {
        enum wait wait = wait_for_bytes(probe, POLLIN, until);
        if (wait != WAIT_READY) {
            bool is_over = wait == WAIT_OVER;
            answer->outcome = is_over ? get_silence(probe, answer) : PROBE_STOPPED;
            return;
        }
        ssize_t got = receive_bytes(probe, bytes);
        if (got < 0) {
            answer->outcome = PROBE_CLOSED;
            return;
        }
        us_t passed = probe->settings.now_us() - sent_at;
        if (got > 0) {
            answer->first_us = answer->first_us < 0 ? passed : answer->first_us;
            keep_bytes(answer, bytes, (size_t) got);
            (void) frame_feed(&probe->stream, bytes, (size_t) got);
        }
        if (find_probe_answer(probe, request, answer)) {
            answer->whole_us = passed;
            (void) get_silence(probe, answer); /* notes an echo before the answer */
            return;
        }
    }
}

static void run_transaction(struct probe *probe, const struct frame_request *request,
                            us_t timeout_us, struct probe_answer *answer)
{
    bool is_same = request->unit == probe->silent_unit;
    us_t now = probe->settings.now_us();
    if (!encode_probe(probe, request, answer) ||
        !fall_silent(probe, is_same ? probe->silent_until : now, answer)) {
        return;
    }
    us_t sent_at = probe->settings.now_us();
    size_t characters = answer->request_length + frame_reply_length(request, probe->framing);
    int64_t wire_ns = link_timing_character_ns(&probe->link) * (int64_t) characters;
    us_t until = sent_at + timeout_us + (wire_ns + 999) / 1000;
    frame_begin(&probe->stream);
    if (!send_probe(probe, until, answer)) {
        return;
    }
    await_answer(probe, request, sent_at, until, answer);
    answer->foreign_frames = probe->stream.foreign_frames;
    answer->is_misnumbered = probe->stream.misnumbered_frames > 0;
    probe->silent_unit = 0;
    if (answer->outcome != PROBE_REPLY && answer->outcome != PROBE_EXCEPTION) {
        us_t quarantine = link_timing_quarantine(probe->link.kind, timeout_us);
        /* The short lateness is enough: a person looks at the values, no alarm hangs on them. */
        us_t lateness = link_timing_lateness(probe->link.kind, timeout_us, true);
        probe->silent_unit = request->unit;
        probe->silent_until = probe->settings.now_us() + max_us(quarantine, lateness);
    }
}

void probe_ask(struct probe *probe, const struct frame_request *request, us_t timeout_us,
               struct probe_answer *ret_answer)
{
    CHECK(request->function >= 1 && request->function <= 4); /* nothing here ever writes */
    memset(ret_answer, 0, sizeof *ret_answer);
    ret_answer->first_us = ret_answer->whole_us = -1;
    ret_answer->outcome = PROBE_CLOSED;
    if (probe->fd < 0) {
        return;
    }
    struct frame_request question = *request;
    probe->transaction++;
    question.transaction = probe->transaction;
    run_transaction(probe, &question, timeout_us, ret_answer);
    if (ret_answer->outcome == PROBE_CLOSED) {
        close_probe_fd(probe);
    }
}
