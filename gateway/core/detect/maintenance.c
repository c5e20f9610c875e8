#include "gateway/core/detect/maintenance.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/text.h"
#include "gateway/core/detect/health.h"
#include "gateway/core/detect/judge_queue.h"
#include "gateway/core/detect/silence.h"

/* One device. Its end stands in device_memory, which every judgement reads. */
struct maintenance {
    int32_t device;
    ms_t since;
    char by[ID_MAX];
    char reason[MAINTENANCE_REASON_MAX];
};

struct maintenance_list {
    int32_t count;
    struct maintenance item[MAINTENANCE_MAX]; /* in the order of their beginning */
};

void maintenance_build(struct engine *engine, struct arena *arena)
{
    engine->maintenance = arena_take(arena, 1, sizeof *engine->maintenance);
}

static int32_t place_of_device(const struct engine *engine, int32_t device)
{
    for (int32_t i = 0; i < engine->maintenance->count; i++) {
        if (engine->maintenance->item[i].device == device) {
            return i;
        }
    }
    return -1;
}

static struct effect_maintenance describe_maintenance(const struct engine *engine,
                                                      const struct maintenance *maintenance)
{
    const struct policy_device *device = &engine->policy->device[maintenance->device];
    struct effect_maintenance described = {
        .since = maintenance->since, .until = engine->device[maintenance->device].maintained_until};
    (void) snprintf(described.device, sizeof described.device, "%s/%s",
                    engine->policy->site[device->site].id, device->id);
    text_copy(described.by, sizeof described.by, maintenance->by);
    text_copy(described.reason, sizeof described.reason, maintenance->reason);
    return described;
}

int32_t maintenance_count(const struct engine *engine)
{
    return engine->maintenance->count;
}

struct effect_maintenance maintenance_get(const struct engine *engine, int32_t position)
{
    CHECK(position >= 0 && position < engine->maintenance->count);
    return describe_maintenance(engine, &engine->maintenance->item[position]);
}

static void set_end_timer(struct engine *engine)
{
    ms_t first = TIMERS_NEVER;
    for (int32_t i = 0; i < engine->maintenance->count; i++) {
        first = min_ms(first, engine->device[engine->maintenance->item[i].device].maintained_until);
    }
    timers_set(engine->timers, engine->timer.maintenance, first);
}

/* Stores it and writes an entry for the audit log. */
static void record_maintenance(struct engine *engine, const struct maintenance *maintenance,
                               const char *actor, const char *channel, const char *what)
{
    struct effect_maintenance *stored = &engine_effect(engine, EFFECT_MAINTENANCE)->maintenance;
    *stored = describe_maintenance(engine, maintenance);
    struct effect_entry *entry =
        engine_entry(engine, NULL, ENTRY_MAINTENANCE, "%s %s", stored->device, what);
    text_copy(entry->actor, sizeof entry->actor, actor);
    text_copy(entry->channel, sizeof entry->channel, channel);
}

static void end_maintenance(struct engine *engine, int32_t place, const char *actor,
                            const char *channel)
{
    struct maintenance_list *list = engine->maintenance;
    struct maintenance ended = list->item[place];
    engine->device[ended.device].maintained_until = 0;
    list->count--;
    memmove(&list->item[place], &list->item[place + 1],
            (size_t) (list->count - place) * sizeof ended);
    record_maintenance(engine, &ended, actor, channel, "检修结束");
    /* Conditions that became active meanwhile are raised now. */
    const struct policy_device *device = &engine->policy->device[ended.device];
    for (int32_t i = device->first_point; i < device->first_point + device->point_count; i++) {
        judge_queue_add_point(engine, i);
    }
    silence_review_device(engine, ended.device);
}

void maintenance_end_due(struct engine *engine)
{
    for (int32_t i = engine->maintenance->count - 1; i >= 0; i--) {
        if (maintenance_until(engine, engine->maintenance->item[i].device) == 0) {
            end_maintenance(engine, i, "engine", "engine");
        }
    }
    set_end_timer(engine);
}

static bool may_begin(const struct engine *engine, const struct event_command *command,
                      int32_t place, struct text *why)
{
    if (command->note[0] == '\0') {
        text_add(why, "检修须写明原因");
    } else if (command->until <= engine->now) {
        text_add(why, "检修的结束时间须晚于现在");
    } else if (command->until - engine->now > MAINTENANCE_SPAN_MAX) {
        text_add(why, "检修最长30天");
    } else if (place < 0 && engine->maintenance->count == MAINTENANCE_MAX) {
        text_add(why, "同时检修的设备已达%d台", (int) MAINTENANCE_MAX);
    } else {
        return true;
    }
    return false;
}

static const char *actor_of(const struct event_command *command)
{
    return command->person[0] != '\0' ? command->person : command->actor;
}

static void begin_maintenance(struct engine *engine, int32_t device, int32_t place,
                              const struct event_command *command)
{
    struct maintenance_list *list = engine->maintenance;
    bool is_new = place < 0;
    struct maintenance *maintenance = &list->item[is_new ? list->count++ : place];
    if (is_new) {
        *maintenance = (struct maintenance){.device = device, .since = engine->now};
    }
    text_copy(maintenance->by, sizeof maintenance->by, actor_of(command));
    text_copy(maintenance->reason, sizeof maintenance->reason, command->note);
    engine->device[device].maintained_until = command->until;
    char until[ZONE_ISO_MAX];
    zone_format_iso(&engine->policy->zone, command->until, until);
    char what[ENTRY_TEXT_MAX];
    (void) snprintf(what, sizeof what, "检修至%s：%s", until, maintenance->reason);
    record_maintenance(engine, maintenance, actor_of(command), command->channel, what);
}

bool maintenance_obey(struct engine *engine, const struct event_command *command, struct text *why)
{
    int32_t device = policy_find_device(engine->policy, command->device);
    if (device < 0) {
        text_add(why, "没有这个设备");
        return false;
    }
    int32_t place = place_of_device(engine, device);
    if (command->until != 0) {
        if (!may_begin(engine, command, place, why)) {
            return false;
        }
        begin_maintenance(engine, device, place, command);
    } else if (place < 0) {
        text_add(why, "该设备不在检修中");
        return false;
    } else {
        end_maintenance(engine, place, actor_of(command), command->channel);
        health_trust_repair(engine, device);
    }
    set_end_timer(engine);
    return true;
}

void maintenance_adopt(struct engine *engine, const struct effect_maintenance *stored)
{
    int32_t device = policy_find_device(engine->policy, stored->device);
    bool has_room = engine->maintenance->count < MAINTENANCE_MAX;
    if (device < 0 || stored->until == 0 || !has_room || place_of_device(engine, device) >= 0) {
        return; /* the config no longer has it */
    }
    struct maintenance *maintenance = &engine->maintenance->item[engine->maintenance->count++];
    *maintenance = (struct maintenance){.device = device, .since = stored->since};
    text_copy(maintenance->by, sizeof maintenance->by, stored->by);
    text_copy(maintenance->reason, sizeof maintenance->reason, stored->reason);
    engine->device[device].maintained_until = stored->until;
}

void maintenance_start(struct engine *engine)
{
    set_end_timer(engine); /* an end that has passed is carried out in the first step */
}
