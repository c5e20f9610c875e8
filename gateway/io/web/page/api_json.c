#include "gateway/io/web/page/api_json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/quantity.h"

static void add_string_or_null(struct text *json, const char *key, const char *text)
{
    json_write_key_string(json, key, text[0] == '\0' ? NULL : text);
}

static void add_number_if(struct text *json, const char *key, bool is_there, double number)
{
    json_write_key_number(json, key, is_there ? number : (double) NAN);
}

void api_json_add_user(struct text *json, const struct identity *identity)
{
    if (identity == NULL) {
        json_write_string(json, NULL);
        return;
    }
    json_write_open(json, '{');
    json_write_key_string(json, "name", identity->name);
    json_write_key_string(json, "role", role_name(identity->role));
    add_string_or_null(json, "person", identity->person);
    json_write_close(json, '}');
}

static void add_point_limit(struct text *json, const struct policy *policy, int32_t index)
{
    const struct policy_judgement *judgement = &policy->judgement[index];
    const struct policy_rule *rule = &policy->rule[judgement->rule];
    json_write_open(json, '{');
    json_write_key_string(json, "rule", rule->id);
    json_write_key_string(json, "name", rule->name);
    json_write_key_string(json, "severity", severity_name(rule->severity));
    json_write_key_number(json, "value", judgement->limit);
    json_write_key_bool(json, "upper", judgement->is_upper);
    json_write_close(json, '}');
}

/* The members that change. */
static void add_reading_members(struct text *json, const struct web_context *context,
                                const struct snapshot_point *now)
{
    const struct reading *reading = &now->reading;
    add_number_if(json, "value", reading_has_value(reading), reading->value);
    json_write_key_string(json, "quality", quality_name(reading->quality));
    json_write_key_string(json, "reason", reason_text(reading->reason));
    json_write_key_time(json, "at", context->zone, reading->at);
    json_write_key_time(json, "good_at", context->zone, now->good_at);
    json_write_key_string(json, "state", condition_name(now->condition));
}

void api_json_add_value(struct text *json, const struct web_context *context, int32_t point)
{
    struct snapshot_point now = snapshot_point(context->parts.snapshot, point);
    json_write_open(json, '{');
    json_write_key_string(json, "id", context->policy->point[point].id);
    add_reading_members(json, context, &now);
    json_write_close(json, '}');
}

void api_json_add_maintenance(struct text *json, const struct web_context *context,
                              const char *device)
{
    struct effect_maintenance maintenance;
    if (!snapshot_find_maintenance(context->parts.snapshot, device, &maintenance)) {
        json_write_key_string(json, "maintenance", NULL);
        return;
    }
    json_write_key_open(json, "maintenance", '{');
    json_write_key_time(json, "since", context->zone, maintenance.since);
    json_write_key_time(json, "until", context->zone, maintenance.until);
    json_write_key_string(json, "by", maintenance.by);
    json_write_key_string(json, "note", maintenance.reason);
    json_write_close(json, '}');
}

void api_json_add_point(struct text *json, const struct web_context *context, int32_t index)
{
    const struct policy *policy = context->policy;
    const struct policy_point *point = &policy->point[index];
    const struct policy_device *device = &policy->device[point->device];
    struct snapshot_point now = snapshot_point(context->parts.snapshot, index);
    json_write_open(json, '{');
    json_write_key_string(json, "id", point->id);
    json_write_key_string(json, "site", policy->site[point->site].id);
    json_write_key_string(json, "device", device->id);
    json_write_key_string(json, "device_name", device->name);
    json_write_key_string(json, "name", point->name);
    json_write_key_string(json, "key", point->key);
    json_write_key_string(json, "quantity", point->quantity);
    json_write_key_string(json, "quantity_text", quantity_text(point->quantity));
    json_write_key_string(json, "unit", point->unit);
    json_write_key_string(json, "unit_text", unit_text(point->unit));
    json_write_key_int(json, "decimals", point->decimals);
    add_reading_members(json, context, &now);
    json_write_key_int(json, "poll_ms", point->poll_ms);
    char device_id[POINT_ID_MAX];
    (void) snprintf(device_id, sizeof device_id, "%s/%s", policy->site[point->site].id, device->id);
    api_json_add_maintenance(json, context, device_id);
    json_write_key_open(json, "limits", '[');
    for (int32_t i = context->limit_first[index]; i < context->limit_first[index + 1]; i++) {
        add_point_limit(json, policy, context->limit_judgement[i]);
    }
    json_write_close(json, ']');
    json_write_close(json, '}');
}

static const char *find_rule_name(const struct policy *policy, const char *id)
{
    static const struct {
        const char *id, *name;
    } own[] = {{RULE_SILENT, "传感器无数据"}, {RULE_LINK, "通信链路中断"},
               {RULE_STORE, "数据存储中断"},  {RULE_DISK, "网关磁盘故障"},
               {RULE_SMS, "短信通道故障"},    {RULE_OUTPUT, "警示设备故障"}};
    int32_t rule = policy_find_rule(policy, id);
    if (rule >= 0) {
        return policy->rule[rule].name;
    }
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        if (strcmp(own[i].id, id) == 0) {
            return own[i].name;
        }
    }
    return id;
}

/* "contact" below the lowest level, NULL above the highest. */
static const char *find_level_id(const struct policy *policy, int32_t level)
{
    return level < 0 ? "contact" : level < policy->level_count ? policy->level_id[level] : NULL;
}

static const char *find_level_text(const struct policy *policy, int32_t level)
{
    return level < 0 ? "联系人" : level < policy->level_count ? policy->level_name[level] : "";
}

static void add_chain_member(struct text *json, const struct policy *policy,
                             const struct chain_member *member)
{
    json_write_open(json, '{');
    json_write_key_string(json, "level", find_level_id(policy, member->level));
    json_write_key_string(json, "level_text", find_level_text(policy, member->level));
    json_write_key_string(json, "person", member->id);
    json_write_key_string(json, "name", member->name);
    json_write_key_bool(json, "told", member->was_told);
    json_write_close(json, '}');
}

static void add_timeline_entry(struct text *json, const struct web_context *context,
                               const struct effect_entry *entry)
{
    json_write_open(json, '{');
    json_write_key_time(json, "at", context->zone, entry->at);
    json_write_key_string(json, "event", entry_kind_name(entry->kind));
    json_write_key_string(json, "event_text", entry_kind_text(entry->kind));
    json_write_key_string(json, "actor", entry->actor);
    json_write_key_string(json, "channel", entry->channel);
    add_string_or_null(json, "to", entry->to);
    json_write_key_string(json, "level", find_level_id(context->policy, entry->level));
    json_write_key_string(json, "text", entry->text);
    json_write_close(json, '}');
}

static void add_allowed_verbs(struct text *json, const struct permission *permission,
                              const struct incident *incident)
{
    static const enum command_verb verbs[] = {COMMAND_ACK,       COMMAND_ARRIVE, COMMAND_RECTIFY,
                                              COMMAND_REINSPECT, COMMAND_CLOSE,  COMMAND_COMMENT};
    json_write_key_open(json, "may", '[');
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (permission_may_now(permission, incident, verbs[i])) {
            json_write_string(json, command_verb_name(verbs[i]));
        }
    }
    json_write_close(json, ']');
}

static void add_incident_subject(struct text *json, const struct policy *policy,
                                 const struct incident *incident)
{
    json_write_key_int(json, "id", incident->id);
    add_string_or_null(json, "code", incident->code);
    json_write_key_string(json, "rule", incident->rule);
    json_write_key_string(json, "rule_name", find_rule_name(policy, incident->rule));
    json_write_key_string(json, "point", incident->point);
    json_write_key_string(json, "site", incident->site);
    json_write_key_string(json, "place", incident->place);
    json_write_key_string(json, "subject", incident->subject);
    json_write_key_string(json, "severity", severity_name(incident->severity));
    json_write_key_string(json, "severity_text", severity_text(incident->severity));
    json_write_key_string(json, "condition", condition_name(incident->condition));
    json_write_key_string(json, "state", incident_state_name(incident->state));
    json_write_key_string(json, "state_text", incident_state_text(incident->state));
    json_write_key_string(json, "level", find_level_id(policy, incident->level));
}

static void add_incident_times(struct text *json, const struct web_context *context,
                               const struct incident *incident)
{
    json_write_key_time(json, "opened_at", context->zone, incident->opened_at);
    json_write_key_time(json, "active_since", context->zone, incident->active_since);
    json_write_key_time(json, "acked_at", context->zone, incident->acked_at);
    add_string_or_null(json, "acked_by", incident->acked_by);
    json_write_key_time(json, "cleared_at", context->zone, incident->cleared_at);
    json_write_key_time(json, "closed_at", context->zone, incident->closed_at);
    json_write_key_time(json, "escalate_at", context->zone, incident_escalates_at(incident));
    json_write_key_time(json, "repeat_at", context->zone, incident_repeats_at(incident));
    bool has_next = incident_escalates_at(incident) != 0 && incident->level >= 0;
    json_write_key_string(json, "next_level",
                          has_next ? find_level_id(context->policy, incident->level + 1) : NULL);
}

static void add_incident_values(struct text *json, const struct policy *policy,
                                const struct incident *incident)
{
    int32_t point = policy_find_point(policy, incident->point);
    add_number_if(json, "value", incident->has_value, incident->first_value);
    add_number_if(json, "peak", incident->has_value, incident->peak_value);
    add_number_if(json, "limit", incident->has_limit, incident->limit);
    json_write_key_bool(json, "upper", incident->is_upper);
    json_write_key_string(json, "unit_text", point < 0 ? "" : unit_text(policy->point[point].unit));
    json_write_key_int(json, "raised_count", incident->raised_count);
}

void api_json_add_incident(struct text *json, const struct web_context *context,
                           const struct permission *permission, const struct incident *incident,
                           const struct effect_entry *entries, int32_t entry_count)
{
    const struct policy *policy = context->policy;
    json_write_open(json, '{');
    add_incident_subject(json, policy, incident);
    add_incident_times(json, context, incident);
    add_incident_values(json, policy, incident);
    json_write_key_open(json, "chain", '[');
    for (int32_t i = 0; i < incident->member_count; i++) {
        add_chain_member(json, policy, &incident->member[i]);
    }
    json_write_close(json, ']');
    add_allowed_verbs(json, permission, incident);
    json_write_key_open(json, "timeline", '[');
    for (int32_t i = 0; i < entry_count; i++) {
        add_timeline_entry(json, context, &entries[i]);
    }
    json_write_close(json, ']');
    json_write_close(json, '}');
}
