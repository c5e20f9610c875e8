/* daemon_events.c - callbacks of the performers: each posts an event to the mailbox. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/text.h"
#include "gateway/daemon/daemon_parts.h"
#include "gateway/io/system/clock.h"
#include "gateway/io/system/log.h"

void daemon_on_written(void *context, int64_t n, bool is_ok, const char *why)
{
    struct daemon *daemon = context;
    struct mailbox_written written = {.n = n, .is_ok = is_ok};
    text_copy(written.why, sizeof written.why, why == NULL ? "" : why);
    mailbox_put_written(daemon->mailbox, &written);
}

/* A full mailbox refuses health reports too. They are logged, and the part reports again when it
 * changes. */
static void post_health(struct daemon *daemon, enum health_part part, const char *id, bool is_ok,
                        const char *text)
{
    const struct event event = {.kind = EVENT_HEALTH,
                                .health = {.part = part, .is_ok = is_ok, .id = id, .text = text}};
    bool is_posted = mailbox_put_event(daemon->mailbox, &event);
    log_line(is_ok ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, id, "%s%s", text,
             is_posted ? "" : " (the mailbox is full: not judged)");
}

void daemon_on_history(void *context, bool is_ok, const char *text)
{
    post_health(context, HEALTH_HISTORY, "history.db", is_ok, text);
}

void daemon_on_commit(void *context)
{
    struct daemon *daemon = context;
    for (int32_t i = 0; i < daemon->forward_count; i++) {
        forward_wake(daemon->forward[i]);
    }
}

void daemon_on_outcome(void *context, int64_t message, enum outcome outcome, const char *why)
{
    struct daemon *daemon = context;
    const struct event event = {.kind = EVENT_OUTCOME, .outcome = {message, outcome, why}};
    if (!mailbox_put_event(daemon->mailbox, &event)) {
        log_line(LOG_LEVEL_ERROR, "mailbox", "the outcome of message %" PRId64 " found no room",
                 message);
    }
}

bool daemon_on_reply(void *context, const char *from, const char *text, const char *key)
{
    struct daemon *daemon = context;
    const struct event_reply reply = {.from = from, .text = text, .key = key};
    return reply_receipts_offer(daemon->receipts, &reply, clock_ms());
}

void daemon_on_sms(void *context, bool is_ok, const char *text)
{
    post_health(context, HEALTH_SMS, "sms", is_ok, text);
}

void daemon_on_store(void *context, const char *store, bool is_ok, const char *text)
{
    post_health(context, HEALTH_STORE, store, is_ok, text);
}

bool daemon_post_readings(void *context, const struct reading *reading, int32_t count)
{
    struct daemon *daemon = context;
    if (daemon->flatline == NULL) {
        return mailbox_put_readings(daemon->mailbox, reading, count);
    }
    struct reading judged[PROFILE_POINTS_MAX] UNINITIALIZED;
    CHECK(count <= PROFILE_POINTS_MAX);
    memcpy(judged, reading, (size_t) count * sizeof *judged);
    flatline_judge(daemon->flatline, judged, count);
    return mailbox_put_readings(daemon->mailbox, judged, count);
}

void daemon_post_end(void *context)
{
    const struct daemon *daemon = context;
    mailbox_announce(daemon->mailbox);
}

bool daemon_post_link(void *context, const struct link_change *change)
{
    struct daemon *daemon = context;
    post_health(daemon, HEALTH_LINK, daemon->config->link[change->link].id, change->is_up,
                change->text);
    return true;
}

/* The listening port of the DTUs counts as a link. A colon is in no id, so this one is unique. */
void daemon_post_listener(void *context, bool is_ok, const char *text)
{
    struct daemon *daemon = context;
    char id[32];
    (void) snprintf(id, sizeof id, "dtu%s", strrchr(daemon->config->listener->listen, ':'));
    post_health(daemon, HEALTH_LINK, id, is_ok, text);
}

void daemon_post_stranger(void *context, const char *text)
{
    (void) context;
    log_line(LOG_LEVEL_WARNING, "dtu", "%s", text);
}

int daemon_command(void *context, const struct event_command *command,
                   char ret_text[static ANSWER_MAX])
{
    struct daemon *daemon = context;
    struct event event = {.kind = EVENT_COMMAND, .command = *command};
    event.command.ticket = tickets_take(daemon->tickets);
    if (event.command.ticket == 0) {
        text_copy(ret_text, ANSWER_MAX, "同时操作的人太多，请稍后再试");
        return 503;
    }
    struct effect_answer answer;
    bool is_posted = mailbox_put_event(daemon->mailbox, &event);
    bool is_answered = tickets_wait(daemon->tickets, event.command.ticket,
                                    is_posted ? 2 * MS_PER_SECOND : 0, &answer);
    if (!is_answered) {
        text_copy(ret_text, ANSWER_MAX, "网关2秒内没有答复，请再看一次事件状态");
        return 503;
    }
    text_copy(ret_text, ANSWER_MAX, answer.text);
    return answer.is_ok ? 200 : 409;
}
