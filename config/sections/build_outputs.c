/* build_outputs.c - the sirens and beacons of the sites. Only listed outputs are written to. */
#include <string.h>

#include "config/sections/sections.h"
#include "gateway/base/parse.h"
#include "gateway/base/suggest.h"

enum { OUTPUTS_PER_DEVICE = PROFILE_OUTPUTS_MAX, SPAN_BYTES = 24 };

static int32_t find_site_device(struct build *build, int32_t site, const struct json *name)
{
    const struct policy_site *here = &build->site[site];
    struct suggest suggest = {.word = name->string};
    for (int32_t i = here->first_device; i < here->first_device + here->device_count; i++) {
        if (strcmp(build->device[i].id, name->string) == 0) {
            return i;
        }
        suggest_offer(&suggest, build->device[i].id);
    }
    reader_refuse(build->reader, name, "the site '%s' has no device '%s'%s", here->id, name->string,
                  suggest_text(&suggest));
    return -1;
}

static const struct profile_output *
find_device_output(struct build *build, const struct build_device *device, const struct json *name)
{
    const struct profile *profile = device->profile;
    int32_t found = profile_find_output(profile, name->string);
    if (found >= 0) {
        return &profile->output[found];
    }
    struct suggest suggest = {.word = name->string};
    for (int32_t i = 0; i < profile->output_count; i++) {
        suggest_offer(&suggest, profile->output[i].key);
    }
    if (profile->output_count == 0) {
        reader_refuse(build->reader, name, "'%s' has no outputs", profile->id);
    } else {
        reader_refuse(build->reader, name, "'%s' has no output '%s'%s", profile->id, name->string,
                      suggest_text(&suggest));
    }
    return NULL;
}

/* Two outputs over one relay would switch it against each other. */
static bool is_output_taken(struct build *build, const struct build_device *device,
                            const struct profile_output *output, const struct json *at)
{
    for (int32_t i = 0; i < device->output_count; i++) {
        if (device->output[i].output == output) {
            reader_refuse(build->reader, at, "'%s' of this device is already listed", output->key);
            return true;
        }
    }
    return false;
}

/* The longest span in whole minutes or seconds that is not longer than `span`. */
static void format_round(ms_t span, char to[static SPAN_BYTES])
{
    ms_t second = span >= MS_PER_SECOND ? MS_PER_SECOND : 1;
    ms_t unit = span >= MS_PER_MINUTE ? MS_PER_MINUTE : second;
    format_duration(span / unit * unit, to);
}

/* A board counts a pulse in its own unit, so output_start may have to change the span. */
static void check_pulse(struct build *build, const struct profile *profile,
                        const struct profile_output *output, struct schema_view view)
{
    const struct json *written = schema_value(view, "pulse");
    ms_t pulse_ms = schema_span(view, "pulse");
    if (written == NULL || pulse_ms == 0) {
        return;
    }
    if (!output->has_pulse) {
        reader_warn(build->reader, written,
                    "'%s' has no pulse for this output: it stays on when the gateway is lost; "
                    "remove 'pulse', or choose an output with a pulse",
                    profile->id);
        return;
    }
    ms_t unit_ms = output->pulse.unit_ms;
    ms_t longest_ms = output->pulse.max * unit_ms;
    char unit[SPAN_BYTES];
    format_duration(unit_ms, unit);
    if (pulse_ms < unit_ms) {
        reader_warn(build->reader, written,
                    "%s is shorter than the unit of '%s', %s: it becomes 0s, and the output stays "
                    "on when the gateway is lost; write %s or more",
                    written->string, profile->id, unit, unit);
    } else if (pulse_ms > longest_ms) {
        char best[SPAN_BYTES];
        format_round(longest_ms, best);
        reader_warn(build->reader, written,
                    "%s is longer than '%s' can, %d times %s: it becomes %.10g s; write %s or less",
                    written->string, profile->id, (int) output->pulse.max, unit,
                    (double) longest_ms / (double) MS_PER_SECOND, best);
    }
}

static void check_verify(struct build *build, const struct profile *profile,
                         const struct profile_output *output, const struct json *at)
{
    if (!output->has_verify) {
        reader_warn(build->reader, at,
                    "'%s' of '%s' has no 'verify': the gateway cannot know whether it sounds; "
                    "add a 'verify' to the profile",
                    output->key, profile->id);
    }
}

/* Adds the output to its device. False: it was refused. */
static bool bind_output(struct build *build, int32_t site, struct schema_view view,
                        int32_t *ret_device)
{
    const struct json *device_name = schema_value(view, "device");
    const struct json *output_name = schema_value(view, "output");
    if (device_name == NULL || output_name == NULL) {
        return false;
    }
    int32_t index = find_site_device(build, site, device_name);
    if (index < 0 || build->device[index].profile == NULL || build->device[index].link < 0) {
        return false;
    }
    struct build_device *device = &build->device[index];
    const struct profile_output *output = find_device_output(build, device, output_name);
    if (output == NULL || is_output_taken(build, device, output, output_name)) {
        return false;
    }
    check_pulse(build, device->profile, output, view);
    check_verify(build, device->profile, output, output_name);
    if (device->output == NULL) {
        device->output = arena_take(build->arena, OUTPUTS_PER_DEVICE, sizeof *device->output);
    }
    device->output[device->output_count++] = (struct link_output){
        .output = output, .pulse_ms = output->has_pulse ? (int32_t) schema_span(view, "pulse") : 0};
    *ret_device = index;
    return true;
}

static void add_output(struct build *build, int32_t site, const struct json *item)
{
    struct policy *policy = build->policy;
    struct schema_view view = schema_view("/sites/*/outputs/*", item);
    int32_t device = -1;
    if (policy->output_count == OUTPUTS_MAX) {
        reader_refuse(build->reader, item, "more than %d outputs in all", OUTPUTS_MAX);
        return;
    }
    if (!bind_output(build, site, view, &device)) {
        return;
    }
    const char *id = json_string(item, "id", "");
    int32_t level = build_refer(build, &build->levels, schema_value(view, "level"));
    int32_t place = policy->output_count++;
    build->output[place] = (struct policy_output){
        .id = arena_format(build->arena, "%s/%s", build->site[site].id, id),
        .name = json_string(item, "name", id),
        .site = site,
        .device = device,
        .severity = schema_choice_index(view, "severity"),
        .level = level < 0 ? 0 : level,
        .is_until_acked = strcmp(schema_text(view, "until"), "acked") == 0,
        .max_ms = schema_span(view, "max"),
    };
    build->output_at[place] = (struct config_output){
        .link = build->device[device].link,
        .device = device, /* its place on the link follows later */
        .output = build->device[device].output_count - 1,
    };
}

void build_outputs(struct build *build)
{
    build->output = arena_take(build->arena, OUTPUTS_MAX, sizeof *build->output);
    build->output_at = arena_take(build->arena, OUTPUTS_MAX, sizeof *build->output_at);
    for (int32_t site = 0; site < build->sites.count; site++) {
        struct schema_view view = schema_view("/sites/*", build->sites.item[site]);
        struct reader_items items = schema_items(build->scratch, view, "outputs");
        build->site[site].first_output = build->policy->output_count;
        for (int32_t i = 0; i < items.count; i++) {
            build_check_taken(build, items, i);
            add_output(build, site, items.item[i]);
        }
        build->site[site].output_count =
            build->policy->output_count - build->site[site].first_output;
    }
    build->policy->output = build->output;
    build->config->output = build->output_at;
}
