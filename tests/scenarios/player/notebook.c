#include "tests/scenarios/player/notebook.h"

#include <stdlib.h>
#include <string.h>

/* Room for one more. Grows when the count is 0 or a power of two from 16 on. After a trim that is
 * more often than needed, and never too late. */
static void *make_notebook_room(void *items, int32_t count, size_t size)
{
    bool is_full = count == 0 || (count >= 16 && (count & (count - 1)) == 0);
    size_t room = count < 16 ? 16 : 2 * (size_t) count;
    void *grown = is_full ? realloc(items, room * size) : items;
    CHECK(grown != NULL);
    return grown;
}

void notebook_close(struct notebook *book)
{
    free(book->incident);
    free(book->alarm);
    free(book->message);
    free(book->reply);
    free(book->reading);
    free(book->code);
    free(book->maintenance);
    *book = (struct notebook){0};
}

static struct incident *find_noted_incident(const struct notebook *book, int64_t id)
{
    for (int32_t i = book->incident_count - 1; i >= 0; i--) {
        if (book->incident[i].id == id) {
            return &book->incident[i];
        }
    }
    return NULL;
}

static void put_noted_incident(struct notebook *book, const struct incident *incident)
{
    struct incident *known = find_noted_incident(book, incident->id);
    if (known == NULL) {
        book->incident = make_notebook_room(book->incident, book->incident_count, sizeof *incident);
        known = &book->incident[book->incident_count++];
        known->state = INCIDENT_OPEN;
        book->last_incident = incident->id;
    }
    bool is_closing = incident->state == INCIDENT_CLOSED && known->state != INCIDENT_CLOSED;
    *known = *incident;
    if (is_closing && incident->code[0] != '\0') {
        book->code = make_notebook_room(book->code, book->code_count, sizeof *book->code);
        struct notebook_code *code = &book->code[book->code_count++];
        memcpy(code->code, incident->code, sizeof code->code);
        code->at = incident->closed_at;
    }
}

static void put_noted_alarm(struct notebook *book, const struct effect_alarm *alarm)
{
    for (int32_t i = 0; i < book->alarm_count; i++) {
        if (strcmp(book->alarm[i].rule, alarm->rule) == 0 &&
            strcmp(book->alarm[i].point, alarm->point) == 0) {
            book->alarm[i] = *alarm;
            return;
        }
    }
    book->alarm = make_notebook_room(book->alarm, book->alarm_count, sizeof *alarm);
    book->alarm[book->alarm_count++] = *alarm;
}

static void put_noted_maintenance(struct notebook *book,
                                  const struct effect_maintenance *maintenance)
{
    for (int32_t i = 0; i < book->maintenance_count; i++) {
        if (strcmp(book->maintenance[i].device, maintenance->device) == 0) {
            book->maintenance[i] = *maintenance;
            return;
        }
    }
    book->maintenance =
        make_notebook_room(book->maintenance, book->maintenance_count, sizeof *maintenance);
    book->maintenance[book->maintenance_count++] = *maintenance;
}

static void settle_noted_message(struct notebook *book, const struct effect_settled *settled)
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

static void put_noted_effect(struct notebook *book, const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_INCIDENT:
        put_noted_incident(book, effect->incident);
        break;
    case EFFECT_ALARM:
        put_noted_alarm(book, &effect->alarm);
        break;
    case EFFECT_MESSAGE:
        book->message =
            make_notebook_room(book->message, book->message_count, sizeof *book->message);
        book->message[book->message_count++] =
            (struct notebook_message){.message = effect->message};
        book->last_message = effect->message.id;
        break;
    case EFFECT_SETTLED:
        settle_noted_message(book, &effect->settled);
        break;
    case EFFECT_REPLY:
        book->reply = make_notebook_room(book->reply, book->reply_count, sizeof *book->reply);
        book->reply[book->reply_count++] = effect->reply;
        break;
    case EFFECT_MAINTENANCE:
        put_noted_maintenance(book, &effect->maintenance);
        break;
    case EFFECT_ENTRY:
    case EFFECT_CANCEL:
    case EFFECT_ANSWER:
    case EFFECT_NOTE:
    case EFFECT_OUTPUT:
    case EFFECT_HEALTH:
        break;
    }
}

void notebook_write(struct notebook *book, const struct effects *effects)
{
    for (int32_t i = 0; i < effects->count; i++) {
        put_noted_effect(book, &effects->item[i]);
    }
}

void notebook_put_readings(struct notebook *book, const struct reading *readings, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        book->reading =
            make_notebook_room(book->reading, book->reading_count, sizeof *book->reading);
        book->reading[book->reading_count++] = readings[i];
    }
}

/* Is the incident of this message still open? */
static bool is_noted_open(const struct notebook *book, int64_t id)
{
    const struct incident *incident = id == 0 ? NULL : find_noted_incident(book, id);
    return incident != NULL && incident->state != INCIDENT_CLOSED;
}

static void trim_noted_readings(struct notebook *book, ms_t since)
{
    int32_t kept = 0;
    for (int32_t i = 0; i < book->reading_count; i++) {
        if (book->reading[i].at >= since) {
            book->reading[kept++] = book->reading[i];
        }
    }
    book->reading_count = kept;
}

static void trim_noted_messages(struct notebook *book, ms_t now)
{
    int32_t kept = 0;
    for (int32_t i = 0; i < book->message_count; i++) {
        const struct effect_message *message = &book->message[i].message;
        bool is_young = now - message->at <= MS_PER_DAY || !book->message[i].is_settled;
        if (is_young || is_noted_open(book, message->incident)) {
            book->message[kept++] = book->message[i];
        }
    }
    book->message_count = kept;
}

static void trim_noted_incidents(struct notebook *book)
{
    int32_t closed = 0;
    for (int32_t i = 0; i < book->incident_count; i++) {
        closed += book->incident[i].state == INCIDENT_CLOSED ? 1 : 0;
    }
    int32_t kept = 0;
    for (int32_t i = 0; i < book->incident_count; i++) {
        bool is_closed = book->incident[i].state == INCIDENT_CLOSED;
        if (!is_closed || closed <= NOTEBOOK_CLOSED_MAX) {
            book->incident[kept++] = book->incident[i];
        }
        closed -= is_closed ? 1 : 0;
    }
    book->incident_count = kept;
}

void notebook_trim(struct notebook *book, ms_t since, ms_t now)
{
    trim_noted_readings(book, since);
    trim_noted_messages(book, now);
    trim_noted_incidents(book);
}

struct engine *notebook_restore(const struct notebook *book, struct arena *arena,
                                const struct policy *policy)
{
    struct engine *engine = engine_new(arena, policy);
    for (int32_t i = 0; i < book->incident_count; i++) {
        engine_adopt_incident(engine, &book->incident[i]);
    }
    for (int32_t i = 0; i < book->code_count; i++) {
        engine_adopt_code(engine, book->code[i].code, book->code[i].at);
    }
    for (int32_t i = 0; i < book->alarm_count; i++) {
        engine_adopt_alarm(engine, &book->alarm[i]);
    }
    for (int32_t i = 0; i < book->message_count; i++) {
        const struct notebook_message *message = &book->message[i];
        if (!message->is_settled || message->has_left) {
            engine_adopt_message(engine, &message->message, !message->is_settled);
        }
    }
    for (int32_t i = 0; i < book->reply_count; i++) {
        engine_adopt_reply(engine, &book->reply[i]);
    }
    for (int32_t i = 0; i < book->maintenance_count; i++) {
        if (book->maintenance[i].until != 0) {
            engine_adopt_maintenance(engine, &book->maintenance[i]);
        }
    }
    engine_adopt_ids(engine, book->last_incident, book->last_message);
    for (int32_t i = 0; i < book->reading_count; i++) {
        engine_remember(engine, &book->reading[i]);
    }
    return engine;
}
