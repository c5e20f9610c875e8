#include "gateway/core/detect/silence.h"

#include <stdio.h>
#include <string.h>

#include "gateway/core/chain/condition.h"
#include "gateway/core/detect/judge_queue.h"
#include "gateway/core/detect/parts.h"

static const struct part_memory *link_of(const struct engine *engine, int32_t point)
{
    return &engine->parts->item[engine->device[engine->policy->point[point].device].part];
}

/* When the point will be lost, if no good sample comes. A sample from before the start is as old as
 * it was then; a link that came back gives its devices their full time. */
static ms_t lost_at(const struct engine *engine, int32_t point)
{
    const struct point_memory *memory = &engine->point[point];
    const struct part_memory *link = link_of(engine, point);
    ms_t base = memory->good_at == 0 ? engine->started_at : memory->good_at;
    base += memory->is_remembered && memory->good_at != 0 ? engine->outage_ms : 0;
    if (!link->is_bad) {
        base = max_ms(base, link->since);
    }
    return max_ms(base + engine->policy->point[point].silent_after_ms, engine->settle_until);
}

static bool is_raised(const struct engine *engine, int32_t device)
{
    return incident_table_is_active(engine->incidents, engine->device[device].incident);
}

static void raise_silence(struct engine *engine, int32_t point)
{
    const struct policy *policy = engine->policy;
    int32_t index = policy->point[point].device;
    const struct policy_device *device = &policy->device[index];
    ms_t maintained_until = maintenance_until(engine, index);
    if (maintained_until > 0) {
        timers_set(engine->timers, point, maintained_until);
        return;
    }
    char subject[SUBJECT_MAX];
    (void) snprintf(subject, sizeof subject, "%s数据中断", device->name);
    ms_t since = engine->point[point].good_at;
    const struct condition_opening opening = {.rule = RULE_SILENT,
                                              .point = policy->point[point].id,
                                              .site = device->site,
                                              .judgement = -1,
                                              .severity = SEVERITY_MINOR,
                                              .subject = subject,
                                              .active_since = since == 0 ? engine->now : since};
    engine->device[index].incident =
        condition_raise(engine, engine->device[index].incident, &opening);
    if (engine->device[index].incident == 0) {
        timers_set(engine->timers, point, engine->now + MS_PER_MINUTE);
    }
}

static void end_device_silence(struct engine *engine, int32_t device)
{
    bool has_returned = engine->device[device].lost_count == 0;
    if (has_returned && engine->now >= engine->settle_until && is_raised(engine, device)) {
        condition_return(engine, engine->device[device].incident);
    }
}

void silence_check(struct engine *engine, int32_t point)
{
    struct point_memory *memory = &engine->point[point];
    int32_t device = engine->policy->point[point].device;
    ms_t due = lost_at(engine, point);
    if (engine->now < due) {
        timers_set(engine->timers, point, due);
        end_device_silence(engine, device);
        return;
    }
    if (!memory->is_lost) {
        memory->is_lost = true;
        engine->device[device].lost_count++;
        judge_queue_add_point(engine, point); /* a raised alarm of it has no data from now on */
    }
    /* While the link is down its incident stands for all its devices. */
    if (!link_of(engine, point)->is_bad && !is_raised(engine, device)) {
        raise_silence(engine, point);
    }
}

void silence_hear(struct engine *engine, int32_t point)
{
    struct point_memory *memory = &engine->point[point];
    int32_t device = engine->policy->point[point].device;
    if (!memory->is_lost) {
        return;
    }
    memory->is_lost = false;
    engine->device[device].lost_count--;
    /* The end of its silence is a job of its own, which begins when there is room for its
     * effects. */
    timers_set(engine->timers, point, engine->now);
}

void silence_settle(struct engine *engine)
{
    for (int32_t i = 0; i < engine->policy->device_count; i++) {
        if (!engine_has_room(engine)) {
            timers_set(engine->timers, engine->timer.settle, engine->now + 1);
            return;
        }
        if (engine->device[i].incident != 0) {
            end_device_silence(engine, i);
        }
    }
}

void silence_review_device(struct engine *engine, int32_t device)
{
    const struct policy_device *about = &engine->policy->device[device];
    for (int32_t i = about->first_point; i < about->first_point + about->point_count; i++) {
        timers_set(engine->timers, i, max_ms(engine->now, lost_at(engine, i)));
    }
}

void silence_link_back(struct engine *engine, int32_t part)
{
    const struct index *on_link = &engine->parts->on_link;
    for (int32_t i = on_link->first[part]; i < on_link->first[part + 1]; i++) {
        silence_review_device(engine, on_link->item[i]);
    }
}

/* Was it lost before the gateway went down? Only when an incident or a dead link says so: a loss
 * without an incident must still raise one. */
static bool was_lost(const struct engine *engine, int32_t point)
{
    const struct point_memory *memory = &engine->point[point];
    const struct policy_point *about = &engine->policy->point[point];
    ms_t seen = engine->last_seen;
    if (is_raised(engine, about->device)) {
        /* Lost before it was raised, although the history may end earlier. */
        seen = max_ms(seen,
                      incident_table_find(engine->incidents, engine->device[about->device].incident)
                          ->opened_at);
    } else if (!link_of(engine, point)->is_bad) {
        return false;
    }
    return memory->good_at == 0 || memory->good_at + about->silent_after_ms <= seen;
}

void silence_start(struct engine *engine)
{
    for (int32_t i = 0; i < engine->policy->point_count; i++) {
        if (was_lost(engine, i)) {
            engine->point[i].is_lost = true;
            engine->device[engine->policy->point[i].device].lost_count++;
        } else {
            timers_set(engine->timers, i, lost_at(engine, i));
        }
    }
}

void silence_release(struct engine *engine, int64_t incident)
{
    for (int32_t i = 0; i < engine->policy->device_count; i++) {
        if (engine->device[i].incident == incident) {
            engine->device[i].incident = 0;
        }
    }
}
