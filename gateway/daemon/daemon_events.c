#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/daemon/daemon_parts.h"
#include "gateway/io/system/clock.h"
#include "gateway/io/system/log.h"

void house_on_written(void *context, int64_t n, bool is_ok, const char *why)
{
    struct house *house = context;
    struct mailbox_written written = {.n = n, .is_ok = is_ok};
    (void) snprintf(written.why, sizeof written.why, "%s", why == NULL ? "" : why);
    mailbox_put_written(house->mailbox, &written);
}

/* A full mailbox refuses health reports too: they are logged, and the part reports again when it changes. */
void house_post_health(struct house *house, enum health_part part, const char *id, bool is_well,
                       const char *text)
{
    const struct event_health health = {.part = part, .is_well = is_well, .id = id, .text = text};
    house_post_health_event(house, &health);
}

void house_post_health_event(struct house *house, const struct event_health *health)
{
    const struct event event = {.kind = EVENT_HEALTH, .health = *health};
    bool is_posted = mailbox_put_event(house->mailbox, &event);
    log_line(health->is_well ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, health->id, "%s%s", health->text,
             is_posted ? "" : " (the mailbox is full: not judged)");
}

void house_on_history(void *context, bool is_well, const char *text)
{
    house_post_health(context, HEALTH_HISTORY, "history.db", is_well, text);
}

void house_on_commit(void *context)
{
    struct house *house = context;
    for (int32_t i = 0; i < house->forward_count; i++) {
        forward_wake(house->forward[i]);
    }
}

void house_on_outcome(void *context, int64_t message, enum outcome outcome, const char *why)
{
    struct house *house = context;
    const struct event event = {.kind = EVENT_OUTCOME, .outcome = {message, outcome, why}};
    if (!mailbox_put_event(house->mailbox, &event)) {
        log_line(LOG_LEVEL_ERROR, "mailbox", "the outcome of message %" PRId64 " found no room",
                 message);
    }
}

bool house_on_reply(void *context, const char *from, const char *text, const char *key)
{
    struct house *house = context;
    return dispatch_offer_reply(house->dispatch, from, text, key, clock_ms());
}

void house_on_sms(void *context, bool is_well, const char *text)
{
    house_post_health(context, HEALTH_SMS, "sms", is_well, text);
}

void house_on_store(void *context, const char *store, bool is_well, const char *text)
{
    house_post_health(context, HEALTH_STORE, store, is_well, text);
}

bool house_post_readings(void *context, const struct reading *reading, int32_t count)
{
    struct house *house = context;
    if (house->flatline == NULL) {
        return mailbox_put_readings(house->mailbox, reading, count);
    }
    struct reading judged[PROFILE_POINTS_MAX] UNINITIALIZED;
    CHECK(count <= PROFILE_POINTS_MAX);
    memcpy(judged, reading, (size_t) count * sizeof *judged);
    flatline_judge(house->flatline, judged, count);
    return mailbox_put_readings(house->mailbox, judged, count);
}

void house_post_end(void *context)
{
    const struct house *house = context;
    mailbox_announce(house->mailbox);
}

bool house_post_link(void *context, const struct wire_link_state *state)
{
    struct house *house = context;
    house_post_health(house, HEALTH_LINK, house->config->link[state->link].id, state->is_up,
                      state->text);
    return true;
}

/* The door of the DTUs is a link too, without an id of its own: a colon is in no id. */
void house_post_door(void *context, bool is_well, const char *text)
{
    struct house *house = context;
    char id[32];
    (void) snprintf(id, sizeof id, "dtu%s", strrchr(house->config->listener->listen, ':'));
    house_post_health(house, HEALTH_LINK, id, is_well, text);
}

void house_post_stranger(void *context, const char *text)
{
    (void) context;
    log_line(LOG_LEVEL_WARNING, "dtu", "%s", text);
}

int house_command(void *context, const struct event_command *command,
                  char ret_text[static ANSWER_MAX])
{
    struct house *house = context;
    struct event event = {.kind = EVENT_COMMAND, .command = *command};
    event.command.ticket = tickets_take(house->tickets);
    if (event.command.ticket == 0) {
        (void) snprintf(ret_text, ANSWER_MAX, "同时操作的人太多，请稍后再试");
        return 503;
    }
    struct effect_answer answer;
    bool is_posted = mailbox_put_event(house->mailbox, &event);
    bool is_answered = tickets_wait(house->tickets, event.command.ticket,
                                    is_posted ? 2 * MS_PER_SECOND : 0, &answer);
    if (!is_answered) {
        (void) snprintf(ret_text, ANSWER_MAX, "网关2秒内没有答复，请再看一次事件状态");
        return 503;
    }
    (void) snprintf(ret_text, ANSWER_MAX, "%s", answer.text);
    return answer.is_ok ? 200 : 409;
}
