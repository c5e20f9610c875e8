/* What a dead device, a dead connection and a refused block cost the others: measured in virtual
 * time. */
#include "tests/unit/sensors/link/link_rig.h"

static uint32_t dead_units; /* bit n: unit n + 1 */
static us_t latency;

static bool is_dead(uint8_t unit)
{
    return (dead_units >> (unit - 1U) & 1U) != 0;
}

/* As a slave on this line does: when the whole request has come, after its latency. */
static void respond_unless_dead(struct rig *rig)
{
    if (is_dead(rig->request.unit)) {
        return;
    }
    uint8_t frame[RIG_BYTES];
    size_t length = rig_reply(rig, rig->request.unit, frame);
    us_t on_wire = rig->settings.kind == LINK_RTU ? 17709 : 0; /* 17 characters at 9600 */
    rig_send(rig, on_wire + latency, frame, length);
}

static void prepare(struct rig *rig, enum link_kind kind, int32_t device_count, int32_t poll_ms,
                    int32_t timeout_ms)
{
    dead_units = 0;
    latency = 10 * RIG_MS;
    rig_prepare(rig, kind, device_count, poll_ms);
    rig->respond = respond_unless_dead;
    struct profile *profile = rig_profile();
    profile->timeout_ms = timeout_ms;
    profile->read_count = 1;
    profile->point_count = 1;
}

static void start(struct rig *rig, enum link_kind kind, int32_t device_count, int32_t poll_ms,
                  int32_t timeout_ms)
{
    prepare(rig, kind, device_count, poll_ms, timeout_ms);
    rig_make_link(rig);
    rig_open(rig);
}

/* The worst share of the polls that were due in `span` and gave a living device no value. */
static double worst_loss(struct rig *rig, us_t span)
{
    memset(rig->answers_of, 0, sizeof rig->answers_of);
    rig_run(rig, span);
    double worst = 0;
    for (int32_t i = 0; i < rig->settings.device_count; i++) {
        if (!is_dead(rig->device[i].unit)) {
            double due = (double) span / ((double) rig->device[i].poll_ms * (double) RIG_MS);
            double loss = 1 - (double) (rig->answers_of[i] + 1) / due; /* one may be on its way */
            worst = loss > worst ? loss : worst;
        }
    }
    return worst;
}

/* The dead and the living. */

static const struct {
    enum link_kind kind;
    double first, later; /* the loss allowed while they are found out, and from then on */
} gateways[] = {{LINK_TCP, 0.03, 0.005}, {LINK_RTU_OVER_TCP, 0.04, 0.005}, {LINK_RTU, 0.03, 0.005}};

static void two_dead_units_of_three_leave_the_third_its_polls(void **state)
{
    (void) state;
    for (size_t i = 0; i < 3; i++) {
        struct rig rig;
        start(&rig, gateways[i].kind, 3, 1000, 300);
        dead_units = 6;
        assert_true(worst_loss(&rig, 75 * RIG_SECOND) <= gateways[i].first);
        assert_int_equal(link_device_health(rig.link, 1), DEVICE_DOWN);
        assert_int_equal(link_device_health(rig.link, 2), DEVICE_DOWN);
        assert_true(worst_loss(&rig, 600 * RIG_SECOND) <= gateways[i].later);
        assert_int_equal(rig.reopen_count,
                         0); /* silence of the dead is no fault of the connection */
        assert_int_equal(rig.wrong_count, 0);
        rig_stop(&rig);
    }
}

/* A timeout longer than the poll: each one costs the living a poll, so all depends on how few there
 * are. */
static void timeouts_longer_than_a_poll_are_few(void **state)
{
    (void) state;
    struct rig rig;
    start(&rig, LINK_TCP, 3, 500, 1000);
    dead_units = 6;
    assert_true(worst_loss(&rig, 75 * RIG_SECOND) <= 0.12);
    assert_true(worst_loss(&rig, 600 * RIG_SECOND) <= 0.03);
    assert_int_equal(rig.reopen_count, 0);
    rig_stop(&rig);
}

static void one_dead_of_32_on_a_bus_costs_the_others_less_than_a_hundredth(void **state)
{
    (void) state;
    for (int32_t timeout_ms = 200; timeout_ms <= 500; timeout_ms += 100) {
        struct rig rig;
        start(&rig, LINK_RTU, 32, 2000, timeout_ms); /* half of the bus is in use */
        dead_units = 1U << 13U;
        assert_true(worst_loss(&rig, 120 * RIG_SECOND) < 0.01); /* also while it is found out */
        assert_int_equal(link_device_health(rig.link, 13), DEVICE_DOWN);
        assert_true(worst_loss(&rig, 600 * RIG_SECOND) < 0.01);
        rig_stop(&rig);
    }
}

static void a_third_of_a_bus_without_power_leaves_the_rest_its_polls(void **state)
{
    (void) state;
    struct rig rig;
    start(&rig, LINK_RTU, 32, 2000, 300);
    dead_units = 0x003FF000U;
    assert_true(worst_loss(&rig, 120 * RIG_SECOND) < 0.05);
    for (int32_t i = 12; i < 22; i++) {
        assert_int_equal(link_device_health(rig.link, i), DEVICE_DOWN);
    }
    assert_true(worst_loss(&rig, 600 * RIG_SECOND) < 0.01);
    dead_units = 0;
    rig_run(&rig, 60 * RIG_SECOND); /* and all are back within a minute */
    for (int32_t i = 0; i < 32; i++) {
        assert_int_equal(link_device_health(rig.link, i), DEVICE_OK);
    }
    rig_stop(&rig);
}

static void probes_take_a_tenth_of_the_time_at_most(void **state)
{
    (void) state;
    for (size_t i = 0; i < 3; i++) {
        struct rig rig;
        start(&rig, gateways[i].kind, 16, 2000, 500);
        dead_units = 0xFFFEU; /* one of sixteen lives */
        rig_run(&rig, 180 * RIG_SECOND);
        uint64_t before = link_counters(rig.link)->timeouts;
        rig_run(&rig, 600 * RIG_SECOND);
        uint64_t probes = link_counters(rig.link)->timeouts - before;
        assert_true((double) probes * 0.5 <= 0.1 * 600);
        assert_true(probes >= 50); /* but they are asked */
        rig_stop(&rig);
    }
}

static void a_device_is_back_within_a_minute_and_after_two_replies(void **state)
{
    (void) state;
    for (us_t dead_for = 15; dead_for < 300; dead_for += 35) {
        struct rig rig;
        start(&rig, LINK_RTU, 8, 1000, 300);
        dead_units = 4;
        rig_run(&rig, dead_for * RIG_SECOND);
        assert_int_equal(link_device_health(rig.link, 2), DEVICE_DOWN);
        dead_units = 0;
        int32_t answered = rig.answers_of[2];
        us_t from = rig.now;
        while (link_device_health(rig.link, 2) == DEVICE_DOWN) {
            assert_true(rig.now - from < 60 * RIG_SECOND);
            rig_run(&rig, 100 * RIG_MS);
        }
        assert_in_range((uintmax_t) (rig.answers_of[2] - answered), 2, 3);
        rig_stop(&rig);
    }
}

static void a_dead_connection_is_found_out_behind_many_units_too(void **state)
{
    (void) state;
    for (int32_t devices = 1; devices <= 8; devices += 7) {
        struct rig rig;
        start(&rig, LINK_TCP, devices, 1000, 300);
        rig_run(&rig, 20 * RIG_SECOND);
        dead_units = 0xFF;
        rig_run(&rig, 5 * RIG_SECOND);
        assert_true(rig.reopen_count >= 1);
        rig_stop(&rig);
    }
}

static void the_known_dead_do_not_close_a_connection_on_which_one_answers(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig, LINK_TCP, 8, 1000, 300);
    rig.device[0].poll_ms = 10000; /* too rarely for its answers to come between all the timeouts */
    rig_make_link(&rig);
    rig_open(&rig);
    dead_units = 0xFE;
    rig_run(&rig, 1800 * RIG_SECOND);
    assert_in_range((uintmax_t) rig.reopen_count, 0, 2); /* seven fell silent in a row */
    assert_int_equal(link_device_health(rig.link, 0), DEVICE_OK);
    rig_stop(&rig);
}

static void on_a_bus_only_the_silent_unit_waits_for_its_late_reply(void **state)
{
    (void) state;
    struct rig rig;
    start(&rig, LINK_RTU, 8, 200, 100);
    rig_run(&rig, 5 * RIG_SECOND);
    while (rig.request.unit != 3) {
        rig_await_ask(&rig);
    }
    rig.chunk_count = 0;
    dead_units = 4;
    rig_await(&rig);
    us_t timed_out_at = rig.now;
    dead_units = 0;
    rig_await_ask(&rig);
    assert_int_not_equal(rig.request.unit, 3);
    assert_in_range((uintmax_t) (rig.asked_at - timed_out_at), 50 * RIG_MS, 60 * RIG_MS);
    while (rig.request.unit != 3) {
        rig_await_ask(&rig);
    }
    assert_true(rig.asked_at - timed_out_at >= 300 * RIG_MS);
    rig_stop(&rig);
}

static const struct profile_output siren = {
    .key = "siren",
    .write = {.function = 5, .address = 3, .on = 0xFF00, .off = 0},
    .has_verify = true,
    .verify = {.function = 1, .address = 3, .on = 1, .off = 0, .within_ms = 500},
};
static const struct link_output sirens[] = {{&siren, 0}, {&siren, 0}, {&siren, 0}, {&siren, 0}};

static void commands_in_vain_leave_every_other_turn_to_the_blocks(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig, LINK_TCP, 4, 200, 100);
    rig.device[0].output = sirens;
    rig.device[0].output_count = 4;
    rig_make_link(&rig);
    rig_open(&rig);
    rig_run(&rig, 5 * RIG_SECOND);
    dead_units = 1;
    for (int32_t i = 0; i < 4; i++) { /* each is written and read back three times */
        link_want(rig.link, 0, i, true, rig.now);
    }
    int32_t blocks = 0;
    for (int32_t i = 0; i < 12; i++) {
        rig_await_ask(&rig);
        blocks += rig.request.function == 3 ? 1 : 0;
    }
    assert_in_range((uintmax_t) blocks, 5, 8);
    rig_stop(&rig);
}

/* Refusals. */

static uint8_t exception_code;
static uint16_t refused_address;
static int32_t refused_asks;

static void respond_refusing(struct rig *rig)
{
    if (rig->request.address != refused_address || exception_code == 0) {
        rig_respond_well(rig);
        return;
    }
    refused_asks++;
    const uint8_t body[3] = {rig->request.unit, (uint8_t) (rig->request.function | 0x80U),
                             exception_code};
    uint8_t frame[RIG_BYTES];
    rig_send(rig, 5 * RIG_MS, frame, rig_frame(rig, body, sizeof body, frame));
}

static void start_refusing(struct rig *rig, enum link_kind kind, uint8_t code, int32_t poll_ms)
{
    exception_code = code;
    refused_address = 100;
    refused_asks = 0;
    rig_start_polling(rig, kind, 2, poll_ms);
    rig->respond = respond_refusing;
    rig_open(rig);
}

static void a_refused_block_is_isolated_and_the_others_go_on(void **state)
{
    (void) state;
    for (uint8_t code = 1; code <= 3; code++) {
        struct rig rig;
        start_refusing(&rig, code == 1 ? LINK_TCP : LINK_RTU, code, 1000);
        rig_run(&rig, 601 * RIG_SECOND);
        /* two devices: three times at first, then once a minute */
        assert_in_range((uintmax_t) refused_asks, 2 * 12, 2 * 13);
        assert_in_range((uintmax_t) rig.answered_count, 1198, 1202); /* the other blocks */
        assert_in_range((uintmax_t) rig.result_count, 2396, 2404);   /* silence is loud */
        assert_int_equal(link_counters(rig.link)->refusals, refused_asks);
        assert_int_equal(link_device_health(rig.link, 0), DEVICE_OK);
        exception_code = 0; /* it never is dropped for good */
        rig_run(&rig, 61 * RIG_SECOND);
        int32_t answered = rig.answered_count;
        rig_run(&rig, 60 * RIG_SECOND);
        assert_in_range((uintmax_t) (rig.answered_count - answered), 238, 242);
        rig_stop(&rig);
    }
}

/* A gateway gave up; the device's own answer may still come. */
static void behind_a_gateways_exception_a_device_is_left_alone(void **state)
{
    (void) state;
    static const struct {
        uint8_t code;
        us_t pause;
    } known[] = {{10, 5 * RIG_SECOND}, {11, 5 * RIG_SECOND}, {5, 300 * RIG_MS}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct rig rig;
        start_refusing(&rig, LINK_RTU, 0, 200);
        rig_run(&rig, 5 * RIG_SECOND);
        exception_code = known[i].code;
        while (rig.result.reason != REASON_EXCEPTION && rig.result.reason != REASON_TIMEOUT) {
            rig_await(&rig);
        }
        uint8_t unit = rig.request.unit;
        us_t refused_at = rig.now;
        do {
            rig_await(&rig);
        } while (rig.request.unit != unit);
        assert_true(rig.asked_at - refused_at >= known[i].pause);
        rig_stop(&rig);
    }
}

static void an_isolated_block_repeats_its_exception(void **state)
{
    (void) state;
    struct rig rig;
    start_refusing(&rig, LINK_RTU, 2, 1000);
    int32_t news = 0;
    int32_t repeats = 0;
    for (int32_t i = 0; i < 200; i++) {
        rig_await(&rig);
        if (rig.result.read == 1) {
            assert_int_equal(rig.result.exception, 2);
            assert_int_equal(rig.result.reason, REASON_EXCEPTION);
            assert_int_equal(rig.value.quality, QUALITY_BAD);
            news += rig.result.is_repeated ? 0 : 1;
            repeats += rig.result.is_repeated ? 1 : 0;
        } else {
            assert_false(rig.result.is_repeated);
        }
    }
    assert_int_equal(news, refused_asks);
    assert_true(repeats > 80);
    rig_stop(&rig);
}

static void two_refusals_are_no_rule(void **state)
{
    (void) state;
    struct rig rig;
    start_refusing(&rig, LINK_RTU, 3, 1000);
    for (int32_t round = 0; round < 3; round++) {
        refused_asks = 0;
        exception_code = 3;
        while (refused_asks < 2) {
            rig_await_ask(&rig);
        }
        exception_code = 0; /* it was noise */
        rig_run(&rig, 3 * RIG_SECOND);
    }
    int32_t answered = rig.answered_count;
    rig_run(&rig, 20 * RIG_SECOND);
    assert_in_range((uintmax_t) (rig.answered_count - answered), 79, 81);
    rig_stop(&rig);
}

static void exceptions_are_counted_by_class(void **state)
{
    (void) state;
    for (uint8_t code = 1; code <= 12; code++) {
        struct rig rig;
        start_refusing(&rig, LINK_TCP, code, 60000);
        rig_run(&rig, 11 * RIG_SECOND);
        const struct link_counters *counters = link_counters(rig.link);
        uint64_t classes[4] = {counters->refusals, counters->busy, counters->unreachable,
                               counters->failures};
        size_t expected = code <= 3                  ? 0
                          : code == 5 || code == 6   ? 1
                          : code == 10 || code == 11 ? 2
                                                     : 3;
        for (size_t i = 0; i < 4; i++) {
            assert_int_equal(classes[i], i == expected ? counters->exceptions : 0);
        }
        assert_true(counters->exceptions >= 2);
        rig_stop(&rig);
    }
}

static void a_busy_device_with_a_long_poll_is_asked_again_in_a_second(void **state)
{
    (void) state;
    for (uint8_t code = 4; code <= 6; code++) {
        struct rig rig;
        start_refusing(&rig, LINK_RTU, code, 60000);
        rig_run(&rig, 30 * RIG_SECOND);
        if (code == 4) {
            assert_int_equal(refused_asks, 2); /* a failure is alive, and has time */
        } else {
            assert_in_range((uintmax_t) refused_asks, 40, 60);
        }
        assert_int_equal(link_device_health(rig.link, 0), DEVICE_OK);
        rig_stop(&rig);
    }
}

/* For a day: nothing grows, nothing is reopened, and its neighbour goes on. */
static void a_gateway_that_says_its_target_is_dead_for_a_day_changes_nothing(void **state)
{
    (void) state;
    struct rig rig;
    start_refusing(&rig, LINK_TCP, 11, 10000);
    rig_run(&rig, 24 * (3600 * RIG_SECOND));
    assert_int_equal(rig.reopen_count, 0);
    assert_in_range((uintmax_t) rig.result_count, 4 * 8639, 4 * 8641 + 4);
    assert_int_equal(rig.wrong_count, 0);
    rig_stop(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_dead_units_of_three_leave_the_third_its_polls),
        cmocka_unit_test(timeouts_longer_than_a_poll_are_few),
        cmocka_unit_test(one_dead_of_32_on_a_bus_costs_the_others_less_than_a_hundredth),
        cmocka_unit_test(a_third_of_a_bus_without_power_leaves_the_rest_its_polls),
        cmocka_unit_test(probes_take_a_tenth_of_the_time_at_most),
        cmocka_unit_test(a_device_is_back_within_a_minute_and_after_two_replies),
        cmocka_unit_test(a_dead_connection_is_found_out_behind_many_units_too),
        cmocka_unit_test(the_known_dead_do_not_close_a_connection_on_which_one_answers),
        cmocka_unit_test(on_a_bus_only_the_silent_unit_waits_for_its_late_reply),
        cmocka_unit_test(commands_in_vain_leave_every_other_turn_to_the_blocks),
        cmocka_unit_test(a_refused_block_is_isolated_and_the_others_go_on),
        cmocka_unit_test(behind_a_gateways_exception_a_device_is_left_alone),
        cmocka_unit_test(an_isolated_block_repeats_its_exception),
        cmocka_unit_test(two_refusals_are_no_rule),
        cmocka_unit_test(exceptions_are_counted_by_class),
        cmocka_unit_test(a_busy_device_with_a_long_poll_is_asked_again_in_a_second),
        cmocka_unit_test(a_gateway_that_says_its_target_is_dead_for_a_day_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
