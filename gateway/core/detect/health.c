#include "gateway/core/detect/health.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/text.h"
#include "gateway/core/chain/condition.h"
#include "gateway/core/chain/roster.h"
#include "gateway/core/detect/silence.h"

enum { PASSING_MS = 15 * MS_PER_SECOND };

struct kind {
    const char *rule;
    enum severity severity;
    ms_t patience_ms;
    const char *words; /* after its id */
};

static const struct kind *kind_of(enum health_part part)
{
    static const struct kind kinds[HEALTH_PART_COUNT] = {
        [HEALTH_LINK] = {RULE_LINK, SEVERITY_MAJOR, MS_PER_MINUTE, "总线或连接中断"},
        [HEALTH_STORE] = {RULE_STORE, SEVERITY_MINOR, 5 * MS_PER_MINUTE, "数据库不接收数据"},
        [HEALTH_STATE] = {RULE_DISK, SEVERITY_MAJOR, 0, "状态存储写入失败"},
        [HEALTH_HISTORY] = {RULE_DISK, SEVERITY_MAJOR, 0, "历史存储写入失败"},
        [HEALTH_SMS] = {RULE_SMS, SEVERITY_MAJOR, 0, "短信通道故障"},
        [HEALTH_OUTPUT] = {RULE_OUTPUT, SEVERITY_MAJOR, 0, "警示设备不动作"},
    };
    CHECK((int) part >= 0 && (int) part < HEALTH_PART_COUNT);
    return &kinds[part];
}

bool health_is_house_rule(const char *rule)
{
    return strcmp(rule, RULE_SILENT) == 0 || strcmp(rule, RULE_LINK) == 0 ||
           strcmp(rule, RULE_STORE) == 0 || strcmp(rule, RULE_DISK) == 0 ||
           strcmp(rule, RULE_SMS) == 0 || strcmp(rule, RULE_OUTPUT) == 0;
}

/* Links lie sorted by id. Returns the place where the id is or would be. */
static int32_t link_place(const struct engine *engine, const char *id)
{
    int32_t low = 0;
    int32_t high = engine->link_count;
    while (low < high) {
        int32_t middle = (low + high) / 2;
        if (strcmp(engine->part[middle].id, id) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool is_link(const struct engine *engine, int32_t place, const char *id)
{
    return place < engine->link_count && strcmp(engine->part[place].id, id) == 0;
}

static void add_link(struct engine *engine, const char *id)
{
    int32_t place = link_place(engine, id);
    if (is_link(engine, place, id)) {
        return;
    }
    memmove(&engine->part[place + 1], &engine->part[place],
            (size_t) (engine->link_count - place) * sizeof engine->part[0]);
    engine->part[place] = (struct part_memory){.part = HEALTH_LINK};
    text_copy(engine->part[place].id, sizeof engine->part[place].id, id);
    engine->link_count++;
}

void health_build(struct engine *engine, struct arena *arena)
{
    const struct policy *policy = engine->policy;
    size_t devices = (size_t) policy->device_count;
    engine->device = arena_take(arena, devices, sizeof *engine->device);
    engine->part = arena_take(arena, (size_t) parts_max(policy), sizeof *engine->part);
    engine->part_text = arena_take(arena, (size_t) parts_max(policy), sizeof *engine->part_text);
    for (int32_t i = 0; i < policy->device_count; i++) {
        add_link(engine, policy->device[i].link);
    }
    engine->part_count = engine->link_count;

    struct index *on_link = &engine->on_link;
    on_link->first = arena_take(arena, (size_t) engine->link_count + 2, sizeof(int32_t));
    on_link->item = arena_take(arena, devices, sizeof(int32_t));
    for (int32_t i = 0; i < policy->device_count; i++) {
        engine->device[i].part = link_place(engine, policy->device[i].link);
        on_link->first[engine->device[i].part + 2]++;
    }
    for (int32_t i = 2; i < engine->link_count + 2; i++) {
        on_link->first[i] += on_link->first[i - 1];
    }
    for (int32_t i = 0; i < policy->device_count; i++) {
        on_link->item[on_link->first[engine->device[i].part + 1]++] = i;
    }
}

/* The part, made when there is room; -1: no room. */
static int32_t part_of(struct engine *engine, enum health_part kind, const char *id)
{
    int32_t place = link_place(engine, id);
    if (kind == HEALTH_LINK && is_link(engine, place, id)) {
        return place;
    }
    for (int32_t i = engine->link_count; i < engine->part_count; i++) {
        if (engine->part[i].part == kind && strcmp(engine->part[i].id, id) == 0) {
            return i;
        }
    }
    if (engine->part_count == parts_max(engine->policy)) {
        return -1;
    }
    struct part_memory *part = &engine->part[engine->part_count];
    *part = (struct part_memory){.part = kind};
    text_copy(part->id, sizeof part->id, id);
    return engine->part_count++;
}

static bool is_raised(const struct engine *engine, const struct part_memory *part)
{
    const struct incident *incident =
        part->incident == 0 ? NULL : incident_table_find(engine->incidents, part->incident);
    return incident != NULL && incident->condition != CONDITION_NORMAL;
}

static void raise(struct engine *engine, int32_t index)
{
    struct part_memory *part = &engine->part[index];
    const struct kind *kind = kind_of(part->part);
    bool is_named =
        part->part == HEALTH_LINK || part->part == HEALTH_STORE || part->part == HEALTH_OUTPUT;
    char subject[SUBJECT_MAX];
    (void) snprintf(subject, sizeof subject, "%s%s", is_named ? part->id : "", kind->words);
    const struct condition_opening opening = {.rule = kind->rule,
                                              .point = part->id,
                                              .site = -1,
                                              .area = roster_top_area(engine->policy),
                                              .judgement = -1,
                                              .severity = kind->severity,
                                              .place = engine->policy->gateway_name,
                                              .subject = subject,
                                              .active_since = part->since};
    part->incident = condition_raise(engine, part->incident, &opening);
    if (part->incident == 0) {
        timers_set(engine->timers, engine->timer_part + index, engine->now + MS_PER_MINUTE);
    } else if (engine->part_text[index][0] != '\0') {
        const struct incident *incident = incident_table_find(engine->incidents, part->incident);
        (void) engine_entry(engine, incident, ENTRY_COMMENT, "%s", engine->part_text[index]);
    }
}

void health_check(struct engine *engine, int32_t index)
{
    const struct part_memory *part = &engine->part[index];
    if (!part->is_bad || is_raised(engine, part)) {
        return;
    }
    ms_t due = part->since + (part->may_pass ? PASSING_MS : kind_of(part->part)->patience_ms);
    if (engine->now < due) {
        timers_set(engine->timers, engine->timer_part + index, due);
    } else {
        raise(engine, index);
    }
}

static void end(struct engine *engine, const struct part_memory *part)
{
    if (!part->is_bad && part->since != 0 && engine->now >= engine->settle_until) {
        condition_return(engine, part->incident);
    }
}

void health_hear(struct engine *engine, const struct event_health *health)
{
    int32_t index = part_of(engine, health->part, health->id);
    if (index < 0) {
        engine_note(engine, NOTE_WARNING, health->id, "太多部件,不再跟踪: %s", health->text);
        return;
    }
    struct part_memory *part = &engine->part[index];
    if (!health->is_well) {
        char *text = engine->part_text[index];
        text_copy(text, PART_TEXT_MAX, health->text);
    }
    bool has_changed = part->since == 0 || part->is_bad == health->is_well;
    bool is_settled = !has_changed && part->is_bad && part->may_pass && !health->may_pass;
    part->may_pass = !health->is_well && health->may_pass && (has_changed || part->may_pass);
    if (is_settled) {
        health_check(engine, index);
    }
    if (!has_changed) {
        return;
    }
    bool was_bad = part->is_bad;
    part->is_bad = !health->is_well;
    part->since = engine->now;
    if (part->is_bad) {
        health_check(engine, index);
        return;
    }
    timers_clear(engine->timers, engine->timer_part + index);
    end(engine, part);
    if (was_bad && index < engine->link_count) {
        silence_link_back(engine, index);
    }
}

void health_take_word(struct engine *engine, int32_t device)
{
    for (int32_t i = 0; i < engine->policy->output_count; i++) {
        const struct policy_output *output = &engine->policy->output[i];
        if (output->device != device || engine->output[i].is_wanted) {
            continue;
        }
        int32_t index = part_of(engine, HEALTH_OUTPUT, output->id);
        if (index >= 0 && engine->part[index].is_bad) {
            engine->part[index].is_bad = false;
            engine->part[index].since = engine->now;
            end(engine, &engine->part[index]);
        }
    }
}

void health_settle(struct engine *engine)
{
    for (int32_t i = 0; i < engine->part_count; i++) {
        if (!engine_has_room(engine)) {
            timers_set(engine->timers, engine->timer_settle, engine->now + 1);
            return;
        }
        if (engine->part[i].incident != 0) {
            end(engine, &engine->part[i]);
        }
    }
}

/* Of a stored incident: its rule says which kind of part; the two disks share one and differ in their words. */
static bool find_kind(const struct incident *incident, enum health_part *ret_kind)
{
    for (int i = 0; i < HEALTH_PART_COUNT; i++) {
        const struct kind *kind = kind_of((enum health_part) i);
        bool is_disk = strcmp(kind->rule, RULE_DISK) == 0;
        if (strcmp(kind->rule, incident->rule) == 0 &&
            (!is_disk || strcmp(kind->words, incident->subject) == 0)) {
            *ret_kind = (enum health_part) i;
            return true;
        }
    }
    return false;
}

void health_adopt(struct engine *engine, const struct incident *incident)
{
    enum health_part kind = HEALTH_LINK;
    int32_t index = find_kind(incident, &kind) ? part_of(engine, kind, incident->point) : -1;
    if (index < 0) {
        return;
    }
    struct part_memory *part = &engine->part[index];
    part->incident = incident->id;
    part->is_bad = incident->condition != CONDITION_NORMAL;
    part->since = part->is_bad ? incident->active_since : incident->cleared_at;
}
