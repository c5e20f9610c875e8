#include "gateway/daemon/reply_receipts.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/expect.h"

struct fixture {
    struct mailbox *mailbox;
    struct reply_receipts *receipts;
};

static const struct event_reply reply = {.from = "+8613800000001", .text = "1", .key = "k"};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    fixture->mailbox = mailbox_new();
    fixture->receipts = reply_receipts_new(fixture->mailbox);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    reply_receipts_free(fixture->receipts);
    mailbox_free(fixture->mailbox);
    free(fixture);
    return 0;
}

static void an_inbound_text_without_effect_is_posted_again_after_five_seconds(void **state)
{
    struct fixture *fixture = *state;
    struct mailbox_item item;
    assert_false(reply_receipts_offer(fixture->receipts, &reply, 1000));
    assert_int_equal(mailbox_take(fixture->mailbox, 0, &item), MAILBOX_EVENT);
    assert_false(reply_receipts_offer(fixture->receipts, &reply, 6001));
    assert_int_equal(mailbox_take(fixture->mailbox, 0, &item), MAILBOX_EVENT);
}

static void a_text_is_forgotten_once_its_batch_is_written(void **state)
{
    struct fixture *fixture = *state;
    assert_false(reply_receipts_offer(fixture->receipts, &reply, 1000));
    reply_receipts_taken(fixture->receipts, "k", 7, false);
    reply_receipts_written(fixture->receipts, 6);
    assert_false(reply_receipts_offer(fixture->receipts, &reply, 1100));
    reply_receipts_written(fixture->receipts, 7);
    assert_true(reply_receipts_offer(fixture->receipts, &reply, 1200));

    /* Then it is a new one. */
    assert_false(reply_receipts_offer(fixture->receipts, &reply, 1300));
}

static void a_text_without_a_batch_is_written_at_once(void **state)
{
    struct fixture *fixture = *state;
    assert_false(reply_receipts_offer(fixture->receipts, &reply, 1000));
    reply_receipts_taken(fixture->receipts, "k", 7, true);
    assert_true(reply_receipts_offer(fixture->receipts, &reply, 1100));
}

static void more_texts_than_receipts_wait_with_their_driver(void **state)
{
    struct fixture *fixture = *state;
    struct mailbox_item item;
    for (int i = 0; i <= REPLY_RECEIPTS_MAX; i++) {
        char key[16];
        (void) snprintf(key, sizeof key, "key %d", i);
        const struct event_reply one = {.from = "+8613800000001", .text = "1", .key = key};
        assert_false(reply_receipts_offer(fixture->receipts, &one, 1000));
        bool is_posted = mailbox_take(fixture->mailbox, 0, &item) == MAILBOX_EVENT;
        assert_int_equal(is_posted, i < REPLY_RECEIPTS_MAX);
    }
    reply_receipts_taken(fixture->receipts, "", 1, true); /* of no text: frees nothing */
    assert_false(reply_receipts_offer(fixture->receipts, &reply, 1000));
    assert_int_equal(mailbox_take(fixture->mailbox, 0, &item), MAILBOX_NOTHING);
}

#define FIXED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXED(an_inbound_text_without_effect_is_posted_again_after_five_seconds),
        FIXED(a_text_is_forgotten_once_its_batch_is_written),
        FIXED(a_text_without_a_batch_is_written_at_once),
        FIXED(more_texts_than_receipts_wait_with_their_driver),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
