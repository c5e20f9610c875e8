/* build_link_devices.c - each link gets its devices, and each output its place among them. */
#include <math.h>

#include "config/sections/sections.h"

/* Two devices of one model with one unit id on one link answer at the same time. */
static void check_twins(struct build *build, const struct link_settings *link,
                        const struct build_device *device)
{
    for (int32_t i = 0; i < link->device_count; i++) {
        if (link->device[i].unit == device->unit && link->device[i].profile == device->profile) {
            reader_refuse(build->reader, device->view.object,
                          "'%s' already has unit %d and the profile '%s' on the link '%s'",
                          link->device[i].id, (int) device->unit, device->profile->id, link->id);
        }
    }
}

/* Most devices have none, and the link then need not multiply by one. */
static bool has_calibration(const struct build_device *device)
{
    for (int32_t k = 0; k < device->profile->point_count; k++) {
        const struct link_calibration *calibration = &device->calibration[k];
        if (islessgreater(calibration->scale, 1.0) || islessgreater(calibration->offset, 0.0)) {
            return true;
        }
    }
    return false;
}

static void fill_link_device(struct build *build, int32_t i, struct link_device *place)
{
    const struct build_device *device = &build->device[i];
    *place = (struct link_device){
        .id = arena_format(build->arena, "%s/%s", build->site[device->site].id,
                           build->policy_device[i].id),
        .profile = device->profile,
        .unit = (uint8_t) device->unit,
        .poll_ms = (int32_t) device->poll_ms,
        .first_point = build->policy_device[i].first_point,
        .calibration = has_calibration(device) ? device->calibration : NULL,
        .danger = &build->danger[build->policy_device[i].first_point],
        .output_count = device->output_count,
        .output = device->output,
    };
}

static void fill_all_links(struct build *build)
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
            reader_warn(build->reader, build->links.item[i], "no device uses this link");
        }
    }
    for (int32_t i = 0; i < build->device_count; i++) {
        const struct build_device *device = &build->device[i];
        if (device->link < 0 || device->profile == NULL || device->unit == 0) {
            continue; /* refused already */
        }
        struct link_settings *link = &build->link[device->link];
        check_twins(build, link, device);
        build->device[i].place = link->device_count;
        fill_link_device(build, i, &devices[device->link][link->device_count++]);
    }
}

void build_link_devices(struct build *build)
{
    size_t points = (size_t) build->policy->point_count;
    build->danger = arena_take(build->arena, points, sizeof *build->danger);
    fill_all_links(build);
    for (int32_t i = 0; i < build->policy->output_count; i++) {
        build->output_at[i].device = build->device[build->output_at[i].device].place;
    }
}
