/* build_points.c - the points of the devices: their profiles, and what the config changes. */
#include <math.h>
#include <string.h>

#include "config/sections/sections.h"
#include "gateway/base/quantity.h"
#include "gateway/base/suggest.h"

enum { SILENT_POLLS = 3, SILENT_MIN_MS = 60000 };

static ms_t read_silent_after(struct build *build, const struct build_device *device)
{
    const struct json *given = schema_value(device->view, "silent_after");
    if (given == NULL) {
        ms_t span = max_ms(SILENT_POLLS * device->poll_ms, SILENT_MIN_MS);
        char text[24];
        format_duration(span, text);
        build_derive(build, device->view, "silent_after", "\"%s\"", text);
        return span;
    }
    ms_t span = schema_span(device->view, "silent_after");
    if (span < 2 * device->poll_ms) {
        reader_refuse(build->reader, given,
                      "must be at least two polls, else every missed poll is an incident");
    }
    return span;
}

/* The quantity of a point, whose unit must be that of the table. */
static const char *read_quantity(struct build *build, struct schema_view view,
                                 const struct build_device *device,
                                 const struct profile_point *point)
{
    const struct json *given = schema_value(view, "quantity");
    const char *quantity = given != NULL ? given->string : point->quantity;
    const struct json *at = given != NULL ? given : json_find(device->view.object, "profile");
    const struct quantity *known = quantity_find(quantity);
    if (known == NULL && (given != NULL || strcmp(point->unit, "1") != 0)) {
        struct suggest suggest = {.word = quantity};
        quantity_offer(&suggest);
        reader_refuse(build->reader, at, "there is no quantity '%s'%s", quantity,
                      suggest_text(&suggest));
    } else if (known != NULL && strcmp(known->unit, point->unit) != 0) {
        reader_refuse(build->reader, at, "'%s' is in '%s', but the point '%s' of '%s' gives '%s'",
                      quantity, known->unit, point->key, device->profile->id, point->unit);
    }
    return quantity;
}

/* The name of the device alone would not distinguish the channels of a board. */
static const char *make_point_name(struct build *build, const struct build_device *device,
                                   const struct profile_point *known, const char *quantity)
{
    const char *device_name = schema_text(device->view, "name");
    if (device_name == NULL || known->name == NULL) {
        return known->name != NULL   ? known->name
               : device_name != NULL ? device_name
                                     : quantity_text(quantity);
    }
    return arena_format(build->arena, "%s%s", device_name, known->name);
}

static void read_device_point(struct build *build, const struct build_device *device, int32_t index,
                              int32_t k)
{
    const struct profile_point *known = &device->profile->point[k];
    const struct json *points = schema_value(device->view, "points");
    struct schema_view view =
        schema_view("/sites/*/devices/*/points/*", json_find(points, known->key));
    const char *quantity = read_quantity(build, view, device, known);
    const char *name = schema_text(view, "name");
    /* A block with `every` is read at every n-th poll only. */
    int32_t every = device->profile->read[known->read].every;
    struct policy_point *point = &build->point[index];
    *point = (struct policy_point){
        .id = arena_format(build->arena, "%s/%s/%s", build->site[device->site].id, device->id,
                           known->key),
        .key = known->key,
        .name = name != NULL ? name : make_point_name(build, device, known, quantity),
        .quantity = quantity,
        .unit = known->unit,
        .device = (int32_t) (device - build->device),
        .site = device->site,
        .decimals = known->decimals,
        .poll_ms = device->poll_ms * (every > 1 ? every : 1),
    };
    double scale = schema_number(view, "scale");
    if (fabs(scale) < 1e-9) {
        reader_refuse(build->reader, schema_value(view, "scale"), "must not be 0");
    }
    device->calibration[k] = (struct link_calibration){scale, schema_number(view, "offset")};
}

static void check_overrides(struct build *build, const struct build_device *device)
{
    const struct json *item = json_first(schema_value(device->view, "points"));
    for (; item != NULL; item = item->next) {
        if (profile_find_point(device->profile, item->key) >= 0) {
            continue;
        }
        struct suggest suggest = {.word = item->key};
        for (int32_t k = 0; k < device->profile->point_count; k++) {
            suggest_offer(&suggest, device->profile->point[k].key);
        }
        reader_refuse(build->reader, item, "'%s' has no point '%s'%s", device->profile->id,
                      item->key, suggest_text(&suggest));
    }
}

static int32_t count_points(struct build *build)
{
    int32_t count = 0;
    for (int32_t i = 0; i < build->device_count; i++) {
        struct build_device *device = &build->device[i];
        int32_t points = device->profile == NULL ? 0 : device->profile->point_count;
        if (points > POINTS_MAX - count) {
            reader_refuse(build->reader, device->view.object, "more than %d points in all",
                          POINTS_MAX);
            device->profile = NULL;
            continue;
        }
        count += points;
    }
    return count;
}

static void read_points(struct build *build, int32_t i)
{
    struct policy *policy = build->policy;
    struct build_device *device = &build->device[i];
    struct policy_device *shown = &build->policy_device[i];
    *shown = (struct policy_device){
        .id = device->id,
        .name = json_string(device->view.object, "name", device->id),
        .link = json_string(device->view.object, "link", ""),
        .site = device->site,
        .unit = device->unit,
        .poll_ms = device->poll_ms,
        .first_point = policy->point_count,
    };
    ms_t silent_after_ms = read_silent_after(build, device);
    if (device->profile == NULL) {
        build->has_lost_points = true;
        return;
    }
    int32_t count = device->profile->point_count;
    device->calibration = arena_take(build->arena, (size_t) count, sizeof *device->calibration);
    for (int32_t k = 0; k < count; k++) {
        read_device_point(build, device, policy->point_count + k, k);
        struct policy_point *point = &build->point[policy->point_count + k];
        bool is_seldom = point->poll_ms > device->poll_ms;
        point->silent_after_ms =
            is_seldom ? max_ms(silent_after_ms, SILENT_POLLS * point->poll_ms) : silent_after_ms;
    }
    check_overrides(build, device);
    shown->point_count = count;
    policy->point_count += count;
}

void build_points(struct build *build)
{
    struct policy *policy = build->policy;
    size_t points = (size_t) count_points(build);
    size_t devices = (size_t) build->device_count;
    build->point = arena_take(build->arena, points, sizeof *build->point);
    build->policy_device = arena_take(build->arena, devices, sizeof *build->policy_device);
    for (int32_t i = 0; i < build->device_count; i++) {
        read_points(build, i);
    }
    policy->device_count = build->device_count;
    policy->device = build->policy_device;
    policy->point = build->point;
}
