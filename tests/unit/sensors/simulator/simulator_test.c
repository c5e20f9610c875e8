#include "sensors/simulator/simulator.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/io/system/clock.h"
#include "sensors/modbus/frame.h"
#include "sensors/simulator/simulator_plan.h"
#include "sensors/transport/libmodbus.h"
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
    if (!simulator_start(text, clock_us, &simulator, &error)) {
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
    uint8_t room[FRAME_STREAM_MAX];
    frame_init(&stream, framing, room, sizeof room);
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
        fd[i] = connect_to(simulator_line(simulator, 0)->port);
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
    int fd = connect_to(simulator_line(simulator, 0)->port);
    char answer[128];
    simulator_command(simulator, "set gw 1 4 1 999", answer, sizeof answer);
    assert_string_equal(answer, "ok");
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
    for (int i = 0; i < 2; i++) { /* a line outlives whoever opens and closes it */
        int fd = libmodbus_open_serial(link, 115200, 'N', 1);
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
    (void) snprintf(name, sizeof name, "'127.0.0.1:%u'", (unsigned) simulator_line(first, 0)->port);
    (void) snprintf(text, sizeof text,
                    "{\"slaves\": [{\"listen\": \"127.0.0.1:%u\", \"units\": [{\"unit\": 1}]}]}",
                    (unsigned) simulator_line(first, 0)->port);
    assert_false(simulator_start(text, clock_us, &second, &error));
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
        {"{\"slaves\": []}", "line 1: /slaves: needs 1 to 4096"},
        {"{\"slaves\":\n[{\"units\": [{\"unit\": 1}]}]}", "line 2: /slaves/0: needs either"},
        {"{\"slaves\": [{\"pty\": \"\", \"units\": [{\"unti\": 1}]}]}",
         "/slaves/0/units/0/unti: no such member; here may stand: unit "},
        {"{\"slaves\": [{\"pty\": \"\", \"units\": [{\"unit\": 300}]}]}",
         "/unit: 300 is not within 1 and 255"},
        {"{\"slaves\": [{\"pty\": \"\", \"units\": [{\"registers\": [{\"value\": []}]}]}]}",
         "needs a \"value\""},
        {"{\"slaves\": [{\"pty\": \"\", \"units\": [{\"registers\": [{\"value\": 1, \"type\": "
         "\"int\"}]}]}]}",
         "/type: 'int' is none of: bool bit"},
        {"{\"slaves\": [{\"pty\": \"\", \"units\": [{\"registers\": [{\"value\": 1, "
         "\"scale\": 0}]}]}]}",
         "must not be 0"},
        {"{\"slaves\": [{\"pty\": \"\", \"units\": [{\"registers\": [{\"value\": [{\"at\": "
         "\"1s\", \"value\": 1}, {\"at\": \"1s\", \"value\": 2}]}]}]}]}",
         "/value/1: must come later"},
        {"{\"slaves\": [{\"pty\": \"\", \"units\": [{\"faults\": [{\"fault\": \"tired\"}]}]}]}",
         "/fault: needs a \"fault\""},
        {"{\"slaves\": [{\"pty\": \"\", \"units\": [{\"latency\": \"5\"}]}]}",
         "/latency: must be a duration"},
        {"{\"slaves\": [{\"pty\": \"\", \"dial\": \"127.0.0.1:1\", \"units\": [{}]}]}",
         "needs either"},
        {"{\"slaves\": [{\"pty\": \"\", \"count\": 2, \"units\": [{}]}]}",
         "/count: belongs to a line that dials"},
        {"{\"slaves\": [{\"dial\": \"127.0.0.1:1\", \"count\": 4097, \"units\": [{}]}]}",
         "/count: 4097 is not within 1 and 4096"},
        {"{\"slaves\": [{\"dial\": \"shop\", \"units\": [{}]}]}", "'shop' is no address to dial"},
        {"{\"slaves\": [{\"dial\": \"127.0.0.1:1\", \"registration\": \"hex: 7\", \"units\": "
         "[{}]}]}",
         "/registration: must be text"},
        {"{\"slaves\": [{\"dial\": \"127.0.0.1:1\", \"heartbeat_every\": \"1s\", \"units\": "
         "[{}]}]}",
         "needs a \"heartbeat\""},
        {"{\"slaves\": [{\"pty\": \"\", \"faults\": [{\"fault\": \"asleep\"}], \"units\": [{}]}]}",
         "/faults/0/fault: 'asleep' is none of: away one_client"},
        {"{\"slaves\": [{\"pty\": \"\", \"events\": [{\"at\": \"1s\"}], \"units\": [{}]}]}",
         "/events/0: 'do' is missing: it must be a string"},
        {"{\"slaves\": [{\"listen\": \"127.0.0.1:0\", \"units\": [{\"faults\": [{\"fault\": "
         "\"echo\"}]}]}]}",
         "/faults: \"echo\" and"},
        {"{\"slaves\": [{\"pty\": \"\", \"units\": [{\"registers\": [{\"type\": \"code\", "
         "\"value\": 1}]}]}]}",
         "/value: a code"},
        {"{\"slaves\": [{\"pty\": \"\", \"units\": [{\"writable\": 1}]}]}",
         "/writable: must be true or false"},
        {"{\"slaves\": [{\"pty\": \"\", \"units\": [{\"orders\": [{\"fc\": 6}]}]}]}",
         "needs \"to\""},
        {"{\"slaves\": [{\"pty\": \"\", \"units\": [{\"orders\": [{\"mask\": 1, \"raw\": 2, "
         "\"to\": {}}]}]}]}",
         "has bits that"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct simulator *simulator = NULL;
        struct error error;
        assert_false(simulator_start(cases[i].text, clock_us, &simulator, &error));
        if (strstr(error.text, cases[i].says) == NULL) {
            print_error("%s\n", error.text);
            fail();
        }
    }
}

static void the_example_plays_each_kind(void **state)
{
    (void) state;
    FILE *file = fopen(SOURCE_DIR "/config/examples/simulator.json", "rbe");
    assert_non_null(file);
    static char text[32768];
    size_t length = fread(text, 1, sizeof text - 1, file);
    (void) fclose(file);
    text[length] = '\0';
    struct arena *arena = arena_new();
    struct sim_plan plan;
    struct error error;
    if (!sim_plan_read(arena, text, &plan, &error)) {
        print_error("%s\n", error.text);
        fail();
    }
    assert_int_equal(plan.line_count, 7);
    assert_string_equal(plan.line[5].id, "shop1003");
    arena_free(arena);
}

/* Lines that come and go. */

/* A gateway's listener for DTUs. */
static int listen_somewhere(uint16_t *ret_port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    assert_int_equal(bind(fd, (struct sockaddr *) &address, sizeof address), 0);
    assert_int_equal(listen(fd, 64), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *) &address, &length), 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

static int accept_within(int listener, int patience)
{
    struct pollfd look = {.fd = listener, .events = POLLIN};
    return poll(&look, 1, patience) == 1 ? accept4(listener, NULL, NULL, SOCK_CLOEXEC) : -1;
}

static void expect_bytes(int fd, const char *wanted)
{
    char bytes[128] = "";
    size_t length = strlen(wanted);
    for (size_t got = 0; got < length;) {
        struct pollfd look = {.fd = fd, .events = POLLIN};
        assert_int_equal(poll(&look, 1, PATIENCE_MS), 1);
        ssize_t more = read(fd, bytes + got, length - got);
        assert_true(more > 0);
        got += (size_t) more;
    }
    assert_string_equal(bytes, wanted);
}

static void expect_closed(int fd)
{
    char byte = 0;
    struct pollfd look = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&look, 1, PATIENCE_MS), 1);
    assert_true(read(fd, &byte, 1) <= 0);
    (void) close(fd);
}

static void say(struct simulator *simulator, const char *command)
{
    char answer[SIMULATOR_ANSWER_MAX];
    simulator_command(simulator, command, answer, sizeof answer);
    assert_string_equal(answer, "ok");
}

static struct simulator *start_dtus(uint16_t port, const char *more)
{
    char text[512];
    (void) snprintf(
        text, sizeof text,
        "{\"slaves\": [{\"id\": \"shop{n}\", \"dial\": \"127.0.0.1:%u\", \"registration\": "
        "\"SHOP{n};\", \"reconnect\": \"20ms\", %s \"units\": [{\"unit\": 1, \"registers\": "
        "[{\"address\": 1, \"type\": \"line\"}]}]}]}",
        (unsigned) port, more);
    return start(text);
}

static void a_dtu_dials_in_registers_and_answers(void **state)
{
    (void) state;
    uint16_t port = 0;
    int listener = listen_somewhere(&port);
    struct simulator *simulator = start_dtus(port, "\"count\": 3, \"first\": 7,");
    int is_seen[3] = {0, 0, 0};
    for (int i = 0; i < 3; i++) {
        int fd = accept_within(listener, PATIENCE_MS);
        expect_bytes(fd, "SHOP");
        char digit[3] = "";
        assert_int_equal(read(fd, digit, 2), 2);
        int line = ask(fd, FRAMING_RTU, 1, PATIENCE_MS);
        assert_in_range(line, 0, 2);
        assert_int_equal(digit[0] - '7', line);
        is_seen[line]++;
        (void) close(fd);
    }
    for (int i = 0; i < 3; i++) {
        assert_int_equal(is_seen[i], 1);
    }
    (void) close(listener);
    simulator_stop(simulator);
}

static void a_dtu_dials_again_when_it_is_closed_or_told_to(void **state)
{
    (void) state;
    uint16_t port = 0;
    int listener = listen_somewhere(&port);
    struct simulator *simulator = start_dtus(port, "");
    int fd = accept_within(listener, PATIENCE_MS);
    (void) close(fd);
    fd = accept_within(listener, PATIENCE_MS);
    expect_bytes(fd, "SHOP1;");
    say(simulator, "hang_up shop1");
    expect_closed(fd);
    fd = accept_within(listener, PATIENCE_MS);
    expect_bytes(fd, "SHOP1;");
    say(simulator, "line * away");
    expect_closed(fd);
    assert_int_equal(accept_within(listener, 100), -1);
    say(simulator, "line * none");
    fd = accept_within(listener, PATIENCE_MS);
    expect_bytes(fd, "SHOP1;");
    (void) close(fd);
    (void) close(listener);
    simulator_stop(simulator);
}

static void a_dtu_that_redials_leaves_a_mute_connection_behind(void **state)
{
    (void) state;
    uint16_t port = 0;
    int listener = listen_somewhere(&port);
    struct simulator *simulator = start_dtus(port, "");
    int old = accept_within(listener, PATIENCE_MS);
    assert_int_equal(ask(old, FRAMING_RTU, 1, PATIENCE_MS), 0);
    say(simulator, "redial shop1");
    int new = accept_within(listener, PATIENCE_MS);
    expect_bytes(new, "SHOP1;");
    assert_int_equal(ask(old, FRAMING_RTU, 1, 50), -1);
    assert_int_equal(ask(new, FRAMING_RTU, 1, PATIENCE_MS), 0);
    (void) close(old);
    assert_int_equal(accept_within(listener, 100), -1); /* nobody misses the old one */
    (void) close(new);
    (void) close(listener);
    simulator_stop(simulator);
}

static void a_dtu_beats_and_puts_its_name_before_each_packet(void **state)
{
    (void) state;
    uint16_t port = 0;
    int listener = listen_somewhere(&port);
    struct simulator *simulator = start_dtus(
        port, "\"mode\": \"every\", \"heartbeat\": \"hex: 70 21\", \"heartbeat_every\": \"10ms\",");
    int fd = accept_within(listener, PATIENCE_MS);
    expect_bytes(fd, "SHOP1;p!SHOP1;p!");
    assert_int_equal(ask(fd, FRAMING_RTU, 1, PATIENCE_MS), 0);
    (void) close(fd);
    (void) close(listener);
    simulator_stop(simulator);
}

static bool is_refused(uint16_t port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    bool is_open = connect(fd, (struct sockaddr *) &address, sizeof address) == 0;
    (void) close(fd);
    return !is_open;
}

/* A line is closed and opened in the simulator's own time. */
static void await_refused(uint16_t port, bool wanted)
{
    for (int i = 0; i < PATIENCE_MS && is_refused(port) != wanted; i++) {
        (void) poll(NULL, 0, 1);
    }
    assert_int_equal(is_refused(port), wanted);
}

static void a_line_that_is_away_refuses_and_comes_back_under_its_port(void **state)
{
    (void) state;
    struct simulator *simulator = start(two_units);
    uint16_t port = simulator_line(simulator, 0)->port;
    int fd = connect_to(port);
    assert_int_equal(ask(fd, FRAMING_MBAP, 1, PATIENCE_MS), 215);
    say(simulator, "line gw away");
    expect_closed(fd);
    await_refused(port, true);
    say(simulator, "line gw none");
    await_refused(port, false);
    fd = connect_to(port);
    assert_int_equal(ask(fd, FRAMING_MBAP, 1, PATIENCE_MS), 215);
    (void) close(fd);
    simulator_stop(simulator);
}

static void one_client_is_served_and_the_second_closed(void **state)
{
    (void) state;
    struct simulator *simulator = start(two_units);
    uint16_t port = simulator_line(simulator, 0)->port;
    say(simulator, "line gw one_client");
    int first = connect_to(port);
    assert_int_equal(ask(first, FRAMING_MBAP, 1, PATIENCE_MS), 215);
    expect_closed(connect_to(port));
    assert_int_equal(ask(first, FRAMING_MBAP, 1, PATIENCE_MS), 215);
    (void) close(first);
    simulator_stop(simulator);
}

static void an_answer_can_end_with_the_connection(void **state)
{
    (void) state;
    struct simulator *simulator = start(two_units);
    int fd = connect_to(simulator_line(simulator, 0)->port);
    say(simulator, "fault gw 1 close");
    static const uint8_t request[] = {0, 1, 0, 0, 0, 6, 1, 4, 0, 1, 0, 1};
    assert_int_equal(write(fd, request, sizeof request), sizeof request);
    uint8_t bytes[64];
    assert_int_equal(recv(fd, bytes, 5, MSG_WAITALL), 5); /* of 11 */
    expect_closed(fd);
    fd = connect_to(simulator_line(simulator, 0)->port);
    say(simulator, "fault gw 2 close"); /* the same with a latency */
    uint8_t second[sizeof request];
    memcpy(second, request, sizeof request);
    second[6] = 2;
    assert_int_equal(write(fd, second, sizeof second), sizeof second);
    assert_int_equal(recv(fd, bytes, 5, MSG_WAITALL), 5);
    expect_closed(fd);
    simulator_stop(simulator);
}

static void a_pty_that_was_away_has_another_number(void **state)
{
    (void) state;
    char directory[] = "/tmp/simulator_test_XXXXXX";
    assert_non_null(mkdtemp(directory));
    char text[256];
    char link[64];
    char before[64] = "";
    char after[64] = "";
    (void) snprintf(link, sizeof link, "%s/ttyA", directory);
    (void) snprintf(
        text, sizeof text,
        "{\"slaves\": [{\"id\": \"bus\", \"pty\": \"%s\", \"units\": [{\"fill\": 42}]}]}", link);
    struct simulator *simulator = start(text);
    assert_true(readlink(link, before, sizeof before - 1) > 0);
    say(simulator, "hang_up bus");
    for (int i = 0; i < PATIENCE_MS && (after[0] == '\0' || strcmp(before, after) == 0); i++) {
        (void) poll(NULL, 0, 1);
        ssize_t got = readlink(link, after, sizeof after - 1);
        after[got > 0 ? got : 0] = '\0';
    }
    assert_string_not_equal(before, after);
    int fd = libmodbus_open_serial(link, 9600, 'N', 1);
    assert_int_equal(ask(fd, FRAMING_RTU, 1, PATIENCE_MS), 42);
    (void) close(fd);
    say(simulator, "line bus away");
    for (int i = 0; i < PATIENCE_MS && access(link, F_OK) == 0; i++) {
        (void) poll(NULL, 0, 1);
    }
    assert_int_equal(rmdir(directory), 0);
    simulator_stop(simulator);
}

static void the_script_says_when_a_line_is_away_and_what_it_does(void **state)
{
    (void) state;
    static const struct sim_line_trouble troubles[] = {
        {.from = 10, .until = 20, .fault = SIM_LINE_AWAY},
        {.from = 15, .until = 30, .fault = SIM_LINE_ONE_CLIENT},
    };
    struct sim_plan_line line = {.trouble_count = 2, .trouble = troubles};
    static const struct {
        us_t now;
        enum sim_line_fault fault;
        us_t next;
    } cases[] = {
        {0, SIM_LINE_OK, 10},          {10, SIM_LINE_AWAY, 15},      {15, SIM_LINE_AWAY, 20},
        {20, SIM_LINE_ONE_CLIENT, 30}, {30, SIM_LINE_OK, INT64_MAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        us_t next = 0;
        assert_int_equal(sim_plan_fault_at(&line, cases[i].now, &next), cases[i].fault);
        assert_int_equal(next, cases[i].next);
    }
    struct sim_line_event event = {.at = 10, .every = 5};
    assert_int_equal(sim_plan_event_after(&event, -1), 10);
    assert_int_equal(sim_plan_event_after(&event, 10), 15);
    assert_int_equal(sim_plan_event_after(&event, 16), 20);
    event.every = 0;
    assert_int_equal(sim_plan_event_after(&event, 10), INT64_MAX);
}

static void details_of_a_fault_are_taken_or_refused_with_a_sentence(void **state)
{
    (void) state;
    struct simulator *simulator = start(two_units);
    int fd = connect_to(simulator_line(simulator, 0)->port);
    say(simulator, "fault gw 1 exception 6");
    static const uint8_t request[] = {0, 1, 0, 0, 0, 6, 1, 4, 0, 1, 0, 1};
    static const uint8_t busy[] = {0, 1, 0, 0, 0, 3, 1, 0x84, 6};
    uint8_t bytes[sizeof busy];
    assert_int_equal(write(fd, request, sizeof request), sizeof request);
    assert_int_equal(recv(fd, bytes, sizeof bytes, MSG_WAITALL), sizeof bytes);
    assert_memory_equal(bytes, busy, sizeof busy);
    say(simulator, "fault gw 1 late 1ms"); /* without the detail it would be 1.5 s */
    assert_int_equal(ask(fd, FRAMING_MBAP, 1, 1000), 215);
    (void) close(fd);
    say(simulator, "fault gw 1 late 300ms");
    say(simulator, "fault * 2 any 0.5");
    static const char *const wrong[] = {"fault gw 1 exception x", "fault gw 1 late soon",
                                        "fault gw 1 garbage 2",   "fault gw 1 echo",
                                        "line gw asleep",         "redial gw",
                                        "hang_up nobody",         "fault * 9 silent"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char answer[SIMULATOR_ANSWER_MAX];
        simulator_command(simulator, wrong[i], answer, sizeof answer);
        assert_memory_equal(answer, "error: ", 7);
    }
    simulator_stop(simulator);
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
        cmocka_unit_test(the_example_plays_each_kind),
        cmocka_unit_test(a_dtu_dials_in_registers_and_answers),
        cmocka_unit_test(a_dtu_dials_again_when_it_is_closed_or_told_to),
        cmocka_unit_test(a_dtu_that_redials_leaves_a_mute_connection_behind),
        cmocka_unit_test(a_dtu_beats_and_puts_its_name_before_each_packet),
        cmocka_unit_test(a_line_that_is_away_refuses_and_comes_back_under_its_port),
        cmocka_unit_test(one_client_is_served_and_the_second_closed),
        cmocka_unit_test(an_answer_can_end_with_the_connection),
        cmocka_unit_test(a_pty_that_was_away_has_another_number),
        cmocka_unit_test(the_script_says_when_a_line_is_away_and_what_it_does),
        cmocka_unit_test(details_of_a_fault_are_taken_or_refused_with_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
