#include "gateway/daemon/mailbox.h"

#include <pthread.h>
#include <string.h>

#include "gateway/io/system/clock.h"
#include "tests/unit/expect.h"

static struct reading reading_of(int32_t point)
{
    return (struct reading){.point = point, .at = 1000, .value = point};
}

static void what_is_put_comes_out_in_order(void **state)
{
    (void) state;
    struct mailbox *mailbox = mailbox_new();
    for (int32_t i = 0; i < 10; i++) {
        struct reading reading = reading_of(i);
        assert_true(mailbox_put_readings(mailbox, &reading, 1));
    }
    struct mailbox_item item;
    for (int32_t i = 0; i < 10; i++) {
        assert_int_equal(mailbox_take(mailbox, 0, &item), MAILBOX_EVENT);
        assert_int_equal(item.event.kind, EVENT_READINGS);
        assert_int_equal(item.event.readings.reading[0].point, i);
    }
    assert_int_equal(mailbox_take(mailbox, 0, &item), MAILBOX_NOTHING);
    mailbox_free(mailbox);
}

static void a_flood_of_readings_is_refused_and_keeps_no_reply_out(void **state)
{
    (void) state;
    struct mailbox *mailbox = mailbox_new();
    struct reading block[READINGS_MAX] = {0};
    int refused = 0;
    for (int i = 0; i < MAILBOX_READINGS + 10; i++) {
        refused += mailbox_put_readings(mailbox, block, READINGS_MAX) ? 0 : 1;
    }
    assert_true(refused > 0);
    assert_int_equal(mailbox_counters(mailbox).readings_refused, (uint64_t) refused);

    char text[] = "1 7382";
    struct event event = {.kind = EVENT_REPLY,
                          .reply = {.from = "+8613800000001", .text = text, .key = "k1"}};
    assert_true(mailbox_put_event(mailbox, &event));
    memset(text, 'x', sizeof text - 1); /* the sender's memory is not needed any more */

    struct mailbox_item item;
    assert_int_equal(mailbox_take(mailbox, 0, &item), MAILBOX_EVENT);
    assert_int_equal(item.event.kind, EVENT_REPLY);
    assert_string_equal(item.event.reply.text, "1 7382");
    assert_string_equal(item.event.reply.key, "k1");
    mailbox_free(mailbox);
}

static void the_state_of_an_output_keeps_its_text(void **state)
{
    (void) state;
    struct mailbox *mailbox = mailbox_new();
    char text[] = "回读不符";
    struct event event = {.kind = EVENT_OUTPUT_STATE,
                          .output_state = {.output = 3, .state = OUTPUT_FAILED, .text = text}};
    assert_true(mailbox_put_event(mailbox, &event));
    memset(text, 'x', sizeof text - 1);
    struct mailbox_item item;
    assert_int_equal(mailbox_take(mailbox, 0, &item), MAILBOX_EVENT);
    assert_int_equal(item.event.output_state.state, OUTPUT_FAILED);
    assert_string_equal(item.event.output_state.text, "回读不符");
    mailbox_free(mailbox);
}

static void a_text_longer_than_its_room_is_cut_and_ends(void **state)
{
    (void) state;
    struct mailbox *mailbox = mailbox_new();
    char text[4000];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    struct event event = {
        .kind = EVENT_COMMAND,
        .command = {.actor = text, .person = text, .channel = text, .note = text}};
    assert_true(mailbox_put_event(mailbox, &event));
    struct mailbox_item item;
    assert_int_equal(mailbox_take(mailbox, 0, &item), MAILBOX_EVENT);
    assert_true(strlen(item.event.command.actor) < 4000);
    assert_true(strlen(item.event.command.note) < 4000);
    mailbox_free(mailbox);
}

static void written_reports_come_before_everything(void **state)
{
    (void) state;
    struct mailbox *mailbox = mailbox_new();
    struct reading reading = reading_of(1);
    assert_true(mailbox_put_readings(mailbox, &reading, 1));
    mailbox_put_written(mailbox, &(struct mailbox_written){.n = 7, .is_ok = true});
    struct mailbox_item item;
    assert_int_equal(mailbox_take(mailbox, 0, &item), MAILBOX_BATCH_WRITTEN);
    assert_int_equal(item.written.n, 7);
    mailbox_free(mailbox);
}

enum { PRODUCERS = 4, BLOCKS = 2000 };

static void *produce(void *context)
{
    struct mailbox *mailbox = context;
    for (int32_t i = 0; i < BLOCKS; i++) {
        struct reading reading = reading_of(i);
        while (!mailbox_put_readings(mailbox, &reading, 1)) {
        }
    }
    mailbox_announce(mailbox);
    return NULL;
}

static void nothing_is_lost_between_threads(void **state)
{
    (void) state;
    struct mailbox *mailbox = mailbox_new();
    pthread_t thread[PRODUCERS];
    for (int i = 0; i < PRODUCERS; i++) {
        assert_int_equal(pthread_create(&thread[i], NULL, produce, mailbox), 0);
    }
    struct mailbox_item item;
    int taken = 0;
    while (taken < PRODUCERS * BLOCKS) {
        taken += mailbox_take(mailbox, 1000, &item) == MAILBOX_EVENT ? 1 : 0;
    }
    for (int i = 0; i < PRODUCERS; i++) {
        assert_int_equal(pthread_join(thread[i], NULL), 0);
    }
    assert_int_equal(mailbox_take(mailbox, 0, &item), MAILBOX_NOTHING);
    mailbox_free(mailbox);
}

/* Blocks put by another thread while the loop waits, one by one; then perhaps announced. */
struct putter {
    struct mailbox *mailbox;
    int32_t blocks;
    bool announces;
};

static void *put_blocks(void *context)
{
    const struct putter *putter = context;
    for (int32_t i = 0; i < putter->blocks; i++) {
        struct reading reading = reading_of(i);
        (void) mailbox_put_readings(putter->mailbox, &reading, 1);
    }
    if (putter->announces) {
        mailbox_announce(putter->mailbox);
    }
    return NULL;
}

/* How long the loop waited for the first of them, of `patience`. */
static ms_t wait_for_blocks(int32_t blocks, bool announces, ms_t patience)
{
    struct putter putter = {mailbox_new(), blocks, announces};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, put_blocks, &putter), 0);
    struct mailbox_item item;
    us_t from = clock_us();
    assert_int_equal(mailbox_take(putter.mailbox, patience, &item), MAILBOX_EVENT);
    ms_t waited = (clock_us() - from) / US_PER_MS;
    assert_int_equal(pthread_join(thread, NULL), 0);
    mailbox_free(putter.mailbox);
    return waited;
}

static void readings_wake_the_loop_when_they_are_announced_or_a_burst(void **state)
{
    (void) state;
    assert_true(wait_for_blocks(1, true, 60000) < 30000);
    assert_true(wait_for_blocks(MAILBOX_BURST, false, 60000) < 30000);
    (void) wait_for_blocks(1, false, 100); /* at the end of its wait it takes them all the same */
}

static void a_wake_ends_the_waiting(void **state)
{
    (void) state;
    struct mailbox *mailbox = mailbox_new();
    mailbox_wake(mailbox);
    struct mailbox_item item;
    assert_int_equal(mailbox_take(mailbox, 60000, &item), MAILBOX_NOTHING);
    mailbox_free(mailbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_comes_out_in_order),
        cmocka_unit_test(a_flood_of_readings_is_refused_and_keeps_no_reply_out),
        cmocka_unit_test(the_state_of_an_output_keeps_its_text),
        cmocka_unit_test(a_text_longer_than_its_room_is_cut_and_ends),
        cmocka_unit_test(written_reports_come_before_everything),
        cmocka_unit_test(nothing_is_lost_between_threads),
        cmocka_unit_test(readings_wake_the_loop_when_they_are_announced_or_a_burst),
        cmocka_unit_test(a_wake_ends_the_waiting),
    };
    return cmocka_run_group_tests_name("mailbox", tests, NULL, NULL);
}
