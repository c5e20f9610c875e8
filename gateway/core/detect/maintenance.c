#include "gateway/core/detect/maintenance.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/text.h"
#include "gateway/core/detect/health.h"
#include "gateway/core/detect/judge.h"
#include "gateway/core/detect/silence.h"

static int32_t place_of(const struct engine *engine, int32_t device)
{
    for (int32_t i = 0; i < engine->maintenance_count; i++) {
        if (engine->maintenance[i].device == device) {
            return i;
        }
    }
    return -1;
}

struct effect_maintenance maintenance_told(const struct engine *engine,
                                           const struct maintenance *maintenance)
{
    const struct policy_device *device = &engine->policy->device[maintenance->device];
    struct effect_maintenance told = {
        .since = maintenance->since, .until = engine->device[maintenance->device].maintained_until};
    (void) snprintf(told.device, sizeof told.device, "%s/%s", engine->policy->site[device->site].id,
                    device->id);
    text_copy(told.by, sizeof told.by, maintenance->by);
    text_copy(told.reason, sizeof told.reason, maintenance->reason);
    return told;
}

static void store(struct engine *engine, const struct maintenance *maintenance)
{
    engine_effect(engine, EFFECT_MAINTENANCE)->maintenance = maintenance_told(engine, maintenance);
}

static void set_timer(struct engine *engine)
{
    ms_t first = 0;
    for (int32_t i = 0; i < engine->maintenance_count; i++) {
        ms_t until = engine->device[engine->maintenance[i].device].maintained_until;
        first = first == 0 ? until : min_ms(first, until);
    }
    if (first == 0) {
        timers_clear(engine->timers, engine->timer_maintenance);
    } else {
        timers_set(engine->timers, engine->timer_maintenance, first);
    }
}

/* What went wrong meanwhile speaks now. */
static void look_again(struct engine *engine, int32_t device)
{
    const struct policy_device *about = &engine->policy->device[device];
    for (int32_t i = about->first_point; i < about->first_point + about->point_count; i++) {
        judge_queue_point(engine, i);
    }
    silence_look_again(engine, device);
}

static void end(struct engine *engine, int32_t place, const char *actor, const char *channel)
{
    struct maintenance ended = engine->maintenance[place];
    engine->device[ended.device].maintained_until = 0;
    store(engine, &ended);
    engine->maintenance_count--;
    memmove(&engine->maintenance[place], &engine->maintenance[place + 1],
            (size_t) (engine->maintenance_count - place) * sizeof ended);
    struct effect_maintenance told = maintenance_told(engine, &ended);
    struct effect_entry *entry =
        engine_entry(engine, NULL, ENTRY_MAINTENANCE, "%s 检修结束", told.device);
    text_copy(entry->actor, sizeof entry->actor, actor);
    text_copy(entry->channel, sizeof entry->channel, channel);
    look_again(engine, ended.device);
}

void maintenance_end_due(struct engine *engine)
{
    for (int32_t i = engine->maintenance_count - 1; i >= 0; i--) {
        if (maintenance_until(engine, engine->maintenance[i].device) == 0) {
            end(engine, i, "engine", "engine");
        }
    }
    set_timer(engine);
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
    } else if (place < 0 && engine->maintenance_count == MAINTENANCE_MAX) {
        text_add(why, "同时检修的设备已达%d台", (int) MAINTENANCE_MAX);
    } else {
        return true;
    }
    return false;
}

static void begin(struct engine *engine, int32_t device, int32_t place,
                  const struct event_command *command)
{
    bool is_new = place < 0;
    struct maintenance *maintenance =
        &engine->maintenance[is_new ? engine->maintenance_count++ : place];
    if (is_new) {
        *maintenance = (struct maintenance){.device = device, .since = engine->now};
    }
    const char *actor = command->person[0] != '\0' ? command->person : command->actor;
    text_copy(maintenance->by, sizeof maintenance->by, actor);
    text_copy(maintenance->reason, sizeof maintenance->reason, command->note);
    engine->device[device].maintained_until = command->until;
    store(engine, maintenance);
    struct effect_maintenance told = maintenance_told(engine, maintenance);
    char until[ZONE_ISO_MAX];
    zone_format_iso(&engine->policy->zone, command->until, until);
    struct effect_entry *entry = engine_entry(engine, NULL, ENTRY_MAINTENANCE, "%s 检修至%s: %s",
                                              told.device, until, maintenance->reason);
    text_copy(entry->actor, sizeof entry->actor, actor);
    text_copy(entry->channel, sizeof entry->channel, command->channel);
}

bool maintenance_obey(struct engine *engine, const struct event_command *command, struct text *why)
{
    int32_t device = policy_find_device(engine->policy, command->device);
    if (device < 0) {
        text_add(why, "没有这个设备");
        return false;
    }
    int32_t place = place_of(engine, device);
    if (command->until != 0) {
        if (!may_begin(engine, command, place, why)) {
            return false;
        }
        begin(engine, device, place, command);
    } else if (place < 0) {
        text_add(why, "该设备不在检修中");
        return false;
    } else {
        end(engine, place, command->person[0] != '\0' ? command->person : command->actor,
            command->channel);
        health_take_word(engine, device);
    }
    set_timer(engine);
    return true;
}

void maintenance_adopt(struct engine *engine, const struct effect_maintenance *stored)
{
    int32_t device = policy_find_device(engine->policy, stored->device);
    bool has_room = engine->maintenance_count < MAINTENANCE_MAX;
    if (device < 0 || stored->until == 0 || !has_room || place_of(engine, device) >= 0) {
        return; /* the config no longer has it */
    }
    struct maintenance *maintenance = &engine->maintenance[engine->maintenance_count++];
    *maintenance = (struct maintenance){.device = device, .since = stored->since};
    text_copy(maintenance->by, sizeof maintenance->by, stored->by);
    text_copy(maintenance->reason, sizeof maintenance->reason, stored->reason);
    engine->device[device].maintained_until = stored->until;
}

void maintenance_start(struct engine *engine)
{
    set_timer(engine); /* one that ended while we were down ends with the first step */
}
