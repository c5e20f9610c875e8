#include "gateway/core/detect/health.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/text.h"
#include "gateway/core/chain/condition.h"
#include "gateway/core/detect/parts.h"
#include "gateway/core/detect/silence.h"

enum { PASSING_MS = 15 * MS_PER_SECOND };

struct kind {
    const char *rule;
    enum severity severity;
    ms_t patience_ms;
    const char *text; /* after its id */
};

static const struct kind kinds[HEALTH_PART_COUNT] = {
    [HEALTH_LINK] = {RULE_LINK, SEVERITY_MAJOR, MS_PER_MINUTE, "总线或连接中断"},
    [HEALTH_STORE] = {RULE_STORE, SEVERITY_MINOR, 5 * MS_PER_MINUTE, "数据库不接收数据"},
    [HEALTH_STATE] = {RULE_DISK, SEVERITY_MAJOR, 0, "状态存储写入失败"},
    [HEALTH_HISTORY] = {RULE_DISK, SEVERITY_MAJOR, 0, "历史存储写入失败"},
    [HEALTH_SMS] = {RULE_SMS, SEVERITY_MAJOR, 0, "短信通道故障"},
    [HEALTH_OUTPUT] = {RULE_OUTPUT, SEVERITY_MAJOR, 0, "警示设备不动作"},
};

bool health_is_own_rule(const char *rule)
{
    return strcmp(rule, RULE_SILENT) == 0 || strcmp(rule, RULE_LINK) == 0 ||
           strcmp(rule, RULE_STORE) == 0 || strcmp(rule, RULE_DISK) == 0 ||
           strcmp(rule, RULE_SMS) == 0 || strcmp(rule, RULE_OUTPUT) == 0;
}

static void raise_fault(struct engine *engine, int32_t index)
{
    struct part_memory *part = &engine->parts->item[index];
    const struct kind *kind = &kinds[part->part];
    bool is_named =
        part->part == HEALTH_LINK || part->part == HEALTH_STORE || part->part == HEALTH_OUTPUT;
    char subject[SUBJECT_MAX];
    (void) snprintf(subject, sizeof subject, "%s%s", is_named ? part->id : "", kind->text);
    const struct condition_opening opening = {.rule = kind->rule,
                                              .point = part->id,
                                              .site = -1,
                                              .judgement = -1,
                                              .severity = kind->severity,
                                              .subject = subject,
                                              .active_since = part->since};
    part->incident = condition_raise(engine, part->incident, &opening);
    if (part->incident == 0) { /* no room for another incident */
        timers_set(engine->timers, engine->timer.part + index, engine->now + MS_PER_MINUTE);
    } else if (engine->parts->text[index][0] != '\0') {
        const struct incident *incident = incident_table_find(engine->incidents, part->incident);
        (void) engine_entry(engine, incident, ENTRY_COMMENT, "%s", engine->parts->text[index]);
    }
}

void health_check(struct engine *engine, int32_t index)
{
    const struct part_memory *part = &engine->parts->item[index];
    if (!part->is_bad || incident_table_is_active(engine->incidents, part->incident)) {
        return;
    }
    ms_t due = part->since + (part->may_pass ? PASSING_MS : kinds[part->part].patience_ms);
    if (engine->now < due) {
        timers_set(engine->timers, engine->timer.part + index, due);
    } else {
        raise_fault(engine, index);
    }
}

static void end_fault(struct engine *engine, const struct part_memory *part)
{
    /* During the settle time the report may come from before the start: health_settle looks
     * again. */
    if (!part->is_bad && part->since != 0 && engine->now >= engine->settle_until) {
        condition_return(engine, part->incident);
    }
}

void health_hear(struct engine *engine, const struct event_health *health)
{
    int32_t index = parts_find(engine, health->part, health->id);
    if (index < 0) {
        engine_note(engine, NOTE_WARNING, health->id, "太多部件，不再跟踪：%s", health->text);
        return;
    }
    struct part_memory *part = &engine->parts->item[index];
    if (!health->is_ok) {
        char *text = engine->parts->text[index];
        text_copy(text, PART_TEXT_MAX, health->text);
    }
    /* may_pass can only be taken back during a fault: a second report without it makes the fault
     * certain. */
    bool has_changed = part->since == 0 || part->is_bad == health->is_ok;
    bool is_settled = !has_changed && part->is_bad && part->may_pass && !health->may_pass;
    part->may_pass = !health->is_ok && health->may_pass && (has_changed || part->may_pass);
    if (is_settled) {
        health_check(engine, index);
    }
    if (!has_changed) {
        return;
    }
    bool was_bad = part->is_bad;
    part->is_bad = !health->is_ok;
    part->since = engine->now;
    if (part->is_bad) {
        health_check(engine, index);
        return;
    }
    timers_clear(engine->timers, engine->timer.part + index);
    end_fault(engine, part);
    /* Its devices may have been silent all the time, and only now it is their own fault. */
    if (was_bad && index < engine->parts->link_count) {
        silence_link_back(engine, index);
    }
}

void health_trust_repair(struct engine *engine, int32_t device)
{
    for (int32_t i = 0; i < engine->policy->output_count; i++) {
        const struct policy_output *output = &engine->policy->output[i];
        if (output->device != device || engine->output[i].is_wanted) {
            continue;
        }
        int32_t index = parts_find(engine, HEALTH_OUTPUT, output->id);
        if (index >= 0 && engine->parts->item[index].is_bad) {
            engine->parts->item[index].is_bad = false;
            engine->parts->item[index].since = engine->now;
            end_fault(engine, &engine->parts->item[index]);
        }
    }
}

void health_settle(struct engine *engine)
{
    for (int32_t i = 0; i < engine->parts->count; i++) {
        if (!engine_has_room(engine)) {
            timers_set(engine->timers, engine->timer.settle, engine->now + 1);
            return;
        }
        if (engine->parts->item[i].incident != 0) {
            end_fault(engine, &engine->parts->item[i]);
        }
    }
}

/* The kind of part of a stored incident follows from its rule. The two disks share a rule: their
 * texts differ. */
static bool find_kind(const struct incident *incident, enum health_part *ret_kind)
{
    for (int i = 0; i < HEALTH_PART_COUNT; i++) {
        const struct kind *kind = &kinds[i];
        bool is_disk = strcmp(kind->rule, RULE_DISK) == 0;
        if (strcmp(kind->rule, incident->rule) == 0 &&
            (!is_disk || strcmp(kind->text, incident->subject) == 0)) {
            *ret_kind = (enum health_part) i;
            return true;
        }
    }
    return false;
}

void health_adopt(struct engine *engine, const struct incident *incident)
{
    enum health_part kind = HEALTH_LINK;
    int32_t index = find_kind(incident, &kind) ? parts_find(engine, kind, incident->point) : -1;
    if (index < 0) {
        return;
    }
    struct part_memory *part = &engine->parts->item[index];
    part->incident = incident->id;
    part->is_bad = incident->condition != CONDITION_NORMAL;
    part->since = part->is_bad ? incident->active_since : incident->cleared_at;
}

void health_release(struct engine *engine, int64_t incident)
{
    for (int32_t i = 0; i < engine->parts->count; i++) {
        if (engine->parts->item[i].incident == incident) {
            engine->parts->item[i].incident = 0;
        }
    }
}
