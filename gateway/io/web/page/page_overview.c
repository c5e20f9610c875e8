#include "gateway/io/web/page/page_overview.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/io/web/page/api_json.h"

/* What is known of one site. */
struct place {
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

/* One look at everything that this permission sees. */
struct look {
    const struct web_context *context;
    const struct permission *permission;
    struct counts counts;
    struct place *place; /* by site */
};

/* 1. Looking. */

static int rank(enum condition condition)
{
    static const int ranks[] = {
        [CONDITION_NORMAL] = 0, [CONDITION_UNKNOWN] = 1, [CONDITION_ACTIVE] = 2};
    return ranks[condition];
}

static void look_at_device(struct look *look, int32_t index)
{
    const struct policy_device *device = &look->context->house.policy->device[index];
    struct place *place = &look->place[device->site];
    int32_t with_value = 0;
    bool is_silent = false;
    for (int32_t i = 0; i < device->point_count; i++) {
        struct snapshot_point point =
            snapshot_point(look->context->parts.snapshot, device->first_point + i);
        with_value += reading_has_value(&point.reading) ? 1 : 0;
        is_silent = is_silent || point.is_silent;
        look->counts.points_good += point.reading.quality == QUALITY_GOOD ? 1 : 0;
        if (rank(point.condition) > rank(place->condition)) {
            place->condition = point.condition;
        }
    }
    look->counts.points += device->point_count;
    look->counts.devices++;
    look->counts.devices_ok += with_value == device->point_count && !is_silent ? 1 : 0;
    place->is_lost = place->is_lost || is_silent || (with_value == 0 && device->point_count > 0);
}

static bool is_worse(const struct incident *incident, const struct place *place)
{
    bool is_unacked = incident->state == INCIDENT_OPEN;
    if (!place->has_open || incident->severity != place->severity) {
        return !place->has_open || incident->severity < place->severity;
    }
    return is_unacked && !place->worst.is_unacked;
}

static void look_at_incident(struct look *look, const struct incident *incident)
{
    if (incident->state == INCIDENT_CLOSED ||
        !permission_sees_incident(look->permission, incident)) {
        return;
    }
    bool is_unacked = incident->state == INCIDENT_OPEN;
    look->counts.open++;
    look->counts.unacked += is_unacked ? 1 : 0;
    int32_t site = policy_find_site(look->context->house.policy, incident->site);
    if (site < 0) {
        return;
    }
    struct place *place = &look->place[site];
    if (is_worse(incident, place)) {
        place->severity = incident->severity;
        place->worst.id = incident->id;
        place->worst.is_unacked = is_unacked;
        memcpy(place->worst.text, incident->subject, sizeof place->worst.text);
    }
    place->has_open = true;
    place->is_unacked = place->is_unacked || is_unacked;
}

static void look_at_incidents(struct look *look)
{
    struct incident *incidents = malloc(SNAPSHOT_INCIDENTS_MAX * sizeof *incidents);
    CHECK(incidents != NULL);
    int32_t count =
        snapshot_incidents(look->context->parts.snapshot, incidents, SNAPSHOT_INCIDENTS_MAX);
    for (int32_t i = 0; i < count; i++) {
        look_at_incident(look, &incidents[i]);
    }
    free(incidents);
}

static struct look look_around(const struct web_context *context,
                               const struct permission *permission)
{
    const struct policy *policy = context->house.policy;
    struct look look = {.context = context, .permission = permission};
    look.place = calloc((size_t) policy->site_count + 1, sizeof *look.place);
    CHECK(look.place != NULL);
    for (int32_t i = 0; i < policy->site_count; i++) {
        look.counts.sites += permission_sees_site(permission, i) ? 1 : 0;
    }
    for (int32_t i = 0; i < policy->device_count; i++) {
        if (permission_sees_site(permission, policy->device[i].site)) {
            look_at_device(&look, i);
        }
    }
    look_at_incidents(&look);
    return look;
}

/* 2. Telling. */

static void add_counts(struct buffer *buffer, const struct counts *counts)
{
    buffer_add(buffer,
               "\"counts\":{\"open\":%" PRId32 ",\"unacked\":%" PRId32 ",\"sites\":%" PRId32
               ",\"devices\":%" PRId32 ",\"devices_ok\":%" PRId32 ",\"points\":%" PRId32
               ",\"points_good\":%" PRId32 "}",
               counts->open, counts->unacked, counts->sites, counts->devices, counts->devices_ok,
               counts->points, counts->points_good);
}

static void add_string(struct buffer *buffer, const char *key, const char *text)
{
    json_add_key(buffer, key);
    buffer_add_json(buffer, text);
}

static void add_flag(struct buffer *buffer, const char *key, bool value)
{
    json_add_key(buffer, key);
    json_add_bool(buffer, value);
}

static const char *part_name(enum health_part part)
{
    switch (part) {
    case HEALTH_LINK:
        return "link";
    case HEALTH_STORE:
        return "store";
    case HEALTH_STATE:
        return "state";
    case HEALTH_HISTORY:
        return "history";
    case HEALTH_OUTPUT:
        return "output";
    case HEALTH_SMS:
        return "sms";
    }
    CHECK(false);
    return "";
}

static void add_part(struct buffer *buffer, const struct web_context *context,
                     const struct snapshot_part *part)
{
    json_add_comma(buffer);
    buffer_add(buffer, "{\"part\":\"%s\"", part_name(part->part));
    add_string(buffer, "id", part->id);
    add_flag(buffer, "ok", part->is_well);
    add_string(buffer, "text", part->text);
    json_add_key(buffer, "since");
    json_add_time(buffer, context, part->since);
    buffer_add(buffer, "}");
}

static bool sees_output(const struct permission *permission, const char *id)
{
    for (int32_t i = 0; i < permission->policy->output_count; i++) {
        if (strcmp(permission->policy->output[i].id, id) == 0) {
            return permission_sees_output(permission, i);
        }
    }
    return !permission->is_bound;
}

static bool sees_part(const struct permission *permission, const struct snapshot_part *part)
{
    if (part->part == HEALTH_LINK) {
        return permission_sees_link(permission, part->id);
    }
    return part->part != HEALTH_OUTPUT || sees_output(permission, part->id);
}

static void add_parts(struct buffer *buffer, const struct look *look)
{
    struct snapshot_part *parts = malloc(SNAPSHOT_PARTS_MAX * sizeof *parts);
    CHECK(parts != NULL);
    int32_t count = snapshot_parts(look->context->parts.snapshot, parts, SNAPSHOT_PARTS_MAX);
    bool has_room = count <= PAGE_OVERVIEW_PARTS_MAX;
    int32_t links = 0;
    buffer_add(buffer, "\"parts\":[");
    for (int32_t i = 0; i < count; i++) {
        bool is_link = parts[i].part == HEALTH_LINK;
        bool is_shown =
            !is_link || has_room || (!parts[i].is_well && links < PAGE_OVERVIEW_PARTS_MAX);
        if (is_shown && sees_part(look->permission, &parts[i])) {
            links += is_link ? 1 : 0;
            add_part(buffer, look->context, &parts[i]);
        }
    }
    buffer_add(buffer, "]");
    free(parts);
}

static void add_stores(struct buffer *buffer, const struct web_context *context)
{
    buffer_add(buffer, "\"stores\":[");
    for (int32_t i = 0; i < context->parts.forward_count; i++) {
        struct forward_status status = forward_status(context->parts.forward[i]);
        json_add_comma(buffer);
        buffer_add(buffer, "{");
        add_string(buffer, "id", context->parts.store_id[i]);
        add_flag(buffer, "ok", status.is_well);
        add_string(buffer, "text", status.text);
        json_add_key(buffer, "backlog");
        buffer_add(buffer, "%" PRId64 "}", status.backlog);
    }
    buffer_add(buffer, "]");
}

static void add_link(struct buffer *buffer, const struct web_context *context,
                     const struct web_link *link)
{
    struct snapshot_part part = {.text = "正在连接"};
    (void) snapshot_find_part(context->parts.snapshot, HEALTH_LINK, link->id, &part);
    json_add_comma(buffer);
    buffer_add(buffer, "{");
    add_string(buffer, "id", link->id);
    add_string(buffer, "type", link->type);
    add_flag(buffer, "up", part.is_well);
    add_string(buffer, "text", part.text);
    json_add_key(buffer, "since");
    json_add_time(buffer, context, part.since);
    buffer_add(buffer, "}");
}

static void add_links(struct buffer *buffer, const struct look *look)
{
    const struct web_callbacks *house = &look->context->house;
    buffer_add(buffer, "\"links\":[");
    for (int32_t i = 0; i < house->link_count; i++) {
        if (permission_sees_link(look->permission, house->link[i].id)) {
            add_link(buffer, look->context, &house->link[i]);
        }
    }
    buffer_add(buffer, "]");
}

static const char *kind_text(const char *kind)
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

static void add_site(struct buffer *buffer, const struct look *look, int32_t index)
{
    const struct policy *policy = look->context->house.policy;
    const struct policy_site *site = &policy->site[index];
    const struct place *place = &look->place[index];
    json_add_comma(buffer);
    buffer_add(buffer, "{");
    add_string(buffer, "id", site->id);
    add_string(buffer, "name", site->name);
    add_string(buffer, "kind", site->kind);
    add_string(buffer, "kind_text", kind_text(site->kind));
    add_string(buffer, "area", policy->area[site->area].id);
    add_string(buffer, "state", condition_name(place->condition));
    add_string(buffer, "severity", place->has_open ? severity_name(place->severity) : NULL);
    add_flag(buffer, "acked", !place->is_unacked);
    add_flag(buffer, "lost", place->is_lost);
    json_add_key(buffer, "incident");
    if (place->has_open) {
        buffer_add(buffer, "%" PRId64, place->worst.id);
    } else {
        buffer_add(buffer, "null");
    }
    add_string(buffer, "text",
               place->has_open ? place->worst.text : (place->is_lost ? "数据中断" : ""));
    buffer_add(buffer, "}");
}

static void add_sites(struct buffer *buffer, const struct look *look)
{
    buffer_add(buffer, "\"sites\":[");
    for (int32_t i = 0; i < look->context->house.policy->site_count; i++) {
        if (permission_sees_site(look->permission, i)) {
            add_site(buffer, look, i);
        }
    }
    buffer_add(buffer, "]");
}

static void add_area(struct buffer *buffer, const struct policy *policy,
                     const struct policy_area *area)
{
    json_add_comma(buffer);
    buffer_add(buffer, "{");
    add_string(buffer, "id", area->id);
    add_string(buffer, "name", area->name);
    add_string(buffer, "level", policy->level_id[area->level]);
    add_string(buffer, "parent", area->parent < 0 ? NULL : policy->area[area->parent].id);
    json_add_key(buffer, "duty");
    buffer_add(buffer, "[");
    for (int32_t i = 0; i < area->duty_count; i++) {
        json_add_comma(buffer);
        buffer_add_json(buffer, policy->person[area->duty[i]].name);
    }
    buffer_add(buffer, "]}");
}

/* Areas that are seen and, so that they have a place in the tree, those above them. */
static bool *mark_areas(const struct policy *policy, const struct permission *permission)
{
    bool *marks = calloc((size_t) policy->area_count + 1, sizeof *marks);
    CHECK(marks != NULL);
    for (int32_t i = 0; i < policy->area_count; i++) {
        int32_t area = permission_sees_area(permission, i) ? i : -1;
        for (int steps = 0; area >= 0 && steps < LEVELS_MAX; steps++) {
            marks[area] = true;
            area = policy->area[area].parent;
        }
    }
    return marks;
}

static void add_areas(struct buffer *buffer, const struct policy *policy,
                      const struct permission *permission)
{
    buffer_add(buffer, "\"levels\":[");
    for (int32_t i = 0; i < policy->level_count; i++) {
        json_add_comma(buffer);
        buffer_add(buffer, "{");
        add_string(buffer, "id", policy->level_id[i]);
        add_string(buffer, "name", policy->level_name[i]);
        buffer_add(buffer, "}");
    }
    buffer_add(buffer, "],\"areas\":[");
    bool *marks = mark_areas(policy, permission);
    for (int32_t i = 0; i < policy->area_count; i++) {
        if (marks[i]) {
            add_area(buffer, policy, &policy->area[i]);
        }
    }
    free(marks);
    buffer_add(buffer, "]");
}

static void add_gateway(struct buffer *buffer, const struct web_context *context, ms_t now)
{
    const struct policy *policy = context->house.policy;
    buffer_add(buffer, "\"gateway\":{");
    add_string(buffer, "id", policy->gateway_id);
    add_string(buffer, "name", policy->gateway_name);
    add_string(buffer, "version", context->house.version);
    json_add_key(buffer, "time");
    json_add_time(buffer, context, now);
    add_string(buffer, "timezone", policy->zone.name);
    buffer_add(buffer, "}");
}

void page_overview_add(struct buffer *buffer, const struct web_context *context,
                       const struct identity *identity, ms_t now)
{
    const struct policy *policy = context->house.policy;
    struct permission permission = permission_of(policy, identity);
    struct look look = look_around(context, &permission);
    buffer_add(buffer, "{");
    add_gateway(buffer, context, now);
    buffer_add(buffer, ",\"user\":");
    json_add_user(buffer, identity);
    buffer_add(buffer, ",");
    add_counts(buffer, &look.counts);
    buffer_add(buffer, ",");
    add_areas(buffer, policy, &permission);
    buffer_add(buffer, ",");
    add_sites(buffer, &look);
    buffer_add(buffer, ",");
    add_links(buffer, &look);
    buffer_add(buffer, ",");
    add_stores(buffer, context);
    buffer_add(buffer, ",");
    add_parts(buffer, &look);
    buffer_add(buffer, "}");
    free(look.place);
}

void page_overview_add_health(struct buffer *buffer, const struct web_context *context,
                              const struct permission *permission, ms_t now)
{
    struct look look = look_around(context, permission);
    buffer_add(buffer, "{\"time\":");
    json_add_time(buffer, context, now);
    buffer_add(buffer, ",");
    add_counts(buffer, &look.counts);
    buffer_add(buffer, ",");
    add_parts(buffer, &look);
    buffer_add(buffer, ",");
    add_stores(buffer, context);
    buffer_add(buffer, "}");
    free(look.place);
}
