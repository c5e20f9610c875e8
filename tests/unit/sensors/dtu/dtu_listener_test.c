#include "sensors/dtu/dtu_listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/timers.h"
#include "tests/unit/expect.h"

#define S US_PER_SECOND

enum { LINKS = 4, PATIENCE_MS = 5000 };

/* A listener on a free port, in virtual time. */
struct rig {
    struct arena *arena;
    char listen[32];
    uint16_t port;
    struct dtu_settings dtu[LINKS];
    struct link_device device;
    struct link_settings link[LINKS];
    struct dtu_listener_settings settings;
    struct dtu_listener *listener;
    /* What it has told. */
    int fd[LINKS]; /* handed over, -1: none */
    int handed;
    char rest[LINKS][DTU_REGISTRATION_HELLO_MAX + 1];
    bool is_connected[LINKS]; /* for the questions */
    int asked;
    int ills, wells, strangers;
    char text[256];
};

static const struct dtu_text ping[] = {{4, (const uint8_t *) "ping"}};
static const char *const names[LINKS] = {"LOGIN:1001", "LOGIN:1002", "LOGIN:10021", "LOGIN:1004"};

static void hand_over(void *wire, int32_t link, int fd, const uint8_t *bytes, size_t length,
                      us_t now)
{
    struct rig *rig = wire;
    (void) now;
    assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    assert_int_equal(rig->fd[link], -1);
    rig->fd[link] = fd;
    rig->handed++;
    memcpy(rig->rest[link], bytes, length);
    rig->rest[link][length] = '\0';
}

static size_t question(void *wire, int32_t link, uint8_t to[static MBAP_FRAME_MAX])
{
    struct rig *rig = wire;
    if (rig->is_connected[link]) {
        return 0;
    }
    rig->asked++;
    to[0] = (uint8_t) ('0' + link);
    return 1;
}

static void tell(void *context, bool is_ok, const char *text)
{
    struct rig *rig = context;
    rig->ills += is_ok ? 0 : 1;
    rig->wells += is_ok ? 1 : 0;
    (void) snprintf(rig->text, sizeof rig->text, "%s", text);
}

static void stranger(void *context, const char *text)
{
    struct rig *rig = context;
    rig->strangers++;
    (void) snprintf(rig->text, sizeof rig->text, "%s", text);
}

/* A port that nobody has; bound, it is kept so that nobody gets it. */
static int take_port(uint16_t *port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(*port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int yes = 1;
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes), 0);
    assert_int_equal(bind(fd, (struct sockaddr *) &address, length), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *) &address, &length), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static void prepare(struct rig *rig)
{
    memset(rig, 0, sizeof *rig);
    rig->arena = arena_new();
    (void) close(take_port(&rig->port));
    (void) snprintf(rig->listen, sizeof rig->listen, "127.0.0.1:%u", (unsigned) rig->port);
    for (int i = 0; i < LINKS; i++) {
        rig->fd[i] = -1;
        rig->dtu[i] = (struct dtu_settings){
            .registration = {(int32_t) strlen(names[i]), (const uint8_t *) names[i]},
            .heartbeat_count = 1,
            .heartbeat = ping};
        rig->link[i] = (struct link_settings){
            .kind = LINK_DTU, .dtu = &rig->dtu[i], .device_count = 1, .device = &rig->device};
    }
    rig->settings = (struct dtu_listener_settings){.listen = rig->listen,
                                                   .limits = {.all = 8, .from_source = 8}};
}

static void open_rig(struct rig *rig)
{
    const struct dtu_listener_parts parts = {.link = rig->link,
                                             .link_count = LINKS,
                                             .wire = rig,
                                             .hand_over = hand_over,
                                             .question = question,
                                             .context = rig,
                                             .post_state = tell,
                                             .post_stranger = stranger};
    struct error error;
    assert_true(dtu_listener_new(rig->arena, &rig->settings, &parts, &rig->listener, &error));
    assert_true(dtu_listener_next(rig->listener) == 0);
    dtu_listener_wake(rig->listener, 0);
}

static void close_rig(struct rig *rig)
{
    dtu_listener_close(rig->listener);
    for (int i = 0; i < LINKS; i++) {
        if (rig->fd[i] >= 0) {
            (void) close(rig->fd[i]);
        }
    }
    arena_free(rig->arena);
}

static int takeover(const struct rig *rig)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(rig->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(connect(fd, (struct sockaddr *) &address, sizeof address), 0);
    return fd;
}

static bool is_readable(int fd, int patience_ms)
{
    struct pollfd look = {.fd = fd, .events = POLLIN};
    return poll(&look, 1, patience_ms) == 1;
}

/* Serves one event; there must be one. */
static void turn(struct rig *rig, us_t now)
{
    assert_true(is_readable(dtu_listener_fd(rig->listener), PATIENCE_MS));
    dtu_listener_ready(rig->listener, now);
}

static int dial_in(struct rig *rig, us_t now)
{
    int fd = takeover(rig);
    turn(rig, now);
    return fd;
}

static void say(struct rig *rig, int fd, const char *text, us_t now)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t) strlen(text));
    turn(rig, now);
}

static void expect_closed(int fd)
{
    char byte = 0;
    assert_true(is_readable(fd, PATIENCE_MS));
    assert_true(recv(fd, &byte, 1, 0) <= 0);
    (void) close(fd);
}

static void expect_open(int fd)
{
    assert_false(is_readable(fd, 0));
}

static void who_says_a_registration_is_handed_over_with_the_rest(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig);
    open_rig(&rig);
    int fd = dial_in(&rig, 1 * S);
    say(&rig, fd, "LOGIN", 2 * S);
    assert_int_equal(rig.handed, 0);
    say(&rig, fd, ":1001pingxyz", 3 * S);
    assert_int_equal(rig.handed, 1);
    assert_true(rig.fd[0] >= 0);
    assert_string_equal(rig.rest[0], "pingxyz");
    assert_true(dtu_listener_next(rig.listener) > 3600 * S); /* it is forgotten here */
    expect_open(fd);
    (void) close(fd);
    close_rig(&rig);
}

static void who_keeps_silent_is_closed_after_ten_seconds(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig);
    open_rig(&rig);
    int fd = dial_in(&rig, 1 * S);
    assert_true(dtu_listener_next(rig.listener) == 11 * S);
    dtu_listener_wake(rig.listener, 11 * S - 1);
    expect_open(fd);
    dtu_listener_wake(rig.listener, 11 * S);
    expect_closed(fd);
    assert_int_equal(rig.strangers, 0);
    close_rig(&rig);
}

static void words_do_not_lengthen_the_time(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig);
    open_rig(&rig);
    int fd = dial_in(&rig, 0);
    for (us_t at = 1; at < 10; at++) {
        say(&rig, fd, "x", at * S);
    }
    dtu_listener_wake(rig.listener, 10 * S);
    expect_closed(fd);
    assert_int_equal(rig.strangers, 1);
    assert_non_null(strstr(rig.text, "127.0.0.1"));
    assert_non_null(strstr(rig.text, "xxxxxxxxx"));
    close_rig(&rig);
}

static void who_says_too_much_is_closed_at_once(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig);
    open_rig(&rig);
    char junk[1025];
    memset(junk, 'j', sizeof junk - 1);
    junk[sizeof junk - 1] = '\0';
    int fd = dial_in(&rig, 0);
    say(&rig, fd, junk, 0);
    expect_closed(fd);
    assert_int_equal(rig.handed, 0);
    close_rig(&rig);
}

static void strangers_are_told_now_and_then_only(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig);
    open_rig(&rig);
    for (int i = 0; i < 10; i++) {
        int fd = dial_in(&rig, 0);
        say(&rig, fd, "LOGIN:9999", 0);
        (void) close(fd);
        turn(&rig, i * S);
    }
    assert_int_equal(rig.strangers, 1);
    int fd = dial_in(&rig, 10 * S);
    say(&rig, fd, "\x7E\x80\x01", 10 * S);
    (void) close(fd);
    turn(&rig, 10 * S);
    assert_int_equal(rig.strangers, 2);
    assert_non_null(strstr(rig.text, "7E 80 01"));
    close_rig(&rig);
}

static void a_registration_that_may_grow_waits_for_the_rest(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig);
    open_rig(&rig);
    int fd = dial_in(&rig, 0);
    say(&rig, fd, "LOGIN:1002", 1 * S);
    assert_int_equal(rig.handed, 0);
    assert_true(dtu_listener_next(rig.listener) == 6 * S);
    dtu_listener_wake(rig.listener, 6 * S);
    assert_true(rig.fd[1] >= 0);
    int longer = dial_in(&rig, 7 * S);
    say(&rig, longer, "LOGIN:1002", 7 * S);
    say(&rig, longer, "1", 11 * S); /* a lost piece that was sent again */
    assert_true(rig.fd[2] >= 0);
    (void) close(fd);
    (void) close(longer);
    close_rig(&rig);
}

static void who_comes_when_all_seats_are_taken_gets_the_oldest(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig);
    rig.settings.limits = (struct dtu_unregistered_limits){.all = 8, .from_source = 3};
    open_rig(&rig);
    int fd[4];
    for (int i = 0; i < 4; i++) {
        fd[i] = dial_in(&rig, i * S);
    }
    expect_closed(fd[0]);
    say(&rig, fd[3], "LOGIN:1001", 4 * S);
    assert_true(rig.fd[0] >= 0);
    for (int i = 1; i < 4; i++) {
        expect_open(fd[i]);
        (void) close(fd[i]);
    }
    close_rig(&rig);
}

static void who_comes_from_elsewhere_is_closed_at_once(void **state)
{
    (void) state;
    struct rig rig;
    struct ip_network nets[2];
    prepare(&rig);
    assert_true(ip_network_parse("10.0.0.0/8", &nets[0]));
    assert_true(ip_network_parse("127.0.0.1", &nets[1]));
    rig.settings.net_count = 1;
    rig.settings.net = nets;
    open_rig(&rig);
    expect_closed(dial_in(&rig, 0));
    close_rig(&rig);
    prepare(&rig);
    rig.settings.net_count = 2;
    rig.settings.net = nets;
    open_rig(&rig);
    int fd = dial_in(&rig, 0);
    say(&rig, fd, "LOGIN:1001", 0);
    assert_int_equal(rig.handed, 1);
    (void) close(fd);
    close_rig(&rig);
}

static void nobody_is_asked_unless_a_dtu_has_to_be(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig);
    open_rig(&rig);
    int fd = dial_in(&rig, 0);
    dtu_listener_wake(rig.listener, 5 * S);
    expect_open(fd);
    assert_int_equal(rig.asked, 0);
    (void) close(fd);
    close_rig(&rig);
}

static void who_keeps_silent_is_asked_for_each_link_that_waits(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig);
    rig.dtu[0].mode = rig.dtu[1].mode = rig.dtu[3].mode = DTU_EVERY;
    rig.is_connected[1] = true;
    open_rig(&rig);
    int fd = dial_in(&rig, 0);
    expect_open(fd);
    char bytes[8];
    static const char order[] = "030";
    for (us_t at = 1; at <= 3; at++) {
        assert_true(dtu_listener_next(rig.listener) == at * S);
        dtu_listener_wake(rig.listener, at * S);
        assert_true(is_readable(fd, PATIENCE_MS));
        assert_int_equal(recv(fd, bytes, sizeof bytes, 0), 1);
        assert_int_equal(bytes[0], order[at - 1]);
    }
    say(&rig, fd, "LOGIN:1004\r\n", 3 * S);
    assert_true(rig.fd[3] >= 0);
    assert_string_equal(rig.rest[3], "\r\n");
    (void) close(fd);
    close_rig(&rig);
}

static void a_port_in_use_is_told_and_tried_again(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig);
    int other = take_port(&rig.port);
    assert_int_equal(listen(other, 1), 0);
    open_rig(&rig);
    assert_int_equal(rig.ills, 1);
    assert_non_null(strstr(rig.text, "地址已被占用"));
    assert_true(dtu_listener_next(rig.listener) == 5 * S);
    dtu_listener_wake(rig.listener, 5 * S);
    assert_int_equal(rig.ills, 1); /* told once */
    (void) close(other);
    dtu_listener_wake(rig.listener, 10 * S);
    assert_int_equal(rig.wells, 1);
    int fd = dial_in(&rig, 11 * S);
    say(&rig, fd, "LOGIN:1001", 11 * S);
    assert_int_equal(rig.handed, 1);
    (void) close(fd);
    close_rig(&rig);
}

/* All descriptors but those that are open are taken away. */
static struct rlimit lower_limit(void)
{
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit less = before;
    less.rlim_cur = 3;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &less), 0);
    return before;
}

static void without_descriptors_the_door_rests_and_opens_again(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig);
    open_rig(&rig);
    int fd = takeover(&rig);
    assert_true(is_readable(dtu_listener_fd(rig.listener), PATIENCE_MS));
    struct rlimit before = lower_limit();
    dtu_listener_ready(rig.listener, 1 * S);
    bool is_quiet = !is_readable(dtu_listener_fd(rig.listener), 0); /* else the loop would spin */
    us_t next = dtu_listener_next(rig.listener);
    dtu_listener_wake(rig.listener, 2 * S); /* still none */
    us_t later = dtu_listener_next(rig.listener);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_true(is_quiet && next == 2 * S && later == 3 * S);
    assert_int_equal(rig.ills, 1);
    assert_non_null(strstr(rig.text, "打开的文件太多"));
    dtu_listener_wake(rig.listener, 3 * S);
    assert_int_equal(rig.wells, 1);
    turn(&rig, 3 * S); /* it has waited in the queue */
    say(&rig, fd, "LOGIN:1001", 4 * S);
    assert_int_equal(rig.handed, 1);
    (void) close(fd);
    close_rig(&rig);
}

static void a_caller_that_hangs_up_leaves_its_seat(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig);
    open_rig(&rig);
    for (int i = 0; i < 100; i++) {
        int fd = dial_in(&rig, 0);
        const struct linger reset = {.l_onoff = i % 2};
        assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset), 0);
        (void) close(fd);
        turn(&rig, 0);
    }
    assert_true(dtu_listener_next(rig.listener) == TIMERS_NEVER);
    close_rig(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_says_a_registration_is_handed_over_with_the_rest),
        cmocka_unit_test(who_keeps_silent_is_closed_after_ten_seconds),
        cmocka_unit_test(words_do_not_lengthen_the_time),
        cmocka_unit_test(who_says_too_much_is_closed_at_once),
        cmocka_unit_test(strangers_are_told_now_and_then_only),
        cmocka_unit_test(a_registration_that_may_grow_waits_for_the_rest),
        cmocka_unit_test(who_comes_when_all_seats_are_taken_gets_the_oldest),
        cmocka_unit_test(who_comes_from_elsewhere_is_closed_at_once),
        cmocka_unit_test(nobody_is_asked_unless_a_dtu_has_to_be),
        cmocka_unit_test(who_keeps_silent_is_asked_for_each_link_that_waits),
        cmocka_unit_test(a_port_in_use_is_told_and_tried_again),
        cmocka_unit_test(without_descriptors_the_door_rests_and_opens_again),
        cmocka_unit_test(a_caller_that_hangs_up_leaves_its_seat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
