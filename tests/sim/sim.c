/* sim - lives through some days of a random town and stops at the first thing that must not be.
 * usage: sim [--days N] [--seed S]
 *
 * Values wander and jump, sensors fall silent, links and stores break, messages leave, fail or hang, people answer
 * well, wrongly, twice or not at all, and the process dies.
 *
 * An even seed plays with a twin: a second engine sees the same events, is killed again and again and restored from
 * what was stored; each step it must say exactly what the first one says. An odd seed has one engine that is down
 * for hours at times: after the settle time what passed meanwhile is carried out once, one message a phone. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/scenarios/player/notebook.h"
#include "tests/sim/places.h"
#include "tests/sim/watch.h"

enum { WAITING_MAX = 4096 };

struct device_life {
    ms_t silent_until;
    ms_t hot_until;
    double value[2];
};

struct sim {
    uint64_t random;
    struct town *town;
    struct watch watch;
    struct arena *arena, *twin_arena;
    struct engine *engine, *twin; /* twin NULL: none */
    struct effects *effects, *twin_effects;
    struct notebook book;
    ms_t now, link_quiet_since;
    struct device_life life[DEVICES];
    ms_t bad_until[5]; /* two links, store, state, sms */
    int32_t waiting_count;
    int64_t waiting[WAITING_MAX]; /* messages without outcome */
    int64_t replies;
    bool is_sms_dead;
    bool is_on[TOWN_OUTPUTS]; /* as the wire reported it */
};

static uint64_t roll(struct sim *sim, uint64_t sides)
{
    sim->random ^= sim->random << 13; /* xorshift64 */
    sim->random ^= sim->random >> 7;
    sim->random ^= sim->random << 17;
    return (sim->random >> 11) % sides;
}

static bool chance(struct sim *sim, uint64_t one_in)
{
    return roll(sim, one_in) == 0;
}

/* With a twin a cancelled message is really taken back. Without one it may leave all the same. */
static void take_back(struct sim *sim, int64_t id)
{
    for (int32_t i = 0; i < sim->waiting_count && sim->twin != NULL; i++) {
        if (sim->waiting[i] == id) {
            sim->waiting[i] = 0;
        }
    }
}

static void remember_messages(struct sim *sim)
{
    for (int32_t i = 0; i < sim->effects->count; i++) {
        const struct effect *effect = &sim->effects->item[i];
        if (effect->kind == EFFECT_CANCEL) {
            take_back(sim, effect->cancel);
        }
        if (effect->kind == EFFECT_MESSAGE && sim->waiting_count < WAITING_MAX) {
            sim->waiting[sim->waiting_count++] = effect->message.id;
        }
    }
}

static void compare_twin(const struct sim *sim)
{
    if (sim->effects->count != sim->twin_effects->count) {
        watch_fail(&sim->watch, "the twin says %d things, not %d", (int) sim->twin_effects->count,
                   (int) sim->effects->count);
    }
    for (int32_t i = 0; i < sim->effects->count; i++) {
        if (!watch_same_effect(&sim->effects->item[i], &sim->twin_effects->item[i])) {
            watch_fail(&sim->watch, "effect %d of the twin is another (kind %d, %d)", (int) i,
                       (int) sim->effects->item[i].kind, (int) sim->twin_effects->item[i].kind);
        }
    }
}

static void take_effects(struct sim *sim)
{
    sim->watch.now = sim->now;
    watch_effects(&sim->watch, sim->effects);
    notebook_write(&sim->book, sim->effects);
    remember_messages(sim);
}

static void apply(struct sim *sim, struct event *event)
{
    event->at = sim->now;
    sim->watch.event++;
    engine_step(sim->engine, event, sim->effects);
    if (sim->twin != NULL) {
        engine_step(sim->twin, event, sim->twin_effects);
        compare_twin(sim);
    }
    take_effects(sim);
    watch_outputs(&sim->watch);
}

/* The wire of a town without broken sirens: each does what it shall, and says so. */
static struct event report_of(int32_t output, bool is_on)
{
    return (struct event){.kind = EVENT_OUTPUT_STATE,
                          .output_state = {.output = output,
                                           .state = is_on ? OUTPUT_STATE_ON : OUTPUT_STATE_OFF,
                                           .is_wanted = is_on,
                                           .text = ""}};
}

static void obey(struct sim *sim)
{
    for (int32_t i = 0; i < sim->town->policy.output_count; i++) {
        if (sim->is_on[i] != sim->watch.is_on[i]) {
            sim->is_on[i] = sim->watch.is_on[i];
            struct event event = report_of(i, sim->is_on[i]);
            apply(sim, &event);
        }
    }
}

static void step(struct sim *sim, struct event *event)
{
    apply(sim, event);
    obey(sim);
}

/* What happens. */

static struct reading reading_of(struct sim *sim, int32_t point)
{
    int32_t device = sim->town->point[point].device;
    struct device_life *life = &sim->life[device];
    double *value = &life->value[point - sim->town->device[device].first_point];
    bool is_heat = strcmp(sim->town->point[point].quantity, "temperature") == 0;
    double home = is_heat ? 30 : 65;
    double aim = sim->now < life->hot_until ? home + 15 + (device == 3 ? 15 : 0) : home;
    int64_t noise = (int64_t) roll(sim, 200) - 100;
    *value += (aim - *value) * 0.05 + (double) noise / 100;
    bool is_silent = sim->now < life->silent_until || chance(sim, 200);
    return (struct reading){.point = point,
                            .quality = is_silent ? QUALITY_NO_ANSWER : QUALITY_GOOD,
                            .reason = is_silent ? REASON_TIMEOUT : REASON_NONE,
                            .at = sim->now,
                            .value = is_silent ? 0 : *value};
}

static void poll_device(struct sim *sim, int32_t index)
{
    const struct policy_device *device = &sim->town->device[index];
    struct device_life *life = &sim->life[index];
    if (sim->now > life->silent_until && chance(sim, 3000)) {
        life->silent_until = sim->now + (ms_t) roll(sim, 2 * MS_PER_HOUR);
    }
    if (sim->now > life->hot_until && chance(sim, 1500)) {
        life->hot_until = sim->now + (ms_t) roll(sim, 3 * MS_PER_HOUR);
    }
    struct reading readings[2];
    for (int32_t i = 0; i < device->point_count; i++) {
        readings[i] = reading_of(sim, device->first_point + i);
    }
    struct event event = {.kind = EVENT_READINGS,
                          .readings = {.reading = readings, .count = device->point_count}};
    step(sim, &event);
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
        if (sim->is_sms_dead ? !chance(sim, 100) : chance(sim, 3)) {
            sim->waiting[kept++] = sim->waiting[i];
            continue;
        }
        bool has_failed = sim->is_sms_dead || chance(sim, 10);
        struct event event = {.kind = EVENT_OUTCOME,
                              .outcome = {.message = sim->waiting[i],
                                          .outcome = has_failed ? OUTCOME_FAILED : OUTCOME_SENT,
                                          .why = has_failed ? "no answer" : ""}};
        step(sim, &event);
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
        if (incident->state != INCIDENT_CLOSED && chance(sim, 4)) {
            return incident;
        }
    }
    return NULL;
}

static void write_back(struct sim *sim)
{
    static const char *const texts[] = {"1", "1", "1", "收到", "4", "3", "3", "2", "好的", "1 2"};
    const struct incident *incident = pick_incident(sim);
    char text[64];
    (void) snprintf(text, sizeof text, "%s %s", texts[roll(sim, 10)],
                    incident != NULL && chance(sim, 2) ? incident->code : "");
    char key[32];
    sim->replies += chance(sim, 8) ? 0 : 1; /* now and then the same text again */
    (void) snprintf(key, sizeof key, "k%" PRId64, sim->replies);
    const char *from = chance(sim, 30) ? "+8613999999999" : sim->town->person[roll(sim, 7)].phone;
    struct event event = {.kind = EVENT_REPLY, .reply = {.from = from, .text = text, .key = key}};
    step(sim, &event);
}

static void press_button(struct sim *sim)
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
                                      .verb = verbs[roll(sim, 7)],
                                      .incident = incident->id,
                                      .actor = "inspector",
                                      .person = chance(sim, 2) ? "p0" : "",
                                      .channel = "web",
                                      .note = "",
                                      .is_area_bound = chance(sim, 10)}};
    step(sim, &event);
}

/* A technician begins or ends the repair of a device. */
static void repair(struct sim *sim)
{
    const struct policy *policy = &sim->town->policy;
    int32_t index = (int32_t) roll(sim, (uint64_t) policy->device_count);
    char device[POINT_ID_MAX];
    (void) snprintf(device, sizeof device, "%s/%s", policy->site[policy->device[index].site].id,
                    policy->device[index].id);
    ms_t until = chance(sim, 3) ? 0 : sim->now + 1 + (ms_t) roll(sim, 4 * MS_PER_HOUR);
    struct event event = {.kind = EVENT_COMMAND,
                          .command = {.ticket = sim->watch.event,
                                      .verb = COMMAND_MAINTAIN,
                                      .device = device,
                                      .until = until,
                                      .actor = "technician",
                                      .person = "",
                                      .channel = "web",
                                      .note = "换探头"}};
    step(sim, &event);
}

static void tell_health(struct sim *sim, int part, bool is_well)
{
    static const enum health_part parts[] = {HEALTH_LINK, HEALTH_LINK, HEALTH_STORE, HEALTH_STATE,
                                             HEALTH_SMS};
    static const char *const ids[] = {"bus1", "bus2", "main", "state.db", "smsd"};
    struct event event = {.kind = EVENT_HEALTH,
                          .health = {.part = parts[part],
                                     .is_well = is_well,
                                     .id = ids[part],
                                     .text = is_well ? "恢复" : "无应答"}};
    step(sim, &event);
}

static void change_health(struct sim *sim)
{
    for (int part = 0; part < 5; part++) {
        ms_t *bad_until = &sim->bad_until[part];
        if (*bad_until != 0 && sim->now >= *bad_until) {
            *bad_until = 0;
            tell_health(sim, part, true);
        } else if (*bad_until == 0 && chance(sim, 6000)) {
            *bad_until = sim->now + (ms_t) roll(sim, MS_PER_HOUR);
            tell_health(sim, part, false);
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

/* Death and life. */

static struct engine *restore(struct sim *sim, struct arena **arena, struct effects *effects)
{
    arena_free(*arena);
    *arena = arena_new();
    struct engine *engine = notebook_restore(&sim->book, *arena, &sim->town->policy);
    arena_freeze(*arena);
    engine_start(engine, sim->now, effects);
    return engine;
}

/* An engine that was just started hears that each output once did both, and what it does now. */
static void prove_outputs(struct sim *sim, struct engine *engine, struct effects *effects)
{
    for (int32_t i = 0; i < sim->town->policy.output_count; i++) {
        sim->is_on[i] = sim->watch.is_on[i];
        struct event events[] = {report_of(i, true), report_of(i, sim->is_on[i])};
        for (int k = 0; k < 2; k++) {
            events[k].at = sim->now;
            engine_step(engine, &events[k], effects);
            if (engine == sim->engine) {
                take_effects(sim);
            }
        }
    }
}

/* The twin dies just after a reading, so that no time is lost, and when no part of the house is in its first bad
 * minutes: health is told anew after a start, not remembered. */
static void kill_twin(struct sim *sim)
{
    if (sim->now - sim->link_quiet_since < 15 * MS_PER_MINUTE) {
        return;
    }
    for (int part = 0; part < 5; part++) {
        if (sim->bad_until[part] != 0) {
            return;
        }
    }
    sim->twin = restore(sim, &sim->twin_arena, sim->twin_effects);
    for (int32_t i = 0; i < sim->twin_effects->count; i++) {
        if (sim->twin_effects->item[i].kind != EFFECT_OUTPUT) {
            watch_fail(&sim->watch, "the twin was born with something to say");
        }
    }
    prove_outputs(sim, sim->twin, sim->twin_effects);
}

static void retell_health(struct sim *sim)
{
    for (int part = 0; part < 5; part++) {
        tell_health(sim, part, sim->bad_until[part] == 0);
    }
}

static void go_down(struct sim *sim)
{
    sim->now += chance(sim, 2) ? 1000 : (ms_t) roll(sim, 5 * MS_PER_HOUR);
    sim->watch.quiet_until = sim->now + sim->town->policy.settle_ms;
    sim->engine = restore(sim, &sim->arena, sim->effects);
    sim->watch.engine = sim->engine;
    take_effects(sim);
    prove_outputs(sim, sim->engine, sim->effects);
    retell_health(sim);
}

static void check_late(const struct sim *sim)
{
    if (sim->now < sim->watch.quiet_until + MS_PER_MINUTE) {
        return;
    }
    for (int32_t i = 0; i < engine_incident_count(sim->engine); i++) {
        const struct incident *incident = engine_incident_at(sim->engine, i);
        ms_t repeat_at = incident_repeats_at(incident);
        ms_t escalate_at = incident_escalates_at(incident);
        ms_t due = escalate_at == 0 ? repeat_at : escalate_at;
        if (incident->state != INCIDENT_CLOSED && due != 0 && due < sim->now - MS_PER_MINUTE) {
            watch_fail(&sim->watch, "incident %" PRId64 " was forgotten", incident->id);
        }
    }
}

static void tick_until(struct sim *sim, ms_t until)
{
    for (;;) {
        ms_t next = max_ms(sim->now, engine_deadline(sim->engine));
        if (next > until) {
            break;
        }
        sim->now = next;
        struct event event = {.kind = EVENT_TICK};
        step(sim, &event);
    }
    sim->now = until;
}

static void play_round(struct sim *sim)
{
    for (int32_t device = 0; device < DEVICES; device++) {
        tick_until(sim, sim->now + ROUND_MS / DEVICES);
        poll_device(sim, device);
        if (sim->twin != NULL && chance(sim, 4000)) {
            kill_twin(sim);
        }
    }
    settle_messages(sim);
    change_health(sim);
    if (chance(sim, 30)) {
        write_back(sim);
    }
    if (chance(sim, 15)) {
        press_button(sim);
    }
    if (chance(sim, 400)) {
        repair(sim);
    }
    if (sim->twin == NULL && chance(sim, 1500)) {
        go_down(sim);
    }
}

static void open_sim(struct sim *sim, uint64_t seed)
{
    sim->random = (seed + 1) * 0x9E3779B97F4A7C15U;
    sim->town = places_build(seed);
    sim->effects = calloc(1, sizeof *sim->effects);
    sim->twin_effects = calloc(1, sizeof *sim->twin_effects);
    CHECK(sim->effects != NULL && sim->twin_effects != NULL);
    sim->watch = (struct watch){.seed = seed, .policy = &sim->town->policy};
    sim->now = 1784000000000; /* in July 2026 */
    sim->watch.quiet_until = sim->now + sim->town->policy.settle_ms;
    for (int i = 0; i < DEVICES; i++) {
        sim->life[i].value[0] = 30;
        sim->life[i].value[1] = 65;
    }
    sim->engine = restore(sim, &sim->arena, sim->effects);
    sim->watch.engine = sim->engine;
    prove_outputs(sim, sim->engine, sim->effects);
    if (seed % 2 == 0) {
        sim->twin = restore(sim, &sim->twin_arena, sim->twin_effects);
        prove_outputs(sim, sim->twin, sim->twin_effects);
    }
}

static void close_sim(struct sim *sim)
{
    notebook_close(&sim->book);
    free(sim->effects);
    free(sim->twin_effects);
    arena_free(sim->arena);
    arena_free(sim->twin_arena);
    town_free(sim->town);
}

static bool parse_options(int count, char **arguments, int64_t *ret_days, int64_t *ret_seed)
{
    for (int i = 1; i + 1 < count; i += 2) {
        int64_t *target = strcmp(arguments[i], "--days") == 0   ? ret_days
                          : strcmp(arguments[i], "--seed") == 0 ? ret_seed
                                                                : NULL;
        if (target == NULL || !parse_int(arguments[i + 1], 0, INT32_MAX, target)) {
            return false;
        }
    }
    return count % 2 == 1;
}

int main(int count, char **arguments)
{
    int64_t days = 10;
    int64_t seed = 1;
    if (!parse_options(count, arguments, &days, &seed)) {
        (void) fprintf(stderr, "usage: sim [--days N] [--seed S]\n");
        return 2;
    }
    static struct sim sim;
    open_sim(&sim, (uint64_t) seed);
    ms_t end = sim.now + days * MS_PER_DAY;
    for (int64_t round = 0; sim.now < end; round++) {
        play_round(&sim);
        if (round % 180 == 0) {
            check_late(&sim);
            notebook_trim(&sim.book, sim.now - 2 * MS_PER_HOUR, sim.now);
        }
    }
    (void) printf("seed %" PRId64 ": %" PRId64 " days, %" PRId64 " events, %" PRId64
                  " incidents, %" PRId64 " messages, %" PRId64 " acknowledged, %" PRId64
                  " cleared, %" PRId64 " soundings\n",
                  seed, days, sim.watch.event, sim.watch.incidents, sim.watch.messages,
                  sim.watch.acks, sim.watch.cleared, sim.watch.soundings);
    close_sim(&sim);
    return 0;
}
