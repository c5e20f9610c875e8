#include "gateway/io/sms/sms.h"

#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/text.h"
#include "gateway/base/utf8.h"
#include "gateway/io/sms/sms_console.h"
#include "tests/unit/expect.h"

enum { OUTCOMES_MAX = 4096, PATH_BYTES = 256 };

struct play {
    struct sms *sms;
    struct sms_settings settings;
    char root[64];
    int reply_end; /* the test writes replies here, -1: none */
    int terminal;  /* stdout, while it is away */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int outcome_count;
    struct {
        int64_t message;
        enum outcome outcome;
    } outcome[OUTCOMES_MAX];
    char why[128];
    int reply_count;
    int refusals; /* replies not taken before the first that is */
    char reply[REPLY_TEXT_MAX + PHONE_MAX];
    char key[MESSAGE_KEY_MAX];
    int health_count;
    bool is_ok;
};

static void on_outcome(void *context, int64_t message, enum outcome outcome, const char *why)
{
    struct play *play = context;
    (void) pthread_mutex_lock(&play->lock);
    play->outcome[play->outcome_count].message = message;
    play->outcome[play->outcome_count++].outcome = outcome;
    (void) snprintf(play->why, sizeof play->why, "%s", why);
    (void) pthread_cond_signal(&play->changed);
    (void) pthread_mutex_unlock(&play->lock);
}

static bool on_reply(void *context, const char *from, const char *text, const char *key)
{
    struct play *play = context;
    (void) pthread_mutex_lock(&play->lock);
    bool is_taken = play->refusals == 0;
    play->refusals -= is_taken ? 0 : 1;
    play->reply_count += is_taken ? 1 : 0;
    (void) snprintf(play->reply, sizeof play->reply, "%s|%s", from, text);
    (void) snprintf(play->key, sizeof play->key, "%s", key);
    (void) pthread_cond_signal(&play->changed);
    (void) pthread_mutex_unlock(&play->lock);
    return is_taken;
}

static void on_health(void *context, bool is_ok, const char *text)
{
    (void) text;
    struct play *play = context;
    (void) pthread_mutex_lock(&play->lock);
    play->health_count++;
    play->is_ok = is_ok;
    (void) pthread_cond_signal(&play->changed);
    (void) pthread_mutex_unlock(&play->lock);
}

static int start(void **state)
{
    struct play *play = calloc(1, sizeof *play);
    assert_non_null(play);
    (void) pthread_mutex_init(&play->lock, NULL);
    (void) pthread_cond_init(&play->changed, NULL);
    play->settings.reply_fd = -1;
    play->reply_end = -1;
    (void) snprintf(play->root, sizeof play->root, "/tmp/huoyan-notify-XXXXXX");
    assert_non_null(mkdtemp(play->root));
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
    sms_stop(play->sms);
    if (play->reply_end >= 0) {
        (void) close(play->reply_end);
        (void) close(play->settings.reply_fd);
    }
    (void) pthread_mutex_destroy(&play->lock);
    (void) pthread_cond_destroy(&play->changed);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): safe without FTW_CHDIR, and nobody else is running */
    int outcome = nftw(play->root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(play);
    return outcome;
}

static void open_notify(struct play *play, enum sms_driver_kind driver)
{
    struct sms_callbacks callbacks = {
        .context = play, .on_outcome = on_outcome, .on_reply = on_reply, .on_health = on_health};
    play->settings.driver = driver;
    assert_true(sms_start(&play->settings, &callbacks, &play->sms, NULL));
}

static void make_spool(struct play *play, bool has_outgoing)
{
    static const char *const names[] = {"sent",     "failed", "checked",
                                        "incoming", "report", "outgoing"};
    char *const paths[] = {play->settings.sent,     play->settings.failed, play->settings.checked,
                           play->settings.incoming, play->settings.report, play->settings.outgoing};
    for (size_t i = 0; i < 6; i++) {
        (void) snprintf(paths[i], SMS_PATH_MAX, "%s/%s", play->root, names[i]);
        assert_true((i == 5 && !has_outgoing) || mkdir(paths[i], 0770) == 0);
    }
    (void) snprintf(play->settings.prefix, sizeof play->settings.prefix, "g");
}

static struct effect_message message_of(int64_t id, const char *text)
{
    struct effect_message message = {.id = id, .person = "wang", .phone = "+8613800000001"};
    (void) snprintf(message.text, sizeof message.text, "%s", text);
    return message;
}

static void send_one(struct play *play, int64_t id)
{
    struct effect_message message = message_of(id, "x");
    assert_true(sms_send(play->sms, &message, false));
}

static void wait_outcomes(struct play *play, int count)
{
    (void) pthread_mutex_lock(&play->lock);
    while (play->outcome_count < count) {
        (void) pthread_cond_wait(&play->changed, &play->lock);
    }
    (void) pthread_mutex_unlock(&play->lock);
}

static void wait_replies(struct play *play, int count)
{
    (void) pthread_mutex_lock(&play->lock);
    while (play->reply_count < count) {
        (void) pthread_cond_wait(&play->changed, &play->lock);
    }
    (void) pthread_mutex_unlock(&play->lock);
}

static void wait_ill(struct play *play)
{
    (void) pthread_mutex_lock(&play->lock);
    while (play->health_count == 0) {
        (void) pthread_cond_wait(&play->changed, &play->lock);
    }
    (void) pthread_mutex_unlock(&play->lock);
    assert_false(play->is_ok);
}

static void without_sms_every_message_fails_at_once(void **state)
{
    struct play *play = *state;
    open_notify(play, SMS_NONE);
    send_one(play, 1);
    send_one(play, 2);
    wait_outcomes(play, 2);
    assert_int_equal(play->outcome[1].message, 2);
    assert_int_equal(play->outcome[1].outcome, OUTCOME_FAILED);
    assert_string_equal(play->why, "没有配置短信");
    assert_int_equal(sms_status(play->sms).failed, 2);
}

static void a_full_queue_refuses_and_counts(void **state)
{
    struct play *play = *state;
    make_spool(play, false); /* nothing can be written, so the queue fills */
    open_notify(play, SMS_SMSD);
    for (int i = 0; i < SMS_QUEUE_MAX; i++) {
        send_one(play, i + 1);
    }
    struct effect_message message = message_of(9999, "x");
    assert_false(sms_send(play->sms, &message, false));
    struct sms_status status = sms_status(play->sms);
    assert_int_equal(status.queued, SMS_QUEUE_MAX);
    assert_int_equal(status.refused, 1);
}

static void a_spool_that_comes_back_gets_what_waited_but_not_what_was_cancelled(void **state)
{
    struct play *play = *state;
    make_spool(play, false);
    open_notify(play, SMS_SMSD);
    send_one(play, 1);
    send_one(play, 2);
    send_one(play, 3);
    assert_true(sms_cancel(play->sms, 2));
    assert_false(sms_cancel(play->sms, 77));
    wait_ill(play);
    assert_int_equal(mkdir(play->settings.outgoing, 0770), 0);

    char name[3][PATH_BYTES];
    for (int i = 0; i < 3; i++) {
        (void) snprintf(name[i], PATH_BYTES, "%.120s/g-%d", play->settings.outgoing, i + 1);
    }
    char moved[PATH_BYTES];
    (void) snprintf(moved, sizeof moved, "%.120s/g-3", play->settings.sent);
    while (rename(name[2], moved) != 0) { /* the part of smsd */
        (void) sched_yield();
    }
    wait_outcomes(play, 1);
    assert_int_equal(play->outcome[0].message, 3);
    assert_int_equal(access(name[0], F_OK), 0);
    assert_int_not_equal(access(name[1], F_OK), 0);
    assert_int_equal(sms_status(play->sms).queued, 0);
}

static void a_cancel_takes_back_what_lies_in_outgoing(void **state)
{
    struct play *play = *state;
    make_spool(play, true);
    open_notify(play, SMS_SMSD);
    send_one(play, 1);
    char name[PATH_BYTES];
    (void) snprintf(name, sizeof name, "%.120s/g-1", play->settings.outgoing);
    while (access(name, F_OK) != 0) {
        (void) sched_yield();
    }
    (void) sms_cancel(play->sms, 1);
    while (access(name, F_OK) == 0) {
        (void) sched_yield();
    }
    assert_int_equal(play->outcome_count, 0);
}

static void a_missing_spool_is_told_once(void **state)
{
    struct play *play = *state;
    make_spool(play, false);
    open_notify(play, SMS_SMSD);
    send_one(play, 1);
    wait_ill(play);
    struct sms_status status = sms_status(play->sms);
    assert_false(status.is_ok);
    assert_non_null(strstr(status.text, "短信目录不存在"));
    assert_int_equal(play->health_count, 1);
}

static void open_console(struct play *play)
{
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    play->settings.reply_fd = ends[0];
    play->reply_end = ends[1];
    open_notify(play, SMS_CONSOLE);
}

static void type(const struct play *play, const char *text)
{
    assert_int_equal(write(play->reply_end, text, strlen(text)), strlen(text));
}

static void a_typed_line_is_a_reply(void **state)
{
    struct play *play = *state;
    open_console(play);
    type(play, "nonsense\n\n  +8613800000001   1 7382 \r\n");
    wait_replies(play, 1);
    assert_string_equal(play->reply, "+8613800000001|1 7382 ");
    char first[MESSAGE_KEY_MAX];
    memcpy(first, play->key, sizeof first);
    type(play, "wang ");
    type(play, "收到\n");
    wait_replies(play, 2);
    assert_string_equal(play->reply, "wang|收到");
    assert_string_not_equal(play->key, first); /* the same text again is another reply */
}

static void a_typed_reply_that_is_not_taken_comes_again(void **state)
{
    struct play *play = *state;
    play->refusals = 1;
    open_console(play);
    type(play, "wang 1\nwang 2\n");
    wait_replies(play, 2);
    assert_string_equal(play->reply, "wang|2");
}

static void the_console_delivers_what_it_prints(void **state)
{
    struct play *play = *state;
    (void) fflush(stdout);
    play->terminal = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    FILE *box = tmpfile();
    assert_non_null(box);
    assert_true(dup2(fileno(box), STDOUT_FILENO) >= 0);
    open_notify(play, SMS_CONSOLE);
    send_one(play, 5);
    wait_outcomes(play, 2);
    assert_true(dup2(play->terminal, STDOUT_FILENO) >= 0);
    (void) close(play->terminal);
    char printed[1024] = "";
    rewind(box);
    assert_true(fread(printed, 1, sizeof printed - 1, box) > 0);
    (void) fclose(box);
    assert_non_null(strstr(printed, "短信 → wang +8613800000001"));
    assert_int_equal(play->outcome[0].outcome, OUTCOME_SENT);
    assert_int_equal(play->outcome[1].outcome, OUTCOME_DELIVERED);
}

static int columns_of(const char *line, size_t length)
{
    int columns = 0;
    for (size_t at = 0; at < length;) {
        uint32_t code = 0;
        at += utf8_decode(line + at, length - at, &code);
        columns += code >= 0x2E80 ? 2 : 1; /* true of what these tests draw */
    }
    return columns;
}

static void the_box_is_straight_with_chinese_in_it(void **state)
{
    (void) state;
    char box[2048];
    struct text text = text_over(box, sizeof box);
    struct effect_message message = message_of(
        1, "【李渡应急】3号库东墙温湿度41.5度,高于40度,已5分钟。编号7382,请10分钟内到场。"
           "回1收到,2误报。\n不回将转村");
    sms_console_draw(&text, &message);
    int rows = 0;
    for (const char *line = box; *line != '\0'; rows++) {
        size_t length = strcspn(line, "\n");
        assert_int_equal(columns_of(line, length), CONSOLE_COLUMNS + 4);
        line += length + 1;
    }
    assert_int_equal(rows, 6);
    assert_non_null(strstr(box, "3号库东墙温湿度41.5度"));
}

#define PLAYED(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLAYED(without_sms_every_message_fails_at_once),
        PLAYED(a_full_queue_refuses_and_counts),
        PLAYED(a_spool_that_comes_back_gets_what_waited_but_not_what_was_cancelled),
        PLAYED(a_cancel_takes_back_what_lies_in_outgoing),
        PLAYED(a_missing_spool_is_told_once),
        PLAYED(a_typed_line_is_a_reply),
        PLAYED(a_typed_reply_that_is_not_taken_comes_again),
        PLAYED(the_console_delivers_what_it_prints),
        cmocka_unit_test(the_box_is_straight_with_chinese_in_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
