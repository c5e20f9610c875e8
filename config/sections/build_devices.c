/* build_devices.c - the devices of each site: link, unit id, profile and poll. */
#include "config/sections/sections.h"

enum { POLL_DEFAULT_MS = 5000 };

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
        reader_refuse(build->reader, poll, "'%s' cannot be read more often than every %s",
                      profile->id, text);
    }
    format_duration(device->poll_ms, text);
    if (poll == NULL) {
        build_derive(build, view, "poll", "\"%s\"", text);
    }
}

static void read_device(struct build *build, int32_t site, const struct json *item)
{
    struct schema_view view = schema_view("/sites/*/devices/*", item);
    struct build_device *device = &build->device[build->device_count++];
    *device = (struct build_device){.view = view, .id = json_string(item, "id", ""), .site = site};
    device->link = build_refer(build, &build->links, schema_value(view, "link"));
    device->profile = build_profile(build, schema_value(view, "profile"));
    read_unit(build, view, device);
    read_poll(build, view, device);
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
        build_check_taken(build, items, i);
        read_device(build, site, items.item[i]);
    }
    build->site[site].first_device = first;
    build->site[site].device_count = build->device_count - first;
    if (items.count == 0) {
        reader_warn(build->reader, build->sites.item[site], "has no devices: nothing is monitored");
    }
}

void build_devices(struct build *build)
{
    build->device = arena_take(build->scratch, DEVICES_MAX, sizeof *build->device);
    for (int32_t i = 0; i < build->sites.count; i++) {
        read_devices(build, i);
    }
}
