#include "sensors/link/schedule.h"

#include <stdlib.h>

#include "tests/unit/expect.h"

#define SECOND US_PER_SECOND

enum { DEVICES_MAX = 32 };

/* A bus in virtual time: each device answers after `answer_us` or, when it is dead, not at all. */
struct bus {
    struct arena *arena;
    struct schedule *schedule;
    us_t now;
    us_t answer_us, timeout_us;
    int32_t device_count;
    bool is_dead[DEVICES_MAX];
    int32_t asked[DEVICES_MAX], answered[DEVICES_MAX], silent[DEVICES_MAX], refused[DEVICES_MAX];
    us_t asked_at[DEVICES_MAX];
    us_t probe_gap_min; /* between probes of the whole link */
    us_t probed_at;
};

static void bus_start(struct bus *bus, int32_t device_count, us_t interval, us_t now)
{
    *bus = (struct bus){.arena = arena_new(),
                        .now = now,
                        .answer_us = 40000,
                        .timeout_us = 800000,
                        .device_count = device_count,
                        .probe_gap_min = INT64_MAX};
    struct schedule_block block[DEVICES_MAX];
    for (int32_t i = 0; i < device_count; i++) {
        block[i] = (struct schedule_block){.device = i, .interval_us = interval};
    }
    bus->schedule = schedule_new(bus->arena, block, device_count, device_count,
                                 &(const struct schedule_phase){.seed = 7, .now = now});
    arena_freeze(bus->arena);
}

static bool is_suspect(const struct schedule *schedule, int32_t index)
{
    const struct schedule_device *device = schedule_device(schedule, index);
    return !device->is_down && device->missed_count > 0;
}

static bool is_owed(const struct schedule *schedule, int32_t index)
{
    return schedule_device(schedule, index)->owed_block != SCHEDULE_NONE;
}

static void note_probe(struct bus *bus)
{
    if (bus->probed_at > 0 && bus->now - bus->probed_at < bus->probe_gap_min) {
        bus->probe_gap_min = bus->now - bus->probed_at;
    }
    bus->probed_at = bus->now;
}

static void bus_ask(struct bus *bus, int32_t device)
{
    bus->asked[device]++;
    bus->asked_at[device] = bus->now;
    if (bus->is_dead[device]) {
        bus->now += bus->timeout_us;
        schedule_missed(bus->schedule, device, bus->now);
        return;
    }
    bus->now += bus->answer_us;
    bus->answered[device]++;
    schedule_answered(bus->schedule, device, bus->now);
}

/* Here block and device have the same number. */
static void bus_run(struct bus *bus, us_t until)
{
    while (bus->now < until) {
        struct schedule_turn turn = schedule_take(bus->schedule, bus->now);
        switch (turn.kind) {
        case SCHEDULE_NOTHING:
            assert_true(turn.next_at > bus->now);
            bus->now = turn.next_at < until ? turn.next_at : until;
            break;
        case SCHEDULE_SILENT:
            assert_true(schedule_device(bus->schedule, turn.block)->is_down ||
                        is_suspect(bus->schedule, turn.block));
            bus->silent[turn.block]++;
            break;
        case SCHEDULE_PROBE:
            assert_true(schedule_device(bus->schedule, turn.block)->is_down);
            note_probe(bus);
            bus_ask(bus, turn.block);
            break;
        case SCHEDULE_REFUSED:
            bus->refused[turn.block]++;
            break;
        case SCHEDULE_ASK:
            assert_false(schedule_device(bus->schedule, turn.block)->is_down);
            bus_ask(bus, turn.block);
            break;
        }
    }
}

static void bus_stop(struct bus *bus)
{
    arena_free(bus->arena);
}

static void starts_are_spread_and_lie_on_the_grid(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    struct schedule_block block[10];
    for (int32_t i = 0; i < 10; i++) {
        block[i] = (struct schedule_block){.device = i, .interval_us = SECOND};
    }
    struct schedule *schedule = schedule_new(
        arena, block, 10, 10, &(const struct schedule_phase){.seed = 99, .now = 12345});
    us_t now = 12345;
    us_t last = 0;
    for (int32_t i = 0; i < 10; i++) {
        struct schedule_turn turn = schedule_take(schedule, now);
        if (turn.kind == SCHEDULE_NOTHING) {
            now = turn.next_at;
            turn = schedule_take(schedule, now);
        }
        assert_int_equal(turn.kind, SCHEDULE_ASK);
        assert_int_equal(now % 10000, 0);
        assert_true(last == 0 || (now - last >= 90000 && now - last <= 110000));
        last = now;
    }
    assert_true(now <= 12345 + SECOND + 10000);
    arena_free(arena);
}

static void links_do_not_poll_in_step(void **state)
{
    (void) state;
    int32_t in_tenth[10] = {0};
    for (uint32_t seed = 0; seed < 1000; seed++) {
        struct arena *arena = arena_new();
        struct schedule_block block = {.interval_us = SECOND};
        struct schedule *schedule = schedule_new(
            arena, &block, 1, 1, &(const struct schedule_phase){.seed = seed, .now = 0});
        struct schedule_turn turn = schedule_take(schedule, 0);
        us_t at = turn.kind == SCHEDULE_NOTHING ? turn.next_at : 0;
        in_tenth[at / 100000 % 10]++;
        arena_free(arena);
    }
    for (int32_t i = 0; i < 10; i++) {
        assert_true(in_tenth[i] > 50 && in_tenth[i] < 150);
    }
}

static void the_earliest_deadline_goes_first(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    struct schedule_block block[2] = {{.device = 0, .interval_us = SECOND},
                                      {.device = 0, .interval_us = 10 * SECOND}};
    struct schedule *schedule =
        schedule_new(arena, block, 2, 1, &(const struct schedule_phase){.seed = 1, .now = 0});
    int32_t count[2] = {0};
    for (us_t now = 0; now <= 100 * SECOND;) {
        struct schedule_turn turn = schedule_take(schedule, now);
        if (turn.kind == SCHEDULE_NOTHING) {
            now = turn.next_at;
            continue;
        }
        count[turn.block]++;
    }
    assert_in_range((uintmax_t) count[0], 100, 101);
    assert_in_range((uintmax_t) count[1], 10, 11);
    arena_free(arena);
}

static void missed_intervals_are_skipped_and_counted(void **state)
{
    (void) state;
    struct bus bus;
    bus_start(&bus, 1, SECOND, SECOND);
    bus_run(&bus, 3 * SECOND);
    int32_t before = bus.asked[0];
    bus.now += 10 * SECOND; /* the process stood still */
    bus_run(&bus, bus.now + 1);
    assert_int_equal(bus.asked[0], before + 1); /* one, not ten to catch up */
    assert_in_range(schedule_skipped(bus.schedule), 9, 10);
    bus_stop(&bus);
}

static void a_device_is_suspect_at_once_and_down_after_ten_seconds(void **state)
{
    (void) state;
    struct bus bus;
    bus_start(&bus, 1, SECOND, SECOND);
    bus.is_dead[0] = true;
    bus_run(&bus, 3 * SECOND);
    assert_true(is_suspect(bus.schedule, 0));
    bus_run(&bus, 10 * SECOND);
    assert_false(schedule_device(bus.schedule, 0)->is_down);
    bus_run(&bus, 15 * SECOND);
    assert_true(schedule_device(bus.schedule, 0)->is_down);
    assert_false(is_suspect(bus.schedule, 0));
    bus_stop(&bus);
}

static void a_slow_device_is_down_after_three_polls(void **state)
{
    (void) state;
    struct bus bus;
    bus_start(&bus, 1, 60 * SECOND, SECOND);
    bus.is_dead[0] = true;
    bus_run(&bus, 180 * SECOND);
    assert_false(schedule_device(bus.schedule, 0)->is_down);
    bus_run(&bus, 260 * SECOND);
    assert_true(schedule_device(bus.schedule, 0)->is_down);
    assert_true(bus.asked[0] >= 4);
    bus_stop(&bus);
}

static void one_answer_between_keeps_a_device_up(void **state)
{
    (void) state;
    struct bus bus;
    bus_start(&bus, 1, SECOND, SECOND);
    for (int32_t i = 0; i < 100; i++) {
        bus.is_dead[0] = i % 9 != 0; /* eight misses, one answer */
        bus_run(&bus, bus.now + SECOND);
        assert_false(schedule_device(bus.schedule, 0)->is_down);
    }
    bus_stop(&bus);
}

static void probes_grow_rarer_up_to_half_a_minute(void **state)
{
    (void) state;
    struct bus bus;
    bus_start(&bus, 2, SECOND, SECOND);
    bus.is_dead[1] = true;
    bus_run(&bus, 600 * SECOND);
    bus.asked[1] = 0;
    bus_run(&bus, 3600 * SECOND);
    assert_in_range((uintmax_t) bus.asked[1], 80, 130); /* 3000 s / 30 s, with jitter */
    bus_stop(&bus);
}

static void a_dead_device_costs_the_others_less_than_one_percent(void **state)
{
    (void) state;
    struct bus well;
    struct bus ill;
    bus_start(&well, 32, 2 * SECOND, SECOND); /* 32 x 40 ms of 2 s: 64 % of the wire */
    bus_start(&ill, 32, 2 * SECOND, SECOND);
    ill.is_dead[13] = true;
    bus_run(&well, 3600 * SECOND);
    bus_run(&ill, 3600 * SECOND);
    for (int32_t i = 0; i < 32; i++) {
        if (i != 13) {
            assert_true(ill.answered[i] > well.answered[i] * 99 / 100);
        }
    }
    bus_stop(&well);
    bus_stop(&ill);
}

static void the_dead_take_a_tenth_of_the_bus_at_most(void **state)
{
    (void) state;
    struct bus bus;
    bus_start(&bus, 32, 5 * SECOND, SECOND);
    for (int32_t i = 0; i < 20; i++) {
        bus.is_dead[i] = true;
    }
    bus_run(&bus, 120 * SECOND); /* all known as down by then */
    int32_t before = bus.answered[31];
    bus.probe_gap_min = INT64_MAX;
    us_t from = bus.now;
    bus_run(&bus, 1800 * SECOND);
    assert_true(bus.probe_gap_min >= 8 * SECOND);
    expect_near(bus.answered[31] - before, (double) (bus.now - from) / (5 * SECOND), 2);
    bus_stop(&bus);
}

static void a_dead_devices_silence_is_told_at_its_own_pace(void **state)
{
    (void) state;
    struct bus bus;
    bus_start(&bus, 4, SECOND, SECOND);
    bus.is_dead[2] = true;
    bus_run(&bus, 30 * SECOND);
    int32_t before = bus.silent[2];
    bus_run(&bus, 90 * SECOND);
    assert_in_range((uintmax_t) (bus.silent[2] - before), 58, 62);
    assert_int_equal(bus.silent[0], 0);
    bus_stop(&bus);
}

static void a_device_comes_back_within_a_minute_after_two_replies(void **state)
{
    (void) state;
    for (us_t dead_for = 20; dead_for < 400; dead_for += 7) {
        struct bus bus;
        bus_start(&bus, 32, 5 * SECOND, SECOND);
        bus.is_dead[3] = true;
        bus_run(&bus, dead_for * SECOND);
        assert_true(schedule_device(bus.schedule, 3)->is_down);
        bus.is_dead[3] = false;
        bus.answered[3] = 0;
        us_t alive_at = bus.now;
        while (schedule_device(bus.schedule, 3)->is_down) {
            assert_true(bus.now - alive_at < 60 * SECOND);
            bus_run(&bus, bus.now + SECOND);
        }
        assert_in_range((uintmax_t) bus.answered[3], 2, 3);
        bus_stop(&bus);
    }
}

static void one_reply_of_a_dead_device_is_not_enough(void **state)
{
    (void) state;
    struct bus bus;
    bus_start(&bus, 1, 5 * SECOND, SECOND);
    bus.is_dead[0] = true;
    bus_run(&bus, 100 * SECOND);
    schedule_answered(bus.schedule, 0, bus.now);
    assert_true(schedule_device(bus.schedule, 0)->is_down);
    schedule_missed(bus.schedule, 0, bus.now);
    schedule_answered(bus.schedule, 0, bus.now);
    assert_true(schedule_device(bus.schedule, 0)->is_down);
    schedule_answered(bus.schedule, 0, bus.now);
    assert_false(schedule_device(bus.schedule, 0)->is_down);
    bus_stop(&bus);
}

static void a_whole_bus_that_lost_power_is_back_within_a_minute(void **state)
{
    (void) state;
    struct bus bus;
    bus_start(&bus, 32, 5 * SECOND, SECOND);
    for (int32_t i = 0; i < 32; i++) {
        bus.is_dead[i] = true;
    }
    bus_run(&bus, 600 * SECOND);
    for (int32_t i = 0; i < 32; i++) {
        assert_true(schedule_device(bus.schedule, i)->is_down);
        bus.is_dead[i] = false;
    }
    bus_run(&bus, bus.now + 60 * SECOND);
    for (int32_t i = 0; i < 32; i++) {
        assert_false(schedule_device(bus.schedule, i)->is_down);
    }
    bus_stop(&bus);
}

static us_t answer_unless_first(struct schedule *schedule, int32_t device, us_t now)
{
    if (device == 0) {
        schedule_missed(schedule, device, now + 50000);
        return now + 50000;
    }
    schedule_answered(schedule, device, now + 1000);
    return now + 1000;
}

static void a_probe_asks_each_block_in_turn(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    struct schedule_block block[3] = {{.device = 0, .interval_us = SECOND},
                                      {.device = 1, .interval_us = SECOND},
                                      {.device = 0, .interval_us = SECOND}};
    struct schedule *schedule =
        schedule_new(arena, block, 3, 2, &(const struct schedule_phase){.seed = 1, .now = 0});
    int32_t probed[3] = {0};
    for (us_t now = 0; now < 300 * SECOND;) {
        struct schedule_turn turn = schedule_take(schedule, now);
        if (turn.kind == SCHEDULE_NOTHING) {
            now = turn.next_at;
        } else if (turn.kind != SCHEDULE_SILENT) {
            probed[turn.block] += turn.kind == SCHEDULE_PROBE ? 1 : 0;
            now = answer_unless_first(schedule, block[turn.block].device, now);
        }
    }
    assert_int_equal(probed[1], 0);
    assert_true(probed[0] > 3 && abs(probed[0] - probed[2]) <= 1);
    arena_free(arena);
}

static void a_suspect_is_spared_for_three_times_what_it_took(void **state)
{
    (void) state;
    struct bus bus;
    bus_start(&bus, 2, SECOND, SECOND);
    bus.is_dead[0] = true;
    bus_run(&bus, 6 * SECOND); /* 0.8 s each: one in 3.2 s from the second on */
    assert_in_range((uintmax_t) bus.asked[0], 2, 4);
    assert_true(bus.silent[0] >= 1);
    assert_true(bus.answered[1] >= 3);
    bus_stop(&bus);
}

/* A command took 50 ms, not all the time since the last poll. */
static void what_a_command_took_is_reckoned_from_its_own_beginning(void **state)
{
    (void) state;
    struct bus bus;
    bus_start(&bus, 2, SECOND, SECOND);
    bus_run(&bus, 3 * SECOND);
    schedule_missed(bus.schedule, 0, bus.now);
    bus.now += 100 * SECOND;
    schedule_asked(bus.schedule, bus.now);
    bus.now += 50000;
    schedule_missed(bus.schedule, 0, bus.now);
    int32_t before = bus.asked[0];
    bus_run(&bus, bus.now + 2 * SECOND);
    assert_true(bus.asked[0] > before);
    bus_stop(&bus);
}

static void a_refused_block_comes_up_once_a_minute(void **state)
{
    (void) state;
    struct bus bus;
    bus_start(&bus, 2, SECOND, SECOND);
    bus_run(&bus, 3 * SECOND);
    for (int i = 0; i < 3; i++) {
        schedule_refused(bus.schedule, 0, bus.now);
    }
    int32_t before = bus.asked[0];
    us_t from = bus.now;
    bus_run(&bus, from + 59 * SECOND);
    assert_int_equal(bus.asked[0], before);
    assert_in_range((uintmax_t) bus.refused[0], 58, 60);
    bus_run(&bus, from + 62 * SECOND);
    assert_true(bus.asked[0] > before);
    schedule_refused(bus.schedule, 0, bus.now); /* still: another minute */
    schedule_accepted(bus.schedule, 0);         /* no: it answers, and that is the end of it */
    before = bus.asked[0];
    bus_run(&bus, bus.now + 5 * SECOND);
    assert_true(bus.asked[0] >= before + 4);
    bus_stop(&bus);
}

static void a_busy_device_is_asked_again_in_a_second(void **state)
{
    (void) state;
    struct bus bus;
    bus_start(&bus, 1, 60 * SECOND, SECOND);
    bus_run(&bus, 15 * SECOND);
    assert_int_equal(bus.asked[0], 1);
    us_t first_at = bus.asked_at[0];
    schedule_retry(bus.schedule, 0, bus.now);
    us_t from = bus.now;
    bus_run(&bus, bus.now + 3 * SECOND);
    assert_int_equal(bus.asked[0], 2);
    assert_in_range((uintmax_t) (bus.asked_at[0] - from), SECOND, SECOND + 10000);
    bus_run(&bus, first_at + 59 * SECOND);
    assert_int_equal(bus.asked[0], 2);
    bus_run(&bus, first_at + 61 * SECOND);
    assert_int_equal(bus.asked[0], 3); /* its own times stay */
    assert_in_range((uintmax_t) (bus.asked_at[0] - first_at), 60 * SECOND, 60 * SECOND + 20000);
    bus_stop(&bus);
}

static void a_bus_is_mute_when_several_were_asked_in_vain_and_nobody_answers(void **state)
{
    (void) state;
    for (int32_t count = 1; count <= DEVICES_MAX; count++) {
        struct bus bus;
        bus_start(&bus, count, 20 * SECOND, SECOND);
        bus_run(&bus, 60 * SECOND);
        assert_false(schedule_is_mute(bus.schedule));
        for (int32_t i = 0; i < count; i++) {
            bus.is_dead[i] = true;
        }
        bus_run(&bus, bus.now + 45 * SECOND); /* before the silence of any device is news */
        assert_int_equal(schedule_is_mute(bus.schedule),
                         count > 1); /* one alone: it may be the device */
        bus.is_dead[0] = false;
        bus_run(&bus, bus.now + 60 * SECOND);
        assert_false(schedule_is_mute(bus.schedule));
        bus_stop(&bus);
    }
}

static void some_lost_answers_do_not_make_a_bus_mute(void **state)
{
    (void) state;
    struct bus bus;
    bus_start(&bus, 3, SECOND, SECOND);
    for (int i = 0; i < 600; i++) {
        bus.is_dead[i % 3] = i % 10 == 0;
        bus_run(&bus, bus.now + SECOND);
        assert_false(schedule_is_mute(bus.schedule));
    }
    bus_stop(&bus);
}

static void a_block_that_has_answered_is_asked_again_soon_when_it_is_refused(void **state)
{
    (void) state;
    struct bus bus;
    bus_start(&bus, 2, SECOND, SECOND);
    bus_run(&bus, 3 * SECOND);
    schedule_accepted(bus.schedule, 0);
    for (int i = 0; i < 3; i++) {
        schedule_refused(bus.schedule, 0, bus.now);
    }
    int32_t before = bus.asked[0];
    bus_run(&bus, bus.now + 4 * SECOND);
    assert_true(bus.refused[0] >= 1);
    assert_true(bus.asked[0] > before);
    bus_stop(&bus);
}

/* Its late answer would fit any other question to its device. */
static void a_block_whose_answer_is_owed_goes_before_the_others_of_its_device(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    const struct schedule_block block[] = {{.device = 0, .interval_us = SECOND},
                                           {.device = 0, .interval_us = 10 * SECOND},
                                           {.device = 1, .interval_us = SECOND}};
    const struct schedule_phase phase = {.seed = 7, .now = 1};
    struct schedule *schedule = schedule_new(arena, block, 3, 2, &phase);
    us_t now = 30 * SECOND;
    for (int i = 0; i < 9; i++) {
        (void) schedule_take(schedule, now); /* all had their turn */
    }
    schedule_owe(schedule, 1, now); /* it has never answered: perhaps the device does not know it */
    assert_false(is_owed(schedule, 0));
    schedule_accepted(schedule, 1);
    schedule_missed(schedule, 0, now);
    schedule_owe(schedule, 1, now);
    assert_true(is_owed(schedule, 0));
    bool is_other_asked = false;
    for (int i = 0; i < 6; i++) {
        now += SECOND / 2;
        struct schedule_turn turn = schedule_take(schedule, now);
        int32_t asked = turn.block < 0 ? -1 : schedule_owed_first(schedule, turn.block);
        assert_int_not_equal(asked, 0);
        is_other_asked = is_other_asked || asked == 2;
    }
    assert_true(is_other_asked);
    schedule_answered(schedule, 0, now);
    assert_false(is_owed(schedule, 0));
    now += SECOND;
    int32_t first = schedule_take(schedule, now).block;
    int32_t of_first = first == 2 ? schedule_take(schedule, now).block : first;
    assert_int_equal(schedule_owed_first(schedule, of_first), 0);
    for (int i = 0; i < 3; i++) {
        schedule_owe(schedule, 1, now);
        assert_true(is_owed(schedule, 0) == (i < 2)); /* asked for twice more, in vain */
    }
    schedule_owe(schedule, 1, now);
    assert_false(is_owed(schedule, 0));
    arena_free(arena);
}

static void end_question(struct schedule *schedule, int32_t block, bool is_answered, us_t now)
{
    if (is_answered) {
        schedule_answered(schedule, 0, now);
        schedule_accepted(schedule, block);
    } else {
        schedule_missed(schedule, 0, now);
        schedule_owe(schedule, block, now);
    }
}

/* Asks each block that is due; `answers` says, by block, which is answered. Counts requests by
 * block. */
static void ask_for_a_while(struct schedule *schedule, us_t *now, const bool *answers,
                            int32_t *counts)
{
    for (us_t until = *now + 100 * SECOND; *now < until;) {
        struct schedule_turn turn = schedule_take(schedule, *now);
        if (turn.kind == SCHEDULE_NOTHING) {
            *now = turn.next_at;
        } else if (turn.kind == SCHEDULE_ASK) {
            counts[turn.block]++;
            end_question(schedule, turn.block, answers[turn.block], *now);
        }
    }
}

static void a_block_that_is_ignored_among_others_is_asked_seldom(void **state)
{
    (void) state;
    static const struct {
        bool was_there, others_answer;
        int32_t least, most;
    } known[] = {{false, true, 3, 5}, {true, true, 5, 12}, {false, false, 3, 20}};
    for (size_t i = 0; i < 3; i++) {
        struct arena *arena = arena_new();
        const struct schedule_block block[] = {{.device = 0, .interval_us = SECOND},
                                               {.device = 0, .interval_us = SECOND}};
        const struct schedule_phase phase = {.seed = 7, .now = 1};
        struct schedule *schedule = schedule_new(arena, block, 2, 1, &phase);
        us_t now = SECOND;
        int32_t counts[2] = {0};
        if (known[i].was_there) {
            ask_for_a_while(schedule, &now, (const bool[]){true, true}, counts);
            counts[1] = 0;
        }
        ask_for_a_while(schedule, &now, (const bool[]){known[i].others_answer, false}, counts);
        assert_in_range((uintmax_t) counts[1], (uintmax_t) known[i].least,
                        (uintmax_t) known[i].most);
        if (known[i].others_answer) { /* it is found again when it was repaired */
            counts[1] = 0;
            ask_for_a_while(schedule, &now, (const bool[]){true, true}, counts);
            assert_in_range((uintmax_t) counts[1], 35, 110);
        }
        arena_free(arena);
    }
}

/* Only the block that is owed an answer was asked: the others may be ok. */
static void one_block_alone_takes_no_device_down(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    const struct schedule_block block[] = {{.device = 0, .interval_us = SECOND},
                                           {.device = 0, .interval_us = SECOND}};
    const struct schedule_phase phase = {.seed = 7, .now = 1};
    struct schedule *schedule = schedule_new(arena, block, 2, 1, &phase);
    us_t now = 100 * SECOND;
    schedule_accepted(schedule, 0);
    schedule_accepted(schedule, 1);
    for (int i = 0; i < 3; i++, now += 6 * SECOND) {
        assert_int_equal(schedule_owed_first(schedule, 0), i == 0 ? 0 : 1);
        schedule_missed(schedule, 0, now);
        schedule_owe(schedule, 1, now);
        assert_false(schedule_device(schedule, 0)->is_down);
    }
    assert_int_equal(schedule_owed_first(schedule, 0), 0);
    schedule_missed(schedule, 0, now); /* the other one too */
    assert_true(schedule_device(schedule, 0)->is_down);
    arena_free(arena);
}

static void a_closed_link_tells_the_silence_of_those_who_are_held(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    const struct schedule_block block = {.device = 0, .interval_us = SECOND};
    const struct schedule_phase phase = {.seed = 7, .now = 1};
    struct schedule *schedule = schedule_new(arena, &block, 1, 1, &phase);
    us_t now = 100 * SECOND;
    (void) schedule_take(schedule, now);
    schedule_hold(schedule, 0, now + 5 * SECOND);
    assert_int_equal(schedule_take(schedule, now + 2 * SECOND).kind, SCHEDULE_NOTHING);
    schedule_close(schedule, true);
    assert_int_equal(schedule_take(schedule, now + 2 * SECOND).kind, SCHEDULE_ASK);
    schedule_close(schedule, false);
    assert_int_equal(schedule_take(schedule, now + 4 * SECOND).kind, SCHEDULE_NOTHING);
    assert_int_equal(schedule_take(schedule, now + 5 * SECOND).kind, SCHEDULE_ASK);
    arena_free(arena);
}

static void polls_start_on_what_the_grid_and_their_interval_share(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    static const struct {
        us_t grid_ms, interval_ms, step_ms;
    } known[] = {{200, 1000, 200}, {200, 500, 100},  {200, 250, 50}, {200, 30, 10},
                 {50, 1000, 50},   {200, 7000, 200}, {0, 1000, 10},  {10, 1000, 10}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const struct schedule_block block = {.device = 0,
                                             .interval_us = known[i].interval_ms * US_PER_MS};
        us_t step = known[i].step_ms * US_PER_MS;
        bool is_finer = false;
        for (uint32_t seed = 0; seed < 50; seed++) {
            const struct schedule_phase phase = {
                .seed = seed, .grid_us = known[i].grid_ms * US_PER_MS, .now = 12345};
            us_t at = schedule_take(schedule_new(arena, &block, 1, 1, &phase), 0).next_at;
            assert_int_equal(at % step, 0);
            assert_true(at <= phase.now + block.interval_us + step);
            is_finer = is_finer || at % (2 * step) != 0;
        }
        assert_true(is_finer);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_are_spread_and_lie_on_the_grid),
        cmocka_unit_test(links_do_not_poll_in_step),
        cmocka_unit_test(the_earliest_deadline_goes_first),
        cmocka_unit_test(missed_intervals_are_skipped_and_counted),
        cmocka_unit_test(a_device_is_suspect_at_once_and_down_after_ten_seconds),
        cmocka_unit_test(a_slow_device_is_down_after_three_polls),
        cmocka_unit_test(one_answer_between_keeps_a_device_up),
        cmocka_unit_test(probes_grow_rarer_up_to_half_a_minute),
        cmocka_unit_test(a_dead_device_costs_the_others_less_than_one_percent),
        cmocka_unit_test(the_dead_take_a_tenth_of_the_bus_at_most),
        cmocka_unit_test(a_dead_devices_silence_is_told_at_its_own_pace),
        cmocka_unit_test(a_device_comes_back_within_a_minute_after_two_replies),
        cmocka_unit_test(one_reply_of_a_dead_device_is_not_enough),
        cmocka_unit_test(a_whole_bus_that_lost_power_is_back_within_a_minute),
        cmocka_unit_test(a_probe_asks_each_block_in_turn),
        cmocka_unit_test(a_suspect_is_spared_for_three_times_what_it_took),
        cmocka_unit_test(what_a_command_took_is_reckoned_from_its_own_beginning),
        cmocka_unit_test(a_refused_block_comes_up_once_a_minute),
        cmocka_unit_test(a_busy_device_is_asked_again_in_a_second),
        cmocka_unit_test(a_block_that_is_ignored_among_others_is_asked_seldom),
        cmocka_unit_test(one_block_alone_takes_no_device_down),
        cmocka_unit_test(a_closed_link_tells_the_silence_of_those_who_are_held),
        cmocka_unit_test(polls_start_on_what_the_grid_and_their_interval_share),
        cmocka_unit_test(a_bus_is_mute_when_several_were_asked_in_vain_and_nobody_answers),
        cmocka_unit_test(some_lost_answers_do_not_make_a_bus_mute),
        cmocka_unit_test(a_block_that_has_answered_is_asked_again_soon_when_it_is_refused),
        cmocka_unit_test(a_block_whose_answer_is_owed_goes_before_the_others_of_its_device),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
