#include "gateway/io/web/page/api_json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void json_add_comma(struct buffer *buffer)
{
    const char *last = buffer->length == 0 ? "[" : &buffer->bytes[buffer->length - 1];
    if (strchr("[{: ", *last) == NULL) {
        buffer_add_bytes(buffer, ",", 1);
    }
}

void json_add_key(struct buffer *buffer, const char *key)
{
    json_add_comma(buffer);
    buffer_add(buffer, "\"%s\":", key);
}

void json_add_time(struct buffer *buffer, const struct web_context *context, ms_t at)
{
    if (at == 0) {
        buffer_add(buffer, "null");
        return;
    }
    char text[ZONE_ISO_MAX];
    zone_format_iso(&context->house.policy->zone, at, text);
    buffer_add(buffer, "\"%s\"", text);
}

void json_add_number(struct buffer *buffer, double number)
{
    if (isfinite(number)) {
        buffer_add(buffer, "%.12g", number);
    } else {
        buffer_add(buffer, "null");
    }
}

void json_add_bool(struct buffer *buffer, bool value)
{
    buffer_add(buffer, "%s", value ? "true" : "false");
}

static void add_text(struct buffer *buffer, const char *key, const char *text)
{
    json_add_key(buffer, key);
    buffer_add_json(buffer, text);
}

static void add_text_or_null(struct buffer *buffer, const char *key, const char *text)
{
    add_text(buffer, key, text[0] == '\0' ? NULL : text);
}

static void add_time(struct buffer *buffer, const struct web_context *context, const char *key,
                     ms_t at)
{
    json_add_key(buffer, key);
    json_add_time(buffer, context, at);
}

static void add_number_if(struct buffer *buffer, const char *key, bool is_there, double number)
{
    json_add_key(buffer, key);
    json_add_number(buffer, is_there ? number : (double) NAN);
}

static void add_bool(struct buffer *buffer, const char *key, bool value)
{
    json_add_key(buffer, key);
    json_add_bool(buffer, value);
}

void json_add_user(struct buffer *buffer, const struct identity *identity)
{
    if (identity == NULL) {
        buffer_add(buffer, "null");
        return;
    }
    buffer_add(buffer, "{");
    add_text(buffer, "name", identity->name);
    add_text(buffer, "role", role_name(identity->role));
    add_text_or_null(buffer, "person", identity->person);
    buffer_add(buffer, "}");
}

static void add_limit(struct buffer *buffer, const struct policy *policy, int32_t index)
{
    const struct policy_judgement *judgement = &policy->judgement[index];
    const struct policy_rule *rule = &policy->rule[judgement->rule];
    json_add_comma(buffer);
    buffer_add(buffer, "{");
    add_text(buffer, "rule", rule->id);
    add_text(buffer, "name", rule->name);
    add_text(buffer, "severity", severity_name(rule->severity));
    add_number_if(buffer, "value", true, judgement->limit);
    add_bool(buffer, "upper", judgement->is_upper);
    buffer_add(buffer, "}");
}

/* The members that change. */
static void add_reading(struct buffer *buffer, const struct web_context *context,
                        const struct snapshot_point *now)
{
    const struct reading *reading = &now->reading;
    add_number_if(buffer, "value", reading_has_value(reading), reading->value);
    add_text(buffer, "quality", quality_name(reading->quality));
    add_text(buffer, "reason", reason_text(reading->reason));
    add_time(buffer, context, "at", reading->at);
    add_time(buffer, context, "good_at", now->good_at);
    add_text(buffer, "state", condition_name(now->condition));
}

void json_add_value(struct buffer *buffer, const struct web_context *context, int32_t point)
{
    struct snapshot_point now = snapshot_point(context->parts.snapshot, point);
    json_add_comma(buffer);
    buffer_add(buffer, "{");
    add_text(buffer, "id", context->house.policy->point[point].id);
    add_reading(buffer, context, &now);
    buffer_add(buffer, "}");
}

void json_add_maintenance(struct buffer *buffer, const struct web_context *context,
                          const char *device)
{
    struct effect_maintenance maintenance;
    json_add_key(buffer, "maintenance");
    if (!snapshot_find_maintenance(context->parts.snapshot, device, &maintenance)) {
        buffer_add(buffer, "null");
        return;
    }
    buffer_add(buffer, "{\"since\":");
    json_add_time(buffer, context, maintenance.since);
    json_add_key(buffer, "until");
    json_add_time(buffer, context, maintenance.until);
    add_text(buffer, "by", maintenance.by);
    add_text(buffer, "note", maintenance.reason);
    buffer_add(buffer, "}");
}

void json_add_point(struct buffer *buffer, const struct web_context *context, int32_t index)
{
    const struct policy *policy = context->house.policy;
    const struct policy_point *point = &policy->point[index];
    const struct policy_device *device = &policy->device[point->device];
    struct snapshot_point now = snapshot_point(context->parts.snapshot, index);
    json_add_comma(buffer);
    buffer_add(buffer, "{");
    add_text(buffer, "id", point->id);
    add_text(buffer, "site", policy->site[point->site].id);
    add_text(buffer, "device", device->id);
    add_text(buffer, "device_name", device->name);
    add_text(buffer, "name", point->name);
    add_text(buffer, "key", point->key);
    add_text(buffer, "quantity", point->quantity);
    add_text(buffer, "quantity_text", quantity_text(point->quantity));
    add_text(buffer, "unit", point->unit);
    add_text(buffer, "unit_text", unit_text(point->unit));
    json_add_key(buffer, "decimals");
    buffer_add(buffer, "%" PRId32, point->decimals);
    add_reading(buffer, context, &now);
    json_add_key(buffer, "poll_ms");
    buffer_add(buffer, "%" PRId64, point->poll_ms);
    char device_id[POINT_ID_MAX];
    (void) snprintf(device_id, sizeof device_id, "%s/%s", policy->site[point->site].id, device->id);
    json_add_maintenance(buffer, context, device_id);
    json_add_key(buffer, "limits");
    buffer_add(buffer, "[");
    for (int32_t i = context->limit_first[index]; i < context->limit_first[index + 1]; i++) {
        add_limit(buffer, policy, context->limit_judgement[i]);
    }
    buffer_add(buffer, "]}");
}

static const char *rule_name(const struct policy *policy, const char *id)
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

/* The id of a level, "contact" below the lowest, NULL when there is none such. */
static const char *level_id(const struct policy *policy, int32_t level)
{
    if (level < 0) {
        return "contact";
    }
    return level < policy->level_count ? policy->level_id[level] : NULL;
}

static const char *level_text(const struct policy *policy, int32_t level)
{
    if (level < 0) {
        return "联系人";
    }
    return level < policy->level_count ? policy->level_name[level] : "";
}

static void add_member(struct buffer *buffer, const struct policy *policy,
                       const struct chain_member *member)
{
    json_add_comma(buffer);
    buffer_add(buffer, "{");
    add_text(buffer, "level", level_id(policy, member->level));
    add_text(buffer, "level_text", level_text(policy, member->level));
    add_text(buffer, "person", member->id);
    add_text(buffer, "name", member->name);
    add_bool(buffer, "told", member->was_told);
    buffer_add(buffer, "}");
}

static void add_entry(struct buffer *buffer, const struct web_context *context,
                      const struct effect_entry *entry)
{
    json_add_comma(buffer);
    buffer_add(buffer, "{");
    add_time(buffer, context, "at", entry->at);
    add_text(buffer, "event", entry_kind_name(entry->kind));
    add_text(buffer, "event_text", entry_kind_text(entry->kind));
    add_text(buffer, "actor", entry->actor);
    add_text(buffer, "channel", entry->channel);
    add_text_or_null(buffer, "to", entry->to);
    add_text(buffer, "level", level_id(context->house.policy, entry->level));
    add_text(buffer, "text", entry->text);
    buffer_add(buffer, "}");
}

static void add_may(struct buffer *buffer, const struct permission *permission,
                    const struct incident *incident)
{
    static const enum command_verb verbs[] = {COMMAND_ACK,       COMMAND_ARRIVE, COMMAND_RECTIFY,
                                              COMMAND_REINSPECT, COMMAND_CLOSE,  COMMAND_COMMENT};
    json_add_key(buffer, "may");
    buffer_add(buffer, "[");
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (permission_may_now(permission, incident, verbs[i])) {
            json_add_comma(buffer);
            buffer_add_json(buffer, command_verb_name(verbs[i]));
        }
    }
    buffer_add(buffer, "]");
}

static void add_what(struct buffer *buffer, const struct policy *policy,
                     const struct incident *incident)
{
    json_add_key(buffer, "id");
    buffer_add(buffer, "%" PRId64, incident->id);
    add_text_or_null(buffer, "code", incident->code);
    add_text(buffer, "rule", incident->rule);
    add_text(buffer, "rule_name", rule_name(policy, incident->rule));
    add_text(buffer, "point", incident->point);
    add_text(buffer, "site", incident->site);
    add_text(buffer, "place", incident->place);
    add_text(buffer, "subject", incident->subject);
    add_text(buffer, "severity", severity_name(incident->severity));
    add_text(buffer, "severity_text", severity_text(incident->severity));
    add_text(buffer, "condition", condition_name(incident->condition));
    add_text(buffer, "state", incident_state_name(incident->state));
    add_text(buffer, "state_text", incident_state_text(incident->state));
    add_text(buffer, "level", level_id(policy, incident->level));
}

static void add_when(struct buffer *buffer, const struct web_context *context,
                     const struct incident *incident)
{
    add_time(buffer, context, "opened_at", incident->opened_at);
    add_time(buffer, context, "active_since", incident->active_since);
    add_time(buffer, context, "acked_at", incident->acked_at);
    add_text_or_null(buffer, "acked_by", incident->acked_by);
    add_time(buffer, context, "cleared_at", incident->cleared_at);
    add_time(buffer, context, "closed_at", incident->closed_at);
    add_time(buffer, context, "escalate_at", incident_escalates_at(incident));
    add_time(buffer, context, "repeat_at", incident_repeats_at(incident));
    bool has_next = incident_escalates_at(incident) != 0 && incident->level >= 0;
    add_text(buffer, "next_level",
             has_next ? level_id(context->house.policy, incident->level + 1) : NULL);
}

static void add_how_much(struct buffer *buffer, const struct policy *policy,
                         const struct incident *incident)
{
    int32_t point = policy_find_point(policy, incident->point);
    add_number_if(buffer, "value", incident->has_value, incident->first_value);
    add_number_if(buffer, "peak", incident->has_value, incident->peak_value);
    add_number_if(buffer, "limit", incident->has_limit, incident->limit);
    add_bool(buffer, "upper", incident->is_upper);
    add_text(buffer, "unit_text", point < 0 ? "" : unit_text(policy->point[point].unit));
    json_add_key(buffer, "raised_count");
    buffer_add(buffer, "%" PRId32, incident->raised_count);
}

void json_add_incident(struct buffer *buffer, const struct web_context *context,
                       const struct permission *permission, const struct incident *incident,
                       const struct effect_entry *entries, int32_t entry_count)
{
    const struct policy *policy = context->house.policy;
    json_add_comma(buffer);
    buffer_add(buffer, "{");
    add_what(buffer, policy, incident);
    add_when(buffer, context, incident);
    add_how_much(buffer, policy, incident);
    json_add_key(buffer, "chain");
    buffer_add(buffer, "[");
    for (int32_t i = 0; i < incident->member_count; i++) {
        add_member(buffer, policy, &incident->member[i]);
    }
    buffer_add(buffer, "]");
    add_may(buffer, permission, incident);
    json_add_key(buffer, "timeline");
    buffer_add(buffer, "[");
    for (int32_t i = 0; i < entry_count; i++) {
        add_entry(buffer, context, &entries[i]);
    }
    buffer_add(buffer, "]}");
}
