#include "sensors/link/output.h"

#include <string.h>

#include "tests/unit/expect.h"

#define MS US_PER_MS
#define SECOND US_PER_SECOND

/* A relay board in virtual time. */
struct status_board {
    struct output output;
    us_t now;
    bool is_on;
    bool is_silent, refuses, is_stuck; /* stuck: it answers, but nothing moves */
    us_t moves_after;                  /* a slow relay */
    us_t moves_at;
    bool moves_to;
    us_t pulse_ends_at;
    int32_t write_count, read_count;
    uint16_t value;   /* of the last write */
    uint16_t address; /* the same */
    us_t written_at;
};

static const struct profile_output relay = {
    .key = "siren",
    .write = {.function = 5, .address = 0, .on = 0xFF00, .off = 0},
    .has_pulse = true,
    .has_verify = true,
    .pulse = {.function = 5, .address = 0x200, .unit_ms = 100, .max = 0x7FFF},
    .verify = {.function = 1, .address = 0, .on = 1, .off = 0, .within_ms = 500},
};

static const struct profile_output unread = {
    .key = "beacon", .write = {.function = 6, .address = 1, .on = 0x0100, .off = 0x0200}};

static void board_start(struct status_board *board, const struct profile_output *profile,
                        int32_t pulse_ms)
{
    *board = (struct status_board){.now = 1000 * SECOND};
    output_start(&board->output, profile, pulse_ms);
}

static void board_live(struct status_board *board)
{
    if (board->moves_at != 0 && board->now >= board->moves_at) {
        board->is_on = board->moves_to;
        board->moves_at = 0;
    }
    if (board->pulse_ends_at != 0 && board->now >= board->pulse_ends_at) {
        board->is_on = false;
        board->pulse_ends_at = 0;
    }
}

static void board_move(struct status_board *board, bool is_on)
{
    board->moves_to = is_on;
    board->moves_at = board->is_stuck ? 0 : board->now + board->moves_after;
    board_live(board);
}

static enum write_outcome board_write(struct status_board *board,
                                      const struct frame_request *request)
{
    board->write_count++;
    board->value = request->value;
    board->address = request->address;
    board->written_at = board->now;
    if (board->refuses) {
        return WRITE_REFUSED;
    }
    const struct profile_output *profile = board->output.profile;
    bool is_pulse = profile->has_pulse && request->address == profile->pulse.address;
    if (is_pulse) {
        board->pulse_ends_at = board->now + (us_t) request->value * profile->pulse.unit_ms * MS;
    }
    board_move(board, is_pulse || request->value == profile->write.on);
    return WRITE_DONE;
}

static void board_ask(struct status_board *board)
{
    struct frame_request request = output_take(&board->output);
    assert_int_equal(output_due_at(&board->output), OUTPUT_NEVER); /* one at a time */
    if (board->is_silent) {
        board->now += 300 * MS;
        output_answer(&board->output, WRITE_NO_ANSWER, 0, board->now);
        return;
    }
    board->now += 20 * MS;
    board_live(board);
    if (frame_is_write(&request)) {
        enum write_outcome outcome = board_write(board, &request);
        output_answer(&board->output, outcome, 0, board->now);
        return;
    }
    board->read_count++;
    assert_int_equal(request.count, 1);
    output_answer(&board->output, WRITE_DONE, board->is_on ? 1 : 0, board->now);
}

static void board_run(struct status_board *board, us_t span)
{
    us_t until = board->now + span;
    while (board->now < until) {
        us_t due = output_due_at(&board->output);
        if (due > until) {
            board->now = until;
        } else {
            board->now = due > board->now ? due : board->now;
            board_live(board);
            board_ask(board);
        }
    }
    board_live(board);
}

/* Promises. */

static void nothing_is_asked_before_somebody_wants_something(void **state)
{
    (void) state;
    struct status_board board;
    board_start(&board, &relay, 0);
    assert_int_equal(board.output.state, OUTPUT_UNKNOWN);
    assert_int_equal(output_due_at(&board.output), OUTPUT_NEVER);
    output_find(&board.output, board.now);
    assert_int_equal(output_due_at(&board.output), OUTPUT_NEVER);
}

static void a_want_is_written_at_once_and_read_back(void **state)
{
    (void) state;
    struct status_board board;
    board_start(&board, &relay, 0);
    output_want(&board.output, true, board.now);
    assert_int_equal(output_due_at(&board.output), board.now);
    board_run(&board, 100 * MS);
    assert_int_equal(board.write_count, 1);
    assert_int_equal(board.value, 0xFF00);
    assert_int_equal(board.read_count, 1);
    assert_int_equal(board.output.state, OUTPUT_ON);
    assert_true(output_is_settled(&board.output));
    output_want(&board.output, false, board.now);
    assert_false(output_is_settled(&board.output));
    board_run(&board, 100 * MS);
    assert_int_equal(board.value, 0);
    assert_int_equal(board.output.state, OUTPUT_OFF);
    output_want(&board.output, false, board.now); /* the same again */
    board_run(&board, 100 * MS);
    assert_int_equal(board.write_count, 2);
}

static void an_answer_alone_is_no_success(void **state)
{
    (void) state;
    struct status_board board;
    board_start(&board, &relay, 0);
    board.is_stuck = true;
    output_want(&board.output, true, board.now);
    board_run(&board, 1200 * MS);
    assert_int_not_equal(board.output.state, OUTPUT_ON);
    assert_false(output_is_settled(&board.output));
    board_run(&board, 3 * SECOND);
    assert_int_equal(board.write_count, OUTPUT_TRIES);
    assert_int_equal(board.output.state, OUTPUT_FAILED);
    assert_true(output_is_settled(&board.output));
    board_run(&board, 90 * SECOND); /* never given up */
    assert_in_range((uintmax_t) board.write_count, OUTPUT_TRIES + 2, OUTPUT_TRIES + 3);
    board.is_stuck = false;
    board_run(&board, 35 * SECOND);
    assert_int_equal(board.output.state, OUTPUT_ON);
}

static void a_slow_relay_has_as_long_as_its_profile_says(void **state)
{
    (void) state;
    struct status_board board;
    board_start(&board, &relay, 0);
    board.moves_after = 450 * MS;
    output_want(&board.output, true, board.now);
    board_run(&board, 700 * MS);
    assert_int_equal(board.output.state, OUTPUT_ON);
    assert_int_equal(board.write_count, 1);
    board_start(&board, &relay, 0);
    board.moves_after = 800 * MS;
    output_want(&board.output, true, board.now);
    board_run(&board, 700 * MS);
    assert_int_equal(board.output.state, OUTPUT_UNKNOWN);
    assert_int_equal(board.output.tries, 1);
}

static void a_refused_write_is_tried_three_times_and_then_failed(void **state)
{
    (void) state;
    struct status_board board;
    board_start(&board, &relay, 0);
    board.refuses = true;
    output_want(&board.output, true, board.now);
    board_run(&board, 5 * SECOND);
    assert_int_equal(board.write_count, OUTPUT_TRIES);
    assert_int_equal(board.read_count, 0);
    assert_int_equal(board.output.state, OUTPUT_FAILED);
}

static void what_was_switched_behind_our_back_is_switched_again(void **state)
{
    (void) state;
    struct status_board board;
    board_start(&board, &relay, 0);
    output_want(&board.output, true, board.now);
    board_run(&board, 10 * SECOND);
    int32_t writes = board.write_count;
    board_run(&board, 60 * SECOND); /* reading back writes nothing */
    assert_int_equal(board.write_count, writes);
    assert_true(board.read_count >= 3);
    board.is_on = false; /* the board lost its power */
    board_run(&board, 31 * SECOND);
    assert_int_equal(board.write_count, writes + 1);
    assert_true(board.is_on);
    assert_int_equal(board.output.state, OUTPUT_ON);
}

static void show(struct status_board *board)
{
    output_show(&board->output, board->is_on ? 1 : 0, board->now);
}

static void what_somebody_else_read_is_believed_and_put_right_at_once(void **state)
{
    (void) state;
    static const int32_t pulses[] = {0, 30000};
    for (size_t i = 0; i < 4; i++) {
        bool is_on = i % 2 == 0;
        struct status_board board;
        board_start(&board, &relay, pulses[i / 2]);
        output_want(&board.output, is_on, board.now);
        board_run(&board, 3 * SECOND);
        int32_t writes = board.write_count;
        show(&board);
        assert_true(output_due_at(&board.output) > board.now); /* nothing is wrong */
        board.is_on = !is_on; /* it lost its power, or a person switched it */
        show(&board);
        assert_int_equal(board.output.state, is_on ? OUTPUT_OFF : OUTPUT_ON);
        assert_int_equal(output_due_at(&board.output), board.now);
        assert_false(output_is_settled(&board.output));
        board_run(&board, 100 * MS);
        assert_int_equal(board.write_count, writes + 1);
        assert_int_equal(board.is_on, is_on);
        assert_int_equal(board.output.state, is_on ? OUTPUT_ON : OUTPUT_OFF);
    }
}

static void what_is_shown_before_it_was_read_back_means_nothing(void **state)
{
    (void) state;
    struct status_board board;
    board_start(&board, &relay, 0);
    show(&board); /* nothing is wanted */
    assert_int_equal(output_due_at(&board.output), OUTPUT_NEVER);
    board.moves_after = 300 * MS;
    output_want(&board.output, true, board.now);
    board_run(&board, 100 * MS); /* written, and it moves */
    us_t due = output_due_at(&board.output);
    show(&board);
    assert_int_equal(output_due_at(&board.output), due);
    assert_int_equal(board.output.state, OUTPUT_UNKNOWN);
    board_run(&board, 31 * SECOND);
    board.is_on = false;
    (void) output_take(&board.output);
    output_want(&board.output, true, board.now);
    show(&board); /* what is under way decides */
    assert_int_equal(board.output.state, OUTPUT_ON);
    assert_int_equal(board.write_count, 1);
    output_lose(&board.output);
    show(&board);
    assert_int_equal(output_due_at(&board.output), OUTPUT_NEVER);
}

static void an_output_that_falls_again_and_again_is_written_each_five_seconds(void **state)
{
    (void) state;
    struct status_board board;
    board_start(&board, &relay, 0);
    output_want(&board.output, true, board.now);
    board_run(&board, SECOND);
    int32_t writes = board.write_count;
    for (int i = 0; i < 600; i++) {
        if (board.output.state == OUTPUT_ON) {
            board.is_on = false;
            show(&board);
            assert_int_equal(board.output.state, OUTPUT_OFF);
        }
        board_run(&board, 100 * MS);
    }
    assert_in_range((uintmax_t) (board.write_count - writes), 11, 13);
}

static void an_output_that_cannot_be_read_is_written_again_each_half_minute(void **state)
{
    (void) state;
    struct status_board board;
    board_start(&board, &unread, 5000); /* and it knows no pulse */
    output_want(&board.output, true, board.now);
    board_run(&board, 301 * SECOND);
    assert_in_range((uintmax_t) board.write_count, 10, 11);
    assert_int_equal(board.read_count, 0);
    assert_int_equal(board.value, 0x0100);
    assert_int_equal(board.output.state, OUTPUT_ON);
    assert_true(board.output.is_renewal);
    board.is_silent = true;
    board_run(&board, 40 * SECOND);
    assert_int_equal(board.output.state, OUTPUT_FAILED);
}

static void a_device_that_comes_back_is_told_again_what_is_wanted(void **state)
{
    (void) state;
    struct status_board board;
    board_start(&board, &relay, 0);
    output_want(&board.output, true, board.now);
    board_run(&board, SECOND);
    output_lose(&board.output);
    assert_int_equal(board.output.state, OUTPUT_UNKNOWN);
    assert_int_equal(output_due_at(&board.output), OUTPUT_NEVER);
    assert_true(output_is_settled(&board.output)); /* nothing more can be done */
    board.is_on = false;
    board_run(&board, 100 * SECOND);
    assert_false(board.is_on);
    output_find(&board.output, board.now);
    board_run(&board, SECOND);
    assert_true(board.is_on);
    assert_int_equal(board.output.state, OUTPUT_ON);
}

static void a_write_without_an_answer_is_read_back(void **state)
{
    (void) state;
    struct output output;
    output_start(&output, &relay, 0);
    output_want(&output, true, SECOND);
    (void) output_take(&output);
    output_answer(&output, WRITE_NO_ANSWER, 0, 2 * SECOND);
    struct frame_request request = output_take(&output);
    assert_int_equal(request.function, 1);
    output_answer(&output, WRITE_DONE, 1, 2 * SECOND);
    assert_int_equal(output.state, OUTPUT_ON);
}

static void what_is_wanted_meanwhile_overtakes_the_answer(void **state)
{
    (void) state;
    struct output output;
    output_start(&output, &relay, 0);
    output_want(&output, true, SECOND);
    (void) output_take(&output);
    output_want(&output, false, SECOND);
    output_answer(&output, WRITE_DONE, 0, SECOND + 1);
    struct frame_request request = output_take(&output);
    assert_int_equal(request.function, 5);
    assert_int_equal(request.value, 0);
    assert_int_equal(output.state, OUTPUT_UNKNOWN);
    /* and a lost link overtakes both */
    output_lose(&output);
    output_answer(&output, WRITE_DONE, 0, SECOND + 2);
    assert_int_equal(output_due_at(&output), OUTPUT_NEVER);
}

/* Pulses. */

static void a_pulsed_siren_sounds_on_without_a_gap(void **state)
{
    (void) state;
    struct status_board board;
    board_start(&board, &relay, 10000);
    output_want(&board.output, true, board.now);
    board_run(&board, 100 * MS);
    assert_int_equal(board.address, 0x200);
    assert_int_equal(board.value, 100);
    for (int i = 0; i < 600; i++) {
        board_run(&board, 100 * MS);
        assert_true(board.is_on);
    }
    assert_in_range((uintmax_t) board.write_count, 17, 20); /* every 3.3 s */
    assert_int_equal(board.output.state, OUTPUT_ON);
    output_want(&board.output, false, board.now);
    board_run(&board, 100 * MS);
    assert_int_equal(board.address, 0);
    assert_false(board.is_on);
}

static void a_pulsed_siren_falls_silent_when_its_master_is_lost(void **state)
{
    (void) state;
    struct status_board board;
    board_start(&board, &relay, 10000);
    output_want(&board.output, true, board.now);
    board_run(&board, 60 * SECOND);
    assert_true(board.is_on);
    board.now += 10 * SECOND; /* nothing is asked */
    board_live(&board);
    assert_false(board.is_on);
}

static void two_lost_pulses_do_not_silence_a_siren(void **state)
{
    (void) state;
    struct status_board board;
    board_start(&board, &relay, 10000);
    output_want(&board.output, true, board.now);
    board_run(&board, 20 * SECOND);
    board.is_silent = true;
    board_run(&board, board.written_at + 7 * SECOND - board.now);
    board.is_silent = false;
    for (int i = 0; i < 100; i++) {
        assert_true(board.is_on);
        board_run(&board, 100 * MS);
    }
}

static void a_pulse_is_no_longer_than_the_board_can_do(void **state)
{
    (void) state;
    struct profile_output short_pulse = relay;
    short_pulse.pulse.max = 20;
    struct output output;
    output_start(&output, &short_pulse, 10000);
    assert_int_equal(output.pulse_ms, 2000);
    output_start(&output, &relay, 10);
    assert_int_equal(output.pulse_ms, 0); /* less than one unit: switched */
}

/* Stopping. */

static void a_stop_leaves_the_safe_state_and_no_pulse(void **state)
{
    (void) state;
    static const bool safe[] = {false, true};
    for (size_t i = 0; i < 2; i++) {
        struct profile_output profile = relay;
        profile.is_safe_on = safe[i];
        struct status_board board;
        board_start(&board, &profile, 10000);
        output_want(&board.output, true, board.now);
        board_run(&board, 20 * SECOND);
        output_make_safe(&board.output, board.now);
        assert_false(output_is_settled(&board.output));
        board.pulse_ends_at = 0; /* the board takes a plain write as the end of its pulse */
        board_run(&board, 100 * MS);
        assert_int_equal(board.address, 0);
        assert_int_equal(board.is_on, safe[i]);
        assert_true(output_is_settled(&board.output));
    }
}

static void a_failed_output_is_tried_again_before_a_stop_is_over(void **state)
{
    (void) state;
    struct status_board board;
    board_start(&board, &relay, 0);
    board.refuses = true;
    output_want(&board.output, true, board.now);
    board_run(&board, 5 * SECOND);
    assert_int_equal(board.output.state, OUTPUT_FAILED);
    output_make_safe(&board.output, board.now);
    assert_false(output_is_settled(&board.output));
    board_run(&board, 3 * SECOND);
    assert_int_equal(board.write_count, 2 * OUTPUT_TRIES);
    assert_true(output_is_settled(&board.output));
}

static void what_could_not_be_switched_on_is_not_mended_by_being_off(void **state)
{
    (void) state;
    for (int refuses = 0; refuses < 2; refuses++) {
        struct status_board board;
        board_start(&board, &relay, 0);
        board.refuses = refuses == 1;
        board.is_stuck = true;
        output_want(&board.output, true, board.now);
        board_run(&board, 5 * SECOND);
        assert_true(board.output.has_failed);
        board.refuses = false;
        output_want(&board.output, false, board.now);
        board_run(&board, 5 * SECOND);
        assert_int_equal(board.output.state, OUTPUT_OFF);
        assert_true(board.output.has_failed);
        output_lose(&board.output);
        output_find(&board.output, board.now);
        board_run(&board, 5 * SECOND);
        assert_true(board.output.has_failed);
        board.is_stuck = false;
        output_want(&board.output, true, board.now);
        board_run(&board, 5 * SECOND);
        assert_int_equal(board.output.state, OUTPUT_ON);
        assert_false(board.output.has_failed);
    }
}

static void what_could_be_switched_neither_way_needs_both(void **state)
{
    (void) state;
    struct status_board board;
    board_start(&board, &relay, 0);
    board.refuses = true;
    output_want(&board.output, true, board.now);
    board_run(&board, 5 * SECOND);
    output_want(&board.output, false, board.now);
    board_run(&board, 5 * SECOND);
    assert_int_equal(board.output.state, OUTPUT_FAILED);
    board.refuses = false;
    output_make_safe(&board.output, board.now);
    board_run(&board, 5 * SECOND);
    assert_int_equal(board.output.state, OUTPUT_OFF);
    assert_true(board.output.has_failed);
    output_want(&board.output, true, board.now);
    board_run(&board, 5 * SECOND);
    assert_false(board.output.has_failed);
}

static void one_refusal_that_was_overcome_is_forgotten(void **state)
{
    (void) state;
    struct status_board board;
    board_start(&board, &relay, 0);
    board.refuses = true;
    output_want(&board.output, true, board.now);
    board_run(&board, 100 * MS);
    board.refuses = false;
    output_want(&board.output, false, board.now);
    board.is_silent = true;
    board_run(&board, 10 * SECOND);
    assert_true(board.output.has_failed);
    board.is_silent = false;
    output_hear(&board.output, board.now);
    board_run(&board, 10 * SECOND);
    assert_int_equal(board.output.state, OUTPUT_OFF);
    assert_false(board.output.has_failed);
}

static void what_could_not_be_switched_off_is_mended_by_being_off(void **state)
{
    (void) state;
    struct status_board board;
    board_start(&board, &relay, 0);
    output_want(&board.output, true, board.now);
    board_run(&board, 5 * SECOND);
    board.is_stuck = true;
    output_want(&board.output, false, board.now);
    board_run(&board, 5 * SECOND);
    assert_true(board.output.has_failed);
    output_want(&board.output, true, board.now);
    board_run(&board, 5 * SECOND);
    assert_int_equal(board.output.state, OUTPUT_ON);
    assert_true(board.output.has_failed);
    board.is_stuck = false;
    output_want(&board.output, false, board.now);
    board_run(&board, 5 * SECOND);
    assert_false(board.output.has_failed);
}

static void a_board_that_was_silent_is_well_as_soon_as_it_obeys(void **state)
{
    (void) state;
    struct status_board board;
    board_start(&board, &relay, 0);
    board.is_silent = true;
    output_want(&board.output, true, board.now);
    board_run(&board, 10 * SECOND);
    assert_int_equal(board.output.state, OUTPUT_FAILED);
    assert_true(board.output.has_failed);
    output_want(&board.output, false, board.now);
    board.is_silent = false;
    board_run(&board, 1 * SECOND);
    assert_int_equal(board.output.state, OUTPUT_OFF);
    assert_false(board.output.has_failed);
}

static void a_silent_board_that_answers_something_is_tried_at_once(void **state)
{
    (void) state;
    struct status_board board;
    board_start(&board, &relay, 0);
    board.is_silent = true;
    output_want(&board.output, true, board.now);
    board_run(&board, 10 * SECOND);
    int32_t writes = board.write_count;
    board.is_silent = false;
    output_hear(&board.output, board.now);
    board_run(&board, 1 * SECOND);
    assert_true(board.is_on);
    assert_int_equal(board.write_count, writes + 1);
    assert_int_equal(board.output.state, OUTPUT_ON);
    output_hear(&board.output, board.now); /* it is ok: nothing to try */
    board_run(&board, 1 * SECOND);
    assert_int_equal(board.write_count, writes + 1);
}

/* What answers reads and never writes is not asked with each of them. */
static void a_board_that_answers_only_others_is_tried_each_five_seconds(void **state)
{
    (void) state;
    struct status_board board;
    board_start(&board, &relay, 0);
    board.is_silent = true;
    output_want(&board.output, true, board.now);
    board_run(&board, 10 * SECOND);
    us_t from = board.output.failed_at;
    for (int i = 0; i < 600; i++) {
        output_hear(&board.output, board.now);
        board_run(&board, 100 * MS);
    }
    assert_int_equal(board.output.state, OUTPUT_FAILED);
    assert_in_range((uintmax_t) board.output.tries, 10,
                    3 + (uintmax_t) (board.now - from) / (5 * SECOND));
}

static void a_board_that_refuses_is_not_tried_more_because_it_answers(void **state)
{
    (void) state;
    struct status_board board;
    board_start(&board, &relay, 0);
    board.refuses = true;
    output_want(&board.output, true, board.now);
    board_run(&board, 10 * SECOND);
    int32_t writes = board.write_count;
    for (int i = 0; i < 150; i++) {
        output_hear(&board.output, board.now);
        board_run(&board, 100 * MS);
    }
    assert_int_equal(board.write_count, writes);
}

static void every_state_and_outcome_has_words(void **state)
{
    (void) state;
    for (enum output_state i = OUTPUT_UNKNOWN; i <= OUTPUT_FAILED; i++) {
        assert_true(strlen(output_state_text(i)) > 0);
    }
    for (enum write_outcome i = WRITE_DONE; i <= WRITE_NO_LINK; i++) {
        assert_true(strlen(write_outcome_text(i)) > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_asked_before_somebody_wants_something),
        cmocka_unit_test(a_want_is_written_at_once_and_read_back),
        cmocka_unit_test(an_answer_alone_is_no_success),
        cmocka_unit_test(a_slow_relay_has_as_long_as_its_profile_says),
        cmocka_unit_test(a_refused_write_is_tried_three_times_and_then_failed),
        cmocka_unit_test(what_was_switched_behind_our_back_is_switched_again),
        cmocka_unit_test(what_somebody_else_read_is_believed_and_put_right_at_once),
        cmocka_unit_test(what_is_shown_before_it_was_read_back_means_nothing),
        cmocka_unit_test(an_output_that_falls_again_and_again_is_written_each_five_seconds),
        cmocka_unit_test(an_output_that_cannot_be_read_is_written_again_each_half_minute),
        cmocka_unit_test(a_device_that_comes_back_is_told_again_what_is_wanted),
        cmocka_unit_test(a_write_without_an_answer_is_read_back),
        cmocka_unit_test(what_is_wanted_meanwhile_overtakes_the_answer),
        cmocka_unit_test(a_pulsed_siren_sounds_on_without_a_gap),
        cmocka_unit_test(a_pulsed_siren_falls_silent_when_its_master_is_lost),
        cmocka_unit_test(two_lost_pulses_do_not_silence_a_siren),
        cmocka_unit_test(a_pulse_is_no_longer_than_the_board_can_do),
        cmocka_unit_test(a_stop_leaves_the_safe_state_and_no_pulse),
        cmocka_unit_test(a_failed_output_is_tried_again_before_a_stop_is_over),
        cmocka_unit_test(what_could_not_be_switched_on_is_not_mended_by_being_off),
        cmocka_unit_test(what_could_be_switched_neither_way_needs_both),
        cmocka_unit_test(one_refusal_that_was_overcome_is_forgotten),
        cmocka_unit_test(what_could_not_be_switched_off_is_mended_by_being_off),
        cmocka_unit_test(a_board_that_was_silent_is_well_as_soon_as_it_obeys),
        cmocka_unit_test(a_silent_board_that_answers_something_is_tried_at_once),
        cmocka_unit_test(a_board_that_answers_only_others_is_tried_each_five_seconds),
        cmocka_unit_test(a_board_that_refuses_is_not_tried_more_because_it_answers),
        cmocka_unit_test(every_state_and_outcome_has_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
