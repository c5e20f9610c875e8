/* incident.h - one incident, from its opening until a person has closed it.
 *
 *            ack                arrive               done               close
 *   OPEN ----------> ACKED ----------> RECTIFYING ----------> REINSPECT ----------> CLOSED
 *    | ^  false claim  | false claim                                                  ^
 *    | +--- (next level, when not confirmed) ---- FALSE_CLAIM ---- close ------------+
 *    +------------------------------------> FALSE_CLAIM
 *
 *   OPEN -> OPEN          [escalate]     a level stayed silent: the next one gets a call
 *   OPEN -> ACKED         [acknowledge]  a member of the chain, by SMS or web; stops every message
 *   FALSE_CLAIM -> ACKED  [acknowledge]  a higher level does not believe it and takes over
 *   ACKED -> RECTIFYING   [arrive]       on site (reply 4)
 *   OPEN, ACKED, RECTIFYING -> REINSPECT [rectify] done (reply 3)
 *   OPEN, ACKED -> FALSE_CLAIM [claim_false] reply 2: the next level must confirm
 *   FALSE_CLAIM, RECTIFYING, REINSPECT -> OPEN [reopen] not confirmed in time, or active again
 *   any but CLOSED -> CLOSED [close]     a person, while the condition is normal
 *
 * The condition (normal, active, unknown) comes from the rule and is independent of the state. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/units.h"
#include "gateway/core/model/policy.h"

enum incident_state {
    INCIDENT_OPEN = 0, /* stored: never renumber */
    INCIDENT_ACKED,
    INCIDENT_RECTIFYING,
    INCIDENT_REINSPECT,
    INCIDENT_FALSE_CLAIM,
    INCIDENT_CLOSED,
};
enum { INCIDENT_STATE_COUNT = 6 };

enum condition {
    CONDITION_NORMAL = 0, /* stored: never renumber */
    CONDITION_ACTIVE,
    CONDITION_UNKNOWN, /* data is missing: 数据中断 */
};
enum { CONDITION_COUNT = 3 };

/* Incidents that need no rule of the config. Their rule ids. */
#define RULE_SILENT "sensor-silent" /* a device without good samples; point: its first lost one */
#define RULE_LINK "link-down"       /* a whole bus or connection; its devices raise nothing */
#define RULE_STORE "store-down"     /* a time-series store takes nothing */
#define RULE_DISK "disk-failed"     /* state or history cannot be written */
#define RULE_SMS "sms-failed"       /* the SMS path is dead */
#define RULE_OUTPUT "output-failed" /* a siren or beacon does not act */

enum {
    INCIDENTS_MAX = 4096, /* one more takes the place of the oldest closed one */
    CHAIN_MAX = LEVELS_MAX * DUTY_MAX + DUTY_MAX,
    CODE_MAX = 6, /* bytes of "7382" or 5 digits, with NUL */
    SUBJECT_MAX = 160,
};

/* One person of the chain as it was when the incident opened. */
struct chain_member {
    int8_t level;        /* -1 is a contact of the site */
    bool was_told;       /* got a call: such people get the recovery too */
    bool knows_recovery; /* got the recovery, and no call since: no second one */
    int32_t person;      /* index in the policy, -1: no longer there */
    char id[ID_MAX];
    char phone[PHONE_MAX];
    char name[48];
};

struct incident {
    int64_t id;                /* permanent, rising from 1 */
    char code[CODE_MAX];       /* empty until its first SMS */
    char rule[ID_MAX];         /* a rule's id or one of RULE_* */
    char point[POINT_ID_MAX];  /* a point's id; for a link or store its id */
    char site[ID_MAX];         /* empty for the gateway's own */
    char subject[SUBJECT_MAX]; /* for people: 东墙温湿度 温度41.2度，超限40 */
    char place[96];            /* where: 3号库 */
    enum severity severity;
    enum condition condition;
    enum incident_state state;
    int8_t level;                        /* that has it now: 0 is the lowest */
    bool has_value, has_limit, is_upper; /* of the values below */
    int32_t judgement; /* index in the policy, -1 for RULE_* or a rule that is gone */
    ms_t opened_at, acked_at, cleared_at, closed_at; /* 0: not yet */
    ms_t active_since;                               /* of the present or last activity */
    ms_t escalate_at, repeat_at; /* deadlines, 0: none; see incident_escalates_at */
    double first_value, peak_value, limit;
    int32_t raised_count;  /* how often the condition became active in it */
    int32_t site_index;    /* of `site` in the policy, -1: none; found anew after a restart */
    char acked_by[ID_MAX]; /* person or user */
    int32_t member_count;
    struct chain_member member[CHAIN_MAX];
};

/* The arrows, by the verbs of the diagram, and what a person confirms without an arrow. */
enum incident_move {
    MOVE_ACKNOWLEDGE,
    MOVE_ARRIVE,
    MOVE_RECTIFY,
    MOVE_CLAIM_FALSE,
    MOVE_CONFIRM_FALSE, /* FALSE_CLAIM keeps its state */
    MOVE_REINSPECT,     /* passed: REINSPECT and FALSE_CLAIM keep their state */
    MOVE_CLOSE,
    MOVE_REOPEN, /* not confirmed, or active again */
};
enum { MOVE_COUNT = 8 };

/* False, and nothing changes, when the state does not allow it. `by`: person or user. */
bool incident_move(struct incident *incident, enum incident_move move, const char *by, ms_t now);

/* When the next level is called, and when this one is called again; 0: not. While an unanswered
 * incident is normal, repeats stand still, and below critical the escalation too. They resume when
 * it is active again: an alarm that comes and goes climbs too. */
ms_t incident_escalates_at(const struct incident *incident);
ms_t incident_repeats_at(const struct incident *incident);

const char *incident_state_name(enum incident_state state); /* "open" ... as in the API */
const char *incident_state_text(enum incident_state state); /* 未确认 ... for people */
const char *condition_name(enum condition condition);       /* "normal" "active" "unknown" */
