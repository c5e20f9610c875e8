#include "sensors/link/link_timing.h"

#include "tests/unit/expect.h"

/* One device with the given blocks on a link. */
struct bus {
    struct profile profile;
    struct link_device device[3];
    struct link_settings settings;
};

static struct bus bus, serial; /* too big for a stack */

static void make_bus(struct bus *made, enum link_kind kind, int32_t baud)
{
    *made = (struct bus){
        .profile = {.id = "rig", .baud = 9600, .parity = 'N', .stop_bits = 1, .read_count = 1},
        .settings = {.kind = kind, .baud = baud, .parity = 'N', .stop_bits = 1, .device_count = 1},
    };
    made->profile.read[0] = (struct profile_read){.function = 3, .count = 2, .every = 1};
    for (int32_t i = 0; i < 3; i++) {
        made->device[i] =
            (struct link_device){.profile = &made->profile, .unit = 1, .poll_ms = 1000};
    }
    made->settings.device = made->device;
}

static double one_read(const struct bus *of)
{
    const struct link_timing_cost cost =
        link_timing_read_cost(&of->settings, &of->device[0], &of->profile.read[0]);
    return link_timing_cost_ms(&cost);
}

/* Polls a second of two registers from a device that takes 20 ms: 14.0 at 4800, 21.9, 30.4, and 40
 * at 115200. */
static void a_read_takes_characters_gaps_and_latency(void **state)
{
    (void) state;
    static const struct {
        int32_t baud;
        double per_second;
    } known[] = {{4800, 14.0}, {9600, 21.9}, {19200, 30.4}, {115200, 40.0}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        make_bus(&bus, LINK_RTU, known[i].baud);
        expect_near(1000 / one_read(&bus), known[i].per_second, 0.05);
    }
}

static void parity_and_a_second_stop_bit_lengthen_each_character(void **state)
{
    (void) state;
    make_bus(&bus, LINK_RTU, 9600);
    double plain = one_read(&bus);
    bus.settings.parity = 'E';
    double even = one_read(&bus);
    bus.settings.stop_bits = 2;
    double both = one_read(&bus);
    expect_near(even - plain, 17 / 9.6, 0.001);
    expect_near(both - even, 17 / 9.6, 0.001);
}

static void the_gap_of_the_profile_counts_when_it_is_longer(void **state)
{
    (void) state;
    make_bus(&bus, LINK_RTU, 9600);
    double plain = one_read(&bus);
    bus.profile.gap_ms = 4; /* 3.5 characters take 4.011 ms */
    expect_near(one_read(&bus), plain, 1e-9);
    bus.profile.gap_ms = 24;
    expect_near(one_read(&bus) - plain, 24 - 4.011, 1e-9);
}

static void a_transceiver_that_rts_turns_takes_its_delays(void **state)
{
    (void) state;
    make_bus(&bus, LINK_RTU, 9600);
    double plain = one_read(&bus);
    bus.settings.rts_delay_ms = 3;
    expect_near(one_read(&bus), plain, 1e-9); /* the adapter turns it by itself */
    bus.settings.rs485 = LINK_RS485_RTS_HIGH;
    expect_near(one_read(&bus) - plain, 6, 1e-9);
}

static void bits_are_packed_eight_to_a_character(void **state)
{
    (void) state;
    make_bus(&bus, LINK_RTU, 9600);
    bus.profile.read[0] = (struct profile_read){.function = 1, .count = 9, .every = 1};
    const struct link_timing_cost cost =
        link_timing_read_cost(&bus.settings, &bus.device[0], &bus.profile.read[0]);
    assert_int_equal(cost.characters, 8 + 5 + 2);
}

static void the_line_behind_a_converter_runs_as_the_profile_says(void **state)
{
    (void) state;
    make_bus(&bus, LINK_RTU_OVER_TCP, 0); /* the link itself has no baud */
    make_bus(&serial, LINK_RTU, 4800);
    bus.profile.baud = 4800;
    expect_near(one_read(&bus), one_read(&serial) + LINK_TIMING_NETWORK_MS, 1e-9);
}

static void a_read_by_dtu_takes_a_second(void **state)
{
    (void) state;
    make_bus(&bus, LINK_DTU, 0);
    expect_near(one_read(&bus), 1000, 1e-9);
}

static void nothing_is_known_of_what_tcp_leads_to(void **state)
{
    (void) state;
    make_bus(&bus, LINK_TCP, 0);
    expect_near(link_timing_share(&bus.settings), 0, 0);
}

static void the_share_is_the_sum_over_all_blocks_of_all_devices(void **state)
{
    (void) state;
    make_bus(&bus, LINK_DTU, 0);
    bus.profile.read_count = 2;
    bus.profile.read[1] = (struct profile_read){.function = 4, .count = 1, .every = 4};
    expect_near(link_timing_poll_ms(&bus.settings, &bus.device[0]), 1250, 1e-9);
    bus.settings.device_count = 3;
    bus.device[0].poll_ms = 5000;
    bus.device[1].poll_ms = 10000;
    bus.device[2].poll_ms = 2500;
    expect_near(link_timing_share(&bus.settings), 0.25 + 0.125 + 0.5, 1e-9);
}

static void a_poll_that_was_refused_asks_for_nothing(void **state)
{
    (void) state;
    make_bus(&bus, LINK_DTU, 0);
    bus.device[0].poll_ms = 0;
    expect_near(link_timing_share(&bus.settings), 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_read_takes_characters_gaps_and_latency),
        cmocka_unit_test(parity_and_a_second_stop_bit_lengthen_each_character),
        cmocka_unit_test(the_gap_of_the_profile_counts_when_it_is_longer),
        cmocka_unit_test(a_transceiver_that_rts_turns_takes_its_delays),
        cmocka_unit_test(bits_are_packed_eight_to_a_character),
        cmocka_unit_test(the_line_behind_a_converter_runs_as_the_profile_says),
        cmocka_unit_test(a_read_by_dtu_takes_a_second),
        cmocka_unit_test(nothing_is_known_of_what_tcp_leads_to),
        cmocka_unit_test(the_share_is_the_sum_over_all_blocks_of_all_devices),
        cmocka_unit_test(a_poll_that_was_refused_asks_for_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
