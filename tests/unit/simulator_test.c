#include "gateway/cli/simulator.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "sensors/codec.h"
#include "sensors/frame.h"
#include "tests/unit/expect.h"

enum { PATIENCE_MS = 5000 };

static const char two_units[] =
    "{\"slaves\": [{\"id\": \"gw\", \"listen\": \"127.0.0.1:0\", \"units\": ["
    "{\"unit\": 1, \"registers\": [{\"fc\": 4, \"address\": 1, \"scale\": 0.1, \"value\": 21.5}]},"
    "{\"unit\": 2, \"latency\": \"20ms\", \"fill\": 7}]}]}";

static struct simulator *start(const char *text)
{
    struct simulator *simulator = NULL;
    struct error error;
    if (!simulator_start(text, &simulator, &error)) {
        print_error("%s\n", error.text);
        fail();
    }
    return simulator;
}

static int connect_to(uint16_t port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(connect(fd, (struct sockaddr *) &address, sizeof address), 0);
    return fd;
}

/* The first register the device answers with; -1: nothing within `patience`. */
static int ask(int fd, enum framing framing, uint8_t unit, int patience)
{
    const struct frame_request request = {
        .unit = unit, .function = 4, .address = 1, .count = 1, .transaction = 5};
    uint8_t bytes[MBAP_FRAME_MAX];
    uint8_t frame[MBAP_FRAME_MAX];
    size_t length = frame_encode(&request, framing, bytes);
    assert_int_equal(write(fd, bytes, length), length);
    struct frame_stream stream;
    frame_reset(&stream, framing);
    struct pollfd look = {.fd = fd, .events = POLLIN};
    while (poll(&look, 1, patience) == 1) {
        ssize_t got = read(fd, bytes, sizeof bytes);
        assert_true(got > 0);
        frame_feed(&stream, bytes, (size_t) got);
        if (frame_find(&stream, &request, frame, &length) == FRAME_REPLY) {
            size_t at = framing == FRAMING_RTU ? 3 : 9;
            return frame[at] << 8 | frame[at + 1];
        }
    }
    return -1;
}

static void units_answer_on_as_many_connections_as_one_likes(void **state)
{
    (void) state;
    struct simulator *simulator = start(two_units);
    int fd[100];
    for (int i = 0; i < 100; i++) {
        fd[i] = connect_to(simulator_line_port(simulator, 0));
    }
    for (int i = 0; i < 100; i++) {
        assert_int_equal(ask(fd[i], FRAMING_MBAP, (uint8_t) (1 + i % 2), PATIENCE_MS),
                         i % 2 == 0 ? 215 : 7);
        (void) close(fd[i]);
    }
    simulator_stop(simulator);
}

static void words_and_faults_are_set_while_it_runs(void **state)
{
    (void) state;
    struct simulator *simulator = start(two_units);
    int fd = connect_to(simulator_line_port(simulator, 0));
    char answer[128];
    assert_true(simulator_set(simulator, "gw", 1, 4, 1, 999));
    assert_int_equal(ask(fd, FRAMING_MBAP, 1, PATIENCE_MS), 999);
    simulator_command(simulator, "set 0 1 4 1 -5", answer, sizeof answer);
    assert_string_equal(answer, "ok");
    assert_int_equal(ask(fd, FRAMING_MBAP, 1, PATIENCE_MS), 0xfffb);
    simulator_command(simulator, "fault gw 1 silent", answer, sizeof answer);
    assert_string_equal(answer, "ok");
    assert_int_equal(ask(fd, FRAMING_MBAP, 1, 30), -1);
    simulator_command(simulator, "fault gw 1 none", answer, sizeof answer);
    assert_int_equal(ask(fd, FRAMING_MBAP, 1, PATIENCE_MS), 0xfffb);
    (void) close(fd);
    simulator_stop(simulator);
}

static void a_command_nobody_knows_is_answered_with_a_sentence(void **state)
{
    (void) state;
    struct simulator *simulator = start(two_units);
    static const char *const wrong[] = {
        "",
        "set gw 1 4 1",
        "set gw 1 4 1 70000",
        "set nobody 1 4 1 1",
        "set gw 9 4 1 1",
        "fault gw 1 asleep",
        "fault gw x silent",
        "set 7 1 4 1 1",
        "set gw 1 4 1 1 1 1 1",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char answer[256];
        simulator_command(simulator, wrong[i], answer, sizeof answer);
        assert_memory_equal(answer, "error: ", 7);
    }
    assert_false(simulator_set(simulator, "nobody", 1, 4, 1, 1));
    simulator_stop(simulator);
}

static void a_pty_answers_under_its_name_and_leaves_nothing_behind(void **state)
{
    (void) state;
    char directory[] = "/tmp/simulator_test_XXXXXX";
    assert_non_null(mkdtemp(directory));
    char text[512];
    char link[64];
    char control[64];
    (void) snprintf(link, sizeof link, "%s/ttyA", directory);
    (void) snprintf(control, sizeof control, "%s/control", directory);
    (void) snprintf(text, sizeof text,
                    "{\"control\": \"%s\", \"slaves\": [{\"pty\": \"%s\", \"baud\": 115200, "
                    "\"units\": [{\"unit\": 3, \"fill\": 42}]}]}",
                    control, link);
    struct simulator *simulator = start(text);
    struct error error;
    for (int i = 0; i < 2; i++) { /* a line outlives whoever opens and closes it */
        int fd = -1;
        assert_true(codec_open_serial(link, 115200, 'N', 1, &fd, &error));
        assert_int_equal(ask(fd, FRAMING_RTU, 3, PATIENCE_MS), 42);
        (void) close(fd);
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void) snprintf(address.sun_path, sizeof address.sun_path, "%s", control);
    assert_int_equal(connect(fd, (struct sockaddr *) &address, sizeof address), 0);
    assert_int_equal(write(fd, "set 0 3 4 1 5\nqu", 16), 16);
    char answer[16];
    assert_int_equal(read(fd, answer, 3), 3);
    assert_memory_equal(answer, "ok\n", 3);
    assert_int_equal(write(fd, "it\n", 3), 3);
    struct pollfd quit = {.fd = simulator_quit_fd(simulator), .events = POLLIN};
    assert_int_equal(poll(&quit, 1, PATIENCE_MS), 1);
    (void) close(fd);
    simulator_stop(simulator);
    assert_int_equal(rmdir(directory), 0);
}

static void what_cannot_be_opened_is_named(void **state)
{
    (void) state;
    struct simulator *first = start(two_units);
    struct simulator *second = NULL;
    struct error error;
    char text[256];
    char name[32];
    (void) snprintf(name, sizeof name, "'127.0.0.1:%u'", (unsigned) simulator_line_port(first, 0));
    (void) snprintf(text, sizeof text,
                    "{\"slaves\": [{\"listen\": \"127.0.0.1:%u\", \"units\": [{\"unit\": 1}]}]}",
                    (unsigned) simulator_line_port(first, 0));
    assert_false(simulator_start(text, &second, &error));
    assert_non_null(strstr(error.text, name));
    assert_non_null(strstr(error.text, "another program"));
    simulator_stop(first);
    simulator_stop(NULL);
}

static void a_mistake_in_the_plan_names_its_line_and_place(void **state)
{
    (void) state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"{", "line 1"},
        {"{\"slaves\": []}", "line 1: /slaves: needs 1 to 256"},
        {"{\"slaves\":\n[{\"units\": [{\"unit\": 1}]}]}", "line 2: /slaves/0: needs either"},
        {"{\"slaves\": [{\"pty\": \"\", \"units\": [{\"unti\": 1}]}]}",
         "/slaves/0/units/0/unti: no such key"},
        {"{\"slaves\": [{\"pty\": \"\", \"units\": [{\"unit\": 300}]}]}",
         "/unit: must be a whole number between 1 and 255"},
        {"{\"slaves\": [{\"pty\": \"\", \"units\": [{\"registers\": [{\"value\": []}]}]}]}",
         "needs a \"value\""},
        {"{\"slaves\": [{\"pty\": \"\", \"units\": [{\"registers\": [{\"value\": 1, \"type\": \"int\"}]}]}]}",
         "must be one of bool bit"},
        {"{\"slaves\": [{\"pty\": \"\", \"units\": [{\"registers\": [{\"value\": 1, \"scale\": 0}]}]}]}",
         "must not be 0"},
        {"{\"slaves\": [{\"pty\": \"\", \"units\": [{\"registers\": [{\"value\": [{\"at\": \"1s\", \"value\": 1}, {\"at\": \"1s\", \"value\": 2}]}]}]}]}",
         "/value/1: must come later"},
        {"{\"slaves\": [{\"pty\": \"\", \"units\": [{\"faults\": [{\"fault\": \"tired\"}]}]}]}",
         "/fault: needs a \"fault\""},
        {"{\"slaves\": [{\"pty\": \"\", \"units\": [{\"latency\": \"5\"}]}]}",
         "/latency: must be a duration"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct simulator *simulator = NULL;
        struct error error;
        assert_false(simulator_start(cases[i].text, &simulator, &error));
        if (strstr(error.text, cases[i].says) == NULL) {
            print_error("%s\n", error.text);
            fail();
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_answer_on_as_many_connections_as_one_likes),
        cmocka_unit_test(words_and_faults_are_set_while_it_runs),
        cmocka_unit_test(a_command_nobody_knows_is_answered_with_a_sentence),
        cmocka_unit_test(a_pty_answers_under_its_name_and_leaves_nothing_behind),
        cmocka_unit_test(what_cannot_be_opened_is_named),
        cmocka_unit_test(a_mistake_in_the_plan_names_its_line_and_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
