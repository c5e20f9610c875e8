#include "tests/sim/watch.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/utf8.h"
#include "gateway/core/detect/health.h"

_Noreturn PRINTF_LIKE(2, 3) void watch_fail(const struct watch *watch, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void) printf("seed %llu, event %lld, at %lld: ", (unsigned long long) watch->seed,
                  (long long) watch->event, (long long) watch->now);
    (void) vprintf(format, arguments);
    (void) printf("\n");
    va_end(arguments);
    (void) fflush(stdout);
    _Exit(1);
}

static bool is_call_message(enum message_kind kind)
{
    return kind == MESSAGE_ALARM || kind == MESSAGE_REPEAT || kind == MESSAGE_ESCALATION;
}

static void check_message(struct watch *watch, const struct effect_message *message)
{
    const struct incident *incident =
        message->incident == 0 ? NULL : engine_incident(watch->engine, message->incident);
    watch->messages++;
    if (message->id <= watch->last_message) {
        watch_fail(watch, "message id %lld does not rise", (long long) message->id);
    }
    watch->last_message = message->id;
    if (utf8_units(message->text) > 70 || utf8_units(message->text) < 10) {
        watch_fail(watch, "a text of %zu units: %s", utf8_units(message->text), message->text);
    }
    bool is_free = message->kind == MESSAGE_HELP || message->kind == MESSAGE_TEST;
    if (is_free != (incident == NULL)) {
        watch_fail(watch, "a message that belongs to nothing: %s", message->text);
    }
    if (incident == NULL) {
        return;
    }
    bool may_call = incident->state == INCIDENT_OPEN || incident->state == INCIDENT_FALSE_CLAIM;
    if (is_call_message(message->kind) && !may_call) {
        watch_fail(watch, "a call about an incident that is %s: %s",
                   incident_state_name(incident->state), message->text);
    }
    if (message->kind != MESSAGE_CONFIRMATION && message->kind != MESSAGE_HELP &&
        (incident->code[0] == '\0' || strstr(message->text, incident->code) == NULL)) {
        watch_fail(watch, "no code in: %s", message->text);
    }
}

/* One open incident for each rule and point, none of a device in maintenance. */
static void check_opened(struct watch *watch, int64_t id)
{
    const struct incident *opened = engine_incident(watch->engine, id);
    watch->incidents++;
    if (id <= watch->last_incident || opened == NULL) {
        watch_fail(watch, "incident id %lld does not rise", (long long) id);
    }
    watch->last_incident = id;
    for (int32_t i = 0; i < engine_incident_count(watch->engine); i++) {
        const struct incident *other = engine_incident_at(watch->engine, i);
        if (other->id != id && other->state != INCIDENT_CLOSED &&
            strcmp(other->rule, opened->rule) == 0 && strcmp(other->point, opened->point) == 0) {
            watch_fail(watch, "incidents %lld and %lld are the same", (long long) other->id,
                       (long long) id);
        }
    }
    for (int32_t i = 0; i < engine_maintenance_count(watch->engine); i++) {
        struct effect_maintenance maintenance = engine_maintenance_at(watch->engine, i);
        size_t length = strlen(maintenance.device);
        if (maintenance.until > watch->now &&
            strncmp(opened->point, maintenance.device, length) == 0 &&
            opened->point[length] == '/') {
            watch_fail(watch, "%s raised while it is under repair", opened->point);
        }
    }
    if (strcmp(opened->rule, RULE_SILENT) == 0 && watch->now < watch->quiet_until) {
        watch_fail(watch, "silence raised during the settle time");
    }
}

/* Nothing ends without a good sample: of the point, or of every point of the silent device. */
static void check_ended(struct watch *watch, int64_t id)
{
    const struct incident *incident = engine_incident(watch->engine, id);
    watch->cleared++;
    if (watch->now < watch->quiet_until) {
        watch_fail(watch, "incident %lld cleared during the settle time", (long long) id);
    }
    bool is_silence = strcmp(incident->rule, RULE_SILENT) == 0;
    int32_t rule = policy_find_rule(watch->policy, incident->rule);
    bool is_by_person = rule >= 0 && watch->policy->rule[rule].is_latched;
    if (is_by_person || (!is_silence && health_is_own_rule(incident->rule))) {
        return;
    }
    int32_t point = policy_find_point(watch->policy, incident->point);
    const struct policy_device *device = &watch->policy->device[watch->policy->point[point].device];
    int32_t first = is_silence ? device->first_point : point;
    int32_t count = is_silence ? device->point_count : 1;
    for (int32_t i = first; i < first + count; i++) {
        ms_t good_at = engine_point(watch->engine, i).good_at;
        if (watch->now - good_at >= watch->policy->point[i].silent_after_ms) {
            watch_fail(watch, "incident %lld (%s) ended without data of %s", (long long) id,
                       incident->rule, watch->policy->point[i].id);
        }
    }
}

/* In one step no phone gets two calls for one incident, nor a call and a 已转上级. */
static void check_not_called_twice(const struct watch *watch, const struct effects *effects,
                                   int32_t index)
{
    const struct effect_message *message = &effects->item[index].message;
    for (int32_t i = 0; i < index; i++) {
        const struct effect_message *other = &effects->item[i].message;
        bool is_step = effects->item[i].kind == EFFECT_MESSAGE &&
                       (is_call_message(other->kind) || other->kind == MESSAGE_HANDED_ON);
        if (is_step && (is_call_message(message->kind) || message->kind == MESSAGE_HANDED_ON) &&
            other->incident == message->incident && strcmp(other->phone, message->phone) == 0) {
            watch_fail(watch, "two calls in one step (%s, %s): %s", message_kind_name(other->kind),
                       message_kind_name(message->kind), message->text);
        }
    }
}

/* An incident that waits for an answer has a deadline, or a reason for none. */
static void check_incident_clocks(const struct watch *watch, const struct incident *incident)
{
    if (incident->state != INCIDENT_OPEN) {
        bool has_clock = incident->repeat_at != 0 ||
                         (incident->escalate_at != 0 && incident->state != INCIDENT_FALSE_CLAIM);
        if (has_clock) {
            watch_fail(watch, "incident %lld is %s and has a clock", (long long) incident->id,
                       incident_state_name(incident->state));
        }
        return;
    }
    bool is_told_to_all = watch->policy->escalation[incident->severity].repeat_ms == 0;
    bool rests = incident->condition == CONDITION_NORMAL || is_told_to_all;
    if (!rests && incident->escalate_at == 0 && incident->repeat_at == 0) {
        watch_fail(watch, "nobody looks after incident %lld", (long long) incident->id);
    }
    if (incident->acked_at > watch->now || incident->level < 0 || incident->level >= LEVELS_MAX) {
        watch_fail(watch, "incident %lld makes no sense", (long long) incident->id);
    }
}

void watch_check_outputs(const struct watch *watch)
{
    for (int32_t k = 0; k < watch->policy->output_count; k++) {
        const struct policy_output *output = &watch->policy->output[k];
        bool is_asked = false;
        for (int32_t i = 0; i < engine_incident_count(watch->engine); i++) {
            const struct incident *incident = engine_incident_at(watch->engine, i);
            bool is_waiting = output->is_until_acked ? incident->state == INCIDENT_OPEN
                                                     : incident->state != INCIDENT_CLOSED;
            is_asked =
                is_asked ||
                (is_waiting && incident->condition != CONDITION_NORMAL &&
                 incident->severity <= output->severity && incident->level >= output->level &&
                 strcmp(incident->site, watch->policy->site[output->site].id) == 0);
        }
        if (is_asked != watch->is_on[k]) {
            watch_fail(watch, "%s is %s", output->id, watch->is_on[k] ? "on for nothing" : "off");
        }
    }
}

static void note_output(struct watch *watch, const struct effect_output *output)
{
    watch->is_on[output->output] = output->is_on;
    watch->soundings += output->is_on ? 1 : 0;
}

static void check_entry(struct watch *watch, const struct effect_entry *entry)
{
    switch (entry->kind) {
    case ENTRY_OPENED:
        check_opened(watch, entry->incident);
        break;
    case ENTRY_CLEARED:
    case ENTRY_RETURNED:
        check_ended(watch, entry->incident);
        break;
    case ENTRY_ACKED:
        watch->acks++;
        break;
    case ENTRY_RAISED:
    case ENTRY_WORSENED:
    case ENTRY_DATA_LOST:
    case ENTRY_DATA_BACK:
    case ENTRY_ARRIVED:
    case ENTRY_RECTIFIED:
    case ENTRY_FALSE_CLAIM:
    case ENTRY_REINSPECTED:
    case ENTRY_ESCALATED:
    case ENTRY_MESSAGE:
    case ENTRY_CANCELLED:
    case ENTRY_SENT:
    case ENTRY_DELIVERED:
    case ENTRY_FAILED:
    case ENTRY_REPLY:
    case ENTRY_COMMENT:
    case ENTRY_MAINTENANCE:
    case ENTRY_OUTPUT:
    case ENTRY_CLOSED:
    case ENTRY_REFUSED:
        break;
    }
}

void watch_check_effects(struct watch *watch, const struct effects *effects)
{
    for (int32_t i = 0; i < effects->count; i++) {
        const struct effect *effect = &effects->item[i];
        if (effect->kind == EFFECT_MESSAGE) {
            check_message(watch, &effect->message);
            check_not_called_twice(watch, effects, i);
        } else if (effect->kind == EFFECT_ENTRY) {
            check_entry(watch, &effect->entry);
        } else if (effect->kind == EFFECT_INCIDENT) {
            check_incident_clocks(watch, effect->incident);
        } else if (effect->kind == EFFECT_OUTPUT) {
            note_output(watch, &effect->output);
        }
    }
}
