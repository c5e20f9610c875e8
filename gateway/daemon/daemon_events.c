/* daemon_events.c - starts the performers and the wire; their callbacks post events to the
 * mailbox. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/text.h"
#include "gateway/daemon/daemon_parts.h"
#include "gateway/io/system/clock.h"
#include "gateway/io/system/log.h"

static void post_written(void *context, int64_t n, bool is_ok, const char *why)
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

static void report_history(void *context, bool is_ok, const char *text)
{
    post_health(context, HEALTH_HISTORY, "history.db", is_ok, text);
}

static void wake_forwarders(void *context)
{
    struct daemon *daemon = context;
    for (int32_t i = 0; i < daemon->forward_count; i++) {
        forward_wake(daemon->forward[i]);
    }
}

static void post_outcome(void *context, int64_t message, enum outcome outcome, const char *why)
{
    struct daemon *daemon = context;
    const struct event event = {.kind = EVENT_OUTCOME, .outcome = {message, outcome, why}};
    if (!mailbox_put_event(daemon->mailbox, &event)) {
        log_line(LOG_LEVEL_ERROR, "mailbox", "the outcome of message %" PRId64 " found no room",
                 message);
    }
}

static bool offer_reply(void *context, const char *from, const char *text, const char *key)
{
    struct daemon *daemon = context;
    const struct event_reply reply = {.from = from, .text = text, .key = key};
    return reply_receipts_offer(daemon->receipts, &reply, clock_ms());
}

static void report_sms(void *context, bool is_ok, const char *text)
{
    post_health(context, HEALTH_SMS, "sms", is_ok, text);
}

static void report_store(void *context, const char *store, bool is_ok, const char *text)
{
    post_health(context, HEALTH_STORE, store, is_ok, text);
}

static bool post_judged_readings(void *context, const struct reading *reading, int32_t count)
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

static void announce_readings(void *context)
{
    const struct daemon *daemon = context;
    mailbox_announce(daemon->mailbox);
}

static bool report_link(void *context, const struct link_change *change)
{
    struct daemon *daemon = context;
    post_health(daemon, HEALTH_LINK, daemon->config->link[change->link].id, change->is_up,
                change->text);
    return true;
}

/* The listening port of the DTUs counts as a link. A colon is in no id, so this one is unique. */
static void report_listener(void *context, bool is_ok, const char *text)
{
    struct daemon *daemon = context;
    char id[32];
    (void) snprintf(id, sizeof id, "dtu%s", strrchr(daemon->config->listener->listen, ':'));
    post_health(daemon, HEALTH_LINK, id, is_ok, text);
}

static void log_stranger(void *context, const char *text)
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

static void start_dispatch(struct daemon *daemon)
{
    const struct dispatch_parts parts = {.state = daemon->state,
                                         .snapshot = daemon->snapshot,
                                         .tickets = daemon->tickets,
                                         .mailbox = daemon->mailbox,
                                         .receipts = daemon->receipts,
                                         .sms = daemon->sms,
                                         .context = daemon,
                                         .switch_output = daemon_switch_output};
    daemon->dispatch = dispatch_new(&parts);
    if (daemon->has_lost_state) {
        dispatch_report_damage(daemon->dispatch,
                               "状态库损坏，已另存为state.db.damaged，未销号事件和用户须重建");
    }
}

bool daemon_start_performers(struct daemon *daemon, struct error *error)
{
    struct sms_settings sms = daemon->config->sms;
    sms.reply_fd = daemon->options.reply_fd;
    const struct state_callbacks on_state = {.context = daemon, .on_written = post_written};
    const struct history_callbacks history = {
        .context = daemon, .on_health = report_history, .on_commit = wake_forwarders};
    const struct sms_callbacks on_sms = {.context = daemon,
                                         .on_outcome = post_outcome,
                                         .on_reply = offer_reply,
                                         .on_health = report_sms};
    if (!state_start(daemon->state, &on_state, error) ||
        !sms_start(&sms, &on_sms, &daemon->sms, error)) {
        return false;
    }
    start_dispatch(daemon);
    const struct forward_callbacks on_forward = {.context = daemon, .on_health = report_store};
    for (int32_t i = 0; i < daemon->config->store_count; i++) {
        if (!forward_start(&daemon->config->store[i], daemon->history, daemon->policy, &on_forward,
                           &daemon->forward[i], error)) {
            return false;
        }
        daemon->forward_count++;
    }
    return history_start(daemon->history, &history, error);
}

bool daemon_start_wire(struct daemon *daemon, struct error *error)
{
    const struct wire_settings settings = {.link_count = daemon->config->link_count,
                                           .link = daemon->config->link,
                                           .now_us = clock_us,
                                           .callbacks = {.context = daemon,
                                                         .post_readings = post_judged_readings,
                                                         .post_end = announce_readings,
                                                         .post_link = report_link,
                                                         .post_write = daemon_post_write,
                                                         .post_output = daemon_post_output,
                                                         .post_listener = report_listener,
                                                         .post_stranger = log_stranger},
                                           .listener = daemon->config->listener};
    return wire_start(&settings, &daemon->wire, error);
}
