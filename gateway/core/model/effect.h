/* effect.h - everything the engine can ask for.
 *
 * Effects of one step are one list, carried out in order. Those that are stored are committed
 * together before any message of the list leaves. All but the incident are copies and outlive the
 * step. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/core/model/event.h"
#include "gateway/core/model/incident.h"

enum effect_kind {
    EFFECT_INCIDENT,    /* store this incident as it is now; show it */
    EFFECT_ENTRY,       /* append to an incident's timeline and to the audit log */
    EFFECT_ALARM,       /* store the state of one judgement */
    EFFECT_MESSAGE,     /* store and send */
    EFFECT_CANCEL,      /* do not send this message if it is still queued */
    EFFECT_SETTLED,     /* store the outcome of a message */
    EFFECT_REPLY,       /* store the key of an inbound text, so that it has effect once */
    EFFECT_ANSWER,      /* of the command with this ticket */
    EFFECT_NOTE,        /* a log line */
    EFFECT_OUTPUT,      /* switch a siren or beacon */
    EFFECT_HEALTH,      /* show and log that the fault of a part has begun or ended */
    EFFECT_MAINTENANCE, /* store that a device is under repair, or no longer */
};

/* What happened to an incident: the entries of its timeline and of the audit log. */
enum entry_kind {
    ENTRY_OPENED,
    ENTRY_RAISED,    /* the condition is active again, in the same incident */
    ENTRY_WORSENED,  /* the severity rose */
    ENTRY_CLEARED,   /* normal after its off-delay, acknowledged */
    ENTRY_RETURNED,  /* the same before an acknowledgement */
    ENTRY_DATA_LOST, /* 数据中断 */
    ENTRY_DATA_BACK,
    ENTRY_ACKED,
    ENTRY_ARRIVED,
    ENTRY_RECTIFIED,
    ENTRY_FALSE_CLAIM,
    ENTRY_REINSPECTED,
    ENTRY_ESCALATED, /* `level` is the new one */
    ENTRY_MESSAGE,   /* handed over; `to` is a person's id */
    ENTRY_CANCELLED,
    ENTRY_SENT,
    ENTRY_DELIVERED,
    ENTRY_FAILED,
    ENTRY_REPLY, /* an inbound text about it */
    ENTRY_COMMENT,
    ENTRY_CLOSED,
    ENTRY_REFUSED,     /* a reply or command that changed nothing */
    ENTRY_OUTPUT,      /* of a siren or beacon: it is switched, and each write */
    ENTRY_MAINTENANCE, /* of a device: it belongs to no incident */
};
enum { ENTRY_KIND_COUNT = 24 };

enum {
    ENTRY_TEXT_MAX = 320,
    MESSAGE_TEXT_MAX = 256,
    ANSWER_MAX = 256,
    NOTE_MAX = 320,
    MAINTENANCE_REASON_MAX = 192
};

struct effect_entry {
    int64_t incident; /* 0: belongs to none (an unknown sender) */
    ms_t at;
    enum entry_kind kind;
    int8_t level;       /* of the incident then */
    char actor[ID_MAX]; /* person, login, or "engine" */
    char channel[12];   /* "engine" "sms" "web" "cli" */
    char to[ID_MAX];    /* of a message: the person's id */
    char text[ENTRY_TEXT_MAX];
};

enum message_kind {
    MESSAGE_ALARM, /* a call, like REPEAT and ESCALATION: a bare reply means the last call */
    MESSAGE_REPEAT,
    MESSAGE_ESCALATION,
    MESSAGE_HANDED_ON, /* 已转上级, to the level that stayed silent */
    MESSAGE_RECOVERY,
    MESSAGE_CONFIRMATION,
    MESSAGE_HELP,
    MESSAGE_TEST,
};
enum { MESSAGE_KIND_COUNT = 8 };

struct effect_message {
    int64_t id;       /* rising from 1, permanent: the file name in the spool */
    int64_t incident; /* 0: none */
    enum message_kind kind;
    int8_t level;
    ms_t at;
    char person[ID_MAX];
    char phone[PHONE_MAX];
    char text[MESSAGE_TEXT_MAX]; /* with signature; at most 70 UCS-2 units */
};

enum alarm_state {
    ALARM_NORMAL = 0, /* stored: never renumber. Names of ISA-18.2 / OPC UA Part 9. */
    ALARM_UNACK,
    ALARM_ACKED,
    ALARM_RTN_UNACK, /* returned to normal, not acknowledged */
    ALARM_LATCH_UNACK,
    ALARM_LATCH_ACKED,
};
enum { ALARM_STATE_COUNT = 6 };

/* The state of one judgement, by rule id and point id, so that a reload can adopt it. */
struct effect_alarm {
    char rule[ID_MAX];
    char point[POINT_ID_MAX];
    enum alarm_state state;
    enum condition condition;
    ms_t pending_since;  /* `when` holds since, on-delay running; 0: not */
    ms_t clearing_since; /* `clear` holds since, off-delay running; 0: not */
    ms_t active_since;
    int64_t incident; /* open one, 0: none */
};

struct effect_settled {
    int64_t message;
    enum outcome outcome;
    bool is_cancelled;
    ms_t at;
    char why[96];
};

struct effect_reply {
    ms_t at;
    char key[MESSAGE_KEY_MAX];
};

struct effect_answer {
    int64_t ticket;
    bool is_ok;
    char text[ANSWER_MAX]; /* why not, in Chinese */
};

struct effect_output {
    int32_t output; /* index in the policy */
    bool is_on;     /* from now on */
};

struct effect_health {
    enum health_part part;
    bool is_ok;
    ms_t at;
    char id[ID_MAX];
    char text[160]; /* one sentence for people */
};

/* A device under repair: its readings are recorded and judged, and raise no incident until
 * `until`. */
struct effect_maintenance {
    char device[POINT_ID_MAX]; /* "w3/th1" */
    ms_t since, until;         /* until 0: it is over */
    char by[ID_MAX];           /* person or login */
    char reason[MAINTENANCE_REASON_MAX];
};

enum note_level { NOTE_INFO, NOTE_WARNING, NOTE_ERROR };

struct effect_note {
    enum note_level level;
    char about[POINT_ID_MAX]; /* the thing it is about */
    char text[NOTE_MAX];
};

struct effect {
    enum effect_kind kind;
    union {
        const struct incident *incident; /* the engine's, valid until the next step */
        struct effect_entry entry;
        struct effect_alarm alarm;
        struct effect_message message;
        int64_t cancel; /* message id */
        struct effect_settled settled;
        struct effect_reply reply;
        struct effect_answer answer;
        struct effect_note note;
        struct effect_maintenance maintenance;
        struct effect_output output;
        struct effect_health health;
    };
};

/* The list of one step. The engine never writes more than EFFECTS_MAX: work that needs more stays
 * due, and engine_deadline asks for the next tick at once. */
enum { EFFECTS_MAX = 2048 };

struct effects {
    int32_t count;
    struct effect item[EFFECTS_MAX];
};

const char *entry_kind_name(enum entry_kind kind);     /* "opened" ... */
const char *entry_kind_text(enum entry_kind kind);     /* 发生 ... for people */
const char *message_kind_name(enum message_kind kind); /* "alarm" ... */
bool effect_is_stored(const struct effect *effect);
