#include "gateway/core/chain/late_digest.h"

#include <string.h>

#include "gateway/core/chain/incident_facts.h"

/* The messages for one phone. */
struct digest_entry {
    struct effect_message message; /* complete but for its id */
    int32_t count;
    enum severity severity; /* of the worst, which the message is about */
};

struct late_digest {
    bool is_late[INCIDENTS_MAX]; /* by place */
    bool is_open;
    int32_t count;
    struct digest_entry entry[DIGEST_MAX];
};

void late_digest_build(struct engine *engine, struct arena *arena)
{
    engine->late = arena_take(arena, 1, sizeof *engine->late);
}

bool late_digest_has(const struct engine *engine, const struct incident *incident)
{
    return engine->late->is_late[incident_table_place(engine->incidents, incident)];
}

void late_digest_set(struct engine *engine, const struct incident *incident, bool is_late)
{
    engine->late->is_late[incident_table_place(engine->incidents, incident)] = is_late;
}

void late_digest_open(struct engine *engine)
{
    engine->late->is_open = true;
    engine->late->count = 0;
}

bool late_digest_is_open(const struct engine *engine)
{
    return engine->late->is_open;
}

/* NULL: no room for another phone. */
static struct digest_entry *take_entry_of(struct late_digest *digest, const char *phone)
{
    for (int32_t i = 0; i < digest->count; i++) {
        if (strcmp(digest->entry[i].message.phone, phone) == 0) {
            return &digest->entry[i];
        }
    }
    if (digest->count == DIGEST_MAX) {
        return NULL;
    }
    digest->entry[digest->count] = (struct digest_entry){.count = 0};
    return &digest->entry[digest->count++];
}

void late_digest_add(struct engine *engine, const struct incident *incident,
                     const struct effect_message *message)
{
    struct digest_entry *entry = take_entry_of(engine->late, message->phone);
    if (entry == NULL) {
        struct effect_message alone = *message;
        engine_post(engine, &alone);
        return;
    }
    if (entry->count == 0 || incident->severity < entry->severity) {
        entry->message = *message;
        entry->severity = incident->severity;
    }
    entry->count++;
}

int32_t late_digest_effects(const struct engine *engine)
{
    return 2 * engine->late->count;
}

static void merge_entry(const struct engine *engine, struct digest_entry *entry)
{
    const struct incident *incident =
        incident_table_find(engine->incidents, entry->message.incident);
    if (entry->count < 2 || incident == NULL) {
        return;
    }
    struct message_facts facts = incident_facts_read(engine, incident);
    message_digest(&facts, entry->count, entry->message.text);
    /* It asks for an answer, so it must be a call: a bare reply means the last call. */
    if (!outbox_is_call(entry->message.kind)) {
        entry->message.kind = MESSAGE_REPEAT;
    }
}

void late_digest_send(struct engine *engine)
{
    struct late_digest *digest = engine->late;
    digest->is_open = false;
    for (int32_t i = 0; i < digest->count; i++) {
        merge_entry(engine, &digest->entry[i]);
        engine_post(engine, &digest->entry[i].message);
    }
}
