#include "gateway/core/outbox.h"

#include <stdio.h>
#include <string.h>

struct outbox {
    int64_t last_id;
    int64_t added; /* how many ever; the newest lies at (added - 1) % OUTBOX_MAX */
    struct outbox_message message[OUTBOX_MAX];
};

struct outbox *outbox_new(struct arena *arena)
{
    return arena_take(arena, 1, sizeof(struct outbox));
}

int64_t outbox_next_id(struct outbox *outbox)
{
    outbox->last_id++;
    return outbox->last_id;
}

void outbox_skip_ids(struct outbox *outbox, int64_t last)
{
    outbox->last_id = outbox->last_id < last ? last : outbox->last_id;
}

struct outbox_message *outbox_newest(struct outbox *outbox)
{
    return outbox->added == 0 ? NULL : &outbox->message[(outbox->added - 1) % OUTBOX_MAX];
}

struct outbox_message *outbox_older(struct outbox *outbox, const struct outbox_message *message)
{
    int64_t place = message - outbox->message;
    int64_t newest = (outbox->added - 1) % OUTBOX_MAX;
    int64_t age = (newest - place + OUTBOX_MAX) % OUTBOX_MAX;
    if (age + 1 >= outbox->added || age + 1 >= OUTBOX_MAX) {
        return NULL;
    }
    return &outbox->message[(place - 1 + OUTBOX_MAX) % OUTBOX_MAX];
}

struct outbox_message *outbox_find(struct outbox *outbox, int64_t id)
{
    struct outbox_message *message = outbox_newest(outbox);
    while (message != NULL && message->id != id) {
        message = outbox_older(outbox, message);
    }
    return message;
}

void outbox_add(struct outbox *outbox, const struct effect_message *message,
                enum outbox_state state)
{
    struct outbox_message *place = NULL;
    const struct outbox_message *newest = outbox_newest(outbox);
    if (newest != NULL && message->id <= newest->id) {
        place = outbox_find(outbox, message->id); /* adopted before */
    }
    if (place == NULL) {
        place = &outbox->message[outbox->added % OUTBOX_MAX];
        outbox->added++;
    }
    outbox_skip_ids(outbox, message->id);
    *place = (struct outbox_message){.id = message->id,
                                     .incident = message->incident,
                                     .kind = message->kind,
                                     .state = state,
                                     .level = message->level,
                                     .at = message->at};
    (void) snprintf(place->person, sizeof place->person, "%s", message->person);
    (void) snprintf(place->phone, sizeof place->phone, "%s", message->phone);
}

bool outbox_is_call(enum message_kind kind)
{
    return kind == MESSAGE_ALARM || kind == MESSAGE_REPEAT || kind == MESSAGE_ESCALATION;
}

int64_t outbox_last_called(struct outbox *outbox, const char *phone)
{
    int64_t waiting = 0;
    for (const struct outbox_message *message = outbox_newest(outbox); message != NULL;
         message = outbox_older(outbox, message)) {
        if (!outbox_is_call(message->kind) || strcmp(message->phone, phone) != 0) {
            continue;
        }
        if (message->state == OUTBOX_LEFT) {
            return message->incident;
        }
        if (message->state == OUTBOX_WAITING && waiting == 0) {
            waiting = message->incident;
        }
    }
    return waiting;
}

static bool is_of(const struct outbox_message *message, int64_t incident, const char *phone)
{
    return message->incident == incident && strcmp(message->phone, phone) == 0;
}

bool outbox_is_waiting(struct outbox *outbox, int64_t incident, const char *phone,
                       enum message_kind kind)
{
    for (const struct outbox_message *message = outbox_newest(outbox); message != NULL;
         message = outbox_older(outbox, message)) {
        bool is_alike =
            outbox_is_call(kind) ? outbox_is_call(message->kind) : kind == message->kind;
        if (message->state == OUTBOX_WAITING && is_alike && is_of(message, incident, phone)) {
            return true;
        }
    }
    return false;
}

bool outbox_was_called(struct outbox *outbox, int64_t incident, const char *phone)
{
    for (const struct outbox_message *message = outbox_newest(outbox); message != NULL;
         message = outbox_older(outbox, message)) {
        bool counts = message->state == OUTBOX_WAITING || message->state == OUTBOX_LEFT;
        if (counts && outbox_is_call(message->kind) && is_of(message, incident, phone)) {
            return true;
        }
    }
    return false;
}

bool outbox_knows_recovery(struct outbox *outbox, int64_t incident, const char *phone)
{
    for (const struct outbox_message *message = outbox_newest(outbox); message != NULL;
         message = outbox_older(outbox, message)) {
        bool counts = message->state == OUTBOX_WAITING || message->state == OUTBOX_LEFT;
        if (!counts || !is_of(message, incident, phone)) {
            continue;
        }
        if (outbox_is_call(message->kind) || message->kind == MESSAGE_RECOVERY) {
            return message->kind == MESSAGE_RECOVERY;
        }
    }
    return false;
}

bool outbox_has_failed(struct outbox *outbox, int64_t incident, int8_t level)
{
    bool has_failed = false;
    for (const struct outbox_message *message = outbox_newest(outbox); message != NULL;
         message = outbox_older(outbox, message)) {
        if (message->incident != incident || message->level != level ||
            !outbox_is_call(message->kind)) {
            continue;
        }
        if (message->state != OUTBOX_FAILED) {
            return false;
        }
        has_failed = true;
    }
    return has_failed;
}
