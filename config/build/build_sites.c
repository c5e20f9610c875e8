/* build_sites.c - places, their devices and their points; then each link gets its devices. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "config/build/build.h"
#include "gateway/base/quantity.h"
#include "gateway/base/suggest.h"

enum { POLL_DEFAULT_MS = 5000, SILENT_POLLS = 3, SILENT_MIN_MS = 60000 };

static void read_site(struct build *build, int32_t i)
{
    struct schema_view view = schema_view("/sites/*", build->sites.item[i]);
    const char *name = schema_text(view, "name");
    const char *kind = schema_text(view, "kind");
    struct policy_site *site = &build->site[i];
    *site = (struct policy_site){.id = build->sites.id[i],
                                 .name = name == NULL ? "" : name,
                                 .kind = kind == NULL ? "" : kind};
    const struct json *area = schema_value(view, "area");
    site->area = build_refer(build, &build->areas, area);
    if (site->area >= 0 && build->area[site->area].level > 0) {
        reader_refuse(build->reader, area,
                      "'%s' is of the level '%s': a site lies in an area of the lowest level, '%s'",
                      area->string, build->policy->level_id[build->area[site->area].level],
                      build->policy->level_id[0]);
    }
    site->contact_count =
        build_refer_all(build, view, "contacts", &build->people, site->contact, DUTY_MAX);
}

static void read_unit(struct build *build, struct schema_view view, struct build_device *device)
{
    const struct json *unit = schema_value(view, "unit");
    if (unit == NULL) {
        return;
    }
    device->unit = (int32_t) unit->number;
    bool is_serial = device->link >= 0 && build->link[device->link].kind != LINK_TCP;
    if (device->unit > 247 && (is_serial || device->unit != 255)) {
        reader_refuse(build->reader, unit, "must be 1 to 247%s, not %d",
                      is_serial ? "" : ", or 255 over TCP", (int) device->unit);
        device->unit = 0;
    }
}

static void read_poll(struct build *build, struct schema_view view, struct build_device *device)
{
    const struct profile *profile = device->profile;
    const struct json *poll = schema_value(view, "poll");
    device->poll_ms = poll != NULL ? schema_span(view, "poll") : POLL_DEFAULT_MS;
    if (poll == NULL && profile != NULL && profile->poll_ms > 0) {
        device->poll_ms = profile->poll_ms;
    }
    char text[24];
    if (poll != NULL && profile != NULL && device->poll_ms < profile->min_poll_ms) {
        format_duration(profile->min_poll_ms, text);
        reader_refuse(build->reader, poll, "'%s' cannot be read more often than each %s",
                      profile->id, text);
    }
    format_duration(device->poll_ms, text);
    if (poll == NULL) {
        build_derive(build, view, "poll", "\"%s\"", text);
    }
}

static ms_t silent_after(struct build *build, const struct build_device *device)
{
    struct schema_view view = schema_view("/sites/*/devices/*", device->item);
    const struct json *given = schema_value(view, "silent_after");
    if (given == NULL) {
        ms_t span = max_ms(SILENT_POLLS * device->poll_ms, SILENT_MIN_MS);
        char text[24];
        format_duration(span, text);
        build_derive(build, view, "silent_after", "\"%s\"", text);
        return span;
    }
    ms_t span = schema_span(view, "silent_after");
    if (span < 2 * device->poll_ms) {
        reader_refuse(build->reader, given,
                      "must be at least two polls, else every single miss is an incident");
    }
    return span;
}

static void read_device(struct build *build, int32_t site, const struct json *item)
{
    struct schema_view view = schema_view("/sites/*/devices/*", item);
    struct build_device *device = &build->device[build->device_count++];
    *device = (struct build_device){.item = item, .site = site};
    device->link = build_refer(build, &build->links, schema_value(view, "link"));
    device->profile = build_profile(build, schema_value(view, "profile"));
    read_unit(build, view, device);
    read_poll(build, view, device);
}

/* The id of a device is taken by one of the same site, from the position `first` on. */
static void check_taken(struct build *build, const struct json *item, int32_t first)
{
    const struct json *id = json_find(item, "id");
    if (id == NULL || id->type != JSON_STRING) {
        return;
    }
    for (int32_t i = first; i < build->device_count; i++) {
        if (strcmp(json_string(build->device[i].item, "id", ""), id->string) == 0) {
            reader_refuse(build->reader, id, "the id '%s' is taken by %s", id->string,
                          build_place(build, build->device[i].item));
        }
    }
}

static void read_devices(struct build *build, int32_t site)
{
    struct schema_view view = schema_view("/sites/*", build->sites.item[site]);
    struct reader_items items = schema_items(build->scratch, view, "devices");
    int32_t first = build->device_count;
    for (int32_t i = 0; i < items.count; i++) {
        if (build->device_count == DEVICES_MAX) {
            reader_refuse(build->reader, items.item[i], "more than %d devices in all", DEVICES_MAX);
            break;
        }
        check_taken(build, items.item[i], first);
        read_device(build, site, items.item[i]);
    }
    build->site[site].first_device = first;
    build->site[site].device_count = build->device_count - first;
    if (items.count == 0) {
        reader_warn(build->reader, build->sites.item[site], "has no devices: nothing is watched");
    }
}

/* A block with `every` is read at each n-th poll only. */
static ms_t interval_of(const struct build_device *device, const struct profile_point *point)
{
    int32_t every = device->profile->read[point->read].every;
    return device->poll_ms * (every > 1 ? every : 1);
}

static const char *point_id(struct build *build, const struct build_device *device, const char *key)
{
    char id[POINT_ID_MAX];
    (void) snprintf(id, sizeof id, "%s/%s/%s", build->site[device->site].id,
                    json_string(device->item, "id", ""), key);
    return arena_copy(build->arena, id);
}

/* The quantity of a point, its unit held against the table. */
static const char *read_quantity(struct build *build, struct schema_view view,
                                 const struct build_device *device,
                                 const struct profile_point *point)
{
    const struct json *given = schema_value(view, "quantity");
    const char *quantity = given != NULL ? given->string : point->quantity;
    const struct json *at = given != NULL ? given : json_find(device->item, "profile");
    const char *unit = quantity_unit(quantity);
    if (unit == NULL && (given != NULL || strcmp(point->unit, "1") != 0)) {
        struct suggest suggest = {.word = quantity};
        quantity_offer(&suggest);
        char hint[SUGGEST_TEXT_MAX];
        reader_refuse(build->reader, at, "there is no quantity '%s'%s", quantity,
                      suggest_text(&suggest, hint));
    } else if (unit != NULL && strcmp(unit, point->unit) != 0) {
        reader_refuse(build->reader, at, "'%s' is in '%s', but the point '%s' of '%s' gives '%s'",
                      quantity, unit, point->key, device->profile->id, point->unit);
    }
    return quantity;
}

/* A board's many points are told apart by its channels: the device's name alone would be that of all. */
static const char *point_name(struct build *build, const struct build_device *device,
                              const struct profile_point *known, const char *quantity)
{
    struct schema_view view = schema_view("/sites/*/devices/*", device->item);
    const char *device_name = schema_text(view, "name");
    if (device_name == NULL || known->name == NULL) {
        return known->name != NULL   ? known->name
               : device_name != NULL ? device_name
                                     : quantity_text(quantity);
    }
    size_t size = strlen(device_name) + strlen(known->name) + 1;
    char *name = arena_take(build->arena, size, 1);
    (void) snprintf(name, size, "%s%s", device_name, known->name);
    return name;
}

static void read_point(struct build *build, const struct build_device *device, int32_t index,
                       int32_t k)
{
    const struct profile_point *known = &device->profile->point[k];
    struct schema_view view = schema_view("/sites/*/devices/*", device->item);
    const struct json *points = schema_value(view, "points");
    struct schema_view inside =
        schema_view("/sites/*/devices/*/points/*", json_find(points, known->key));
    const char *quantity = read_quantity(build, inside, device, known);
    const char *name = schema_text(inside, "name");
    struct policy_point *point = &build->point[index];
    *point = (struct policy_point){
        .id = point_id(build, device, known->key),
        .key = known->key,
        .name = name != NULL ? name : point_name(build, device, known, quantity),
        .quantity = quantity,
        .unit = known->unit,
        .device = (int32_t) (device - build->device),
        .site = device->site,
        .decimals = known->decimals,
        .poll_ms = interval_of(device, known),
    };
    double scale = schema_number(inside, "scale");
    if (fabs(scale) < 1e-9) {
        reader_refuse(build->reader, schema_value(inside, "scale"), "must not be 0");
    }
    device->calibration[k] = (struct link_calibration){scale, schema_number(inside, "offset")};
}

static void check_overrides(struct build *build, const struct build_device *device)
{
    struct schema_view view = schema_view("/sites/*/devices/*", device->item);
    const struct json *points = schema_value(view, "points");
    const struct json *item = points == NULL ? NULL : points->child;
    for (; item != NULL; item = item->next) {
        if (profile_find_point(device->profile, item->key) >= 0) {
            continue;
        }
        struct suggest suggest = {.word = item->key};
        for (int32_t k = 0; k < device->profile->point_count; k++) {
            suggest_offer(&suggest, device->profile->point[k].key);
        }
        char hint[SUGGEST_TEXT_MAX];
        reader_refuse(build->reader, item, "'%s' has no point '%s'%s", device->profile->id,
                      item->key, suggest_text(&suggest, hint));
    }
}

static void read_points(struct build *build, int32_t i)
{
    struct policy *policy = build->policy;
    struct build_device *device = &build->device[i];
    const char *id = json_string(device->item, "id", "");
    struct policy_device *shown = &build->policy_device[i];
    *shown = (struct policy_device){
        .id = id,
        .name = json_string(device->item, "name", id),
        .link = json_string(device->item, "link", ""),
        .site = device->site,
        .unit = device->unit,
        .poll_ms = device->poll_ms,
        .first_point = policy->point_count,
    };
    ms_t silent_after_ms = silent_after(build, device);
    if (device->profile == NULL) {
        build->has_lost_points = true;
        return;
    }
    int32_t count = device->profile->point_count;
    device->calibration = arena_take(build->arena, (size_t) count, sizeof *device->calibration);
    for (int32_t k = 0; k < count; k++) {
        read_point(build, device, policy->point_count + k, k);
        struct policy_point *point = &build->point[policy->point_count + k];
        bool is_seldom = point->poll_ms > device->poll_ms;
        point->silent_after_ms =
            is_seldom ? max_ms(silent_after_ms, SILENT_POLLS * point->poll_ms) : silent_after_ms;
    }
    check_overrides(build, device);
    shown->point_count = count;
    policy->point_count += count;
}

static int32_t count_points(struct build *build)
{
    int32_t count = 0;
    for (int32_t i = 0; i < build->device_count; i++) {
        struct build_device *device = &build->device[i];
        int32_t points = device->profile == NULL ? 0 : device->profile->point_count;
        if (points > POINTS_MAX - count) {
            reader_refuse(build->reader, device->item, "more than %d points in all", POINTS_MAX);
            device->profile = NULL;
            continue;
        }
        count += points;
    }
    return count;
}

/* Two devices of one model with one unit id on one link answer at the same time. */
static void check_twins(struct build *build, const struct link_settings *link,
                        const struct build_device *device)
{
    for (int32_t i = 0; i < link->device_count; i++) {
        if (link->device[i].unit == device->unit && link->device[i].profile == device->profile) {
            reader_refuse(build->reader, device->item,
                          "'%s' has the unit %d and the profile '%s' on the link '%s' already",
                          link->device[i].id, (int) device->unit, device->profile->id, link->id);
        }
    }
}

/* Most devices need none, and then the wire does not multiply by one. */
static bool is_calibrated(const struct build_device *device)
{
    for (int32_t k = 0; k < device->profile->point_count; k++) {
        const struct link_calibration *calibration = &device->calibration[k];
        if (islessgreater(calibration->scale, 1.0) || islessgreater(calibration->offset, 0.0)) {
            return true;
        }
    }
    return false;
}

static void hand_over(struct build *build, int32_t i, struct link_device *place)
{
    const struct build_device *device = &build->device[i];
    const char *site = build->site[device->site].id;
    const char *id = build->policy_device[i].id;
    size_t size = strlen(site) + strlen(id) + 2;
    char *name = arena_take(build->arena, size, 1);
    (void) snprintf(name, size, "%s/%s", site, id);
    *place = (struct link_device){
        .id = name,
        .profile = device->profile,
        .unit = (uint8_t) device->unit,
        .poll_ms = (int32_t) device->poll_ms,
        .first_point = build->policy_device[i].first_point,
        .calibration = is_calibrated(device) ? device->calibration : NULL,
        .danger = &build->danger[build->policy_device[i].first_point],
        .output_count = device->output_count,
        .output = device->output,
    };
}

static void fill_links(struct build *build)
{
    size_t links = (size_t) build->links.count;
    int32_t *counts = arena_take(build->scratch, links, sizeof *counts);
    struct link_device **devices = arena_take(build->scratch, links, sizeof(struct link_device *));
    for (int32_t i = 0; i < build->device_count; i++) {
        if (build->device[i].link >= 0) {
            counts[build->device[i].link]++;
        }
    }
    for (int32_t i = 0; i < build->links.count; i++) {
        devices[i] = arena_take(build->arena, (size_t) counts[i], sizeof *devices[i]);
        build->link[i].device = devices[i];
        if (counts[i] == 0 && build->link[i].address[0] != '\0') {
            reader_warn(build->reader, build->links.item[i], "no device hangs on this link");
        }
    }
    for (int32_t i = 0; i < build->device_count; i++) {
        const struct build_device *device = &build->device[i];
        if (device->link < 0 || device->profile == NULL || device->unit == 0) {
            continue; /* told already */
        }
        struct link_settings *link = &build->link[device->link];
        check_twins(build, link, device);
        build->device[i].place = link->device_count;
        hand_over(build, i, &devices[device->link][link->device_count++]);
    }
}

void build_sites(struct build *build)
{
    struct policy *policy = build->policy;
    build->sites = build_ids(build, "sites", "site", SITES_MAX);
    size_t count = (size_t) build->sites.count;
    build->site = arena_take(build->arena, count, sizeof *build->site);
    build->device = arena_take(build->scratch, DEVICES_MAX, sizeof *build->device);
    for (int32_t i = 0; i < build->sites.count; i++) {
        read_site(build, i);
        read_devices(build, i);
    }
    int32_t points = count_points(build);
    build->point = arena_take(build->arena, (size_t) points, sizeof *build->point);
    build->danger = arena_take(build->arena, (size_t) points, sizeof *build->danger);
    build->policy_device =
        arena_take(build->arena, (size_t) build->device_count, sizeof *build->policy_device);
    for (int32_t i = 0; i < build->device_count; i++) {
        read_points(build, i);
    }
    build_outputs(build);
    fill_links(build);
    for (int32_t i = 0; i < policy->output_count; i++) {
        build->output_at[i].device = build->device[build->output_at[i].device].place;
    }
    policy->site_count = build->sites.count;
    policy->site = build->site;
    policy->device_count = build->device_count;
    policy->device = build->policy_device;
    policy->point = build->point;
}
