#include "gateway/core/tables/outbox.h"

#include <string.h>

#include "gateway/base/text.h"

struct outbox {
    int64_t last_id;
    int64_t added; /* ever; message i is at i % OUTBOX_MAX, by rising id */
    int32_t waiting_count;
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

static int64_t oldest_number(const struct outbox *outbox)
{
    return outbox->added < OUTBOX_MAX ? 0 : outbox->added - OUTBOX_MAX;
}

static struct outbox_message *place_of_message(struct outbox *outbox, int64_t number)
{
    return &outbox->message[number % OUTBOX_MAX];
}

struct outbox_message *outbox_newest(struct outbox *outbox)
{
    return outbox->added == 0 ? NULL : place_of_message(outbox, outbox->added - 1);
}

struct outbox_message *outbox_older(struct outbox *outbox, const struct outbox_message *message)
{
    int64_t place = message - outbox->message;
    int64_t newest = (outbox->added - 1) % OUTBOX_MAX;
    int64_t age = (newest - place + OUTBOX_MAX) % OUTBOX_MAX;
    int64_t number = outbox->added - 1 - age;
    return number <= oldest_number(outbox) ? NULL : place_of_message(outbox, number - 1);
}

/* The number of the first message whose id is not below `id`. */
static int64_t number_of_id(struct outbox *outbox, int64_t id)
{
    int64_t low = oldest_number(outbox);
    int64_t high = outbox->added;
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (place_of_message(outbox, middle)->id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct outbox_message *outbox_find(struct outbox *outbox, int64_t id)
{
    int64_t number = number_of_id(outbox, id);
    bool is_known = number < outbox->added && place_of_message(outbox, number)->id == id;
    return is_known ? place_of_message(outbox, number) : NULL;
}

void outbox_set_state(struct outbox *outbox, struct outbox_message *message,
                      enum outbox_state state)
{
    outbox->waiting_count -= message->state == OUTBOX_WAITING ? 1 : 0;
    outbox->waiting_count += state == OUTBOX_WAITING ? 1 : 0;
    message->state = state;
}

/* Makes room at its place by id; a full outbox drops its oldest message. NULL: this one is older
 * still. */
static struct outbox_message *insert_message(struct outbox *outbox, int64_t id)
{
    int64_t number = number_of_id(outbox, id);
    if (outbox->added >= OUTBOX_MAX) {
        if (number == oldest_number(outbox)) {
            return NULL;
        }
        outbox_set_state(outbox, place_of_message(outbox, outbox->added), OUTBOX_LEFT);
    }
    for (int64_t i = outbox->added; i > number; i--) {
        *place_of_message(outbox, i) = *place_of_message(outbox, i - 1);
    }
    outbox->added++;
    return place_of_message(outbox, number);
}

void outbox_add(struct outbox *outbox, const struct effect_message *message,
                enum outbox_state state)
{
    struct outbox_message *place = outbox_find(outbox, message->id);
    if (place == NULL) {
        place = insert_message(outbox, message->id);
    } else {
        outbox_set_state(outbox, place, OUTBOX_LEFT);
    }
    outbox_skip_ids(outbox, message->id);
    if (place == NULL) {
        return;
    }
    *place = (struct outbox_message){.id = message->id,
                                     .incident = message->incident,
                                     .kind = message->kind,
                                     .state = OUTBOX_LEFT,
                                     .level = message->level,
                                     .at = message->at};
    outbox_set_state(outbox, place, state);
    text_copy(place->person, sizeof place->person, message->person);
    text_copy(place->phone, sizeof place->phone, message->phone);
}

bool outbox_is_call(enum message_kind kind)
{
    return kind == MESSAGE_ALARM || kind == MESSAGE_REPEAT || kind == MESSAGE_ESCALATION;
}

const struct outbox_message *outbox_find_call(struct outbox *outbox, const char *phone,
                                              enum outbox_state state,
                                              const struct outbox_message *before)
{
    const struct outbox_message *message =
        before == NULL ? outbox_newest(outbox) : outbox_older(outbox, before);
    while (message != NULL && (message->state != state || !outbox_is_call(message->kind) ||
                               strcmp(message->phone, phone) != 0)) {
        message = outbox_older(outbox, message);
    }
    return message;
}

static bool is_of(const struct outbox_message *message, int64_t incident, const char *phone)
{
    return message->incident == incident && strcmp(message->phone, phone) == 0;
}

bool outbox_is_waiting(struct outbox *outbox, int64_t incident, const char *phone,
                       enum message_kind kind)
{
    int32_t left = outbox->waiting_count;
    for (const struct outbox_message *message = outbox_newest(outbox); message != NULL && left > 0;
         message = outbox_older(outbox, message)) {
        if (message->state != OUTBOX_WAITING) {
            continue;
        }
        left--;
        bool is_alike =
            outbox_is_call(kind) ? outbox_is_call(message->kind) : kind == message->kind;
        if (is_alike && is_of(message, incident, phone)) {
            return true;
        }
    }
    return false;
}

bool outbox_was_called(struct outbox *outbox, int64_t incident, ms_t since, const char *phone)
{
    if (outbox->added > OUTBOX_MAX && place_of_message(outbox, oldest_number(outbox))->at > since) {
        return true;
    }
    for (const struct outbox_message *message = outbox_newest(outbox);
         message != NULL && message->at >= since; message = outbox_older(outbox, message)) {
        bool counts = message->state == OUTBOX_WAITING || message->state == OUTBOX_LEFT;
        if (counts && outbox_is_call(message->kind) && is_of(message, incident, phone)) {
            return true;
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
