#include "gateway/io/state/state.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/io/system/db.h"
#include "tests/unit/expect.h"
#include "tests/unit/scratch.h"

#define NOW ((ms_t) 1784354400000)

/* How many batches the state thread has reported. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int32_t count;
} seen = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

extern const char *const state_migrations[]; /* of state_schema.c, for older files */
static char folder[64];
static struct error error;
static struct state *state;
static struct effects effects;

static void note_written(void *context, int64_t n, bool is_ok, const char *why)
{
    (void) context;
    CHECK(is_ok && n > 0 && why[0] == '\0');
    (void) pthread_mutex_lock(&seen.lock);
    seen.count++;
    (void) pthread_cond_signal(&seen.changed);
    (void) pthread_mutex_unlock(&seen.lock);
}

static const struct state_callbacks callbacks = {.on_written = note_written};

static void wait_for_reports(int32_t count)
{
    (void) pthread_mutex_lock(&seen.lock);
    while (seen.count < count) {
        (void) pthread_cond_wait(&seen.changed, &seen.lock);
    }
    (void) pthread_mutex_unlock(&seen.lock);
}

static void reopen(void)
{
    state_stop(state);
    state_close(state);
    assert_true(state_open(folder, &state, &error));
}

static int set_up(void **unused)
{
    (void) unused;
    seen.count = 0;
    effects.count = 0;
    (void) snprintf(folder, sizeof folder, "/tmp/huoyan-state-XXXXXX");
    assert_non_null(mkdtemp(folder));
    assert_true(state_open(folder, &state, &error));
    return 0;
}

static int tear_down(void **unused)
{
    (void) unused;
    state_stop(state);
    state_close(state);
    scratch_remove(folder);
    return 0;
}

static struct effect *add(enum effect_kind kind)
{
    struct effect *effect = &effects.item[effects.count++];
    memset(effect, 0, sizeof *effect);
    effect->kind = kind;
    return effect;
}

static void add_message(int64_t id, int64_t incident, ms_t at)
{
    struct effect_message *message = &add(EFFECT_MESSAGE)->message;
    *message = (struct effect_message){
        .id = id, .incident = incident, .level = 1, .at = at, .kind = MESSAGE_ESCALATION};
    (void) snprintf(message->person, sizeof message->person, "wang");
    (void) snprintf(message->phone, sizeof message->phone, "+8613800000001");
    (void) snprintf(message->text, sizeof message->text, "【李渡应急】3号库温度41.2度 %d",
                    (int) id);
}

static void add_entry(int64_t incident, const char *text)
{
    struct effect_entry *entry = &add(EFFECT_ENTRY)->entry;
    *entry =
        (struct effect_entry){.incident = incident, .at = NOW, .kind = ENTRY_ACKED, .level = 2};
    (void) snprintf(entry->actor, sizeof entry->actor, "wang");
    (void) snprintf(entry->channel, sizeof entry->channel, "sms");
    (void) snprintf(entry->text, sizeof entry->text, "%s", text);
}

static void add_settled(int64_t message, enum outcome outcome, bool is_cancelled)
{
    add(EFFECT_SETTLED)->settled = (struct effect_settled){
        .message = message, .outcome = outcome, .is_cancelled = is_cancelled, .at = NOW};
}

/* Every field has a value of its own. Static: an incident is large, and an effect points to it. */
static struct incident *make_incident(int64_t id, enum incident_state incident_state)
{
    static struct incident made[4];
    static int next;
    struct incident *incident = &made[next++ % 4];
    memset(incident, 0, sizeof *incident);
    incident->id = id;
    incident->severity = SEVERITY_MINOR;
    incident->condition = CONDITION_ACTIVE;
    incident->state = incident_state;
    incident->level = 2;
    incident->judgement = -1;
    incident->opened_at = NOW - 10;
    incident->acked_at = NOW - 9;
    incident->cleared_at = NOW - 8;
    incident->closed_at = NOW - 7;
    incident->active_since = NOW - 11;
    incident->escalate_at = NOW + 5;
    incident->repeat_at = NOW + 6;
    incident->first_value = 40.1;
    incident->peak_value = 41.2;
    incident->limit = 40;
    incident->has_value = incident->has_limit = incident->is_upper = true;
    incident->raised_count = 3;
    incident->member_count = 2;
    for (int i = 0; i < 2; i++) {
        struct chain_member *member = &incident->member[i];
        member->level = (int8_t) (i - 1);
        member->was_told = i == 1;
        member->knows_recovery = i == 1;
        member->person = -1;
        (void) snprintf(member->id, sizeof member->id, "person%d", i);
        (void) snprintf(member->phone, sizeof member->phone, "+86138000000%02x",
                        (unsigned) i & 0xFU);
        (void) snprintf(member->name, sizeof member->name, "王某%d", i);
    }
    (void) snprintf(incident->code, sizeof incident->code, "738%d", (int) id);
    (void) snprintf(incident->rule, sizeof incident->rule, "warehouse-hot");
    (void) snprintf(incident->point, sizeof incident->point, "w3/th1/temperature");
    (void) snprintf(incident->site, sizeof incident->site, "w3");
    (void) snprintf(incident->subject, sizeof incident->subject, "东墙温湿度 温度41.2度，超限40");
    (void) snprintf(incident->place, sizeof incident->place, "3号库");
    (void) snprintf(incident->acked_by, sizeof incident->acked_by, "wang");
    return incident;
}

static void add_incident(int64_t id, enum incident_state incident_state)
{
    add(EFFECT_INCIDENT)->incident = make_incident(id, incident_state);
}

static void put(int64_t n)
{
    assert_int_equal(state_put(state, n, &effects), STATE_QUEUED);
    effects.count = 0;
}

static void start(void)
{
    assert_true(state_start(state, &callbacks, &error));
}

/* What was loaded. */

static struct {
    int32_t incidents, alarms, messages, owed, replies, codes, maintenances;
    struct effect_maintenance maintenance;
    struct incident incident;
    struct effect_alarm alarm;
    struct effect_message last_message;
    int64_t owed_id[16];
    char key[MESSAGE_KEY_MAX], code[CODE_MAX];
    int64_t last_incident, last_message_id;
    ms_t stamp;
} loaded;

static void take_record(void *context, const struct state_record *record)
{
    (void) context;
    switch (record->kind) {
    case STATE_INCIDENT:
        loaded.incidents++;
        loaded.incident = record->incident;
        break;
    case STATE_ALARM:
        loaded.alarms++;
        loaded.alarm = record->alarm;
        break;
    case STATE_MESSAGE:
        loaded.messages++;
        loaded.last_message = record->message;
        break;
    case STATE_OWED:
        loaded.owed_id[loaded.owed++ % 16] = record->message.id;
        break;
    case STATE_REPLY:
        loaded.replies++;
        (void) snprintf(loaded.key, sizeof loaded.key, "%s", record->reply.key);
        break;
    case STATE_CODE:
        loaded.codes++;
        (void) snprintf(loaded.code, sizeof loaded.code, "%s", record->code.code);
        break;
    case STATE_MAINTENANCE:
        loaded.maintenances++;
        loaded.maintenance = record->maintenance;
        break;
    case STATE_IDS:
        loaded.last_incident = record->ids.last_incident;
        loaded.last_message_id = record->ids.last_message;
        loaded.stamp = record->ids.last_stamp;
        break;
    }
}

static void load(ms_t now)
{
    memset(&loaded, 0, sizeof loaded);
    assert_true(state_load(state, now, NULL, take_record, &error));
}

/* The promises. */

static void an_incident_comes_back_as_it_was(void **unused)
{
    (void) unused;
    start();
    add_incident(7, INCIDENT_ACKED);
    struct incident expected = *effects.item[0].incident;
    put(1);
    wait_for_reports(1);
    struct incident found;
    assert_true(state_find_incident(state, "7387", &found));
    assert_memory_equal(&found, &expected, sizeof found);
    assert_true(state_find_incident(state, "7", &found));
    assert_false(state_find_incident(state, "07", &found));
    assert_false(state_find_incident(state, "", &found));
    reopen();
    load(NOW);
    assert_int_equal(loaded.incidents, 1);
    assert_memory_equal(&loaded.incident, &expected, sizeof expected);
    assert_string_equal(loaded.code, "7387");
    assert_int_equal(loaded.last_incident, 7);
    assert_int_equal(loaded.stamp, NOW - 7);
}

static void a_batch_holds_the_incident_as_it_was_in_its_step(void **unused)
{
    (void) unused;
    add_incident(1, INCIDENT_OPEN);
    struct incident *engines_own = make_incident(1, INCIDENT_OPEN);
    effects.item[0].incident = engines_own;
    put(1);
    engines_own->state = INCIDENT_CLOSED; /* the next step, before the thread has even begun */
    start();
    wait_for_reports(1);
    struct incident found;
    assert_true(state_find_incident(state, "1", &found));
    assert_int_equal(found.state, INCIDENT_OPEN);
}

static void a_repair_that_is_not_over_comes_back(void **unused)
{
    (void) unused;
    start();
    const struct effect_maintenance over = {.device = "w3/th2", .since = NOW, .until = 0};
    const struct effect_maintenance goes_on = {
        .device = "w3/th1", .since = NOW, .until = NOW + 1000, .by = "tech", .reason = "换探头"};
    add(EFFECT_MAINTENANCE)->maintenance = goes_on;
    add(EFFECT_MAINTENANCE)->maintenance = over;
    put(1);
    reopen();
    load(NOW + 2000); /* also when its time is over: the engine ends it */
    assert_int_equal(loaded.maintenances, 1);
    assert_memory_equal(&loaded.maintenance, &goes_on, sizeof goes_on);
}

static void what_was_not_settled_is_owed(void **unused)
{
    (void) unused;
    start();
    for (int64_t id = 1; id <= 5; id++) {
        add_message(id, 0, NOW);
    }
    add_settled(1, OUTCOME_SENT, false);
    add(EFFECT_CANCEL)->cancel = 2;
    add_settled(3, OUTCOME_SENT, true);
    add_settled(4, OUTCOME_FAILED, false);
    put(1);
    reopen();
    load(NOW);
    assert_int_equal(loaded.owed, 1);
    assert_int_equal(loaded.owed_id[0], 5);
    assert_int_equal(loaded.messages, 2); /* 2 and 3 never left, 4 reached nobody */
    assert_int_equal(loaded.last_message.kind, MESSAGE_ESCALATION);
    assert_string_equal(loaded.last_message.phone, "+8613800000001");
    assert_string_equal(loaded.last_message.text, "【李渡应急】3号库温度41.2度 5");
    assert_int_equal(loaded.last_message_id, 5);
}

static void a_cancel_that_comes_too_late_changes_nothing(void **unused)
{
    (void) unused;
    start();
    add_message(1, 0, NOW);
    add_settled(1, OUTCOME_SENT, false);
    add(EFFECT_CANCEL)->cancel = 1;
    put(1);
    reopen();
    load(NOW);
    assert_int_equal(loaded.messages, 1);
    assert_int_equal(loaded.owed, 0);
}

static void old_messages_are_remembered_only_while_they_matter(void **unused)
{
    (void) unused;
    start();
    add_incident(1, INCIDENT_OPEN);
    add_incident(2, INCIDENT_CLOSED);
    add_message(1, 1, NOW - 2 * MS_PER_DAY);
    add_message(2, 2, NOW - 2 * MS_PER_DAY);
    add_settled(1, OUTCOME_DELIVERED, false);
    add_settled(2, OUTCOME_DELIVERED, false);
    put(1);
    reopen();
    load(NOW);
    assert_int_equal(loaded.messages, 1);
    assert_int_equal(loaded.last_message.id, 1);
    assert_int_equal(loaded.incidents, 2);
    load(NOW + 40 * MS_PER_DAY);
    assert_int_equal(loaded.codes, 0);
}

static void alarms_and_replies_come_back_once(void **unused)
{
    (void) unused;
    start();
    for (int i = 0; i < 2; i++) {
        struct effect_reply *old = &add(EFFECT_REPLY)->reply;
        old->at = NOW - 31 * MS_PER_DAY;
        (void) snprintf(old->key, sizeof old->key, "old");
        struct effect_reply *reply = &add(EFFECT_REPLY)->reply;
        reply->at = NOW;
        (void) snprintf(reply->key, sizeof reply->key, "IN1234");
        struct effect_alarm *alarm = &add(EFFECT_ALARM)->alarm;
        *alarm = (struct effect_alarm){.state = ALARM_RTN_UNACK,
                                       .condition = CONDITION_UNKNOWN,
                                       .pending_since = 1,
                                       .clearing_since = 2,
                                       .active_since = 3,
                                       .incident = 4 + i};
        (void) snprintf(alarm->rule, sizeof alarm->rule, "hot");
        (void) snprintf(alarm->point, sizeof alarm->point, "w3/th1/temperature");
    }
    struct effect_alarm expected = effects.item[effects.count - 1].alarm;
    put(1);
    reopen();
    load(NOW);
    assert_int_equal(loaded.replies, 1);
    assert_string_equal(loaded.key, "IN1234");
    assert_int_equal(loaded.alarms, 1);
    assert_memory_equal(&loaded.alarm, &expected, sizeof expected);
}

static void the_timeline_is_the_newest_entries_oldest_first(void **unused)
{
    (void) unused;
    start();
    add_entry(7, "first");
    add_entry(8, "another");
    add_entry(7, "收到");
    add_entry(7, "last");
    put(1);
    wait_for_reports(1);
    struct effect_entry entries[4];
    assert_int_equal(state_timeline(state, 7, entries, 4), 3);
    assert_string_equal(entries[0].text, "first");
    assert_int_equal(entries[1].kind, ENTRY_ACKED);
    assert_int_equal(entries[1].level, 2);
    assert_string_equal(entries[1].channel, "sms");
    assert_string_equal(entries[1].text, "收到");
    assert_int_equal(state_timeline(state, 7, entries, 2), 2);
    assert_string_equal(entries[0].text, "收到");
    assert_int_equal(state_timeline(state, 99, entries, 4), 0);
}

static void entries_are_never_changed_or_removed(void **unused)
{
    (void) unused;
    start();
    add_entry(7, "收到");
    put(1);
    state_stop(state);
    char path[96];
    (void) snprintf(path, sizeof path, "%s/state.db", folder);
    struct db *db = NULL;
    assert_true(db_open(path, DB_FULL, state_migrations, &db, &error));
    assert_false(db_run(db, "DELETE FROM entry", &error));
    assert_non_null(strstr(error.text, "the audit log is never changed"));
    assert_false(db_run(db, "UPDATE entry SET text = ''", &error));
    db_close(db);
}

static void what_another_version_wrote_is_read_as_the_safe_value(void **unused)
{
    (void) unused;
    start();
    add_incident(7, INCIDENT_ACKED);
    add_entry(7, "收到");
    put(1);
    state_stop(state);
    char path[96];
    (void) snprintf(path, sizeof path, "%s/state.db", folder);
    struct db *db = NULL;
    assert_true(db_open(path, DB_FULL, state_migrations, &db, &error));
    assert_true(db_run(db,
                       "UPDATE incident SET severity = 4, condition = -1, state = 6, level = 4,"
                       " has_value = 2, raised_count = -1, member_count = 1000",
                       &error));
    assert_true(db_run(db, "INSERT INTO entry(incident, kind) VALUES(7, 'sung')", &error));
    db_close(db);
    load(NOW);
    assert_int_equal(loaded.incident.severity, SEVERITY_CRITICAL);
    assert_int_equal(loaded.incident.condition, CONDITION_UNKNOWN);
    assert_int_equal(loaded.incident.state, INCIDENT_OPEN);
    assert_int_equal(loaded.incident.level, 0);
    assert_true(loaded.incident.has_value);
    assert_int_equal(loaded.incident.raised_count, 1);
    assert_true(loaded.incident.member_count <= CHAIN_MAX);
    struct effect_entry entries[3];
    assert_int_equal(state_timeline(state, 7, entries, 3), 2);
    assert_int_equal(entries[1].kind, ENTRY_COMMENT);
}

static void a_file_of_the_first_version_is_brought_up_to_date(void **unused)
{
    (void) unused;
    state_close(state);
    state = NULL;
    char path[96];
    (void) snprintf(path, sizeof path, "%s/state.db", folder);
    assert_int_equal(unlink(path), 0);
    const char *const first[] = {state_migrations[0], NULL};
    struct db *db = NULL;
    assert_true(db_open(path, DB_FULL, first, &db, &error));
    assert_true(db_run(
        db, "INSERT INTO incident(id, code, state, member_count) VALUES(9, '', 0, 1)", &error));
    assert_true(db_run(
        db, "INSERT INTO member(incident, position, was_told, id) VALUES(9, 0, 1, 'w')", &error));
    db_close(db);

    assert_true(state_open(folder, &state, &error));
    load(NOW);
    assert_int_equal(loaded.incidents, 1);
    assert_true(loaded.incident.member[0].was_told);
    assert_false(loaded.incident.member[0].knows_recovery);
}

static void only_a_damaged_file_is_set_aside(void **unused)
{
    (void) unused;
    char path[96];
    (void) snprintf(path, sizeof path, "%s/state.db", folder);
    assert_false(state_set_aside(folder, NOW, &error)); /* a sound one */
    state_close(state);
    state = NULL;
    struct db *db = NULL;
    assert_true(db_open(path, DB_FULL, state_migrations, &db, &error));
    assert_true(db_run(db, "PRAGMA user_version = 99", &error)); /* of a later version of ours */
    db_close(db);
    assert_false(state_open(folder, &state, &error));
    assert_false(state_set_aside(folder, NOW, &error));

    FILE *file = fopen(path, "wbe");
    assert_non_null(file);
    assert_true(fputs("this is no database, however long one looks at it", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_false(state_open(folder, &state, &error));
    assert_true(state_set_aside(folder, NOW, &error));
    assert_true(state_open(folder, &state, &error));
    (void) snprintf(path, sizeof path, "%s/state.db.damaged-%lld", folder, (long long) NOW);
    assert_int_equal(access(path, F_OK), 0); /* kept for who wants to look */
}

static void incidents_are_listed_newest_first(void **unused)
{
    (void) unused;
    start();
    for (int64_t id = 1; id <= 3; id++) {
        add_incident(id, INCIDENT_CLOSED);
    }
    put(1);
    wait_for_reports(1);
    int64_t ids[4] = {0};
    assert_int_equal(state_list_incidents(state, ids, 2), 2);
    assert_int_equal(ids[0], 3);
    assert_int_equal(ids[1], 2);
}

static void stopping_what_never_opened_does_nothing(void **unused)
{
    (void) unused;
    state_stop(NULL);
    state_close(NULL);
}

#define STATE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STATE_TEST(an_incident_comes_back_as_it_was),
        STATE_TEST(a_batch_holds_the_incident_as_it_was_in_its_step),
        STATE_TEST(a_repair_that_is_not_over_comes_back),
        STATE_TEST(what_was_not_settled_is_owed),
        STATE_TEST(a_cancel_that_comes_too_late_changes_nothing),
        STATE_TEST(old_messages_are_remembered_only_while_they_matter),
        STATE_TEST(alarms_and_replies_come_back_once),
        STATE_TEST(the_timeline_is_the_newest_entries_oldest_first),
        STATE_TEST(entries_are_never_changed_or_removed),
        STATE_TEST(what_another_version_wrote_is_read_as_the_safe_value),
        STATE_TEST(a_file_of_the_first_version_is_brought_up_to_date),
        STATE_TEST(only_a_damaged_file_is_set_aside),
        STATE_TEST(incidents_are_listed_newest_first),
        STATE_TEST(stopping_what_never_opened_does_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
