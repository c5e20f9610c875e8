#include "sensors/transport/poller.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/expect.h"

enum { OWNERS = 3 };

/* A pair of sockets for each owner: ours is watched, the other end is played. */
struct rig {
    struct arena *arena;
    struct poller *poller;
    int ours[OWNERS], theirs[OWNERS];
    int told[OWNERS]; /* since the last look */
    enum poller_news news[OWNERS];
    int32_t must_forget; /* by whoever is told first; -1: nobody */
};

static void start(struct rig *rig)
{
    struct error error;
    *rig = (struct rig){.arena = arena_new(), .must_forget = -1};
    assert_true(poller_open(rig->arena, OWNERS, &rig->poller, &error));
    for (int32_t i = 0; i < OWNERS; i++) {
        int pair[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
        rig->ours[i] = pair[0];
        rig->theirs[i] = pair[1];
    }
}

static void stop(struct rig *rig)
{
    for (int32_t i = 0; i < OWNERS; i++) {
        (void) close(rig->ours[i]);
        (void) close(rig->theirs[i]);
    }
    poller_close(rig->poller);
    arena_free(rig->arena);
}

static void on_news(void *context, int32_t owner, enum poller_news news)
{
    struct rig *rig = context;
    rig->told[owner]++;
    rig->news[owner] = news;
    if (rig->must_forget >= 0 && rig->must_forget != owner) {
        poller_forget(rig->poller, rig->must_forget);
        assert_true(poller_watch(rig->poller, rig->must_forget, rig->theirs[rig->must_forget],
                                 POLLER_FOR_NEW_BYTES));
        rig->must_forget = -1;
    }
}

static void look(struct rig *rig)
{
    memset(rig->told, 0, sizeof rig->told);
    poller_look(rig->poller, on_news, rig);
}

static void say(const struct rig *rig, int32_t owner)
{
    assert_int_equal(write(rig->theirs[owner], "x", 1), 1);
}

static void hear(const struct rig *rig, int32_t owner)
{
    char byte = 0;
    assert_int_equal(read(rig->ours[owner], &byte, 1), 1);
}

static void a_socket_is_told_of_once_a_change(void **state)
{
    (void) state;
    struct rig rig;
    start(&rig);
    say(&rig, 0); /* before anybody looks */
    assert_true(poller_watch(rig.poller, 0, rig.ours[0], POLLER_FOR_NEW_BYTES));
    look(&rig);
    assert_int_equal(rig.told[0], 1);
    assert_int_equal(rig.news[0], POLLER_READY);
    look(&rig);
    assert_int_equal(rig.told[0], 0);
    say(&rig, 0);
    look(&rig);
    assert_int_equal(rig.told[0], 1);
    stop(&rig);
}

static void a_serial_port_is_told_of_while_there_is_something(void **state)
{
    (void) state;
    struct rig rig;
    start(&rig);
    assert_true(poller_watch(rig.poller, 0, rig.ours[0], POLLER_FOR_ANY_BYTES));
    say(&rig, 0);
    look(&rig);
    look(&rig);
    assert_int_equal(rig.told[0], 1);
    assert_true(poller_watch(rig.poller, 0, rig.ours[0], POLLER_FOR_NOTHING));
    look(&rig);
    assert_int_equal(rig.told[0], 0);
    assert_true(poller_watch(rig.poller, 0, rig.ours[0], POLLER_FOR_ANY_BYTES));
    look(&rig);
    assert_int_equal(rig.told[0], 1);
    hear(&rig, 0);
    look(&rig);
    assert_int_equal(rig.told[0], 0);
    stop(&rig);
}

static void an_end_is_told_with_what_came_before_it(void **state)
{
    (void) state;
    struct rig rig;
    start(&rig);
    assert_true(poller_watch(rig.poller, 0, rig.ours[0], POLLER_FOR_NEW_BYTES));
    say(&rig, 0);
    assert_int_equal(shutdown(rig.theirs[0], SHUT_WR), 0);
    look(&rig);
    assert_int_equal(rig.told[0], 1);
    assert_int_equal(rig.news[0], POLLER_ENDING);
    hear(&rig, 0);
    /* and one that comes later, later */
    assert_true(poller_watch(rig.poller, 1, rig.ours[1], POLLER_FOR_NEW_BYTES));
    say(&rig, 1);
    look(&rig);
    assert_int_equal(rig.news[1], POLLER_READY);
    assert_int_equal(shutdown(rig.theirs[1], SHUT_WR), 0);
    look(&rig);
    assert_int_equal(rig.news[1], POLLER_ENDING);
    stop(&rig);
}

static void a_connection_is_told_of_when_it_can_be_written_to(void **state)
{
    (void) state;
    struct rig rig;
    start(&rig);
    say(&rig, 0);
    assert_true(poller_watch(rig.poller, 0, rig.ours[0], POLLER_FOR_CONNECT));
    look(&rig);
    assert_int_equal(rig.told[0], 1);
    assert_true(poller_watch(rig.poller, 0, rig.ours[0],
                             POLLER_FOR_NEW_BYTES)); /* what came meanwhile is news */
    look(&rig);
    assert_int_equal(rig.told[0], 1);
    stop(&rig);
}

/* Both have news; the first one told lets the other go and take another descriptor, which has
 * none. */
static void news_of_what_was_forgotten_are_never_told(void **state)
{
    (void) state;
    struct rig rig;
    start(&rig);
    assert_true(poller_watch(rig.poller, 0, rig.ours[0], POLLER_FOR_NEW_BYTES));
    assert_true(poller_watch(rig.poller, 1, rig.ours[1], POLLER_FOR_NEW_BYTES));
    say(&rig, 0);
    say(&rig, 1);
    rig.must_forget = 1;
    look(&rig);
    assert_int_equal(rig.told[0], 1);
    assert_int_equal(rig.told[1], 0);
    assert_int_equal(rig.must_forget, -1);
    look(&rig);
    assert_int_equal(rig.told[0] + rig.told[1], 0);
    stop(&rig);
}

static void the_eyes_are_readable_while_there_are_news(void **state)
{
    (void) state;
    struct rig rig;
    start(&rig);
    struct poller *outer = NULL;
    struct error error;
    assert_true(poller_open(rig.arena, OWNERS, &outer, &error));
    assert_true(poller_watch(outer, 2, poller_fd(rig.poller), POLLER_FOR_ANY_BYTES));
    assert_true(poller_watch(rig.poller, 0, rig.ours[0], POLLER_FOR_NEW_BYTES));
    say(&rig, 0);
    memset(rig.told, 0, sizeof rig.told);
    poller_look(outer, on_news, &rig);
    assert_int_equal(rig.told[2], 1);
    look(&rig);
    assert_int_equal(rig.told[0], 1);
    poller_look(outer, on_news, &rig);
    assert_int_equal(rig.told[2], 0);
    poller_close(outer);
    stop(&rig);
}

static void what_the_kernel_cannot_watch_is_refused(void **state)
{
    (void) state;
    struct rig rig;
    start(&rig);
    int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    assert_true(file >= 0);
    assert_false(poller_watch(rig.poller, 0, file, POLLER_FOR_NEW_BYTES));
    (void) close(file);
    poller_forget(rig.poller, 0);
    assert_true(poller_watch(rig.poller, 0, rig.ours[0], POLLER_FOR_NEW_BYTES));
    stop(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_socket_is_told_of_once_a_change),
        cmocka_unit_test(a_serial_port_is_told_of_while_there_is_something),
        cmocka_unit_test(an_end_is_told_with_what_came_before_it),
        cmocka_unit_test(a_connection_is_told_of_when_it_can_be_written_to),
        cmocka_unit_test(news_of_what_was_forgotten_are_never_told),
        cmocka_unit_test(the_eyes_are_readable_while_there_are_news),
        cmocka_unit_test(what_the_kernel_cannot_watch_is_refused),
    };
    return cmocka_run_group_tests_name("eyes", tests, NULL, NULL);
}
