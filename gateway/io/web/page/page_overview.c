#include "gateway/io/web/page/page_overview.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/memory.h"
#include "gateway/io/web/page/api_json.h"
#include "gateway/io/web/page/pages.h"

/* The state of one site. */
struct site_state {
    enum condition condition; /* the worst of its points */
    bool is_lost, is_unacked, has_open;
    enum severity severity; /* the worst of its open incidents */
    struct {
        int64_t id;
        bool is_unacked;
        char text[SUBJECT_MAX];
    } worst; /* the incident to look at first */
};

struct counts {
    int32_t open, unacked, sites, devices, devices_ok, points, points_good;
};

/* Everything that the permission sees. */
struct overview {
    const struct web_context *context;
    const struct permission *permission;
    struct counts counts;
    struct site_state *site; /* by the policy's sites */
};

static int rank_condition(enum condition condition)
{
    static const int ranks[] = {
        [CONDITION_NORMAL] = 0, [CONDITION_UNKNOWN] = 1, [CONDITION_ACTIVE] = 2};
    return ranks[condition];
}

static void count_device(struct overview *overview, int32_t index)
{
    const struct policy_device *device = &overview->context->policy->device[index];
    struct site_state *state = &overview->site[device->site];
    int32_t with_value = 0;
    bool is_silent = false;
    for (int32_t i = 0; i < device->point_count; i++) {
        struct snapshot_point point =
            snapshot_point(overview->context->parts.snapshot, device->first_point + i);
        with_value += reading_has_value(&point.reading) ? 1 : 0;
        is_silent = is_silent || point.is_silent;
        overview->counts.points_good += point.reading.quality == QUALITY_GOOD ? 1 : 0;
        if (rank_condition(point.condition) > rank_condition(state->condition)) {
            state->condition = point.condition;
        }
    }
    overview->counts.points += device->point_count;
    overview->counts.devices++;
    overview->counts.devices_ok += with_value == device->point_count && !is_silent ? 1 : 0;
    state->is_lost = state->is_lost || is_silent || (with_value == 0 && device->point_count > 0);
}

static bool is_worse_incident(const struct incident *incident, const struct site_state *state)
{
    bool is_unacked = incident->state == INCIDENT_OPEN;
    if (!state->has_open || incident->severity != state->severity) {
        return !state->has_open || incident->severity < state->severity;
    }
    return is_unacked && !state->worst.is_unacked;
}

static void count_incident(struct overview *overview, const struct incident *incident)
{
    if (incident->state == INCIDENT_CLOSED ||
        !permission_sees_incident(overview->permission, incident)) {
        return;
    }
    bool is_unacked = incident->state == INCIDENT_OPEN;
    overview->counts.open++;
    overview->counts.unacked += is_unacked ? 1 : 0;
    int32_t site = policy_find_site(overview->context->policy, incident->site);
    if (site < 0) {
        return;
    }
    struct site_state *state = &overview->site[site];
    if (is_worse_incident(incident, state)) {
        state->severity = incident->severity;
        state->worst.id = incident->id;
        state->worst.is_unacked = is_unacked;
        memcpy(state->worst.text, incident->subject, sizeof state->worst.text);
    }
    state->has_open = true;
    state->is_unacked = state->is_unacked || is_unacked;
}

static void count_incidents(struct overview *overview)
{
    int32_t count = 0;
    struct incident *incidents =
        snapshot_incidents(overview->context->parts.snapshot, SNAPSHOT_INCIDENTS_MAX, &count);
    for (int32_t i = 0; i < count; i++) {
        count_incident(overview, &incidents[i]);
    }
    free(incidents);
}

static struct overview count_all(const struct web_context *context,
                                 const struct permission *permission)
{
    const struct policy *policy = context->policy;
    struct overview overview = {.context = context, .permission = permission};
    overview.site = memory_take((size_t) policy->site_count, sizeof *overview.site);
    for (int32_t i = 0; i < policy->site_count; i++) {
        overview.counts.sites += permission_sees_site(permission, i) ? 1 : 0;
    }
    for (int32_t i = 0; i < policy->device_count; i++) {
        if (permission_sees_site(permission, policy->device[i].site)) {
            count_device(&overview, i);
        }
    }
    count_incidents(&overview);
    return overview;
}

static void add_total_counts(struct text *json, const struct counts *counts)
{
    json_write_key_open(json, "counts", '{');
    json_write_key_int(json, "open", counts->open);
    json_write_key_int(json, "unacked", counts->unacked);
    json_write_key_int(json, "sites", counts->sites);
    json_write_key_int(json, "devices", counts->devices);
    json_write_key_int(json, "devices_ok", counts->devices_ok);
    json_write_key_int(json, "points", counts->points);
    json_write_key_int(json, "points_good", counts->points_good);
    json_write_close(json, '}');
}

static const char *health_part_name(enum health_part part)
{
    static const char *const names[] = {
        [HEALTH_LINK] = "link",       [HEALTH_STORE] = "store",   [HEALTH_STATE] = "state",
        [HEALTH_HISTORY] = "history", [HEALTH_OUTPUT] = "output", [HEALTH_SMS] = "sms"};
    return names[part];
}

static void add_health_part(struct text *json, const struct web_context *context,
                            const struct snapshot_part *part)
{
    json_write_open(json, '{');
    json_write_key_string(json, "part", health_part_name(part->part));
    json_write_key_string(json, "id", part->id);
    json_write_key_bool(json, "ok", part->is_ok);
    json_write_key_string(json, "text", part->text);
    json_write_key_time(json, "since", context->zone, part->since);
    json_write_close(json, '}');
}

static bool sees_output_id(const struct permission *permission, const char *id)
{
    for (int32_t i = 0; i < permission->policy->output_count; i++) {
        if (strcmp(permission->policy->output[i].id, id) == 0) {
            return permission_sees_output(permission, i);
        }
    }
    return !permission->is_bound;
}

static bool sees_health_part(const struct permission *permission, const struct snapshot_part *part)
{
    if (part->part == HEALTH_LINK) {
        return permission_sees_link(permission, part->id);
    }
    return part->part != HEALTH_OUTPUT || sees_output_id(permission, part->id);
}

static void add_health_parts(struct text *json, const struct overview *overview)
{
    int32_t count = 0;
    struct snapshot_part *parts = snapshot_parts(overview->context->parts.snapshot, &count);
    bool has_room = count <= PAGE_OVERVIEW_PARTS_MAX;
    int32_t links = 0;
    json_write_key_open(json, "parts", '[');
    for (int32_t i = 0; i < count; i++) {
        bool is_link = parts[i].part == HEALTH_LINK;
        bool is_shown =
            !is_link || has_room || (!parts[i].is_ok && links < PAGE_OVERVIEW_PARTS_MAX);
        if (is_shown && sees_health_part(overview->permission, &parts[i])) {
            links += is_link ? 1 : 0;
            add_health_part(json, overview->context, &parts[i]);
        }
    }
    json_write_close(json, ']');
    free(parts);
}

static void add_store_states(struct text *json, const struct web_context *context)
{
    json_write_key_open(json, "stores", '[');
    for (int32_t i = 0; i < context->parts.forward_count; i++) {
        struct forward_status status = forward_status(context->parts.forward[i]);
        json_write_open(json, '{');
        json_write_key_string(json, "id", context->parts.store_id[i]);
        json_write_key_bool(json, "ok", status.is_ok);
        json_write_key_string(json, "text", status.text);
        json_write_key_int(json, "backlog", status.backlog);
        json_write_close(json, '}');
    }
    json_write_close(json, ']');
}

static void add_link_summary(struct text *json, const struct web_context *context,
                             const struct web_link *link)
{
    struct snapshot_part part = {.text = "正在连接"};
    (void) snapshot_find_part(context->parts.snapshot, HEALTH_LINK, link->id, &part);
    json_write_open(json, '{');
    json_write_key_string(json, "id", link->id);
    json_write_key_string(json, "type", link->type);
    json_write_key_bool(json, "up", part.is_ok);
    json_write_key_string(json, "text", part.text);
    json_write_key_time(json, "since", context->zone, part.since);
    json_write_close(json, '}');
}

static void add_link_summaries(struct text *json, const struct overview *overview)
{
    const struct web_callbacks *callbacks = &overview->context->callbacks;
    json_write_key_open(json, "links", '[');
    for (int32_t i = 0; i < callbacks->link_count; i++) {
        if (permission_sees_link(overview->permission, callbacks->link[i].id)) {
            add_link_summary(json, overview->context, &callbacks->link[i]);
        }
    }
    json_write_close(json, ']');
}

static const char *site_kind_text(const char *kind)
{
    static const struct {
        const char *kind, *text;
    } kinds[] = {{"warehouse", "仓库"}, {"workshop", "工房"}, {"retail", "零售点"},
                 {"lift", "电梯"},      {"water", "水域"},    {"other", "其他"}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].kind, kind) == 0) {
            return kinds[i].text;
        }
    }
    return kind;
}

static void add_site_summary(struct text *json, const struct overview *overview, int32_t index)
{
    const struct policy *policy = overview->context->policy;
    const struct policy_site *site = &policy->site[index];
    const struct site_state *state = &overview->site[index];
    json_write_open(json, '{');
    json_write_key_string(json, "id", site->id);
    json_write_key_string(json, "name", site->name);
    json_write_key_string(json, "kind", site->kind);
    json_write_key_string(json, "kind_text", site_kind_text(site->kind));
    json_write_key_string(json, "area", policy->area[site->area].id);
    json_write_key_string(json, "state", condition_name(state->condition));
    json_write_key_string(json, "severity",
                          state->has_open ? severity_name(state->severity) : NULL);
    json_write_key_bool(json, "acked", !state->is_unacked);
    json_write_key_bool(json, "lost", state->is_lost);
    json_write_key(json, "incident");
    if (state->has_open) {
        json_write_int(json, state->worst.id);
    } else {
        json_write_string(json, NULL);
    }
    json_write_key_string(json, "text",
                          state->has_open ? state->worst.text : (state->is_lost ? "数据中断" : ""));
    json_write_close(json, '}');
}

static void add_site_summaries(struct text *json, const struct overview *overview)
{
    json_write_key_open(json, "sites", '[');
    for (int32_t i = 0; i < overview->context->policy->site_count; i++) {
        if (permission_sees_site(overview->permission, i)) {
            add_site_summary(json, overview, i);
        }
    }
    json_write_close(json, ']');
}

static void add_area_summary(struct text *json, const struct policy *policy,
                             const struct policy_area *area)
{
    json_write_open(json, '{');
    json_write_key_string(json, "id", area->id);
    json_write_key_string(json, "name", area->name);
    json_write_key_string(json, "level", policy->level_id[area->level]);
    json_write_key_string(json, "parent", area->parent < 0 ? NULL : policy->area[area->parent].id);
    json_write_key_open(json, "duty", '[');
    for (int32_t i = 0; i < area->duty_count; i++) {
        json_write_string(json, policy->person[area->duty[i]].name);
    }
    json_write_close(json, ']');
    json_write_close(json, '}');
}

/* Marks the areas that are seen, and those above them, so that the tree is whole. */
static bool *mark_seen_areas(const struct policy *policy, const struct permission *permission)
{
    bool *marks = memory_take((size_t) policy->area_count, sizeof *marks);
    for (int32_t i = 0; i < policy->area_count; i++) {
        int32_t area = permission_sees_area(permission, i) ? i : -1;
        for (int steps = 0; area >= 0 && steps < LEVELS_MAX; steps++) {
            marks[area] = true;
            area = policy->area[area].parent;
        }
    }
    return marks;
}

static void add_levels_and_areas(struct text *json, const struct policy *policy,
                                 const struct permission *permission)
{
    json_write_key_open(json, "levels", '[');
    for (int32_t i = 0; i < policy->level_count; i++) {
        json_write_open(json, '{');
        json_write_key_string(json, "id", policy->level_id[i]);
        json_write_key_string(json, "name", policy->level_name[i]);
        json_write_close(json, '}');
    }
    json_write_close(json, ']');
    json_write_key_open(json, "areas", '[');
    bool *marks = mark_seen_areas(policy, permission);
    for (int32_t i = 0; i < policy->area_count; i++) {
        if (marks[i]) {
            add_area_summary(json, policy, &policy->area[i]);
        }
    }
    free(marks);
    json_write_close(json, ']');
}

static void add_gateway_summary(struct text *json, const struct web_context *context, ms_t now)
{
    const struct policy *policy = context->policy;
    json_write_key_open(json, "gateway", '{');
    json_write_key_string(json, "id", policy->gateway_id);
    json_write_key_string(json, "name", policy->gateway_name);
    json_write_key_string(json, "version", context->callbacks.version);
    json_write_key_time(json, "time", context->zone, now);
    json_write_key_string(json, "timezone", policy->zone.name);
    json_write_close(json, '}');
}

void page_overview(const struct page_call *call, struct answer *answer)
{
    const struct web_context *context = call->context;
    struct text *json = &answer->body;
    struct overview overview = count_all(context, &call->permission);
    json_write_open(json, '{');
    add_gateway_summary(json, context, call->now);
    json_write_key(json, "user");
    api_json_add_user(json, call->identity);
    add_total_counts(json, &overview.counts);
    add_levels_and_areas(json, context->policy, &call->permission);
    add_site_summaries(json, &overview);
    add_link_summaries(json, &overview);
    add_store_states(json, context);
    add_health_parts(json, &overview);
    json_write_close(json, '}');
    free(overview.site);
}

void page_overview_add_health(struct text *json, const struct web_context *context,
                              const struct permission *permission, ms_t now)
{
    struct overview overview = count_all(context, permission);
    json_write_open(json, '{');
    json_write_key_time(json, "time", context->zone, now);
    add_total_counts(json, &overview.counts);
    add_health_parts(json, &overview);
    add_store_states(json, context);
    json_write_close(json, '}');
    free(overview.site);
}
