/* notebook.h - a state database and a history in memory: keeps what the effects say shall be stored, and gives it
 * back to a new engine as a restart does. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "gateway/core/engine.h"

struct notebook_message {
    struct effect_message message;
    bool is_settled, has_left;
};

struct notebook {
    int32_t incident_count, alarm_count, message_count, reply_count, reading_count;
    struct incident *incident;
    struct effect_alarm *alarm;
    struct notebook_message *message;
    struct effect_reply *reply;
    struct reading *reading;
    int64_t last_incident, last_message;
};

static inline void *notebook_room(void *items, int32_t count, size_t size)
{
    bool is_full = count == 0 || (count >= 16 && (count & (count - 1)) == 0);
    size_t room = count < 16 ? 16 : 2 * (size_t) count;
    void *grown = is_full ? realloc(items, room * size) : items;
    CHECK(grown != NULL);
    return grown;
}

static inline void notebook_close(struct notebook *book)
{
    free(book->incident);
    free(book->alarm);
    free(book->message);
    free(book->reply);
    free(book->reading);
    *book = (struct notebook){0};
}

static inline struct incident *notebook_find(const struct notebook *book, int64_t id)
{
    for (int32_t i = book->incident_count - 1; i >= 0; i--) {
        if (book->incident[i].id == id) {
            return &book->incident[i];
        }
    }
    return NULL;
}

static inline void notebook_put_incident(struct notebook *book, const struct incident *incident)
{
    struct incident *known = notebook_find(book, incident->id);
    if (known == NULL) {
        book->incident = notebook_room(book->incident, book->incident_count, sizeof *incident);
        known = &book->incident[book->incident_count++];
        book->last_incident = incident->id;
    }
    *known = *incident;
}

static inline void notebook_put_alarm(struct notebook *book, const struct effect_alarm *alarm)
{
    for (int32_t i = 0; i < book->alarm_count; i++) {
        if (strcmp(book->alarm[i].rule, alarm->rule) == 0 &&
            strcmp(book->alarm[i].point, alarm->point) == 0) {
            book->alarm[i] = *alarm;
            return;
        }
    }
    book->alarm = notebook_room(book->alarm, book->alarm_count, sizeof *alarm);
    book->alarm[book->alarm_count++] = *alarm;
}

static inline void notebook_settle(struct notebook *book, const struct effect_settled *settled)
{
    for (int32_t i = book->message_count - 1; i >= 0; i--) {
        if (book->message[i].message.id == settled->message) {
            book->message[i].is_settled = true;
            book->message[i].has_left =
                !settled->is_cancelled && settled->outcome != OUTCOME_FAILED;
            return;
        }
    }
}

static inline void notebook_put(struct notebook *book, const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_INCIDENT:
        notebook_put_incident(book, effect->incident);
        break;
    case EFFECT_ALARM:
        notebook_put_alarm(book, &effect->alarm);
        break;
    case EFFECT_MESSAGE:
        book->message = notebook_room(book->message, book->message_count, sizeof *book->message);
        book->message[book->message_count++] =
            (struct notebook_message){.message = effect->message};
        book->last_message = effect->message.id;
        break;
    case EFFECT_SETTLED:
        notebook_settle(book, &effect->settled);
        break;
    case EFFECT_REPLY:
        book->reply = notebook_room(book->reply, book->reply_count, sizeof *book->reply);
        book->reply[book->reply_count++] = effect->reply;
        break;
    case EFFECT_ENTRY:
    case EFFECT_CANCEL:
    case EFFECT_ANSWER:
    case EFFECT_NOTE:
        break;
    }
}

static inline void notebook_write(struct notebook *book, const struct effects *effects)
{
    for (int32_t i = 0; i < effects->count; i++) {
        notebook_put(book, &effects->item[i]);
    }
}

static inline void notebook_put_readings(struct notebook *book, const struct reading *readings,
                                         int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        book->reading =
            notebook_room(book->reading, book->reading_count, sizeof *book->reading);
        book->reading[book->reading_count++] = readings[i];
    }
}

/* Forgets readings of before `since`. */
static inline void notebook_trim(struct notebook *book, ms_t since)
{
    int32_t kept = 0;
    for (int32_t i = 0; i < book->reading_count; i++) {
        if (book->reading[i].at >= since) {
            book->reading[kept++] = book->reading[i];
        }
    }
    /* So that notebook_room sees a count whose room it knows. */
    struct reading *fewer = malloc(((size_t) kept * 2 + 16) * sizeof *fewer);
    CHECK(fewer != NULL);
    memcpy(fewer, book->reading, (size_t) kept * sizeof *fewer);
    free(book->reading);
    book->reading = NULL;
    book->reading_count = 0;
    notebook_put_readings(book, fewer, kept);
    free(fewer);
}

/* A new engine that knows what is written here; engine_start is the caller's. */
static inline struct engine *notebook_restore(const struct notebook *book, struct arena *arena,
                                              const struct policy *policy)
{
    struct engine *engine = engine_new(arena, policy);
    for (int32_t i = 0; i < book->incident_count; i++) {
        engine_adopt_incident(engine, &book->incident[i]);
    }
    for (int32_t i = 0; i < book->alarm_count; i++) {
        engine_adopt_alarm(engine, &book->alarm[i]);
    }
    for (int32_t i = 0; i < book->message_count; i++) {
        const struct notebook_message *message = &book->message[i];
        if (!message->is_settled) {
            engine_adopt_owed(engine, &message->message);
        } else if (message->has_left) {
            engine_adopt_message(engine, &message->message);
        }
    }
    for (int32_t i = 0; i < book->reply_count; i++) {
        engine_adopt_reply(engine, &book->reply[i]);
    }
    engine_adopt_ids(engine, book->last_incident, book->last_message);
    for (int32_t i = 0; i < book->reading_count; i++) {
        engine_remember(engine, &book->reading[i]);
    }
    return engine;
}
