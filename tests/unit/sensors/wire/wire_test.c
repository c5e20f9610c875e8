#include "sensors/wire/wire.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "gateway/io/system/clock.h"
#include "sensors/simulator/device/sim_line.h"
#include "tests/unit/expect.h"

enum { LINES_MAX = 8, PATIENCE_MS = 10000 };

/* A device on the other side. */

/* Serves one slave on a listening socket, or on the master of a pty, in a thread. */
struct stand {
    struct sim_line slave;
    struct sim_unit unit[2];
    pthread_mutex_t lock; /* of slave and is_hanging_up */
    bool is_hanging_up;
    int stop;
    int listener; /* -1: a pty */
    int line[LINES_MAX];
    struct sim_port port[LINES_MAX];
    pthread_t thread;
};

static const struct sim_moment warm[] = {{0, 21.5}};
static const struct sim_moment damp[] = {{0, 60.0}};
static const struct sim_register registers[] = {
    {.function = 4,
     .address = 1,
     .type = TYPE_INT16,
     .scale = 0.1,
     .moment_count = 1,
     .moment = warm},
    {.function = 4,
     .address = 2,
     .type = TYPE_INT16,
     .scale = 0.1,
     .moment_count = 1,
     .moment = damp},
};

static void drop_line(struct stand *stand, int i)
{
    if (stand->line[i] >= 0) {
        (void) close(stand->line[i]);
        stand->line[i] = -1;
    }
    stand->port[i].length = 0;
}

static void serve_line(struct stand *stand, int i)
{
    uint8_t bytes[512];
    ssize_t got = read(stand->line[i], bytes, sizeof bytes);
    if (got <= 0) {
        drop_line(stand, i);
        return;
    }
    sim_line_feed(&stand->port[i], bytes, (size_t) got);
    struct sim_answer answer;
    (void) pthread_mutex_lock(&stand->lock);
    while (sim_line_next(&stand->slave, &stand->port[i], 0, &answer)) {
        for (int32_t k = 0; k < answer.piece_count; k++) {
            const struct sim_piece *piece = &answer.piece[k];
            assert_int_equal(write(stand->line[i], answer.bytes + piece->from, piece->length),
                             piece->length);
        }
    }
    (void) pthread_mutex_unlock(&stand->lock);
}

static void accept_line(struct stand *stand)
{
    int fd = accept4(stand->listener, NULL, NULL, SOCK_CLOEXEC);
    for (int i = 0; i < LINES_MAX && fd >= 0; i++) {
        if (stand->line[i] < 0) {
            stand->line[i] = fd;
            return;
        }
    }
}

static bool take_hang_up(struct stand *stand)
{
    (void) pthread_mutex_lock(&stand->lock);
    bool is_asked = stand->is_hanging_up;
    stand->is_hanging_up = false;
    (void) pthread_mutex_unlock(&stand->lock);
    return is_asked;
}

/* Waits for anything. False: it is time to stop. */
static bool stand_turn(struct stand *stand)
{
    struct pollfd look[2 + LINES_MAX] = {{.fd = stand->stop, .events = POLLIN},
                                         {.fd = stand->listener, .events = POLLIN}};
    for (int i = 0; i < LINES_MAX; i++) {
        look[2 + i] = (struct pollfd){.fd = stand->line[i], .events = POLLIN};
    }
    assert_true(poll(look, 2 + LINES_MAX, -1) > 0);
    uint64_t count = 0;
    if (look[0].revents != 0 && read(stand->stop, &count, sizeof count) > 0) {
        bool is_hang_up = take_hang_up(stand);
        for (int i = 0; i < LINES_MAX && is_hang_up; i++) {
            drop_line(stand, i);
        }
        return is_hang_up;
    }
    if (look[1].revents != 0) {
        accept_line(stand);
    }
    for (int i = 0; i < LINES_MAX; i++) {
        if (look[2 + i].revents != 0) {
            serve_line(stand, i);
        }
    }
    return true;
}

static void *stand_run(void *stand)
{
    while (stand_turn(stand)) {
    }
    return NULL;
}

static int listen_on(uint16_t port, uint16_t *ret_port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int yes = 1;
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes), 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    assert_int_equal(bind(fd, (struct sockaddr *) &address, length), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *) &address, &length), 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

static void stand_start(struct stand *stand, enum framing framing, int listener, int line)
{
    memset(stand, 0, sizeof *stand);
    for (int i = 0; i < 2; i++) {
        stand->unit[i] = (struct sim_unit){
            .unit = (uint8_t) (i + 1), .fill = -1, .register_count = 2, .registers = registers};
    }
    stand->slave =
        (struct sim_line){.framing = framing, .unit_count = 2, .unit = stand->unit, .random = 5};
    for (int i = 0; i < LINES_MAX; i++) {
        stand->line[i] = -1;
    }
    stand->line[0] = line;
    stand->listener = listener;
    stand->stop = eventfd(0, EFD_CLOEXEC);
    assert_int_equal(pthread_mutex_init(&stand->lock, NULL), 0);
    assert_int_equal(pthread_create(&stand->thread, NULL, stand_run, stand), 0);
}

static void stand_kick(struct stand *stand)
{
    const uint64_t one = 1;
    assert_int_equal(write(stand->stop, &one, sizeof one), sizeof one);
}

static void stand_hang_up(struct stand *stand)
{
    (void) pthread_mutex_lock(&stand->lock);
    stand->is_hanging_up = true;
    (void) pthread_mutex_unlock(&stand->lock);
    stand_kick(stand);
}

static void stand_fault(struct stand *stand, uint8_t unit, enum sim_fault fault)
{
    (void) pthread_mutex_lock(&stand->lock);
    assert_true(sim_line_force(&stand->slave, unit, &(struct sim_trouble){.fault = fault}));
    (void) pthread_mutex_unlock(&stand->lock);
}

static void stand_stop(struct stand *stand)
{
    stand_kick(stand);
    assert_int_equal(pthread_join(stand->thread, NULL), 0);
    for (int i = 0; i < LINES_MAX; i++) {
        drop_line(stand, i);
    }
    if (stand->listener >= 0) {
        (void) close(stand->listener);
    }
    (void) close(stand->stop);
    (void) pthread_mutex_destroy(&stand->lock);
}

/* The gateway's side. */

/* What the wire has told. */
struct facts {
    int blocks, refused, ups, downs;
    int32_t last_count;
    struct reading last[4];
    ms_t first_refused_at, first_taken_at; /* since the receiver was full, or open again */
    char text[160];                        /* of the last change of a link */
};

struct receiver {
    pthread_mutex_t lock; /* of is_full and live */
    pthread_cond_t changed;
    bool is_full;
    struct facts live;
    struct facts seen; /* a copy, taken when a condition was met */
};

static const struct profile profile = {
    .id = "th",
    .timeout_ms = 150,
    .gap_ms = 0,
    .poll_ms = 20,
    .read_count = 1,
    .point_count = 2,
    .read = {{.name = "all", .function = 4, .address = 1, .count = 2}},
    .point = {{.key = "temperature", .at = 0, .type = TYPE_INT16, .scale = 0.1},
              {.key = "humidity", .at = 1, .type = TYPE_INT16, .scale = 0.1}},
};
static const struct link_calibration plain[2] = {{.scale = 1}, {.scale = 1}};

static bool post_readings(void *context, const struct reading *reading, int32_t count)
{
    struct receiver *receiver = context;
    struct facts *live = &receiver->live;
    (void) pthread_mutex_lock(&receiver->lock);
    bool is_taken = !receiver->is_full;
    if (!is_taken) {
        live->first_refused_at = live->refused++ == 0 ? reading->at : live->first_refused_at;
    } else {
        live->first_taken_at = live->first_taken_at == 0 ? reading->at : live->first_taken_at;
        live->blocks++;
        live->last_count = count;
        memcpy(live->last, reading, (size_t) (count < 4 ? count : 4) * sizeof reading[0]);
    }
    (void) pthread_cond_broadcast(&receiver->changed);
    (void) pthread_mutex_unlock(&receiver->lock);
    return is_taken;
}

static bool post_link(void *context, const struct link_change *change)
{
    struct receiver *receiver = context;
    struct facts *live = &receiver->live;
    (void) pthread_mutex_lock(&receiver->lock);
    live->ups += change->is_up ? 1 : 0;
    live->downs += change->is_up ? 0 : 1;
    (void) snprintf(live->text, sizeof live->text, "%s", change->text);
    (void) pthread_cond_broadcast(&receiver->changed);
    (void) pthread_mutex_unlock(&receiver->lock);
    return true;
}

static void daemon_open(struct receiver *receiver)
{
    memset(receiver, 0, sizeof *receiver);
    pthread_condattr_t attributes;
    assert_int_equal(pthread_condattr_init(&attributes), 0);
    assert_int_equal(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC), 0);
    assert_int_equal(pthread_cond_init(&receiver->changed, &attributes), 0);
    (void) pthread_condattr_destroy(&attributes);
    assert_int_equal(pthread_mutex_init(&receiver->lock, NULL), 0);
}

static void daemon_close(struct receiver *receiver)
{
    (void) pthread_cond_destroy(&receiver->changed);
    (void) pthread_mutex_destroy(&receiver->lock);
}

/* Waits until the condition over `live` holds and copies it to `seen`; fails when that takes too
 * long. */
#define WAIT_FOR(receiver, condition)                                                          \
    do {                                                                                       \
        struct timespec limit = clock_deadline(PATIENCE_MS);                                   \
        const struct facts *live = &(receiver)->live;                                          \
        int outcome = 0;                                                                       \
        (void) pthread_mutex_lock(&(receiver)->lock);                                          \
        while (!(condition) && outcome == 0) {                                                 \
            outcome = pthread_cond_timedwait(&(receiver)->changed, &(receiver)->lock, &limit); \
        }                                                                                      \
        bool is_met = (condition);                                                             \
        (receiver)->seen = *live;                                                              \
        (void) pthread_mutex_unlock(&(receiver)->lock);                                        \
        assert_true(is_met);                                                                   \
    } while (0)

struct setup {
    struct link_device device[2];
    struct link_settings link;
    struct receiver receiver;
    struct wire *wire;
};

static void start(struct setup *setup, enum link_kind kind, const char *address, uint16_t port)
{
    memset(setup, 0, sizeof *setup);
    daemon_open(&setup->receiver);
    for (int i = 0; i < 2; i++) {
        setup->device[i] = (struct link_device){.id = i == 0 ? "w/a" : "w/b",
                                                .profile = &profile,
                                                .unit = (uint8_t) (i + 1),
                                                .poll_ms = 20,
                                                .first_point = 10 + 2 * i,
                                                .calibration = plain};
    }
    setup->link = (struct link_settings){.id = "bus",
                                         .kind = kind,
                                         .port = port,
                                         .baud = 115200,
                                         .parity = 'N',
                                         .stop_bits = 1,
                                         .device_count = 1,
                                         .device = setup->device};
    (void) snprintf(setup->link.address, sizeof setup->link.address, "%s", address);
    const struct wire_settings settings = {.link_count = 1,
                                           .link = &setup->link,
                                           .now_us = clock_us,
                                           .callbacks = {.context = &setup->receiver,
                                                         .post_readings = post_readings,
                                                         .post_link = post_link}};
    struct error error;
    assert_true(wire_start(&settings, &setup->wire, &error));
}

static void finish(struct setup *setup)
{
    ms_t from = clock_ms();
    wire_stop(setup->wire);
    assert_true(clock_ms() - from < 1000);
    daemon_close(&setup->receiver);
}

static void expect_good(struct setup *setup)
{
    struct receiver *receiver = &setup->receiver;
    WAIT_FOR(receiver, live->blocks >= 3 && live->last[0].quality == QUALITY_GOOD);
    assert_int_equal(receiver->seen.last_count, 2);
    assert_int_equal(receiver->seen.last[0].point, 10);
    assert_int_equal(receiver->seen.last[1].point, 11);
    expect_near(receiver->seen.last[0].value, 21.5, 1e-9);
    expect_near(receiver->seen.last[1].value, 60.0, 1e-9);
}

static void one_transaction_is_one_block_of_readings(void **state)
{
    (void) state;
    struct stand stand;
    struct setup setup;
    uint16_t port = 0;
    int listener = listen_on(0, &port);
    assert_int_equal(listen(listener, 8), 0);
    stand_start(&stand, FRAMING_MBAP, listener, -1);
    start(&setup, LINK_TCP, "127.0.0.1", port);
    expect_good(&setup);
    struct link_status link = wire_link_status(setup.wire, 0);
    assert_true(link.is_up);
    assert_string_equal(link.text, "");
    assert_true(link.counters.replies >= 2); /* shown after the readings are posted */
    struct device_status device = wire_device_status(setup.wire, 0, 0);
    assert_int_equal(device.health, DEVICE_OK);
    assert_true(device.answered_at > 0 && device.rtt_us > 0);
    finish(&setup);
    stand_stop(&stand);
}

static void rtu_over_tcp_works_on_a_host_name(void **state)
{
    (void) state;
    struct stand stand;
    struct setup setup;
    uint16_t port = 0;
    int listener = listen_on(0, &port);
    assert_int_equal(listen(listener, 8), 0);
    stand_start(&stand, FRAMING_RTU, listener, -1);
    start(&setup, LINK_RTU_OVER_TCP, "localhost", port);
    expect_good(&setup);
    finish(&setup);
    stand_stop(&stand);
}

static void a_refused_link_says_so_and_connects_when_the_peer_is_back(void **state)
{
    (void) state;
    struct stand stand;
    struct setup setup;
    uint16_t port = 0;
    int listener = listen_on(0, &port); /* bound, not listening: refuses */
    start(&setup, LINK_TCP, "127.0.0.1", port);
    struct receiver *receiver = &setup.receiver;
    WAIT_FOR(receiver, live->downs == 1);
    assert_string_equal(receiver->seen.text, "连接被拒绝");
    WAIT_FOR(receiver, live->blocks >= 1);
    assert_int_equal(receiver->seen.last[0].quality, QUALITY_NO_ANSWER);
    assert_int_equal(receiver->seen.last[0].reason, REASON_LINK);
    assert_string_equal(wire_link_status(setup.wire, 0).text, "连接被拒绝");
    assert_int_equal(listen(listener, 8), 0);
    stand_start(&stand, FRAMING_MBAP, listener, -1);
    WAIT_FOR(receiver, live->ups == 1 && live->last[0].quality == QUALITY_GOOD);
    assert_int_equal(receiver->seen.downs, 1);
    finish(&setup);
    stand_stop(&stand);
}

static void a_peer_that_hangs_up_is_connected_again(void **state)
{
    (void) state;
    struct stand stand;
    struct setup setup;
    uint16_t port = 0;
    int listener = listen_on(0, &port);
    assert_int_equal(listen(listener, 8), 0);
    stand_start(&stand, FRAMING_MBAP, listener, -1);
    start(&setup, LINK_TCP, "127.0.0.1", port);
    struct receiver *receiver = &setup.receiver;
    expect_good(&setup);
    int64_t known = receiver->seen.blocks;
    stand_hang_up(&stand);
    WAIT_FOR(receiver, live->blocks >= known + 3 && live->last[0].quality == QUALITY_GOOD);
    assert_int_equal(receiver->seen.downs,
                     0); /* closing is no fault of a gateway that answers when it is asked */
    finish(&setup);
    stand_stop(&stand);
}

static void a_silent_device_is_a_reading_and_its_link_stays_known(void **state)
{
    (void) state;
    struct stand stand;
    struct setup setup;
    uint16_t port = 0;
    int listener = listen_on(0, &port);
    assert_int_equal(listen(listener, 8), 0);
    stand_start(&stand, FRAMING_MBAP, listener, -1);
    start(&setup, LINK_TCP, "127.0.0.1", port);
    struct receiver *receiver = &setup.receiver;
    expect_good(&setup);
    stand_fault(&stand, 1, SIM_SILENT);
    WAIT_FOR(receiver, live->last[0].reason == REASON_TIMEOUT);
    assert_int_equal(receiver->seen.last[0].quality, QUALITY_NO_ANSWER);
    stand_fault(&stand, 1, SIM_EXCEPTION);
    WAIT_FOR(receiver, live->last[0].reason == REASON_EXCEPTION);
    assert_int_equal(receiver->seen.last[0].quality, QUALITY_BAD);
    stand_fault(&stand, 1, SIM_GLUED);
    WAIT_FOR(receiver, live->last[0].quality == QUALITY_GOOD);
    finish(&setup);
    stand_stop(&stand);
}

static void a_link_is_not_down_when_it_reconnects_because_of_silence(void **state)
{
    (void) state;
    struct stand stand;
    struct setup setup;
    uint16_t port = 0;
    int listener = listen_on(0, &port);
    assert_int_equal(listen(listener, 8), 0);
    stand_start(&stand, FRAMING_MBAP, listener, -1);
    start(&setup, LINK_TCP, "127.0.0.1", port);
    struct receiver *receiver = &setup.receiver;
    expect_good(&setup);
    stand_fault(&stand, 1, SIM_SILENT);
    WAIT_FOR(receiver, live->last[0].reason == REASON_LINK); /* it reconnects */
    WAIT_FOR(receiver, live->last[0].reason == REASON_TIMEOUT);
    stand_fault(&stand, 1, SIM_GLUED);
    WAIT_FOR(receiver, live->last[0].quality == QUALITY_GOOD);
    assert_int_equal(receiver->seen.downs, 0);
    assert_int_equal(receiver->seen.ups, 1);
    finish(&setup);
    stand_stop(&stand);
}

static void a_lost_peer_is_down_until_it_answers(void **state)
{
    (void) state;
    struct stand stand;
    struct setup setup;
    uint16_t port = 0;
    int listener = listen_on(0, &port);
    start(&setup, LINK_TCP, "127.0.0.1", port);
    struct receiver *receiver = &setup.receiver;
    WAIT_FOR(receiver, live->downs == 1);
    assert_int_equal(listen(listener, 8), 0);
    stand_start(&stand, FRAMING_MBAP, listener, -1);
    stand_fault(&stand, 1, SIM_SILENT);
    WAIT_FOR(receiver, live->last[0].reason == REASON_TIMEOUT);
    assert_int_equal(receiver->seen.ups, 0);
    assert_false(wire_link_status(setup.wire, 0).is_up);
    stand_fault(&stand, 1, SIM_EXCEPTION);
    WAIT_FOR(receiver, live->ups == 1);
    assert_int_equal(receiver->seen.downs, 1);
    finish(&setup);
    stand_stop(&stand);
}

static void readings_wait_in_order_while_there_is_no_room(void **state)
{
    (void) state;
    struct stand stand;
    struct setup setup;
    uint16_t port = 0;
    int listener = listen_on(0, &port);
    assert_int_equal(listen(listener, 8), 0);
    stand_start(&stand, FRAMING_MBAP, listener, -1);
    start(&setup, LINK_TCP, "127.0.0.1", port);
    struct receiver *receiver = &setup.receiver;
    expect_good(&setup);
    (void) pthread_mutex_lock(&receiver->lock);
    receiver->is_full = true;
    (void) pthread_mutex_unlock(&receiver->lock);
    WAIT_FOR(receiver, live->refused >= 5); /* the same block is offered again and again */
    uint64_t requests = wire_link_status(setup.wire, 0).counters.requests;
    WAIT_FOR(receiver, live->refused >= 10);
    assert_true(wire_link_status(setup.wire, 0).counters.requests == requests); /* polls wait */
    (void) pthread_mutex_lock(&receiver->lock);
    receiver->is_full = false;
    receiver->live.first_taken_at = 0;
    (void) pthread_mutex_unlock(&receiver->lock);
    WAIT_FOR(receiver, live->first_taken_at != 0);
    assert_true(receiver->seen.first_taken_at == receiver->seen.first_refused_at);
    finish(&setup);
    stand_stop(&stand);
}

/* Serial. */

/* The slave end stays open too: else the master reads EIO until somebody opens the port. */
static int open_pty(char path[static 64], int *ret_slave)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(master >= 0);
    assert_int_equal(grantpt(master), 0);
    assert_int_equal(unlockpt(master), 0);
    assert_int_equal(ptsname_r(master, path, 64), 0);
    int slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct termios raw;
    assert_int_equal(tcgetattr(slave, &raw), 0);
    cfmakeraw(&raw);
    assert_int_equal(tcsetattr(slave, TCSANOW, &raw), 0);
    assert_int_equal(ioctl(slave, TIOCNXCL), 0);
    *ret_slave = slave;
    return master;
}

static void a_replugged_serial_port_comes_back_by_its_name(void **state)
{
    (void) state;
    char directory[] = "/tmp/wire_test_XXXXXX";
    assert_non_null(mkdtemp(directory));
    char name[64];
    (void) snprintf(name, sizeof name, "%s/usb0", directory);
    char first[64];
    char second[64];
    struct stand stand;
    struct setup setup;
    int slaves[2];
    int master = open_pty(first, &slaves[0]);
    assert_int_equal(symlink(first, name), 0);
    stand_start(&stand, FRAMING_RTU, -1, master);
    start(&setup, LINK_RTU, name, 0);
    struct receiver *receiver = &setup.receiver;
    expect_good(&setup);
    assert_int_equal(unlink(name), 0);
    stand_hang_up(&stand);
    WAIT_FOR(receiver, live->downs == 1);
    assert_string_equal(receiver->seen.text, "串口已拔出");
    stand_stop(&stand);
    master = open_pty(second, &slaves[1]);
    assert_int_equal(symlink(second, name), 0);
    stand_start(&stand, FRAMING_RTU, -1, master);
    WAIT_FOR(receiver, live->ups == 2 && live->last[0].quality == QUALITY_GOOD);
    finish(&setup);
    stand_stop(&stand);
    assert_int_equal(unlink(name), 0);
    assert_int_equal(rmdir(directory), 0);
    (void) close(slaves[0]);
    (void) close(slaves[1]);
}

static void a_serial_port_that_is_not_there_is_named(void **state)
{
    (void) state;
    struct setup setup;
    start(&setup, LINK_RTU, "/dev/no-such-port", 0);
    struct receiver *receiver = &setup.receiver;
    WAIT_FOR(receiver, live->downs == 1);
    assert_string_equal(receiver->seen.text, "串口打不开：/dev/no-such-port 没有这个设备");
    finish(&setup);
}

static void a_host_name_that_cannot_be_found_is_named(void **state)
{
    (void) state;
    /* A part longer than 63 bytes is no name: nobody has to be asked. */
    const char *name = "x123456789x123456789x123456789x123456789x123456789x123456789x123";
    struct setup setup;
    start(&setup, LINK_TCP, name, 502);
    struct receiver *receiver = &setup.receiver;
    WAIT_FOR(receiver, live->downs == 1);
    char words[LINK_TEXT_MAX];
    (void) snprintf(words, sizeof words, "域名解析失败：%s", name);
    assert_string_equal(receiver->seen.text, words);
    assert_string_equal(wire_link_status(setup.wire, 0).text, words);
    assert_string_equal(wire_link_past(setup.wire, 0).why, words);
    finish(&setup);
}

static void a_house_without_links_starts_and_stops(void **state)
{
    (void) state;
    const struct wire_settings settings = {
        .now_us = clock_us, .callbacks = {.post_readings = post_readings, .post_link = post_link}};
    struct wire *wire = NULL;
    struct error error;
    assert_true(wire_start(&settings, &wire, &error));
    wire_stop(wire);
    wire_stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_transaction_is_one_block_of_readings),
        cmocka_unit_test(rtu_over_tcp_works_on_a_host_name),
        cmocka_unit_test(a_refused_link_says_so_and_connects_when_the_peer_is_back),
        cmocka_unit_test(a_peer_that_hangs_up_is_connected_again),
        cmocka_unit_test(a_silent_device_is_a_reading_and_its_link_stays_known),
        cmocka_unit_test(a_link_is_not_down_when_it_reconnects_because_of_silence),
        cmocka_unit_test(a_lost_peer_is_down_until_it_answers),
        cmocka_unit_test(readings_wait_in_order_while_there_is_no_room),
        cmocka_unit_test(a_replugged_serial_port_comes_back_by_its_name),
        cmocka_unit_test(a_serial_port_that_is_not_there_is_named),
        cmocka_unit_test(a_host_name_that_cannot_be_found_is_named),
        cmocka_unit_test(a_house_without_links_starts_and_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
