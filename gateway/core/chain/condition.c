#include "gateway/core/chain/condition.h"

#include <string.h>

#include "gateway/base/text.h"
#include "gateway/core/chain/escalation.h"
#include "gateway/core/chain/incident_facts.h"
#include "gateway/core/chain/late_digest.h"
#include "gateway/core/chain/roster.h"

bool condition_see_value(struct incident *incident, double value)
{
    bool is_further =
        incident->is_upper ? value > incident->peak_value : value < incident->peak_value;
    if (incident->has_value && !is_further) {
        return false;
    }
    incident->first_value = incident->has_value ? incident->first_value : value;
    incident->peak_value = value;
    incident->has_value = true;
    return true;
}

/* Is the value above what is allowed, or below it? Rules without a plain limit may have two sides:
 * the interval in which `when` is false separates them. Without an answer it counts as above. */
static bool is_on_upper_side(const struct policy_judgement *judgement,
                             const struct message_facts *facts)
{
    if (judgement->has_limit) {
        return judgement->is_upper;
    }
    struct expr_range allowed;
    return !facts->has_value || !expr_false_range(judgement->when, judgement->point, &allowed) ||
           facts->value >= allowed.from;
}

static void fill_measured(struct engine *engine, struct incident *incident)
{
    const struct policy_judgement *judgement = &engine->policy->judgement[incident->judgement];
    incident->has_limit = judgement->has_limit;
    incident->limit = judgement->has_limit ? judgement->limit : 0;
    struct message_facts facts = incident_facts_read(engine, incident);
    incident->is_upper = is_on_upper_side(judgement, &facts);
    if (facts.has_value) {
        (void) condition_see_value(incident, facts.value);
    }
    message_subject(&facts, incident->subject);
}

/* At most once a minute: a full table meets many alarms. */
static void note_full(struct engine *engine, const struct condition_opening *opening)
{
    if (engine->full_noted_at == 0 || engine->now - engine->full_noted_at >= MS_PER_MINUTE) {
        engine->full_noted_at = engine->now;
        engine_note(engine, NOTE_ERROR, opening->point, "未销号事件已达%d起，无法再登记新事件：%s",
                    (int) INCIDENTS_MAX, opening->rule);
    }
}

/* -> OPEN */
static int64_t open_new(struct engine *engine, const struct condition_opening *opening)
{
    struct incident *incident = incident_table_add(engine->incidents);
    if (incident == NULL) {
        note_full(engine, opening);
        return 0;
    }
    const struct policy *policy = engine->policy;
    const struct policy_site *site = opening->site < 0 ? NULL : &policy->site[opening->site];
    late_digest_set(engine, incident, false); /* the place may have been that of a late one */
    text_copy(incident->rule, sizeof incident->rule, opening->rule);
    text_copy(incident->point, sizeof incident->point, opening->point);
    text_copy(incident->site, sizeof incident->site, site == NULL ? "" : site->id);
    text_copy(incident->place, sizeof incident->place,
              site == NULL ? policy->gateway_name : site->name);
    incident->severity = opening->severity;
    incident->condition = CONDITION_ACTIVE;
    incident->state = INCIDENT_OPEN;
    incident->judgement = opening->judgement;
    incident->site_index = opening->site;
    incident->opened_at = engine->now;
    incident->active_since = opening->active_since;
    incident->raised_count = 1;
    incident->is_upper = true;
    if (opening->judgement >= 0) {
        fill_measured(engine, incident);
    } else {
        text_copy(incident->subject, sizeof incident->subject, opening->subject);
    }
    roster_fill(policy, opening->site, incident);
    (void) engine_entry(engine, incident, ENTRY_OPENED, "%s %s %s",
                        severity_text(incident->severity), incident->place, incident->subject);
    escalation_begin(engine, incident);
    escalation_commit(engine, incident);
    return incident->id;
}

/* The side may be another one than before, for example too cold after too hot: then the peak of the
 * old side says nothing and begins anew. */
static void see_again(struct engine *engine, struct incident *incident)
{
    struct message_facts facts = incident_facts_read(engine, incident);
    if (!facts.has_value) {
        return;
    }
    bool was_upper = incident->is_upper;
    /* A plain limit has one side. */
    if (incident->judgement >= 0 && !incident->has_limit) {
        incident->is_upper =
            is_on_upper_side(&engine->policy->judgement[incident->judgement], &facts);
    }
    if (incident->is_upper != was_upper) {
        incident->peak_value = facts.value;
    }
    (void) condition_see_value(incident, facts.value);
}

static void raise_again(struct engine *engine, struct incident *incident,
                        const struct condition_opening *opening)
{
    /* From UNKNOWN it is raised without having been normal: then no clock stood still. */
    ms_t rested_ms = incident->cleared_at == 0 ? 0 : engine->now - incident->cleared_at;
    incident->raised_count++;
    incident->condition = CONDITION_ACTIVE;
    incident->active_since = opening->active_since;
    incident->cleared_at = 0;
    see_again(engine, incident);
    (void) engine_entry(engine, incident, ENTRY_RAISED, "第%d次发生", (int) incident->raised_count);
    /* Silence worsens by its own clock; its opening always says minor. */
    if (opening->severity < incident->severity && strcmp(incident->rule, RULE_SILENT) != 0) {
        escalation_worsen(engine, incident, opening->severity);
    }
    switch (incident->state) {
    case INCIDENT_OPEN:
        escalation_resume(engine, incident, rested_ms);
        break;
    case INCIDENT_RECTIFYING:
    case INCIDENT_REINSPECT:
    case INCIDENT_FALSE_CLAIM:
        escalation_relapse(engine, incident);
        break;
    case INCIDENT_ACKED: /* a person is at work on it: no new messages */
    case INCIDENT_CLOSED:
        break;
    }
    escalation_commit(engine, incident);
}

int64_t condition_raise(struct engine *engine, int64_t id, const struct condition_opening *opening)
{
    struct incident *incident = incident_table_find_open(engine->incidents, id);
    if (incident == NULL) {
        return open_new(engine, opening);
    }
    raise_again(engine, incident, opening);
    return id;
}

void condition_return(struct engine *engine, int64_t id)
{
    struct incident *incident = incident_table_find_open(engine->incidents, id);
    if (incident == NULL || incident->condition == CONDITION_NORMAL) {
        return;
    }
    incident->condition = CONDITION_NORMAL;
    incident->cleared_at = engine->now;
    char span[SPAN_TEXT_MAX];
    message_span(engine->now - incident->active_since, span);
    /* Normal again is no answer: an open incident stays unanswered. */
    bool is_open = incident->state == INCIDENT_OPEN;
    (void) engine_entry(engine, incident, is_open ? ENTRY_RETURNED : ENTRY_CLEARED, "历时%s", span);
    escalation_recover(engine, incident);
    escalation_commit(engine, incident);
}

void condition_set_data(struct engine *engine, int64_t id, bool has_data)
{
    enum condition condition = has_data ? CONDITION_ACTIVE : CONDITION_UNKNOWN;
    struct incident *incident = incident_table_find_open(engine->incidents, id);
    if (incident == NULL || incident->condition == CONDITION_NORMAL ||
        incident->condition == condition) {
        return;
    }
    incident->condition = condition;
    /* Only an entry: unknown is not normal, so the chain goes on. */
    (void) engine_entry(engine, incident, has_data ? ENTRY_DATA_BACK : ENTRY_DATA_LOST, "%s",
                        has_data ? "数据恢复，仍在告警" : "数据中断，不视为恢复");
    escalation_commit(engine, incident);
}
