/* engine_memory.h - shared by the rooms of the engine: its tables, and how effects are written. It
 * belongs to gateway/core; outsiders include engine.h.
 *
 *   engine   routes events, runs timers
 *   people/  inbox (texts), command (web, CLI), action (shared by both)         -> detect, chain
 *   detect/  judge, silence, health, output_faults, maintenance                 -> chain
 *   chain/   condition (raised, normal) -> escalation (clocks) -> notification -> roster; outputs,
 *            outcome
 *   tables/  incidents, outbox, codes, keys of inbound texts
 *
 * A job is the smallest piece of work: one timer, one judgement, one event. It has at most
 * JOB_EFFECTS_MAX effects, and begins only when there is room for them; else it stays due. */
#pragma once

#include <assert.h>

#include "gateway/base/timers.h"
#include "gateway/core/expr/window.h"
#include "gateway/core/model/alarm.h"
#include "gateway/core/model/effect.h"
#include "gateway/core/model/event.h"
#include "gateway/core/model/policy.h"
#include "gateway/core/tables/dedup.h"
#include "gateway/core/tables/incident_codes.h"
#include "gateway/core/tables/incident_table.h"
#include "gateway/core/tables/index.h"
#include "gateway/core/tables/outbox.h"

enum {
    /* An acknowledgement may cancel a call and several 已转上级 for each phone of the chain. */
    JOB_EFFECTS_MAX = 600,
    PARTS_SPARE = 64, /* stores and the gateway's own parts, beside links and outputs */
};

struct point_memory {
    struct reading reading; /* the newest */
    ms_t good_at;           /* of the newest sample with a value, 0: never */
    ms_t covered_until;     /* its value lies in the windows until here; 0: no value that holds */
    float safe_from, safe_until; /* a value between them is not judged: safe_range.h */
    int32_t restless_count;      /* judgements that ask for it and do not rest */
    bool is_lost;                /* no good sample for silent_after_ms */
    bool is_remembered;          /* good_at is of before the start */
};
static_assert(sizeof(struct point_memory) == 64, "a cache line a point");

/* What each reading needs of the policy: one cache line for several points. */
struct point_terms {
    int32_t device;
    int32_t silent_after_ms;
};

struct device_memory {
    ms_t maintained_until; /* 0: not under repair */
    int32_t part;          /* of its link */
    int32_t lost_count;    /* points that are lost */
    int64_t incident;      /* its RULE_SILENT incident, 0: none */
};

/* Whether an output shall be on, and the incident that asks for it. */
struct output_memory {
    bool is_wanted;
    int64_t incident;
    int32_t raised_count; /* of the incident */
    ms_t since;           /* it has asked */
};

struct judgement_memory {
    struct alarm alarm;
    bool is_queued;
    bool has_new_peak;    /* its incident is to be stored */
    bool is_timed;        /* time alone changes it: a window or an age is in it */
    bool can_rest, rests; /* safe_range.h */
};

/* Windows by point: those of `i` are item[first[i]] ... item[first[i + 1] - 1]. */
struct window_lists {
    int32_t *first;
    struct window **item; /* by the policy's windows */
};

/* The first timer of each kind; those of points begin at 0. */
struct timer_items {
    int32_t judgement, part, incident;          /* one for each */
    int32_t settle, late, maintenance, outputs; /* one */
};

struct engine {
    const struct policy *policy;
    struct effects *effects; /* of the running step, else NULL */
    ms_t now, started_at, settle_until;
    ms_t last_seen; /* the newest reading from before the start */
    ms_t outage_ms; /* the time from last_seen to the start */
    bool is_started;
    bool must_review_outputs; /* an incident has changed */
    ms_t full_noted_at;       /* the log has a line that the incident table is full */

    struct timers *timers;
    struct timer_items timer;

    /* By the policy's indexes. */
    struct point_memory *point;
    struct point_terms *terms; /* by point */
    struct device_memory *device;
    struct judgement_memory *judgement;
    struct output_memory *output;
    ms_t *helped_at; /* by person: the last help text, 0: never */

    struct window_lists windows;
    struct index dependent; /* judgements by the point they ask for */
    struct index source;    /* points by the judgement that asks */

    struct incident_table *incidents;
    struct outbox *outbox;
    struct incident_codes *codes;
    struct dedup *dedup;

    /* Each is known to the module of its name alone. */
    struct late_digest *late;
    struct judge_queue *queue;
    struct parts *parts;
    struct output_fault *output_fault;
    struct maintenance_list *maintenance;
};

/* Until when nothing of this device is raised; 0: it is not under repair. */
static inline ms_t maintenance_until(const struct engine *engine, int32_t device)
{
    ms_t until = engine->device[device].maintained_until;
    return until > engine->now ? until : 0;
}

/* Links, outputs, and the gateway's own parts. */
static inline int32_t parts_max(const struct policy *policy)
{
    return policy->device_count + PARTS_SPARE + policy->output_count;
}

/* Is there room to begin another job, and still for the step's own event? */
bool engine_has_room(const struct engine *engine);

/* The next effect of the step, zeroed but for its kind. */
struct effect *engine_effect(struct engine *engine, enum effect_kind kind);

void engine_note(struct engine *engine, enum note_level level, const char *about,
                 const char *format, ...) PRINTF_LIKE(4, 5);

/* An entry; `incident` may be NULL. The returned entry may be changed until the next effect. */
struct effect_entry *engine_entry(struct engine *engine, const struct incident *incident,
                                  enum entry_kind kind, const char *format, ...) PRINTF_LIKE(4, 5);

/* Gives the message its id, remembers it and writes it with its entry. */
void engine_post(struct engine *engine, struct effect_message *message);

void engine_store_alarm(struct engine *engine, int32_t judgement);
