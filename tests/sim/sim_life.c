/* sim_life.c - the events of the town: readings, messages, people, broken parts. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/sim/sim.h"

static struct reading make_reading(struct sim *sim, int32_t point)
{
    int32_t device = sim->town->point[point].device;
    struct device_life *life = &sim->life[device];
    double *value = &life->value[point - sim->town->device[device].first_point];
    bool is_heat = strcmp(sim->town->point[point].quantity, "temperature") == 0;
    double home = is_heat ? 30 : 65;
    double aim = sim->now < life->hot_until ? home + 15 + (device == 3 ? 15 : 0) : home;
    int64_t noise = (int64_t) sim_roll(sim, 200) - 100;
    *value += (aim - *value) * 0.05 + (double) noise / 100;
    bool is_silent = sim->now < life->silent_until || sim_chance(sim, 200);
    return (struct reading){.point = point,
                            .quality = is_silent ? QUALITY_NO_ANSWER : QUALITY_GOOD,
                            .reason = is_silent ? REASON_TIMEOUT : REASON_NONE,
                            .at = sim->now,
                            .value = is_silent ? 0 : *value};
}

void sim_poll_device(struct sim *sim, int32_t index)
{
    const struct policy_device *device = &sim->town->device[index];
    struct device_life *life = &sim->life[index];
    if (sim->now > life->silent_until && sim_chance(sim, 3000)) {
        life->silent_until = sim->now + (ms_t) sim_roll(sim, 2 * MS_PER_HOUR);
    }
    if (sim->now > life->hot_until && sim_chance(sim, 1500)) {
        life->hot_until = sim->now + (ms_t) sim_roll(sim, 3 * MS_PER_HOUR);
    }
    struct reading readings[2];
    for (int32_t i = 0; i < device->point_count; i++) {
        readings[i] = make_reading(sim, device->first_point + i);
    }
    struct event event = {.kind = EVENT_READINGS,
                          .readings = {.reading = readings, .count = device->point_count}};
    sim_step(sim, &event);
    notebook_put_readings(&sim->book, readings, device->point_count);
}

static void settle_messages(struct sim *sim)
{
    int32_t kept = 0;
    int32_t count = sim->waiting_count;
    for (int32_t i = 0; i < count; i++) {
        if (sim->waiting[i] == 0) {
            continue;
        }
        if (sim->is_sms_dead ? !sim_chance(sim, 100) : sim_chance(sim, 3)) {
            sim->waiting[kept++] = sim->waiting[i];
            continue;
        }
        bool has_failed = sim->is_sms_dead || sim_chance(sim, 10);
        struct event event = {.kind = EVENT_OUTCOME,
                              .outcome = {.message = sim->waiting[i],
                                          .outcome = has_failed ? OUTCOME_FAILED : OUTCOME_SENT,
                                          .why = has_failed ? "no answer" : ""}};
        sim_step(sim, &event);
    }
    memmove(&sim->waiting[kept], &sim->waiting[count],
            (size_t) (sim->waiting_count - count) * sizeof sim->waiting[0]);
    sim->waiting_count -= count - kept;
}

/* Some open incident, or NULL. */
static const struct incident *pick_incident(struct sim *sim)
{
    int32_t count = engine_incident_count(sim->engine);
    for (int32_t i = count - 1; i >= 0 && i >= count - 60; i--) {
        const struct incident *incident = engine_incident_at(sim->engine, i);
        if (incident->state != INCIDENT_CLOSED && sim_chance(sim, 4)) {
            return incident;
        }
    }
    return NULL;
}

static void answer_by_sms(struct sim *sim)
{
    static const char *const texts[] = {"1", "1", "1", "收到", "4", "3", "3", "2", "好的", "1 2"};
    const struct incident *incident = pick_incident(sim);
    char text[64];
    (void) snprintf(text, sizeof text, "%s %s", texts[sim_roll(sim, 10)],
                    incident != NULL && sim_chance(sim, 2) ? incident->code : "");
    char key[32];
    sim->replies += sim_chance(sim, 8) ? 0 : 1; /* now and then the same text again */
    (void) snprintf(key, sizeof key, "k%" PRId64, sim->replies);
    const char *from =
        sim_chance(sim, 30) ? "+8613999999999" : sim->town->person[sim_roll(sim, 7)].phone;
    struct event event = {.kind = EVENT_REPLY, .reply = {.from = from, .text = text, .key = key}};
    sim_step(sim, &event);
}

static void command_incident(struct sim *sim)
{
    static const enum command_verb verbs[] = {COMMAND_ACK,       COMMAND_ARRIVE, COMMAND_RECTIFY,
                                              COMMAND_REINSPECT, COMMAND_CLOSE,  COMMAND_CLOSE,
                                              COMMAND_COMMENT};
    const struct incident *incident = pick_incident(sim);
    if (incident == NULL) {
        return;
    }
    struct event event = {.kind = EVENT_COMMAND,
                          .command = {.ticket = sim->watch.event,
                                      .verb = verbs[sim_roll(sim, 7)],
                                      .incident = incident->id,
                                      .actor = "inspector",
                                      .person = sim_chance(sim, 2) ? "p0" : "",
                                      .channel = "web",
                                      .note = "",
                                      .is_area_bound = sim_chance(sim, 10)}};
    sim_step(sim, &event);
}

/* A technician begins or ends the repair of a device. */
static void command_maintenance(struct sim *sim)
{
    const struct policy *policy = &sim->town->policy;
    int32_t index = (int32_t) sim_roll(sim, (uint64_t) policy->device_count);
    char device[POINT_ID_MAX];
    (void) snprintf(device, sizeof device, "%s/%s", policy->site[policy->device[index].site].id,
                    policy->device[index].id);
    ms_t until = sim_chance(sim, 3) ? 0 : sim->now + 1 + (ms_t) sim_roll(sim, 4 * MS_PER_HOUR);
    struct event event = {.kind = EVENT_COMMAND,
                          .command = {.ticket = sim->watch.event,
                                      .verb = COMMAND_MAINTAIN,
                                      .device = device,
                                      .until = until,
                                      .actor = "technician",
                                      .person = "",
                                      .channel = "web",
                                      .note = "换探头"}};
    sim_step(sim, &event);
}

void sim_report_health(struct sim *sim, int part, bool is_ok)
{
    static const enum health_part parts[] = {HEALTH_LINK, HEALTH_LINK, HEALTH_STORE, HEALTH_STATE,
                                             HEALTH_SMS};
    static const char *const ids[] = {"bus1", "bus2", "main", "state.db", "smsd"};
    struct event event = {.kind = EVENT_HEALTH,
                          .health = {.part = parts[part],
                                     .is_ok = is_ok,
                                     .id = ids[part],
                                     .text = is_ok ? "恢复" : "无应答"}};
    sim_step(sim, &event);
}

static void change_health(struct sim *sim)
{
    for (int part = 0; part < 5; part++) {
        ms_t *bad_until = &sim->bad_until[part];
        if (*bad_until != 0 && sim->now >= *bad_until) {
            *bad_until = 0;
            sim_report_health(sim, part, true);
        } else if (*bad_until == 0 && sim_chance(sim, 6000)) {
            *bad_until = sim->now + (ms_t) sim_roll(sim, MS_PER_HOUR);
            sim_report_health(sim, part, false);
        } else {
            continue;
        }
        sim->link_quiet_since = sim->now;
        sim->is_sms_dead = sim->bad_until[4] != 0;
    }
    for (int device = 0; device < DEVICES; device++) {
        int link = device < 5 ? 0 : 1;
        struct device_life *life = &sim->life[device];
        life->silent_until = max_ms(life->silent_until, sim->bad_until[link]);
    }
}

void sim_live(struct sim *sim)
{
    settle_messages(sim);
    change_health(sim);
    if (sim_chance(sim, 30)) {
        answer_by_sms(sim);
    }
    if (sim_chance(sim, 15)) {
        command_incident(sim);
    }
    if (sim_chance(sim, 400)) {
        command_maintenance(sim);
    }
}
