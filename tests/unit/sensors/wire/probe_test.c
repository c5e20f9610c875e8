#include "sensors/wire/probe.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "gateway/io/system/clock.h"
#include "sensors/simulator/simulator.h"
#include "tests/unit/expect.h"

#define SHORT_US (150 * US_PER_MS) /* of tests that wait for nothing to come */
#define LONG_US (5 * US_PER_SECOND)

enum { WARM = 215, DAMP = 546 };

/* One device three times over: unit 1 with input registers 1 and 2. */
#define UNIT                         \
    "{\"unit\": 1, \"registers\": [" \
    "{\"fc\": 4, \"address\": 1, \"value\": 215}, {\"fc\": 4, \"address\": 2, \"value\": 546}]}"

static const char town[] =
    "{\"slaves\": ["
    "{\"id\": \"tcp\", \"listen\": \"127.0.0.1:0\", \"units\": [" UNIT "]},"
    "{\"id\": \"conv\", \"listen\": \"127.0.0.1:0\", \"framing\": \"rtu\", \"units\": [" UNIT "]},"
    "{\"id\": \"bus\", \"pty\": \"\", \"units\": [" UNIT "]}]}";

enum { LINE_TCP, LINE_CONVERTER, LINE_BUS, LINE_COUNT };
static const char *const line_name[LINE_COUNT] = {"tcp", "conv", "bus"};

static struct simulator *simulator;
static struct probe *probe[LINE_COUNT];
static int stop_fd;
static struct probe_answer answer;

static struct link_settings link_to(int line)
{
    struct link_settings link = {.kind = line == LINE_TCP ? LINK_TCP : LINK_RTU_OVER_TCP,
                                 .port = simulator_line(simulator, line)->port,
                                 .baud = 115200,
                                 .parity = 'N',
                                 .stop_bits = 1};
    const char *address = "127.0.0.1";
    if (line == LINE_BUS) {
        link.kind = LINK_RTU;
        address = simulator_line(simulator, line)->path;
    }
    (void) snprintf(link.address, sizeof link.address, "%s", address);
    return link;
}

static bool reach(const struct link_settings *link, struct probe **ret_probe, bool *ret_is_busy,
                  struct error *error)
{
    const struct probe_settings settings = {
        .link = link, .connect_timeout_us = LONG_US, .now_us = clock_us, .stop_fd = stop_fd};
    return probe_open(&settings, ret_probe, ret_is_busy, error);
}

static int set_up(void **state)
{
    (void) state;
    struct error error;
    stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!simulator_start(town, clock_us, &simulator, &error)) {
        print_error("%s\n", error.text);
        return 1;
    }
    for (int i = 0; i < LINE_COUNT; i++) {
        struct link_settings link = link_to(i);
        if (!reach(&link, &probe[i], NULL, &error)) {
            print_error("%s\n", error.text);
            return 1;
        }
    }
    return 0;
}

static int tear_down(void **state)
{
    (void) state;
    for (int i = 0; i < LINE_COUNT; i++) {
        probe_close(probe[i]);
    }
    simulator_stop(simulator);
    (void) close(stop_fd);
    return 0;
}

static void fault(const char *words)
{
    char said[SIMULATOR_COMMAND_MAX];
    for (int i = 0; i < LINE_COUNT; i++) {
        char command[SIMULATOR_COMMAND_MAX];
        (void) snprintf(command, sizeof command, "fault %s 1 %s", line_name[i], words);
        simulator_command(simulator, command, said, sizeof said);
        assert_string_equal(said, "ok");
    }
}

static enum probe_outcome ask_at(int line, uint8_t of, uint16_t address, us_t timeout)
{
    const struct frame_request request = {
        .unit = of, .function = 4, .address = address, .count = 1};
    probe_ask(probe[line], &request, timeout, &answer);
    return answer.outcome;
}

static enum probe_outcome ask(int line, us_t timeout)
{
    return ask_at(line, 1, 1, timeout);
}

static void an_answer_comes_with_all_that_was_said(void **state)
{
    (void) state;
    for (int i = 0; i < LINE_COUNT; i++) {
        assert_int_equal(ask(i, LONG_US), PROBE_REPLY);
        assert_int_equal(answer.words[0], WARM);
        assert_true(answer.first_us >= 0 && answer.whole_us >= answer.first_us);
        assert_int_equal(answer.request_length, i == LINE_TCP ? 12 : 8);
        assert_int_equal(answer.frame_length, i == LINE_TCP ? 11 : 7);
        assert_int_equal(answer.arrived_count, answer.frame_length);
        assert_memory_equal(answer.arrived, answer.frame, answer.frame_length);
    }
}

static void an_exception_is_told_with_its_code(void **state)
{
    (void) state;
    fault("exception 6");
    for (int i = 0; i < LINE_COUNT; i++) {
        assert_int_equal(ask(i, LONG_US), PROBE_EXCEPTION);
        assert_int_equal(answer.exception, 6);
        assert_true(answer.frame_length > 0);
    }
}

static void silence_is_silence(void **state)
{
    (void) state;
    fault("silent");
    for (int i = 0; i < LINE_COUNT; i++) {
        assert_int_equal(ask(i, SHORT_US), PROBE_SILENT);
        assert_int_equal(answer.arrived_count, 0);
        assert_true(answer.first_us < 0 && answer.whole_us < 0);
    }
}

static void damage_and_noise_are_no_answers_and_are_kept(void **state)
{
    (void) state;
    fault("garbage");
    assert_int_equal(ask(LINE_BUS, SHORT_US), PROBE_NOISE);
    assert_true(answer.arrived_count > 0 && answer.first_us >= 0);
    fault("crc");
    assert_int_equal(ask(LINE_CONVERTER, SHORT_US), PROBE_DAMAGED);
    assert_int_equal(answer.arrived_count, 7);
    assert_int_equal(answer.frame_length, 0);
}

static void a_foreign_frame_is_counted(void **state)
{
    (void) state;
    fault("wrong_unit");
    assert_int_equal(ask(LINE_BUS, SHORT_US), PROBE_NOISE);
    assert_int_equal(answer.foreign_frames, 1);
}

static void a_wrong_transaction_id_is_named(void **state)
{
    (void) state;
    char said[SIMULATOR_COMMAND_MAX];
    simulator_command(simulator, "fault tcp 1 wrong_transaction", said, sizeof said);
    assert_string_equal(said, "ok");
    assert_int_equal(ask(LINE_TCP, SHORT_US), PROBE_NOISE);
    assert_true(answer.is_misnumbered);
}

static void what_surrounds_an_answer_does_not_hide_it(void **state)
{
    (void) state;
    static const char *const faults[] = {"split", "glued", "trickle"};
    for (size_t k = 0; k < sizeof faults / sizeof faults[0]; k++) {
        fault(faults[k]);
        for (int i = 0; i < LINE_COUNT; i++) {
            assert_int_equal(ask(i, LONG_US), PROBE_REPLY);
            assert_int_equal(answer.words[0], WARM);
        }
    }
}

static void the_echo_of_an_adapter_is_told_and_taken_out(void **state)
{
    (void) state;
    char said[SIMULATOR_COMMAND_MAX];
    simulator_command(simulator, "fault bus 1 echo", said, sizeof said);
    assert_string_equal(said, "ok");
    assert_int_equal(ask(LINE_BUS, LONG_US), PROBE_REPLY);
    assert_int_equal(answer.words[0], WARM);
    assert_true(answer.is_echoed);
    assert_int_equal(answer.arrived_count, 8 + 7);
}

/* RTU has no transaction id: the reply to the first question must not answer the second. */
static void a_late_reply_never_answers_the_next_question(void **state)
{
    (void) state;
    for (int i = 0; i < LINE_COUNT; i++) {
        /* So the first reply is on its way when the second question could go out. */
        fault("late 220ms");
        assert_int_equal(ask(i, SHORT_US), PROBE_SILENT);
        assert_int_equal(ask_at(i, 1, 2, LONG_US), PROBE_REPLY);
        assert_int_equal(answer.words[0], DAMP);
    }
}

static void another_unit_is_asked_at_once(void **state)
{
    (void) state;
    us_t before = clock_us();
    for (uint8_t k = 2; k < 6; k++) {
        assert_int_equal(ask_at(LINE_BUS, k, 1, 20 * US_PER_MS), PROBE_SILENT);
    }
    assert_true(clock_us() - before < 300 * US_PER_MS); /* less than one quarantine */
}

static void a_connection_that_closes_is_told(void **state)
{
    (void) state;
    fault("close");
    assert_int_equal(ask(LINE_CONVERTER, LONG_US), PROBE_CLOSED);
    assert_int_equal(ask(LINE_CONVERTER, LONG_US), PROBE_CLOSED); /* and stays so */
}

static void somebody_who_wants_to_stop_is_heard(void **state)
{
    (void) state;
    fault("silent");
    assert_int_equal(eventfd_write(stop_fd, 1), 0);
    us_t before = clock_us();
    for (int i = 0; i < LINE_COUNT; i++) {
        assert_int_equal(ask(i, LONG_US), PROBE_STOPPED);
    }
    assert_true(clock_us() - before < LONG_US);
}

static void units_that_do_not_exist_are_not_asked(void **state)
{
    (void) state;
    assert_int_equal(ask_at(LINE_BUS, 255, 1, LONG_US), PROBE_REFUSED);
    assert_int_equal(ask_at(LINE_TCP, 250, 1, LONG_US), PROBE_REFUSED);
    assert_int_equal(answer.request_length, 0);
}

static void a_port_in_use_is_told_apart(void **state)
{
    (void) state;
    struct probe *other = NULL;
    struct error error;
    bool is_busy = false;
    const struct link_settings link = link_to(LINE_BUS);
    assert_false(reach(&link, &other, &is_busy, &error));
    assert_true(is_busy);
    struct link_settings nowhere = link;
    (void) snprintf(nowhere.address, sizeof nowhere.address, "/dev/null/none");
    assert_false(reach(&nowhere, &other, &is_busy, &error));
    assert_false(is_busy);
    assert_non_null(strstr(error.text, "/dev/null/none"));
}

static void a_refused_connection_is_told(void **state)
{
    (void) state;
    struct probe *other = NULL;
    struct error error;
    struct link_settings link = link_to(LINE_TCP);
    link.port = 1;
    assert_false(reach(&link, &other, NULL, &error));
    assert_non_null(strstr(error.text, "127.0.0.1:1：连接被拒绝"));
}

#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_RIG(an_answer_comes_with_all_that_was_said),
        WITH_RIG(an_exception_is_told_with_its_code),
        WITH_RIG(silence_is_silence),
        WITH_RIG(damage_and_noise_are_no_answers_and_are_kept),
        WITH_RIG(a_foreign_frame_is_counted),
        WITH_RIG(a_wrong_transaction_id_is_named),
        WITH_RIG(what_surrounds_an_answer_does_not_hide_it),
        WITH_RIG(the_echo_of_an_adapter_is_told_and_taken_out),
        WITH_RIG(a_late_reply_never_answers_the_next_question),
        WITH_RIG(another_unit_is_asked_at_once),
        WITH_RIG(a_connection_that_closes_is_told),
        WITH_RIG(somebody_who_wants_to_stop_is_heard),
        WITH_RIG(units_that_do_not_exist_are_not_asked),
        WITH_RIG(a_port_in_use_is_told_apart),
        WITH_RIG(a_refused_connection_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
