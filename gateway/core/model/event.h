/* event.h - everything that can happen. An event carries its time; the engine reads no clock.
 *
 * Strings and arrays belong to the sender; they must live until engine_step returns. */
#pragma once

#include <stddef.h>

#include "gateway/base/output_state.h"
#include "gateway/base/reading.h"
#include "gateway/base/units.h"
#include "gateway/core/model/policy.h"

enum event_kind {
    EVENT_TICK,         /* no later than engine_deadline */
    EVENT_READINGS,     /* of one transaction */
    EVENT_REPLY,        /* an inbound SMS */
    EVENT_COMMAND,      /* a person acts by web or CLI; answered with EFFECT_ANSWER */
    EVENT_OUTCOME,      /* the fate of a message */
    EVENT_HEALTH,       /* a link or a part of the gateway failed or works again */
    EVENT_OUTPUT,       /* the wire has written to an output */
    EVENT_OUTPUT_STATE, /* the state of an output, as the wire knows it */
};

enum { READINGS_MAX = 256, REPLY_TEXT_MAX = 512, MESSAGE_KEY_MAX = 96 };

/* An inbound text. `key` is its id at the provider, or a substitute: two texts with the same key
 * are the same text, which has effect once. */
struct event_reply {
    const char *from; /* E.164 */
    const char *text; /* valid UTF-8 */
    const char *key;
};

enum command_verb {
    COMMAND_ACK,
    COMMAND_ARRIVE,
    COMMAND_RECTIFY,
    COMMAND_REINSPECT, /* passed */
    COMMAND_CLOSE,
    COMMAND_COMMENT,
    COMMAND_TEST_SMS, /* `note` is the person's id */
    COMMAND_MAINTAIN, /* `device` until `until`, `note` is the reason; until 0 ends it */
};
enum { COMMAND_VERB_COUNT = 8 };

struct event_command {
    int64_t ticket; /* comes back with the answer; 0: no answer is wanted */
    enum command_verb verb;
    int64_t incident;    /* id */
    const char *actor;   /* login name, for the timeline */
    const char *person;  /* the person behind the login, or "" */
    const char *channel; /* "web" "cli" */
    const char *note;    /* may be "" */
    const char *device;  /* "w3/th1" of COMMAND_MAINTAIN, else "" or NULL */
    ms_t until;
    bool is_area_bound; /* a `grid` login: acts only where its person is in the chain */
};

enum outcome { OUTCOME_SENT, OUTCOME_DELIVERED, OUTCOME_FAILED };

struct event_outcome {
    int64_t message; /* its id */
    enum outcome outcome;
    const char *why; /* of a failure, else "" */
};

enum health_part {
    HEALTH_LINK,    /* `id` is the link's */
    HEALTH_STORE,   /* `id` is the store's */
    HEALTH_STATE,   /* state.db */
    HEALTH_HISTORY, /* history.db */
    HEALTH_SMS,
    HEALTH_OUTPUT, /* `id` is the output's */
};
enum { HEALTH_PART_COUNT = 6 };

struct event_health {
    enum health_part part;
    bool is_ok;
    bool may_pass; /* the fault may be over soon: no message before 15 s */
    const char *id;
    const char *text; /* one sentence for people */
};

/* One write, as a sentence for the audit log. */
struct event_output {
    int32_t output; /* index in the policy */
    const char *text;
};

/* For people: an output is wanted and its state is UNKNOWN. */
#define OUTPUT_LOST_TEXT "控制板或链路没有应答，不能确认是否启动"

struct event_output_state {
    int32_t output; /* index in the policy */
    enum output_state state;
    bool is_wanted;   /* the wire was last asked for: on */
    bool has_failed;  /* it was FAILED, and nothing has shown since that it can do it again */
    const char *text; /* the state, for people */
};

struct event {
    enum event_kind kind;
    ms_t at; /* never before the event before it */
    union {
        struct event_readings {
            const struct reading *reading;
            int32_t count; /* 1...READINGS_MAX */
        } readings;
        struct event_reply reply;
        struct event_command command;
        struct event_outcome outcome;
        struct event_health health;
        struct event_output output;
        struct event_output_state output_state;
    };
};
