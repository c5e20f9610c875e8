#include "sensors/dtu/dtu_rival.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sensors/modbus/frame.h"
#include "tests/unit/expect.h"

#define S US_PER_SECOND

static const struct profile profile = {
    .timeout_ms = 300, .read_count = 1, .read = {{.function = 4, .address = 1, .count = 2}}};
static const struct dtu_settings dtu = {.idle_ms = 120000,
                                        .registration = {1, (const uint8_t *) "A"}};
static const struct link_device device = {.profile = &profile, .unit = 1, .poll_ms = 1000};
static const struct link_settings settings = {
    .kind = LINK_DTU, .dtu = &dtu, .device_count = 1, .device = &device};

struct rig {
    struct arena *arena;
    struct dtu_takeover *takeover;
    struct transport in_use;
};

/* Returns the far end of a connection; ours is in *ret_fd. */
static int connect_dtu(int *ret_fd)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    *ret_fd = pair[0];
    return pair[1];
}

/* The connection that waits is in use from now on. */
static void take(struct rig *rig, us_t now)
{
    transport_close(&rig->in_use);
    rig->in_use.fd = dtu_takeover_take(rig->takeover, now);
    assert_true(transport_watch(&rig->in_use, true));
}

/* A connection in use, and one takeover from it a second ago: the next one is suspicious. */
static int open_rig(struct rig *rig)
{
    struct error error;
    *rig = (struct rig){.arena = arena_new(), .in_use = {.fd = -1}};
    rig->takeover = dtu_takeover_new(rig->arena, &settings);
    assert_true(poller_open(rig->arena, 1, &rig->in_use.poller, &error));
    int fd = -1;
    int first = connect_dtu(&fd);
    dtu_rival_add(rig->takeover, NULL, fd, NULL, 0, 100 * S);
    take(rig, 100 * S);
    int second = connect_dtu(&fd);
    dtu_rival_add(rig->takeover, &rig->in_use, fd, NULL, 0, 101 * S);
    assert_int_equal(rig->takeover->rival, -1); /* the first takeover asks nothing */
    take(rig, 101 * S);
    (void) close(first);
    return second;
}

static void close_rig(struct rig *rig)
{
    dtu_rival_close_all(rig->takeover);
    transport_close(&rig->in_use);
    poller_close(rig->in_use.poller);
    arena_free(rig->arena);
}

static void the_displaced_connection_is_asked_and_closed(void **state)
{
    (void) state;
    struct rig rig;
    int old = open_rig(&rig);
    int fd = -1;
    int new = connect_dtu(&fd);
    dtu_rival_add(rig.takeover, &rig.in_use, fd, (const uint8_t *) "x", 1, 102 * S);
    assert_int_equal(rig.in_use.fd, -1);
    assert_true(dtu_rival_watch(rig.takeover, 102 * S));
    uint8_t question[MBAP_FRAME_MAX];
    assert_int_equal(recv(old, question, sizeof question, 0), 8);
    assert_memory_equal(question, "\x01\x04\x00\x01\x00\x01",
                        6);                               /* one register less than a poll */
    assert_false(dtu_rival_watch(rig.takeover, 104 * S)); /* no answer: no second device */
    assert_int_equal(recv(old, question, sizeof question, 0), 0);
    assert_false(dtu_takeover_is_disputed(rig.takeover, 104 * S));
    assert_int_equal(dtu_takeover_take(rig.takeover, 104 * S), fd);
    (void) close(fd);
    (void) close(old);
    (void) close(new);
    close_rig(&rig);
}

static void a_rival_that_closes_is_over_at_once(void **state)
{
    (void) state;
    struct rig rig;
    int old = open_rig(&rig);
    int fd = -1;
    int new = connect_dtu(&fd);
    dtu_rival_add(rig.takeover, &rig.in_use, fd, NULL, 0, 102 * S);
    assert_true(dtu_rival_watch(rig.takeover, 102 * S));
    (void) close(old);
    assert_false(dtu_rival_watch(rig.takeover, 102 * S));
    assert_int_equal(rig.takeover->rival, -1);
    (void) close(new);
    close_rig(&rig);
}

static void a_connection_that_was_closed_is_no_rival(void **state)
{
    (void) state;
    struct rig rig;
    int old = open_rig(&rig);
    (void) close(old);
    int fd = -1;
    int new = connect_dtu(&fd);
    dtu_rival_add(rig.takeover, &rig.in_use, fd, NULL, 0, 102 * S);
    assert_int_equal(rig.takeover->rival, -1);
    assert_true(rig.in_use.fd >= 0);
    (void) close(new);
    close_rig(&rig);
}

static void of_two_that_wait_the_older_is_closed(void **state)
{
    (void) state;
    struct rig rig;
    int old = open_rig(&rig);
    int fd = -1;
    int first = connect_dtu(&fd);
    dtu_rival_add(rig.takeover, NULL, fd, NULL, 0, 102 * S);
    int second = connect_dtu(&fd);
    dtu_rival_add(rig.takeover, NULL, fd, NULL, 0, 103 * S);
    uint8_t byte = 0;
    assert_int_equal(recv(first, &byte, 1, 0), 0);
    assert_int_equal(rig.takeover->fd, fd);
    (void) close(first);
    (void) close(second);
    (void) close(old);
    close_rig(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_displaced_connection_is_asked_and_closed),
        cmocka_unit_test(a_rival_that_closes_is_over_at_once),
        cmocka_unit_test(a_connection_that_was_closed_is_no_rival),
        cmocka_unit_test(of_two_that_wait_the_older_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
