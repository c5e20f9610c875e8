#include "gateway/core/chain/escalation.h"

#include <string.h>

#include "gateway/base/text.h"
#include "gateway/core/chain/incident_facts.h"
#include "gateway/core/chain/late_digest.h"
#include "gateway/core/chain/notification.h"
#include "gateway/core/chain/roster.h"

enum { SILENCE_FALLBACK_MS = 600000 }; /* 10 minutes, when no level has a time */

ms_t escalation_silence(const struct policy *policy, enum severity severity, int32_t level)
{
    const ms_t *silence_ms = policy->escalation[severity].silence_ms;
    for (int32_t below = level; below >= 0; below--) {
        if (below < LEVELS_MAX && silence_ms[below] > 0) {
            return silence_ms[below];
        }
    }
    for (int32_t above = level < 0 ? 0 : level + 1; above < LEVELS_MAX; above++) {
        if (silence_ms[above] > 0) {
            return silence_ms[above];
        }
    }
    return SILENCE_FALLBACK_MS;
}

static const struct policy_escalation *times_of(const struct engine *engine,
                                                const struct incident *incident)
{
    return &engine->policy->escalation[incident->severity];
}

static ms_t silence_of_level(const struct engine *engine, const struct incident *incident,
                             int32_t level)
{
    return escalation_silence(engine->policy, incident->severity, level);
}

/* The level was called just now: its clocks start. */
static void start_clocks(struct engine *engine, struct incident *incident)
{
    bool is_top = roster_next_level(incident, incident->level) < 0;
    ms_t repeat_ms = times_of(engine, incident)->repeat_ms;
    incident->escalate_at =
        is_top ? 0 : engine->now + silence_of_level(engine, incident, incident->level);
    incident->repeat_at = repeat_ms > 0 ? engine->now + repeat_ms : 0;
}

/* How long the present level has been silent. Its clock may have stood still, so it is taken from
 * the deadline, not from the time of the call. */
static ms_t waited_ms(const struct engine *engine, const struct incident *incident)
{
    if (incident->escalate_at == 0) {
        return engine->now - incident->opened_at;
    }
    return engine->now -
           (incident->escalate_at - silence_of_level(engine, incident, incident->level));
}

/* Codes are few, so an incident that is over before its first message gets none. */
static void ensure_code(struct engine *engine, struct incident *incident)
{
    if (incident->code[0] == '\0') {
        incident_codes_give(engine->codes, incident->id, engine->now, incident->code);
    }
}

/* OPEN -> OPEN: the first levels are called. */
static void call_first_levels(struct engine *engine, struct incident *incident)
{
    int32_t first = roster_first_level(incident, times_of(engine, incident)->tell);
    /* Never down: a worse severity may reach a level that is already above its first one. */
    incident->level = (int8_t) (first > incident->level ? first : incident->level);
    ensure_code(engine, incident);
    struct message_facts facts = incident_facts_read(engine, incident);
    char text[MESSAGE_TEXT_MAX];
    message_alarm(&facts, text);
    bool marks[CHAIN_MAX];
    if (roster_mark(incident, LEVEL_CONTACT, incident->level, marks) == 0) {
        engine_note(engine, NOTE_ERROR, incident->point, "没有可通知的人：%s %s", incident->place,
                    incident->subject);
    }
    notification_send(engine, incident, marks, MESSAGE_ALARM, text);
    start_clocks(engine, incident);
}

void escalation_begin(struct engine *engine, struct incident *incident)
{
    int32_t first = roster_first_level(incident, 0);
    incident->level = (int8_t) (first < 0 ? 0 : first);
    ms_t wait_ms = incident->severity == SEVERITY_CRITICAL ? 0 : engine->policy->group_wait_ms;
    if (wait_ms > 0) {
        /* What is over within the group wait calls nobody. Until then repeat_at is the first
         * call. */
        incident->escalate_at = 0;
        incident->repeat_at = engine->now + wait_ms;
        return;
    }
    call_first_levels(engine, incident);
}

/* When the silence of a device becomes major; 0: it does not. */
static ms_t worsens_at(const struct incident *incident)
{
    bool may = strcmp(incident->rule, RULE_SILENT) == 0 && incident->state == INCIDENT_OPEN &&
               incident->severity == SEVERITY_MINOR && incident->condition != CONDITION_NORMAL;
    return may ? max_ms(incident->opened_at, incident->active_since) + ESCALATION_WORSEN_MS : 0;
}

static bool is_due(ms_t at, ms_t now)
{
    return at != 0 && at <= now;
}

static void set_severity(struct engine *engine, struct incident *incident, enum severity severity)
{
    incident->severity = severity;
    (void) engine_entry(engine, incident, ENTRY_WORSENED, "升为%s", severity_text(severity));
}

/* Another message is due anyway: it has the new severity, and nobody gets two messages. */
static void worsen_on_the_way(struct engine *engine, struct incident *incident)
{
    if (is_due(worsens_at(incident), engine->now)) {
        set_severity(engine, incident, SEVERITY_MAJOR);
    }
}

/* To the people of the present level, and with the lowest level to the contacts. */
static void send_to_level(struct engine *engine, struct incident *incident, enum message_kind kind,
                          const char *text)
{
    bool is_lowest = incident->level == roster_first_level(incident, 0);
    bool people[CHAIN_MAX];
    bool contacts[CHAIN_MAX];
    (void) roster_mark(incident, incident->level, incident->level, people);
    notification_send(engine, incident, people, kind, text);
    if (is_lowest && roster_mark(incident, LEVEL_CONTACT, LEVEL_CONTACT, contacts) > 0) {
        roster_unmark(incident, people, contacts);
        notification_send(engine, incident, contacts, kind, text);
    }
}

/* OPEN -> OPEN: the same level is called again. */
static void repeat_call(struct engine *engine, struct incident *incident)
{
    struct message_facts facts = incident_facts_read(engine, incident);
    char text[MESSAGE_TEXT_MAX];
    message_repeat(&facts, engine->now - incident->opened_at, text);
    send_to_level(engine, incident, MESSAGE_REPEAT, text);
    ms_t repeat_ms = times_of(engine, incident)->repeat_ms;
    incident->repeat_at = repeat_ms > 0 ? engine->now + repeat_ms : 0;
}

static void send_handed_on(struct engine *engine, struct incident *incident, int32_t from,
                           ms_t waited)
{
    bool above[CHAIN_MAX];
    bool silent[CHAIN_MAX];
    (void) roster_mark(incident, incident->level, incident->level, above);
    (void) roster_mark(incident, from, from, silent);
    roster_unmark(incident, above, silent); /* a phone on both levels has just got the call */
    char whom[WHO_MAX];
    roster_who(engine->policy, incident, incident->level, whom);
    struct message_facts facts = incident_facts_read(engine, incident);
    char text[MESSAGE_TEXT_MAX];
    message_handed_on(&facts, whom, waited, text);
    notification_send(engine, incident, silent, MESSAGE_HANDED_ON, text);
}

/* OPEN -> OPEN at the next level with people. */
static void escalate_incident(struct engine *engine, struct incident *incident,
                              enum escalation_reason reason, const char *who)
{
    static const char *const reasons[] = {[ESCALATION_UNANSWERED] = "未回复",
                                          [ESCALATION_UNREACHED] = "短信均未送达",
                                          [ESCALATION_FALSE_CLAIM] = "报为误报，无人核实",
                                          [ESCALATION_RELAPSE] = "处置后再次发生"};
    int8_t from = incident->level;
    int32_t next = roster_next_level(incident, from);
    ms_t waited = waited_ms(engine, incident);
    worsen_on_the_way(engine, incident);
    if (next < 0) {
        incident->escalate_at = 0;
        return;
    }
    incident->level = (int8_t) next;
    ensure_code(engine, incident);
    char span[SPAN_TEXT_MAX];
    message_span(waited, span);
    (void) engine_entry(engine, incident, ENTRY_ESCALATED, "%s%s%s，转%s", who,
                        reason == ESCALATION_UNANSWERED ? span : "", reasons[reason],
                        roster_level_name(engine->policy, next));
    struct message_facts facts = incident_facts_read(engine, incident);
    char text[MESSAGE_TEXT_MAX];
    message_escalation(&facts, reason, who, waited, text);
    send_to_level(engine, incident, MESSAGE_ESCALATION, text);
    if (reason == ESCALATION_UNANSWERED) {
        send_handed_on(engine, incident, from, waited);
    }
    start_clocks(engine, incident);
}

static void escalate_silent(struct engine *engine, struct incident *incident)
{
    if (incident->state != INCIDENT_FALSE_CLAIM) {
        char who[WHO_MAX];
        roster_who(engine->policy, incident, incident->level, who);
        escalate_incident(engine, incident, ESCALATION_UNANSWERED, who);
        return;
    }
    (void) incident_move(incident, MOVE_REOPEN, "", engine->now);
    if (roster_next_level(incident, incident->level) >= 0) {
        int32_t claimer = roster_find_id(incident, incident->acked_by);
        escalate_incident(engine, incident, ESCALATION_FALSE_CLAIM,
                          claimer < 0 ? incident->acked_by : incident->member[claimer].name);
        return;
    }
    /* The top was asked to confirm the claim and stayed silent: it is called again. */
    incident->escalate_at = 0;
    worsen_on_the_way(engine, incident);
    repeat_call(engine, incident);
}

/* 0: never. */
static ms_t deadline_of(const struct incident *incident)
{
    ms_t due = TIMERS_NEVER;
    const ms_t deadlines[] = {incident_escalates_at(incident), incident_repeats_at(incident),
                              worsens_at(incident)};
    for (size_t i = 0; i < sizeof deadlines / sizeof deadlines[0]; i++) {
        due = deadlines[i] == 0 ? due : min_ms(due, deadlines[i]);
    }
    return due == TIMERS_NEVER || incident->state == INCIDENT_CLOSED ? 0 : due;
}

void escalation_worsen(struct engine *engine, struct incident *incident, enum severity severity)
{
    ms_t old_escalate_at = incident->escalate_at;
    set_severity(engine, incident, severity);
    if (incident->state == INCIDENT_OPEN) {
        call_first_levels(engine, incident);
        /* A worse severity never gives a level more time than it had. */
        if (old_escalate_at > engine->now && incident->escalate_at != 0) {
            incident->escalate_at = min_ms(old_escalate_at, incident->escalate_at);
        }
    }
}

static void carry_out_due(struct engine *engine, struct incident *incident)
{
    ms_t now = engine->now;
    /* The order matters: an escalation or a worsening calls people itself and sets the next
     * repeat. */
    bool has_word = incident->code[0] != '\0'; /* the first call was sent */
    if (has_word && is_due(incident_escalates_at(incident), now)) {
        escalate_silent(engine, incident);
    } else if (is_due(worsens_at(incident), now)) {
        escalation_worsen(engine, incident, SEVERITY_MAJOR);
    } else if (!has_word && is_due(incident_repeats_at(incident), now)) {
        if (incident->condition == CONDITION_NORMAL) {
            incident->repeat_at = 0; /* normal before the first call: no call, no deadline */
        } else {
            call_first_levels(engine, incident);
        }
    } else if (is_due(incident_repeats_at(incident), now)) {
        repeat_call(engine, incident);
    }
}

void escalation_step(struct engine *engine, struct incident *incident)
{
    if (is_due(deadline_of(incident), engine->now)) {
        carry_out_due(engine, incident);
        escalation_commit(engine, incident);
    }
}

void escalation_answered(struct engine *engine, struct incident *incident)
{
    incident->escalate_at = 0;
    incident->repeat_at = 0;
    notification_cancel(engine, incident);
}

void escalation_recover(struct engine *engine, struct incident *incident)
{
    bool marks[CHAIN_MAX];
    (void) roster_mark(incident, LEVEL_CONTACT, LEVELS_MAX, marks);
    roster_unmark_untold(incident, marks);
    struct message_facts facts = incident_facts_read(engine, incident);
    char text[MESSAGE_TEXT_MAX];
    message_recovery(&facts, text);
    notification_send(engine, incident, marks, MESSAGE_RECOVERY, text);
}

/* The clock goes on where it stood still, at most its whole span ahead. One that never ran
 * starts. */
static ms_t resume_clock(ms_t at, ms_t rested_ms, ms_t latest)
{
    return at == 0 ? latest : min_ms(at + rested_ms, latest);
}

void escalation_resume(struct engine *engine, struct incident *incident, ms_t rested_ms)
{
    worsen_on_the_way(engine, incident);
    if (incident->code[0] == '\0') {
        if (incident->repeat_at == 0) {
            escalation_begin(engine, incident);
        }
        return;
    }
    ms_t repeat_ms = times_of(engine, incident)->repeat_ms;
    if (repeat_ms > 0) {
        incident->repeat_at = resume_clock(incident->repeat_at, rested_ms, engine->now + repeat_ms);
    }
    if (roster_next_level(incident, incident->level) >= 0) {
        /* Critical incidents escalate although they are normal: their clock did not stand still. */
        bool has_run = incident->severity == SEVERITY_CRITICAL;
        incident->escalate_at =
            resume_clock(incident->escalate_at, has_run ? 0 : rested_ms,
                         engine->now + silence_of_level(engine, incident, incident->level));
    }
}

void escalation_relapse(struct engine *engine, struct incident *incident)
{
    (void) incident_move(incident, MOVE_REOPEN, "", engine->now);
    worsen_on_the_way(engine, incident);
    char who[WHO_MAX];
    roster_who(engine->policy, incident, incident->level, who);
    /* The work of the lowest level did not help: the next one takes it. A higher level keeps it. */
    if (incident->level == roster_first_level(incident, 0) &&
        roster_next_level(incident, incident->level) >= 0) {
        escalate_incident(engine, incident, ESCALATION_RELAPSE, who);
        return;
    }
    ensure_code(engine, incident);
    struct message_facts facts = incident_facts_read(engine, incident);
    char text[MESSAGE_TEXT_MAX];
    message_escalation(&facts, ESCALATION_RELAPSE, who, 0, text);
    send_to_level(engine, incident, MESSAGE_ESCALATION, text);
    start_clocks(engine, incident);
}

void escalation_ask(struct engine *engine, struct incident *incident, const char *who)
{
    /* The claim may come from below the present level: then that level is asked, not the one
     * above. */
    bool is_held_above = roster_level_of(incident, incident->acked_by) < incident->level;
    int32_t next = is_held_above ? incident->level : roster_next_level(incident, incident->level);
    if (next < 0) {
        return; /* the top itself says so: a person closes it */
    }
    ensure_code(engine, incident);
    struct message_facts facts = incident_facts_read(engine, incident);
    char text[MESSAGE_TEXT_MAX];
    message_escalation(&facts, ESCALATION_FALSE_CLAIM, who, 0, text);
    bool marks[CHAIN_MAX];
    (void) roster_mark(incident, next, next, marks);
    notification_send(engine, incident, marks, MESSAGE_ESCALATION, text);
    incident->escalate_at = engine->now + silence_of_level(engine, incident, next);
}

void escalation_unreached(struct engine *engine, struct incident *incident, int8_t level,
                          const char *phone)
{
    notification_miss(engine, incident, phone);
    /* Waiting for a level that no message has reached would lose its whole silence time. */
    if (incident->state == INCIDENT_OPEN && level >= 0 && level == incident->level &&
        incident->escalate_at != 0 && outbox_has_failed(engine->outbox, incident->id, level)) {
        char who[WHO_MAX];
        roster_who(engine->policy, incident, level, who);
        escalate_incident(engine, incident, ESCALATION_UNREACHED, who);
    }
}

void escalation_commit(struct engine *engine, struct incident *incident)
{
    int32_t timer = engine->timer.incident + incident_table_place(engine->incidents, incident);
    ms_t due = deadline_of(incident);
    /* A late deadline has no timer: escalation_late carries it out. It is no longer late when a
     * person or a new value has moved it. */
    bool is_late = late_digest_has(engine, incident) && due != 0 && due <= engine->now;
    late_digest_set(engine, incident, is_late);
    if (!is_late) {
        timers_set(engine->timers, timer, due == 0 ? TIMERS_NEVER : due);
    }
    engine->must_review_outputs = true;
    engine_effect(engine, EFFECT_INCIDENT)->incident = incident;
}

void escalation_start(struct engine *engine)
{
    bool has_late = false;
    for (int32_t i = 0; i < incident_table_count(engine->incidents); i++) {
        const struct incident *incident = incident_table_at(engine->incidents, i);
        int32_t place = incident_table_place(engine->incidents, incident);
        ms_t due = deadline_of(incident);
        bool is_late = due != 0 && due < engine->now;
        late_digest_set(engine, incident, is_late);
        has_late = has_late || is_late;
        if (due >= engine->now) {
            timers_set(engine->timers, engine->timer.incident + place, due);
        }
    }
    if (has_late) {
        timers_set(engine->timers, engine->timer.late, engine->settle_until);
    }
}

void escalation_late(struct engine *engine)
{
    late_digest_open(engine);
    for (int32_t i = 0; i < incident_table_count(engine->incidents); i++) {
        struct incident *incident = incident_table_at(engine->incidents, i);
        if (!late_digest_has(engine, incident)) {
            continue;
        }
        /* Room must remain for the messages added so far and for this incident; the rest comes
         * later. */
        int32_t need = engine->effects->count + late_digest_effects(engine);
        if (need + 2 * CHAIN_MAX + 2 * JOB_EFFECTS_MAX > EFFECTS_MAX) {
            timers_set(engine->timers, engine->timer.late, engine->now + 1);
            break;
        }
        late_digest_set(engine, incident, false);
        carry_out_due(engine, incident);
        escalation_commit(engine, incident);
    }
    late_digest_send(engine);
}
