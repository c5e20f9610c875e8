#include "gateway/io/sms/smsd.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/io/system/clock.h"
#include "tests/unit/expect.h"

enum { PATH_BYTES = 256 };

/* A spool in a directory of its own, and the test in the part of smsd. Files that the driver finds
 * by looking must have lain for a while, so its wall clock runs ahead of theirs. */
struct play {
    char root[64];
    struct sms_settings settings;
    void *smsd;
    ms_t wall;
    int64_t outcome_of; /* last one told */
    enum outcome outcome;
    int outcome_count;
    char why[128];
    bool refuses_replies;
    int reply_count;
    char from[PHONE_MAX];
    char text[REPLY_TEXT_MAX];
    char key[MESSAGE_KEY_MAX];
    bool is_ok;
    char health[256];
};

static void on_outcome(void *context, int64_t message, enum outcome outcome, const char *why)
{
    struct play *play = context;
    play->outcome_of = message;
    play->outcome = outcome;
    play->outcome_count++;
    (void) snprintf(play->why, sizeof play->why, "%s", why);
}

static bool on_reply(void *context, const char *from, const char *text, const char *key)
{
    struct play *play = context;
    play->reply_count++;
    (void) snprintf(play->from, sizeof play->from, "%s", from);
    (void) snprintf(play->text, sizeof play->text, "%s", text);
    (void) snprintf(play->key, sizeof play->key, "%s", key);
    return !play->refuses_replies;
}

static void on_health(void *context, bool is_ok, const char *text)
{
    struct play *play = context;
    play->is_ok = is_ok;
    (void) snprintf(play->health, sizeof play->health, "%s", text);
}

static void path_of(const struct play *play, const char *name, char to[static PATH_BYTES])
{
    (void) snprintf(to, PATH_BYTES, "%s/%s", play->root, name);
}

static void open_driver(struct play *play)
{
    struct sms_callbacks callbacks = {
        .context = play, .on_outcome = on_outcome, .on_reply = on_reply, .on_health = on_health};
    assert_true(smsd_driver.open(&play->settings, &callbacks, &play->smsd, NULL));
}

static int start(void **state)
{
    static const char *const folders[] = {"outgoing", "checked", "sent",
                                          "failed",   "report",  "incoming"};
    struct play *play = calloc(1, sizeof *play);
    assert_non_null(play);
    (void) snprintf(play->root, sizeof play->root, "/tmp/huoyan-smsd-XXXXXX");
    assert_non_null(mkdtemp(play->root));
    char *const paths[] = {play->settings.outgoing, play->settings.checked,
                           play->settings.sent,     play->settings.failed,
                           play->settings.report,   play->settings.incoming};
    for (size_t i = 0; i < 6; i++) {
        path_of(play, folders[i], paths[i]);
        assert_int_equal(mkdir(paths[i], 0770), 0);
    }
    (void) snprintf(play->settings.prefix, sizeof play->settings.prefix, "lidu-1");
    play->wall = clock_ms() + 5 * MS_PER_SECOND;
    play->is_ok = true;
    open_driver(play);
    *state = play;
    return 0;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void) status, (void) kind, (void) place;
    return remove(path);
}

static int stop(void **state)
{
    struct play *play = *state;
    smsd_driver.close(play->smsd);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): safe without FTW_CHDIR, and nobody else is running */
    int outcome = nftw(play->root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(play);
    return outcome;
}

static void turn(struct play *play)
{
    (void) smsd_driver.turn(play->smsd, play->wall);
    play->wall += SMSD_SWEEP_MS;
}

static struct effect_message message_of(int64_t id)
{
    struct effect_message message = {.id = id, .phone = "+8613800138000"};
    (void) snprintf(message.text, sizeof message.text, "【李渡应急】3号库温度41.5度");
    return message;
}

static enum sms_taken send(struct play *play, int64_t id, bool may_have_left)
{
    struct effect_message message = message_of(id);
    struct error error;
    return smsd_driver.send(play->smsd, &message, may_have_left, &error);
}

static bool exists(const struct play *play, const char *name)
{
    char path[PATH_BYTES];
    path_of(play, name, path);
    return access(path, F_OK) == 0;
}

static void write_file(const struct play *play, const char *name, const char *bytes)
{
    char path[PATH_BYTES];
    path_of(play, name, path);
    FILE *file = fopen(path, "wbe");
    assert_non_null(file);
    assert_true(fputs(bytes, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void move(const struct play *play, const char *from, const char *to)
{
    char old[PATH_BYTES];
    char new[PATH_BYTES];
    path_of(play, from, old);
    path_of(play, to, new);
    assert_int_equal(rename(old, new), 0);
}

static void expect_outcome(const struct play *play, int count, int64_t id, enum outcome outcome)
{
    assert_int_equal(play->outcome_count, count);
    assert_int_equal(play->outcome_of, id);
    assert_int_equal(play->outcome, outcome);
}

static const char sent_7[] = "To: 8613800138000\nMessage_id: 7\n\nx";
static const char report_7[] = "From: 8613800138000\nAlphabet: ISO\n\nSMS STATUS REPORT\n"
                               "Message_id: 7\nStatus: 0,Ok,received\n";

static void a_message_appears_whole_in_outgoing(void **state)
{
    struct play *play = *state;
    assert_int_equal(send(play, 42, false), SMS_TAKEN);
    char path[PATH_BYTES];
    path_of(play, "outgoing/lidu-1-42", path);
    FILE *file = fopen(path, "rbe");
    assert_non_null(file);
    char bytes[256] = "";
    assert_true(fread(bytes, 1, sizeof bytes - 1, file) > 60);
    assert_int_equal(fclose(file), 0);
    assert_non_null(strstr(bytes, "To: 8613800138000\nAlphabet: UCS2\nReport: yes\n\n"));
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0660);
    assert_false(exists(play, "sms.temp/lidu-1-42"));
}

static void a_slash_at_the_end_does_not_move_the_temporary_files_into_outgoing(void **state)
{
    struct play *play = *state;
    smsd_driver.close(play->smsd);
    path_of(play, "outgoing//", play->settings.outgoing);
    open_driver(play);
    assert_int_equal(send(play, 42, false), SMS_TAKEN);
    assert_true(exists(play, "outgoing/lidu-1-42"));
    assert_true(exists(play, "sms.temp"));
    assert_false(exists(play, "outgoing/sms.temp"));
}

/* A data directory that was begun anew gives its ids a second time. */
static void a_new_message_has_no_outcome_of_an_old_one_of_its_name(void **state)
{
    struct play *play = *state;
    write_file(play, "failed/lidu-1-42", "To: 8613800138000\nFail_reason: old\n\nx");
    write_file(play, "sent/lidu-1-43", sent_7);
    turn(play);
    assert_int_equal(send(play, 42, false), SMS_TAKEN);
    assert_int_equal(send(play, 43, false), SMS_TAKEN);
    turn(play);
    turn(play);
    assert_int_equal(play->outcome_count, 0);
    write_file(play, "checked/lidu-1-43", sent_7);
    move(play, "checked/lidu-1-43", "sent/lidu-1-43");
    turn(play);
    expect_outcome(play, 1, 43, OUTCOME_SENT);
}

static void sent_then_delivered_is_told(void **state)
{
    struct play *play = *state;
    turn(play);
    assert_int_equal(send(play, 42, false), SMS_TAKEN);
    move(play, "outgoing/lidu-1-42", "checked/lidu-1-42");
    turn(play);
    assert_int_equal(play->outcome_count, 0);
    write_file(play, "checked/lidu-1-42", sent_7);
    move(play, "checked/lidu-1-42", "sent/lidu-1-42");
    turn(play);
    expect_outcome(play, 1, 42, OUTCOME_SENT);
    write_file(play, "report/GSM1.abc", report_7);
    turn(play);
    expect_outcome(play, 2, 42, OUTCOME_DELIVERED);
    assert_false(exists(play, "report/GSM1.abc"));
    turn(play);
    assert_int_equal(play->outcome_count, 2);
}

static void a_failure_brings_its_reason(void **state)
{
    struct play *play = *state;
    assert_int_equal(send(play, 42, false), SMS_TAKEN);
    write_file(play, "failed/lidu-1-42",
               "To: 8613800138000\nFail_reason: +CMS ERROR: 38 (Network out of order)\n\nx");
    turn(play);
    expect_outcome(play, 1, 42, OUTCOME_FAILED);
    assert_string_equal(play->why, "+CMS ERROR: 38 (Network out of order)");
}

static void a_report_of_failure_is_a_failure(void **state)
{
    struct play *play = *state;
    assert_int_equal(send(play, 42, false), SMS_TAKEN);
    write_file(play, "sent/lidu-1-42", sent_7);
    turn(play);
    write_file(
        play, "report/GSM1.abc",
        "From: 8613800138000\n\nSMS STATUS REPORT\nMessage_id: 7\nStatus: 48,Still trying\n");
    turn(play);
    expect_outcome(play, 1, 42, OUTCOME_SENT);
    assert_false(exists(play, "report/GSM1.abc"));
    write_file(play, "report/GSM1.def",
               "From: 8613800138000\n\nSMS STATUS REPORT\nMessage_id: 7\nStatus: 70,Expired\n");
    turn(play);
    expect_outcome(play, 2, 42, OUTCOME_FAILED);
    assert_string_equal(play->why, "70,Expired");
}

static void a_report_belongs_to_number_and_newest_message(void **state)
{
    struct play *play = *state;
    assert_int_equal(send(play, 42, false), SMS_TAKEN);
    assert_int_equal(send(play, 43, false), SMS_TAKEN);
    write_file(play, "sent/lidu-1-42", sent_7);
    write_file(play, "sent/lidu-1-43", sent_7);
    turn(play);
    assert_int_equal(play->outcome_count, 2);
    write_file(play, "report/foreign",
               "From: 8613900139000\n\nSMS STATUS REPORT\nMessage_id: 7\nStatus: 0,Ok\n");
    write_file(play, "report/ours", report_7);
    turn(play);
    expect_outcome(play, 3, 43, OUTCOME_DELIVERED);
    assert_true(exists(play, "report/foreign"));
}

static void a_report_may_come_before_we_see_the_sent_file(void **state)
{
    struct play *play = *state;
    turn(play);
    assert_int_equal(send(play, 42, false), SMS_TAKEN);
    write_file(play, "report/GSM1.abc", report_7);
    turn(play);
    assert_true(exists(play, "report/GSM1.abc"));
    write_file(play, "sent/lidu-1-42", sent_7);
    turn(play);
    turn(play);
    expect_outcome(play, 2, 42, OUTCOME_DELIVERED);
}

static void a_restart_finds_what_has_left(void **state)
{
    struct play *play = *state;
    write_file(play, "sent/lidu-1-1", sent_7);
    write_file(play, "failed/lidu-1-2", "To: 8613800138000\nFail_reason: no network\n\nx");
    write_file(play, "checked/lidu-1-3", "To: 8613800138000\n\nx");
    write_file(play, "outgoing/lidu-1-4", "To: 8613800138000\n\nx");
    assert_int_equal(send(play, 1, true), SMS_TAKEN);
    expect_outcome(play, 1, 1, OUTCOME_SENT);
    assert_int_equal(send(play, 2, true), SMS_TAKEN);
    expect_outcome(play, 2, 2, OUTCOME_FAILED);
    assert_string_equal(play->why, "no network");
    assert_int_equal(send(play, 3, true), SMS_TAKEN);
    assert_int_equal(send(play, 4, true), SMS_TAKEN);
    assert_int_equal(play->outcome_count, 2);
    assert_false(exists(play, "outgoing/lidu-1-1"));
    assert_false(exists(play, "outgoing/lidu-1-3"));

    assert_int_equal(send(play, 5, true), SMS_TAKEN); /* had not left */
    assert_true(exists(play, "outgoing/lidu-1-5"));
    move(play, "checked/lidu-1-3", "sent/lidu-1-3");
    turn(play);
    expect_outcome(play, 3, 3, OUTCOME_SENT);
}

static void a_report_after_a_restart_still_finds_its_message(void **state)
{
    struct play *play = *state;
    write_file(play, "sent/lidu-1-9", sent_7);
    turn(play);
    assert_int_equal(play->outcome_count, 0); /* told before the restart */
    write_file(play, "report/GSM1.abc", report_7);
    turn(play);
    expect_outcome(play, 1, 9, OUTCOME_DELIVERED);
}

static void a_reply_is_handed_over_and_deleted(void **state)
{
    struct play *play = *state;
    turn(play);
    write_file(play, "incoming/GSM1.abc",
               "From: 8613800138000\nSent: 26-11-22 09:00:01\nAlphabet: UTF-8\n\n收到");
    turn(play);
    assert_int_equal(play->reply_count, 1);
    assert_string_equal(play->from, "+8613800138000");
    assert_string_equal(play->text, "收到");
    assert_false(exists(play, "incoming/GSM1.abc"));
}

static void a_reply_that_is_not_taken_stays_and_keeps_its_key(void **state)
{
    struct play *play = *state;
    play->refuses_replies = true;
    write_file(play, "incoming/GSM1.abc", "From: 8613800138000\n\n1");
    turn(play);
    assert_int_equal(play->reply_count, 1);
    assert_true(exists(play, "incoming/GSM1.abc"));
    char key[MESSAGE_KEY_MAX];
    memcpy(key, play->key, sizeof key);

    smsd_driver.close(play->smsd); /* a crash and a new life */
    open_driver(play);
    play->refuses_replies = false;
    turn(play);
    assert_int_equal(play->reply_count, 2);
    assert_string_equal(play->key, key);
    assert_false(exists(play, "incoming/GSM1.abc"));
}

static void a_reply_that_is_not_taken_at_once_is_offered_again_soon(void **state)
{
    struct play *play = *state;
    turn(play); /* watches from now on */
    play->refuses_replies = true;
    write_file(play, "incoming/GSM1.abc", "From: 8613800138000\n\n1");
    play->wall = clock_ms() + (ms_t) 2 * SMSD_SWEEP_MS; /* so that a sweep is due, too */
    char path[PATH_BYTES];
    path_of(play, "incoming/GSM1.abc", path);
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT},
                                      {.tv_sec = play->wall / MS_PER_SECOND}};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    assert_true(smsd_driver.turn(play->smsd, play->wall) <= SMSD_HASTE_MS);
    assert_int_equal(play->reply_count,
                     1); /* inotify told, and it is too young to be found by looking */
    play->refuses_replies = false;
    for (int i = 0; i < 4; i++) {
        play->wall += SMSD_HASTE_MS;
        (void) smsd_driver.turn(play->smsd, play->wall);
    }
    assert_int_equal(play->reply_count, 2);
    assert_false(exists(play, "incoming/GSM1.abc"));
}

static void a_report_in_incoming_is_no_reply(void **state)
{
    struct play *play = *state;
    assert_int_equal(send(play, 42, false), SMS_TAKEN);
    write_file(play, "sent/lidu-1-42", sent_7);
    write_file(play, "incoming/GSM1.abc", report_7);
    turn(play);
    turn(play);
    assert_int_equal(play->reply_count, 0);
    expect_outcome(play, 2, 42, OUTCOME_DELIVERED);
}

static void foreign_files_are_left_alone(void **state)
{
    static const char *const names[] = {"outgoing/other",     "outgoing/lidu-2-42", "sent/lidu-1-x",
                                        "failed/other",       "report/other",       "incoming/note",
                                        "incoming/GSM1.LOCK", "incoming/.hidden"};
    struct play *play = *state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        write_file(play, names[i], i == 6 ? "From: 8613800138000\n\n1" : "hello\n\n");
    }
    for (int i = 0; i < 3; i++) {
        turn(play);
        play->wall += 30 * MS_PER_DAY;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_true(exists(play, names[i]));
    }
    assert_int_equal(play->outcome_count + play->reply_count, 0);
    assert_true(play->is_ok);
}

static void a_cancelled_message_is_taken_back(void **state)
{
    struct play *play = *state;
    assert_int_equal(send(play, 42, false), SMS_TAKEN);
    assert_int_equal(send(play, 43, false), SMS_TAKEN);
    smsd_driver.cancel(play->smsd, 42);
    assert_false(exists(play, "outgoing/lidu-1-42"));
    assert_true(exists(play, "outgoing/lidu-1-43"));
    move(play, "outgoing/lidu-1-43", "checked/lidu-1-43");
    smsd_driver.cancel(play->smsd, 43); /* too late, and harmless */
    assert_true(exists(play, "checked/lidu-1-43"));
    turn(play);
    assert_int_equal(play->outcome_count, 0);
}

static void a_spool_that_nobody_empties_is_told(void **state)
{
    struct play *play = *state;
    assert_int_equal(send(play, 42, false), SMS_TAKEN);
    turn(play);
    assert_true(play->is_ok);
    play->wall += SMSD_OUTGOING_MS;
    turn(play);
    assert_false(play->is_ok);
    assert_non_null(strstr(play->health, "smsd 是否在运行"));
    move(play, "outgoing/lidu-1-42", "checked/lidu-1-42");
    turn(play);
    assert_true(play->is_ok);
    play->wall += SMSD_CHECKED_MS;
    turn(play);
    assert_false(play->is_ok);
    assert_non_null(strstr(play->health, "短信猫"));
}

static void a_missing_directory_is_told_and_healed(void **state)
{
    struct play *play = *state;
    turn(play);
    assert_true(play->is_ok);
    move(play, "outgoing", "away");
    assert_int_equal(send(play, 42, false), SMS_LATER);
    turn(play);
    assert_false(play->is_ok);
    assert_non_null(strstr(play->health, "不存在"));
    assert_non_null(strstr(play->health, play->settings.outgoing));
    move(play, "away", "outgoing");
    turn(play);
    assert_false(play->is_ok); /* until a message could be written */
    assert_int_equal(send(play, 42, false), SMS_TAKEN);
    turn(play);
    assert_true(play->is_ok);
}

static void an_incoming_made_later_is_watched(void **state)
{
    struct play *play = *state;
    turn(play);
    assert_int_equal(rmdir(play->settings.incoming), 0);
    turn(play);
    assert_false(play->is_ok);
    assert_int_equal(mkdir(play->settings.incoming, 0770), 0);
    turn(play);
    assert_true(play->is_ok);
    write_file(play, "incoming/GSM1.abc", "From: 8613800138000\n\n1");
    play->wall = play->wall - SMSD_SWEEP_MS + 1; /* no sweep is due: inotify alone tells */
    turn(play);
    assert_int_equal(play->reply_count, 1);
}

static void our_old_files_are_deleted_after_a_week(void **state)
{
    struct play *play = *state;
    write_file(play, "sent/lidu-1-1", sent_7);
    write_file(play, "failed/lidu-1-2", sent_7);
    write_file(play, "sent/other", sent_7);
    turn(play);
    assert_true(exists(play, "sent/lidu-1-1"));
    play->wall += SMSD_KEEP_MS;
    turn(play);
    assert_false(exists(play, "sent/lidu-1-1"));
    assert_false(exists(play, "failed/lidu-1-2"));
    assert_true(exists(play, "sent/other"));
}

#define PLAYED(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLAYED(a_message_appears_whole_in_outgoing),
        PLAYED(a_slash_at_the_end_does_not_move_the_temporary_files_into_outgoing),
        PLAYED(a_new_message_has_no_outcome_of_an_old_one_of_its_name),
        PLAYED(sent_then_delivered_is_told),
        PLAYED(a_failure_brings_its_reason),
        PLAYED(a_report_of_failure_is_a_failure),
        PLAYED(a_report_belongs_to_number_and_newest_message),
        PLAYED(a_report_may_come_before_we_see_the_sent_file),
        PLAYED(a_restart_finds_what_has_left),
        PLAYED(a_report_after_a_restart_still_finds_its_message),
        PLAYED(a_reply_is_handed_over_and_deleted),
        PLAYED(a_reply_that_is_not_taken_stays_and_keeps_its_key),
        PLAYED(a_reply_that_is_not_taken_at_once_is_offered_again_soon),
        PLAYED(a_report_in_incoming_is_no_reply),
        PLAYED(foreign_files_are_left_alone),
        PLAYED(a_cancelled_message_is_taken_back),
        PLAYED(a_spool_that_nobody_empties_is_told),
        PLAYED(a_missing_directory_is_told_and_healed),
        PLAYED(an_incoming_made_later_is_watched),
        PLAYED(our_old_files_are_deleted_after_a_week),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
