/* The performers are played here: the tests see what dispatch releases, and when. */
/* Included as a file, so that the performers below replace the real ones. */
/* NOLINTNEXTLINE(bugprone-suspicious-include) */
#include "gateway/daemon/dispatch.c"

#include "tests/unit/expect.h"

enum { PLAYED_MAX = 64 };

static struct {
    enum state_put put;
    int32_t sent_count, cancelled_count;
    int64_t sent[PLAYED_MAX], cancelled[PLAYED_MAX];
    bool is_full;
    struct snapshot_part part;
} played;

enum state_put state_put(struct state *state, int64_t n, const struct effects *effects)
{
    (void) state;
    (void) n;
    (void) effects;
    return played.put;
}

bool sms_send(struct sms *sms, const struct effect_message *message, bool may_have_left)
{
    (void) sms;
    assert_false(may_have_left);
    played.sent[played.sent_count++] = message->id;
    return !played.is_full;
}

bool sms_cancel(struct sms *sms, int64_t message)
{
    (void) sms;
    played.cancelled[played.cancelled_count++] = message;
    return true;
}

void snapshot_set_incident(struct snapshot *snapshot, const struct incident *incident)
{
    (void) snapshot;
    (void) incident;
}

void snapshot_set_part(struct snapshot *snapshot, const struct snapshot_part *part)
{
    (void) snapshot;
    played.part = *part;
}

void snapshot_set_maintenance(struct snapshot *snapshot,
                              const struct effect_maintenance *maintenance)
{
    (void) snapshot;
    (void) maintenance;
}

struct fixture {
    struct mailbox *mailbox;
    struct tickets *tickets;
    struct reply_receipts *receipts;
    struct dispatch *dispatch;
};

static struct effects effects; /* large */

static int set_up(void **state)
{
    memset(&played, 0, sizeof played);
    played.put = STATE_QUEUED;
    effects.count = 0;
    struct fixture *fixture = calloc(1, sizeof *fixture);
    fixture->mailbox = mailbox_new();
    fixture->tickets = tickets_new();
    fixture->receipts = reply_receipts_new(fixture->mailbox);
    const struct dispatch_parts parts = {
        .tickets = fixture->tickets, .mailbox = fixture->mailbox, .receipts = fixture->receipts};
    fixture->dispatch = dispatch_new(&parts);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    dispatch_free(fixture->dispatch);
    reply_receipts_free(fixture->receipts);
    tickets_free(fixture->tickets);
    mailbox_free(fixture->mailbox);
    free(fixture);
    return 0;
}

static void ask_message(struct fixture *fixture, int64_t id, ms_t now)
{
    effects.count = 1;
    effects.item[0] = (struct effect){.kind = EFFECT_MESSAGE, .message = {.id = id}};
    dispatch_effects(fixture->dispatch, &effects, now);
}

static bool takes_health(struct fixture *fixture, bool *ret_is_well)
{
    struct mailbox_item item;
    while (mailbox_take(fixture->mailbox, 0, &item) == MAILBOX_EVENT) {
        if (item.event.kind == EVENT_HEALTH && item.event.health.part == HEALTH_STATE) {
            *ret_is_well = item.event.health.is_ok;
            return true;
        }
    }
    return false;
}

static void a_message_waits_until_its_step_is_written(void **state)
{
    struct fixture *fixture = *state;
    ask_message(fixture, 1, 1000);
    ask_message(fixture, 2, 1000);
    assert_int_equal(played.sent_count, 0);
    dispatch_written(fixture->dispatch, &(struct mailbox_written){.n = 1, .is_ok = true});
    assert_int_equal(played.sent_count, 1);
    assert_int_equal(played.sent[0], 1);
    dispatch_written(fixture->dispatch, &(struct mailbox_written){.n = 2, .is_ok = true});
    assert_int_equal(played.sent_count, 2);
    assert_int_equal(dispatch_unrecorded(fixture->dispatch), 0);
}

static void a_hung_disk_holds_no_message_longer_than_two_seconds_and_is_told(void **state)
{
    struct fixture *fixture = *state;
    ask_message(fixture, 1, 1000);
    assert_int_equal(dispatch_deadline(fixture->dispatch), 3000);
    dispatch_tick(fixture->dispatch, 2999);
    assert_int_equal(played.sent_count, 0);
    dispatch_tick(fixture->dispatch, 3000);
    assert_int_equal(played.sent_count, 1);
    assert_int_equal(dispatch_unrecorded(fixture->dispatch), 1);
    bool is_ok = true;
    assert_true(takes_health(fixture, &is_ok));
    assert_false(is_ok);

    /* It comes back: the late report releases nothing twice, and is told. */
    dispatch_written(fixture->dispatch, &(struct mailbox_written){.n = 1, .is_ok = true});
    assert_int_equal(played.sent_count, 1);
    assert_true(takes_health(fixture, &is_ok));
    assert_true(is_ok);
}

static void a_failed_commit_releases_at_once_unrecorded(void **state)
{
    struct fixture *fixture = *state;
    ask_message(fixture, 1, 1000);
    dispatch_written(fixture->dispatch,
                     &(struct mailbox_written){.n = 1, .is_ok = false, .why = "disk full"});
    assert_int_equal(played.sent_count, 1);
    assert_int_equal(dispatch_unrecorded(fixture->dispatch), 1);
}

static void a_full_queue_of_the_state_releases_at_once(void **state)
{
    struct fixture *fixture = *state;
    played.put = STATE_FULL;
    ask_message(fixture, 1, 1000);
    assert_int_equal(played.sent_count, 1);
    bool is_ok = true;
    assert_true(takes_health(fixture, &is_ok));
    assert_false(is_ok);
}

static void a_cancelled_message_that_still_waits_never_leaves(void **state)
{
    struct fixture *fixture = *state;
    ask_message(fixture, 7, 1000);
    effects.count = 1;
    effects.item[0] = (struct effect){.kind = EFFECT_CANCEL, .cancel = 7};
    dispatch_effects(fixture->dispatch, &effects, 1001);
    dispatch_written(fixture->dispatch, &(struct mailbox_written){.n = 1, .is_ok = true});
    assert_int_equal(played.sent_count, 0);
    assert_int_equal(played.cancelled[0], 7);
}

static void a_fault_that_begins_is_shown_at_once(void **state)
{
    struct fixture *fixture = *state;
    effects.count = 1;
    effects.item[0] = (struct effect){
        .kind = EFFECT_HEALTH,
        .health = {.part = HEALTH_OUTPUT, .at = 1000, .id = "w3/siren", .text = "控制失败"}};
    dispatch_effects(fixture->dispatch, &effects, 1000);
    assert_int_equal(played.part.part, HEALTH_OUTPUT);
    assert_false(played.part.is_ok);
    assert_int_equal(played.part.since, 1000);
    assert_string_equal(played.part.id, "w3/siren");
    assert_string_equal(played.part.text, "控制失败");
}

static void an_answer_waits_for_its_step_too(void **state)
{
    struct fixture *fixture = *state;
    int64_t ticket = tickets_take(fixture->tickets);
    effects.count = 1;
    effects.item[0] =
        (struct effect){.kind = EFFECT_ANSWER, .answer = {.ticket = ticket, .is_ok = true}};
    dispatch_effects(fixture->dispatch, &effects, 1000);
    dispatch_written(fixture->dispatch, &(struct mailbox_written){.n = 1, .is_ok = true});
    struct effect_answer answer;
    assert_true(tickets_wait(fixture->tickets, ticket, 0, &answer));
    assert_true(answer.is_ok);
}

static void a_message_that_finds_no_room_is_a_failed_one(void **state)
{
    struct fixture *fixture = *state;
    played.is_full = true;
    ask_message(fixture, 5, 1000);
    dispatch_written(fixture->dispatch, &(struct mailbox_written){.n = 1, .is_ok = true});
    struct mailbox_item item;
    assert_int_equal(mailbox_take(fixture->mailbox, 0, &item), MAILBOX_EVENT);
    assert_int_equal(item.event.kind, EVENT_OUTCOME);
    assert_int_equal(item.event.outcome.message, 5);
    assert_int_equal(item.event.outcome.outcome, OUTCOME_FAILED);
}

static const struct event_reply reply = {.from = "+8613800000001", .text = "1", .key = "k"};

static void an_inbound_text_is_kept_until_its_effect_is_written(void **state)
{
    struct fixture *fixture = *state;
    assert_false(reply_receipts_offer(fixture->receipts, &reply, 1000));
    assert_false(reply_receipts_offer(fixture->receipts, &reply, 1500));
    struct mailbox_item item;
    assert_int_equal(mailbox_take(fixture->mailbox, 0, &item), MAILBOX_EVENT);
    assert_string_equal(item.event.reply.key, "k");
    assert_int_equal(mailbox_take(fixture->mailbox, 0, &item), MAILBOX_NOTHING); /* posted once */

    effects.count = 1;
    effects.item[0] = (struct effect){.kind = EFFECT_REPLY, .reply = {.key = "k"}};
    dispatch_effects(fixture->dispatch, &effects, 1600);
    assert_false(reply_receipts_offer(fixture->receipts, &reply, 1700));
    dispatch_written(fixture->dispatch, &(struct mailbox_written){.n = 1, .is_ok = true});
    assert_true(reply_receipts_offer(fixture->receipts, &reply, 1900));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_message_waits_until_its_step_is_written, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            a_hung_disk_holds_no_message_longer_than_two_seconds_and_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failed_commit_releases_at_once_unrecorded, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_full_queue_of_the_state_releases_at_once, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_cancelled_message_that_still_waits_never_leaves, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_fault_that_begins_is_shown_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_answer_waits_for_its_step_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_message_that_finds_no_room_is_a_failed_one, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_inbound_text_is_kept_until_its_effect_is_written, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests_name("dispatch", tests, NULL, NULL);
}
