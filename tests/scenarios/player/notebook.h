/* notebook.h - a state database and a history in memory: keeps what the effects store, and gives it
 * to a new engine as a restart does. */
#pragma once

#include "gateway/core/engine.h"

struct notebook_message {
    struct effect_message message;
    bool is_settled, has_left;
};

struct notebook_code {
    char code[CODE_MAX];
    ms_t at;
};

enum { NOTEBOOK_CLOSED_MAX = 200 }; /* closed incidents that are kept whole */

struct notebook {
    int32_t incident_count, alarm_count, message_count, reply_count, reading_count, code_count;
    int32_t maintenance_count;
    struct incident *incident;
    struct effect_alarm *alarm;
    struct notebook_message *message;
    struct effect_reply *reply;
    struct reading *reading;
    struct notebook_code *code; /* of closed incidents */
    struct effect_maintenance *maintenance;
    int64_t last_incident, last_message;
};

void notebook_close(struct notebook *book);
void notebook_write(struct notebook *book, const struct effects *effects);
void notebook_put_readings(struct notebook *book, const struct reading *readings, int32_t count);

/* Forgets what a database forgets: readings before `since`, settled messages of a day ago unless
 * their incident is open, all but the newest closed incidents. */
void notebook_trim(struct notebook *book, ms_t since, ms_t now);

/* A new engine with all that is stored; the caller starts it. */
struct engine *notebook_restore(const struct notebook *book, struct arena *arena,
                                const struct policy *policy);
