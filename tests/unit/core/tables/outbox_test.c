#include "gateway/core/tables/outbox.h"

#include <stdio.h>

#include "gateway/core/tables/dedup.h"
#include "gateway/core/tables/incident_table.h"
#include "tests/unit/expect.h"

static int open_arena(void **state)
{
    *state = arena_new();
    return 0;
}

static int close_arena(void **state)
{
    arena_free(*state);
    return 0;
}

static void put(struct outbox *outbox, int64_t id, int64_t incident, enum message_kind kind,
                enum outbox_state state)
{
    struct effect_message message = {
        .id = id, .incident = incident, .kind = kind, .at = id, .phone = "+1"};
    outbox_add(outbox, &message, state);
}

static void it_finds_by_id_in_whatever_order_they_came(void **state)
{
    struct outbox *outbox = outbox_new(*state);
    put(outbox, 5, 1, MESSAGE_ALARM, OUTBOX_LEFT);
    put(outbox, 2, 1, MESSAGE_ALARM, OUTBOX_LEFT);
    put(outbox, 9, 1, MESSAGE_ALARM, OUTBOX_LEFT);
    put(outbox, 5, 1, MESSAGE_ALARM, OUTBOX_WAITING);
    assert_true(outbox_find(outbox, 2)->id == 2);
    assert_int_equal(outbox_find(outbox, 5)->state, OUTBOX_WAITING);
    assert_null(outbox_find(outbox, 3));
    assert_true(outbox_newest(outbox)->id == 9);
    assert_true(outbox_older(outbox, outbox_newest(outbox))->id == 5);
    assert_true(outbox_next_id(outbox) == 10);
}

static void the_newest_stay_when_it_is_full(void **state)
{
    struct outbox *outbox = outbox_new(*state);
    for (int64_t id = 1; id <= OUTBOX_MAX + 10; id++) {
        put(outbox, id, id, MESSAGE_ALARM, OUTBOX_WAITING);
    }
    assert_null(outbox_find(outbox, 10));
    assert_non_null(outbox_find(outbox, 11));
    put(outbox, 3, 3, MESSAGE_ALARM, OUTBOX_WAITING); /* older than all: not remembered */
    assert_null(outbox_find(outbox, 3));
    int32_t count = 0;
    for (const struct outbox_message *message = outbox_newest(outbox); message != NULL;
         message = outbox_older(outbox, message)) {
        count++;
    }
    assert_int_equal(count, OUTBOX_MAX);
    assert_false(outbox_is_waiting(outbox, 5, "+1", MESSAGE_ALARM));
    assert_true(outbox_is_waiting(outbox, 11, "+1", MESSAGE_REPEAT)); /* a call is a call */
}

static void a_level_has_failed_when_every_call_to_it_failed(void **state)
{
    struct outbox *outbox = outbox_new(*state);
    assert_false(outbox_has_failed(outbox, 1, 0));
    put(outbox, 1, 1, MESSAGE_ALARM, OUTBOX_FAILED);
    assert_true(outbox_has_failed(outbox, 1, 0));
    put(outbox, 2, 1, MESSAGE_RECOVERY, OUTBOX_LEFT);
    assert_true(outbox_has_failed(outbox, 1, 0));
    put(outbox, 3, 1, MESSAGE_REPEAT, OUTBOX_WAITING);
    assert_false(outbox_has_failed(outbox, 1, 0));
}

static void a_key_is_new_once(void **state)
{
    struct dedup *seen = dedup_new(*state);
    assert_true(dedup_add(seen, "GSM1-1"));
    assert_false(dedup_add(seen, "GSM1-1"));
    for (int i = 0; i < DEDUP_MAX; i++) {
        char key[32];
        (void) snprintf(key, sizeof key, "other-%d", i);
        assert_true(dedup_add(seen, key));
    }
    assert_true(dedup_add(seen, "GSM1-1")); /* 4096 texts ago */
}

static void the_oldest_closed_incident_gives_way(void **state)
{
    struct incident_table *incidents = incident_table_new(*state);
    for (int i = 0; i < INCIDENTS_MAX; i++) {
        assert_non_null(incident_table_add(incidents));
    }
    assert_null(incident_table_add(incidents));
    incident_table_find(incidents, 9)->state = INCIDENT_CLOSED;
    incident_table_find(incidents, 7)->state = INCIDENT_CLOSED;
    assert_true(incident_table_add(incidents)->id == INCIDENTS_MAX + 1);
    assert_null(incident_table_find(incidents, 7));
    assert_non_null(incident_table_find(incidents, 9));
    assert_int_equal(incident_table_count(incidents), INCIDENTS_MAX);
    assert_true(incident_table_at(incidents, INCIDENTS_MAX - 1)->id == INCIDENTS_MAX + 1);
}

static void incidents_are_adopted_in_any_order(void **state)
{
    struct incident_table *incidents = incident_table_new(*state);
    for (int64_t id = 1; id <= 5; id++) {
        const struct incident incident = {.id = id * 7 % 11};
        assert_non_null(incident_table_adopt(incidents, &incident));
    }
    for (int32_t i = 1; i < incident_table_count(incidents); i++) {
        assert_true(incident_table_at(incidents, i - 1)->id < incident_table_at(incidents, i)->id);
    }
    assert_true(incident_table_add(incidents)->id == 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_finds_by_id_in_whatever_order_they_came),
        cmocka_unit_test(the_newest_stay_when_it_is_full),
        cmocka_unit_test(a_level_has_failed_when_every_call_to_it_failed),
        cmocka_unit_test(a_key_is_new_once),
        cmocka_unit_test(the_oldest_closed_incident_gives_way),
        cmocka_unit_test(incidents_are_adopted_in_any_order),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
