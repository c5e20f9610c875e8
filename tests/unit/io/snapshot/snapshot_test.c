#include "gateway/io/snapshot/snapshot.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/expect.h"

static void set_value(struct snapshot *snapshot, int32_t point, double value)
{
    const struct snapshot_point given = {
        .reading = {.point = point, .quality = QUALITY_GOOD, .at = 5, .value = value},
        .condition = CONDITION_ACTIVE};
    snapshot_set_points(snapshot, &given, 1);
}

static void set_incident(struct snapshot *snapshot, int64_t id, const char *code,
                         enum incident_state state)
{
    static struct incident incident;
    incident = (struct incident){.id = id, .state = state};
    (void) snprintf(incident.code, sizeof incident.code, "%s", code);
    snapshot_set_incident(snapshot, &incident);
}

struct changes {
    struct snapshot_changes found;
    int64_t reach;
};

static struct changes changes_after(struct snapshot *snapshot, int64_t sequence, int32_t max)
{
    struct changes changes = {.found = {.point_max = max, .incident_max = max}};
    changes.reach = snapshot_changes(snapshot, sequence, &changes.found);
    return changes;
}

static void a_point_before_its_first_reading_has_no_answer(void **unused)
{
    (void) unused;
    struct snapshot *snapshot = snapshot_new(2);
    struct snapshot_point point = snapshot_point(snapshot, 1);
    assert_int_equal(point.reading.quality, QUALITY_NO_ANSWER);
    assert_int_equal(changes_after(snapshot, 0, 8).found.point_count, 0);
    snapshot_free(snapshot);
}

static void changes_come_oldest_first_and_once(void **unused)
{
    (void) unused;
    struct snapshot *snapshot = snapshot_new(4);
    set_value(snapshot, 2, 1);
    set_value(snapshot, 0, 1);
    int64_t seen = snapshot_marks(snapshot).sequence;
    set_value(snapshot, 2, 2);
    set_value(snapshot, 3, 2);
    set_value(snapshot, 2, 3);
    set_incident(snapshot, 7, "", INCIDENT_OPEN);

    struct changes changes = changes_after(snapshot, seen, 8);
    assert_int_equal(changes.found.point_count, 2);
    assert_int_equal(changes.found.point[0], 3);
    assert_int_equal(changes.found.point[1], 2);
    assert_int_equal(changes.found.incident_count, 1);
    assert_int_equal(changes.found.incident[0], 7);
    assert_int_equal(changes.reach, snapshot_marks(snapshot).sequence);
    assert_int_equal(changes_after(snapshot, changes.reach, 8).found.point_count, 0);
    expect_near(snapshot_point(snapshot, 2).reading.value, 3, 0);
    snapshot_free(snapshot);
}

static void what_has_not_changed_keeps_its_sequence(void **unused)
{
    (void) unused;
    struct snapshot *snapshot = snapshot_new(2);
    set_value(snapshot, 0, 1);
    set_value(snapshot, 1, 1);
    int64_t sequence = snapshot_marks(snapshot).sequence;
    set_value(snapshot, 0, 1);
    assert_int_equal(snapshot_marks(snapshot).sequence, sequence);
    set_value(snapshot, 0, 2);
    struct changes changes = changes_after(snapshot, sequence, 8);
    assert_int_equal(changes.found.point_count, 1);
    assert_int_equal(changes.found.point[0], 0);
    snapshot_free(snapshot);
}

static void what_does_not_fit_comes_with_the_next_question(void **unused)
{
    (void) unused;
    struct snapshot *snapshot = snapshot_new(5);
    for (int32_t i = 0; i < 5; i++) {
        set_value(snapshot, i, 1);
    }
    set_incident(snapshot, 1, "", INCIDENT_OPEN);
    int64_t sequence = 0;
    int32_t points = 0;
    int32_t incidents = 0;
    for (int i = 0; i < 3; i++) {
        struct changes changes = changes_after(snapshot, sequence, 2);
        assert_true(changes.reach > sequence && changes.found.point_count <= 2);
        sequence = changes.reach;
        points += changes.found.point_count;
        incidents += changes.found.incident_count;
    }
    assert_int_equal(points, 5);
    assert_int_equal(incidents, 1);
    assert_int_equal(sequence, snapshot_marks(snapshot).sequence);
    snapshot_free(snapshot);
}

static void an_incident_is_found_by_id_before_code_and_open_before_closed(void **unused)
{
    (void) unused;
    struct snapshot *snapshot = snapshot_new(0);
    set_incident(snapshot, 9, "1234", INCIDENT_OPEN);
    set_incident(snapshot, 10, "1234", INCIDENT_CLOSED);
    set_incident(snapshot, 5678, "", INCIDENT_OPEN);
    set_incident(snapshot, 11, "5678", INCIDENT_OPEN);
    struct incident *found = calloc(1, sizeof *found);
    assert_true(snapshot_find_incident(snapshot, "1234", found));
    assert_int_equal(found->id, 9);
    assert_true(snapshot_find_incident(snapshot, "5678", found));
    assert_int_equal(found->id, 5678);
    assert_true(snapshot_find_incident(snapshot, "10", found));
    assert_int_equal(found->id, 10);
    assert_false(snapshot_find_incident(snapshot, "12", found));
    assert_false(snapshot_find_incident(snapshot, "", found));
    assert_false(snapshot_find_incident(snapshot, "0x9", found));
    free(found);
    snapshot_free(snapshot);
}

static void incidents_come_newest_first_whatever_order_they_were_set_in(void **unused)
{
    (void) unused;
    struct snapshot *snapshot = snapshot_new(0);
    set_incident(snapshot, 3, "", INCIDENT_OPEN);
    set_incident(snapshot, 1, "", INCIDENT_OPEN);
    set_incident(snapshot, 2, "", INCIDENT_OPEN);
    set_incident(snapshot, 1, "", INCIDENT_ACKED);
    int32_t count = 0;
    struct incident *incidents = snapshot_incidents(snapshot, 3, &count);
    assert_int_equal(count, 3);
    assert_int_equal(incidents[0].id, 3);
    assert_int_equal(incidents[2].id, 1);
    assert_int_equal(incidents[2].state, INCIDENT_ACKED);
    free(incidents);
    free(snapshot_incidents(snapshot, 1, &count));
    assert_int_equal(count, 1);
    snapshot_free(snapshot);
}

static void when_full_the_oldest_closed_incident_goes(void **unused)
{
    (void) unused;
    struct snapshot *snapshot = snapshot_new(0);
    for (int64_t id = 1; id <= SNAPSHOT_INCIDENTS_MAX; id++) {
        set_incident(snapshot, id, "", id == 5 ? INCIDENT_CLOSED : INCIDENT_OPEN);
    }
    struct incident *found = calloc(1, sizeof *found);
    set_incident(snapshot, 5000, "", INCIDENT_OPEN);
    assert_false(snapshot_find_incident(snapshot, "5", found));
    assert_true(snapshot_find_incident(snapshot, "1", found));
    set_incident(snapshot, 5001, "", INCIDENT_OPEN);
    assert_false(snapshot_find_incident(snapshot, "1", found));
    assert_true(snapshot_find_incident(snapshot, "5001", found));
    free(found);
    snapshot_free(snapshot);
}

static void a_part_keeps_since_when_it_did_not_turn(void **unused)
{
    (void) unused;
    struct snapshot *snapshot = snapshot_new(0);
    struct snapshot_part part = {.part = HEALTH_LINK, .id = "bus1", .since = 10};
    snapshot_set_part(snapshot, &part);
    int64_t seen = snapshot_marks(snapshot).parts_sequence;
    part.since = 20;
    snapshot_set_part(snapshot, &part);
    assert_true(snapshot_marks(snapshot).parts_sequence > seen);
    seen = snapshot_marks(snapshot).parts_sequence;
    snapshot_touch_parts(snapshot);
    assert_true(snapshot_marks(snapshot).parts_sequence > seen);
    int32_t count = 0;
    struct snapshot_part *parts = snapshot_parts(snapshot, &count);
    assert_int_equal(count, 1);
    assert_int_equal(parts[0].since, 10);
    free(parts);
    part.is_ok = true;
    snapshot_set_part(snapshot, &part);
    assert_true(snapshot_find_part(snapshot, HEALTH_LINK, "bus1", &part));
    assert_int_equal(part.since, 20);
    assert_false(snapshot_find_part(snapshot, HEALTH_STORE, "bus1", &part));
    snapshot_free(snapshot);
}

enum { THREAD_UPDATES = 2000 };

static void *write_points(void *context)
{
    for (int i = 0; i < THREAD_UPDATES; i++) {
        set_value(context, i % 8, i);
        snapshot_touch(context, i);
    }
    return NULL;
}

static void readers_beside_the_writer_miss_nothing(void **unused)
{
    (void) unused;
    struct snapshot *snapshot = snapshot_new(8);
    pthread_t writer;
    assert_int_equal(pthread_create(&writer, NULL, write_points, snapshot), 0);
    int64_t sequence = 0;
    while (sequence < THREAD_UPDATES) {
        struct changes changes = changes_after(snapshot, sequence, 8);
        assert_true(changes.reach >= sequence);
        sequence = changes.reach;
    }
    assert_int_equal(pthread_join(writer, NULL), 0);
    assert_int_equal(snapshot_marks(snapshot).touched_at, THREAD_UPDATES - 1);
    snapshot_free(snapshot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_point_before_its_first_reading_has_no_answer),
        cmocka_unit_test(changes_come_oldest_first_and_once),
        cmocka_unit_test(what_has_not_changed_keeps_its_sequence),
        cmocka_unit_test(what_does_not_fit_comes_with_the_next_question),
        cmocka_unit_test(an_incident_is_found_by_id_before_code_and_open_before_closed),
        cmocka_unit_test(incidents_come_newest_first_whatever_order_they_were_set_in),
        cmocka_unit_test(when_full_the_oldest_closed_incident_goes),
        cmocka_unit_test(a_part_keeps_since_when_it_did_not_turn),
        cmocka_unit_test(readers_beside_the_writer_miss_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
