#include "gateway/daemon/dispatch.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/text.h"
#include "gateway/base/zero_pages.h"
#include "gateway/io/system/log.h"

/* A message or an answer of batch n. */
struct held {
    int64_t n;
    ms_t until;
    struct effect effect; /* EFFECT_CANCEL: a message that must not be sent any more */
};

struct dispatch {
    struct dispatch_parts parts;
    int64_t n;
    bool has_disk_trouble;
    atomic_llong unrecorded;
    int32_t first, count; /* ring, in order of n */
    struct held held[DISPATCH_HELD_MAX];
};

struct dispatch *dispatch_new(const struct dispatch_parts *parts)
{
    struct dispatch *dispatch = zero_pages_take(sizeof *dispatch);
    dispatch->parts = *parts;
    return dispatch;
}

void dispatch_free(struct dispatch *dispatch)
{
    if (dispatch != NULL) {
        zero_pages_free(dispatch, sizeof *dispatch);
    }
}

static void release_effect(struct dispatch *dispatch, const struct effect *effect, bool is_recorded)
{
    if (effect->kind == EFFECT_ANSWER) {
        tickets_answer(dispatch->parts.tickets, &effect->answer);
    }
    if (effect->kind != EFFECT_MESSAGE) {
        return;
    }
    if (!is_recorded) {
        atomic_fetch_add(&dispatch->unrecorded, 1);
    }
    if (!sms_send(dispatch->parts.sms, &effect->message, false)) {
        /* The engine must hear of it like of any failure: it may call the next level. */
        struct event event = {.kind = EVENT_OUTCOME,
                              .outcome = {effect->message.id, OUTCOME_FAILED, "短信队列已满"}};
        (void) mailbox_put_event(dispatch->parts.mailbox, &event);
    }
}

static void report_disk(struct dispatch *dispatch, bool is_ok, const char *why)
{
    /* Only changes: a bad disk fails with every batch. */
    if (dispatch->has_disk_trouble != is_ok) {
        return;
    }
    dispatch->has_disk_trouble = !is_ok;
    struct event event = {
        .kind = EVENT_HEALTH,
        .health = {.part = HEALTH_STATE, .is_ok = is_ok, .id = "state.db", .text = why}};
    (void) mailbox_put_event(dispatch->parts.mailbox, &event);
    log_line(is_ok ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR, "state.db", "%s",
             is_ok ? "writes again" : why);
}

void dispatch_report_damage(struct dispatch *dispatch, const char *why)
{
    report_disk(dispatch, false, why);
}

static struct held *find_held(struct dispatch *dispatch, int32_t position)
{
    return &dispatch->held[(dispatch->first + position) % DISPATCH_HELD_MAX];
}

/* It may still be held, or be with the sender. A held one keeps its place, since the ring is in
 * order of n. */
static void cancel_message(struct dispatch *dispatch, int64_t message)
{
    for (int32_t i = 0; i < dispatch->count; i++) {
        struct effect *effect = &find_held(dispatch, i)->effect;
        if (effect->kind == EFFECT_MESSAGE && effect->message.id == message) {
            effect->kind = EFFECT_CANCEL;
        }
    }
    (void) sms_cancel(dispatch->parts.sms, message);
}

static void write_note(const struct effect_note *note)
{
    static const enum log_level levels[] = {[NOTE_INFO] = LOG_LEVEL_INFO,
                                            [NOTE_WARNING] = LOG_LEVEL_WARNING,
                                            [NOTE_ERROR] = LOG_LEVEL_ERROR};
    log_line(levels[note->level], note->about, "%s", note->text);
}

static void show_part_health(const struct dispatch *dispatch, const struct effect_health *health)
{
    struct snapshot_part part = {.part = health->part, .is_ok = health->is_ok, .since = health->at};
    text_copy(part.id, sizeof part.id, health->id);
    text_copy(part.text, sizeof part.text, health->text);
    snapshot_set_part(dispatch->parts.snapshot, &part);
    log_line(health->is_ok ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, health->id, "%s", health->text);
}

/* Screens and sirens do not wait for the disk: a slow one must not delay them. */
static void perform_now(struct dispatch *dispatch, const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_INCIDENT:
        snapshot_set_incident(dispatch->parts.snapshot, effect->incident);
        break;
    case EFFECT_CANCEL:
        cancel_message(dispatch, effect->cancel);
        break;
    case EFFECT_NOTE:
        write_note(&effect->note);
        break;
    case EFFECT_OUTPUT:
        dispatch->parts.switch_output(dispatch->parts.context, &effect->output);
        break;
    case EFFECT_HEALTH:
        show_part_health(dispatch, &effect->health);
        break;
    case EFFECT_MAINTENANCE:
        snapshot_set_maintenance(dispatch->parts.snapshot, &effect->maintenance);
        break;
    case EFFECT_ENTRY:
    case EFFECT_ALARM:
    case EFFECT_MESSAGE:
    case EFFECT_SETTLED:
    case EFFECT_REPLY:
    case EFFECT_ANSWER:
        break;
    }
}

static void release_or_hold(struct dispatch *dispatch, const struct effect *effect,
                            enum state_put put, ms_t now)
{
    if (effect->kind == EFFECT_REPLY) {
        /* Its driver keeps the text until the key is stored: a power cut loses no answer. */
        reply_receipts_taken(dispatch->parts.receipts, effect->reply.key, dispatch->n,
                             put != STATE_QUEUED);
    }
    if (effect->kind != EFFECT_MESSAGE && effect->kind != EFFECT_ANSWER) {
        return;
    }
    /* Nothing is stored, or there is no room: an alarm without a record is better than none. */
    if (put != STATE_QUEUED || dispatch->count == DISPATCH_HELD_MAX) {
        release_effect(dispatch, effect, put == STATE_NOTHING);
        return;
    }
    *find_held(dispatch, dispatch->count) =
        (struct held){.n = dispatch->n, .until = now + DISPATCH_PATIENCE_MS, .effect = *effect};
    dispatch->count++;
}

void dispatch_effects(struct dispatch *dispatch, const struct effects *effects, ms_t now)
{
    if (effects->count == 0) {
        return;
    }
    dispatch->n++;
    enum state_put put = state_put(dispatch->parts.state, dispatch->n, effects);
    if (put == STATE_FULL) {
        report_disk(dispatch, false, "状态库写入队列已满，消息未经记录即发出");
    }
    for (int32_t i = 0; i < effects->count; i++) {
        perform_now(dispatch, &effects->item[i]);
        release_or_hold(dispatch, &effects->item[i], put, now);
    }
}

/* Releases everything up to batch n: batches are written in order. */
static void release_until(struct dispatch *dispatch, int64_t n, bool is_recorded)
{
    while (dispatch->count > 0 && dispatch->held[dispatch->first].n <= n) {
        release_effect(dispatch, &dispatch->held[dispatch->first].effect, is_recorded);
        dispatch->first = (dispatch->first + 1) % DISPATCH_HELD_MAX;
        dispatch->count--;
    }
}

void dispatch_written(struct dispatch *dispatch, const struct mailbox_written *written)
{
    release_until(dispatch, written->n, written->is_ok);
    if (written->is_ok) {
        reply_receipts_written(dispatch->parts.receipts, written->n);
        report_disk(dispatch, true, "状态库恢复写入");
    } else {
        /* The batch is written later all the same; its messages have left by then. */
        report_disk(dispatch, false, written->why);
    }
}

void dispatch_tick(struct dispatch *dispatch, ms_t now)
{
    /* The first one waits longest. A batch goes as a whole: its record is missing as a whole. */
    while (dispatch->count > 0 && dispatch->held[dispatch->first].until <= now) {
        release_until(dispatch, dispatch->held[dispatch->first].n, false);
        report_disk(dispatch, false, "状态库2秒未写完，消息未经记录即发出");
    }
}

ms_t dispatch_deadline(const struct dispatch *dispatch)
{
    return dispatch->count > 0 ? dispatch->held[dispatch->first].until : INT64_MAX;
}

int64_t dispatch_unrecorded(const struct dispatch *dispatch)
{
    return atomic_load(&dispatch->unrecorded);
}
