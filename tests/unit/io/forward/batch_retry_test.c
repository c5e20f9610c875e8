#include "gateway/io/forward/batch_retry.h"

#include <stdbool.h>
#include <string.h>

#include "tests/unit/expect.h"

enum { LINES = 5000, REQUESTS_MAX = 2000 };

/* A store that refuses some lines, as its kind does. */
struct store {
    bool is_poison[LINES];
    bool is_stored[LINES];
    bool is_refused[LINES]; /* given up by the retry */
    int32_t status;         /* of a refusal */
    bool is_partial;        /* stores the good lines of a refused part and says so */
    bool is_down;           /* refuses everything */
    int requests;
    bool was_held;
};

static int32_t poison_in(const struct store *store, struct batch_retry_range part)
{
    int32_t count = 0;
    for (int32_t i = part.from; i < part.to; i++) {
        count += store->is_poison[i] ? 1 : 0;
    }
    return count;
}

static struct batch_retry_step serve(struct store *store, struct batch_retry *retry)
{
    struct batch_retry_range part = batch_retry_part(retry);
    assert_true(part.from < part.to && part.to <= retry->count);
    int32_t bad = poison_in(store, part);
    bool is_refused = store->is_down || bad > 0;
    for (int32_t i = part.from; i < part.to; i++) {
        if (!store->is_down && !store->is_poison[i] && (bad == 0 || store->is_partial)) {
            store->is_stored[i] = true;
        }
    }
    char body[128] = "";
    if (is_refused && store->is_partial) {
        (void) snprintf(body, sizeof body,
                        "{\"error\":\"partial write: field type conflict dropped=%d\"}", bad);
    }
    store->requests++;
    assert_true(store->requests < REQUESTS_MAX);
    return batch_retry_answer(retry, is_refused ? store->status : 204, body, -1);
}

static void play(struct store *store, struct batch_retry *retry)
{
    while (!batch_retry_is_done(retry)) {
        struct batch_retry_step step = serve(store, retry);
        for (int32_t i = step.refused.from; i < step.refused.to; i++) {
            assert_false(store->is_refused[i]);
            store->is_refused[i] = true;
        }
        if (step.next == BATCH_RETRY_HOLD) {
            store->was_held = true;
            return;
        }
    }
}

static void expect_only_poison_given_up(const struct store *store, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        assert_int_equal(store->is_refused[i], store->is_poison[i]);
        assert_int_equal(store->is_stored[i], !store->is_poison[i]);
    }
}

static struct store *open_store(int32_t status)
{
    static struct store store;
    memset(&store, 0, sizeof store);
    store.status = status;
    return &store;
}

static void deliver(struct store *store, int32_t count)
{
    struct batch_retry retry = batch_retry_new(LINES, 1);
    batch_retry_begin(&retry, count);
    play(store, &retry);
}

static void answers_are_classes(void **state)
{
    (void) state;
    static const struct {
        int32_t status;
        enum batch_retry_class expected;
    } rows[] = {
        {200, BATCH_RETRY_TAKEN},      {204, BATCH_RETRY_TAKEN},      {0, BATCH_RETRY_LATER},
        {408, BATCH_RETRY_LATER},      {425, BATCH_RETRY_LATER},      {429, BATCH_RETRY_LATER},
        {500, BATCH_RETRY_LATER},      {502, BATCH_RETRY_LATER},      {503, BATCH_RETRY_LATER},
        {401, BATCH_RETRY_HELD},       {403, BATCH_RETRY_HELD},       {404, BATCH_RETRY_HELD},
        {302, BATCH_RETRY_HELD},       {405, BATCH_RETRY_HELD},       {400, BATCH_RETRY_SUSPICIOUS},
        {409, BATCH_RETRY_SUSPICIOUS}, {415, BATCH_RETRY_SUSPICIOUS}, {422, BATCH_RETRY_SUSPICIOUS},
        {413, BATCH_RETRY_TOO_LARGE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(batch_retry_classify(rows[i].status), rows[i].expected);
    }
}

static void a_taken_batch_costs_one_request(void **state)
{
    (void) state;
    struct store *store = open_store(400);
    deliver(store, LINES);
    assert_int_equal(store->requests, 1);
    expect_only_poison_given_up(store, LINES);
}

static void expect_cheap(int32_t poison, bool is_partial, int32_t status)
{
    struct store *store = open_store(status);
    store->is_partial = is_partial;
    store->is_poison[poison] = true;
    deliver(store, LINES);
    assert_true(store->requests <= 1 + 14);
    expect_only_poison_given_up(store, LINES);
}

static void one_poison_line_in_5000_costs_at_most_14_extra_requests(void **state)
{
    (void) state;
    for (int32_t i = 0; i < LINES; i += 97) {
        expect_cheap(i, false, 422);
        expect_cheap(i, true, 400);
    }
    expect_cheap(1, false, 400);
    expect_cheap(LINES - 2, false, 400);
    expect_cheap(LINES - 1, false, 400);
    expect_cheap(LINES - 1, true, 400);
}

static void expect_all_found(bool is_partial)
{
    static const int32_t poison[] = {0, 1, 2, 700, 701, 2500, 4998, 4999};
    struct store *store = open_store(400);
    store->is_partial = is_partial;
    for (size_t i = 0; i < sizeof poison / sizeof poison[0]; i++) {
        store->is_poison[poison[i]] = true;
    }
    deliver(store, LINES);
    assert_true(store->requests < 8 * 14 + 8);
    expect_only_poison_given_up(store, LINES);
}

static void several_poison_lines_are_all_found(void **state)
{
    (void) state;
    expect_all_found(false);
    expect_all_found(true);
}

static void a_backlog_beyond_retention_is_given_up_in_few_requests(void **state)
{
    (void) state;
    struct store *store = open_store(400);
    store->is_partial = true;
    for (int32_t i = 0; i < 3333; i++) {
        store->is_poison[i] = true;
    }
    deliver(store, LINES);
    assert_true(store->requests < 70);
    expect_only_poison_given_up(store, LINES);
}

static void a_store_that_refuses_everything_loses_nothing(void **state)
{
    (void) state;
    static const int32_t statuses[] = {400, 422, 500};
    static const int32_t counts[] = {1, 2, 7, 8, 9, 500, LINES};
    for (size_t i = 0; i < 21; i++) {
        struct store *store = open_store(statuses[i % 3]);
        store->is_down = true;
        deliver(store, counts[i / 3]);
        assert_true(store->was_held);
        for (int32_t k = 0; k < LINES; k++) {
            assert_false(store->is_refused[k]);
        }
    }
}

static void three_times_500_for_the_same_part_is_a_bad_line(void **state)
{
    (void) state;
    for (int32_t i = 0; i < LINES; i += 499) {
        struct store *store = open_store(500);
        store->is_poison[i] = true;
        deliver(store, LINES);
        expect_only_poison_given_up(store, LINES);
        assert_true(store->requests < 80);
    }
}

static void deliver_while_the_disk_clears(struct store *store, int clears_after)
{
    struct batch_retry retry = batch_retry_new(LINES, 1);
    batch_retry_begin(&retry, 200);
    while (!batch_retry_is_done(&retry)) {
        store->is_down = store->requests < clears_after;
        struct batch_retry_step step = serve(store, &retry);
        assert_int_equal(step.refused.to, step.refused.from);
        if (step.next == BATCH_RETRY_HOLD) {
            batch_retry_begin(&retry, 200);
        }
    }
}

static void a_disk_that_fills_and_clears_in_the_middle_loses_nothing(void **state)
{
    (void) state;
    for (int clears_after = 1; clears_after < 60; clears_after++) {
        struct store *store = open_store(500);
        deliver_while_the_disk_clears(store, clears_after);
        expect_only_poison_given_up(store, 200);
    }
}

static void a_single_line_that_the_server_names_is_given_up(void **state)
{
    (void) state;
    struct batch_retry retry = batch_retry_new(LINES, 1);
    batch_retry_begin(&retry, 1);
    struct batch_retry_step step =
        batch_retry_answer(&retry, 400, "{\"error\":\"unable to parse 'x': bad\"}", -1);
    assert_int_equal(step.next, BATCH_RETRY_SEND);
    assert_int_equal(step.refused.to - step.refused.from, 1);
    assert_true(batch_retry_is_done(&retry));
}

static void a_413_makes_the_parts_smaller_for_good(void **state)
{
    (void) state;
    struct batch_retry retry = batch_retry_new(LINES, 1);
    batch_retry_begin(&retry, LINES);
    (void) batch_retry_answer(&retry, 413, "", -1);
    assert_int_equal(batch_retry_part(&retry).to, 2500);
    assert_int_equal(batch_retry_answer(&retry, 204, "", -1).taken, 2500);
    assert_int_equal(batch_retry_answer(&retry, 204, "", -1).taken, 2500);
    assert_true(batch_retry_is_done(&retry));
    batch_retry_begin(&retry, LINES);
    assert_int_equal(batch_retry_part(&retry).to, 2500);
}

static void waits_have_full_jitter_from_1_to_60_seconds_without_end(void **state)
{
    (void) state;
    struct batch_retry retry = batch_retry_new(LINES, 7);
    ms_t longest = 0;
    ms_t shortest = BATCH_RETRY_WAIT_MAX_MS;
    batch_retry_begin(&retry, 10);
    for (int i = 0; i < 1000; i++) {
        struct batch_retry_step step = batch_retry_answer(&retry, i % 2 == 0 ? 0 : 503, "", -1);
        assert_int_equal(step.next, BATCH_RETRY_WAIT);
        assert_true(i > 5 || step.wait_ms <= 1000 << i);
        longest = max_ms(longest, step.wait_ms);
        shortest = i < 10 ? shortest : min_ms(shortest, step.wait_ms);
    }
    assert_true(longest <= 60000 && longest > 58000);
    assert_true(shortest < 2000);
    assert_int_equal(batch_retry_part(&retry).to, 10);

    (void) batch_retry_answer(&retry, 204, "", -1);
    batch_retry_begin(&retry, 10);
    assert_true(batch_retry_answer(&retry, 0, "", -1).wait_ms <= 1000);
}

static void retry_after_is_a_floor_of_at_most_an_hour(void **state)
{
    (void) state;
    struct batch_retry retry = batch_retry_new(LINES, 7);
    batch_retry_begin(&retry, 10);
    ms_t wait = batch_retry_answer(&retry, 429, "", 5000).wait_ms;
    assert_true(wait >= 5000 && wait <= 6000);
    wait = batch_retry_answer(&retry, 503, "", 7 * MS_PER_DAY).wait_ms;
    assert_true(wait >= MS_PER_HOUR && wait <= MS_PER_HOUR + 2000);
}

static void a_wrong_setup_holds_for_a_minute(void **state)
{
    (void) state;
    static const int32_t statuses[] = {401, 403, 404};
    for (size_t i = 0; i < 3; i++) {
        struct batch_retry retry = batch_retry_new(LINES, 7);
        batch_retry_begin(&retry, 10);
        struct batch_retry_step step = batch_retry_answer(&retry, statuses[i], "", -1);
        assert_int_equal(step.next, BATCH_RETRY_HOLD);
        assert_int_equal(step.wait_ms, 60000);
        assert_false(batch_retry_is_done(&retry));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_classes),
        cmocka_unit_test(a_taken_batch_costs_one_request),
        cmocka_unit_test(one_poison_line_in_5000_costs_at_most_14_extra_requests),
        cmocka_unit_test(several_poison_lines_are_all_found),
        cmocka_unit_test(a_backlog_beyond_retention_is_given_up_in_few_requests),
        cmocka_unit_test(a_store_that_refuses_everything_loses_nothing),
        cmocka_unit_test(three_times_500_for_the_same_part_is_a_bad_line),
        cmocka_unit_test(a_disk_that_fills_and_clears_in_the_middle_loses_nothing),
        cmocka_unit_test(a_single_line_that_the_server_names_is_given_up),
        cmocka_unit_test(a_413_makes_the_parts_smaller_for_good),
        cmocka_unit_test(waits_have_full_jitter_from_1_to_60_seconds_without_end),
        cmocka_unit_test(retry_after_is_a_floor_of_at_most_an_hour),
        cmocka_unit_test(a_wrong_setup_holds_for_a_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
