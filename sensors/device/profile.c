/* From the tree of a profile to the profile; its points, outputs and vectors are in
 * profile_points.c and profile_outputs.c. */
#include "sensors/device/profile.h"

#include <string.h>

#include "sensors/device/profile_points.h"
#include "sensors/modbus/baud.h"

int32_t profile_find_point(const struct profile *profile, const char *key)
{
    for (int32_t i = 0; i < profile->point_count; i++) {
        if (strcmp(profile->point[i].key, key) == 0) {
            return i;
        }
    }
    return -1;
}

int32_t profile_find_output(const struct profile *profile, const char *key)
{
    for (int32_t i = 0; i < profile->output_count; i++) {
        if (strcmp(profile->output[i].key, key) == 0) {
            return i;
        }
    }
    return -1;
}

int32_t profile_find_read(const struct profile *profile, const char *name)
{
    for (int32_t i = 0; i < profile->read_count; i++) {
        if (strcmp(profile->read[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

static void read_aliases(struct json_fields *fields, const struct json *root,
                         struct profile *profile)
{
    const struct json *list =
        json_fields_list(fields, root, "aliases", JSON_STRING, PROFILE_ALIASES_MAX);
    if (list == NULL) {
        return;
    }
    const char **alias = arena_take(fields->arena, (size_t) list->count, sizeof *alias);
    for (const struct json *item = list->child; item != NULL; item = item->next) {
        alias[profile->alias_count++] = arena_copy(fields->arena, item->string);
    }
    profile->alias = alias;
}

static void read_identity(struct json_fields *fields, const struct json *root,
                          struct profile *profile)
{
    (void) json_fields_need_whole(fields, root, "profile", 1, 1, 1);
    profile->id = json_fields_id(fields, root, "id");
    profile->rev = (int32_t) json_fields_whole(fields, root, "rev", 0, 1000000, 1);
    profile->maker = json_fields_text(fields, root, "maker", "");
    profile->model = json_fields_text(fields, root, "model", profile->id);
    profile->kind = json_fields_text(fields, root, "kind", "");
    json_fields_require(fields, root, "status", JSON_STRING);
    int32_t status = json_fields_word(fields, root, "status", "hardware manual text recalled");
    profile->status = status < 0 ? PROFILE_RECALLED : (enum profile_status) status;
    (void) json_fields_list(fields, root, "sources", JSON_STRING, PROFILE_ALIASES_MAX);
    read_aliases(fields, root, profile);
}

static void check_bauds(struct json_fields *fields, const struct json *list)
{
    for (const struct json *item = json_first(list); item != NULL; item = item->next) {
        if (!baud_is_known(item->number)) {
            json_fields_mistake(fields, item, "is none of: " BAUD_NAMES);
        }
    }
}

static void check_parities(struct json_fields *fields, const struct json *list)
{
    for (const struct json *item = json_first(list); item != NULL; item = item->next) {
        if (strlen(item->string) != 1 || strchr("NEO", item->string[0]) == NULL) {
            json_fields_mistake(fields, item, "'%s' is none of: N E O", item->string);
        }
    }
}

static void read_profile_link(struct json_fields *fields, const struct json *root,
                              struct profile *profile)
{
    profile->baud = 9600;
    profile->parity = 'N';
    profile->stop_bits = 1;
    const struct json *link = json_fields_may(fields, root, "link", JSON_OBJECT);
    if (link == NULL) {
        return;
    }
    json_fields_known(fields, link, "slave slave_range baud bauds parity parity_seen data stop");
    profile->baud = (int32_t) json_fields_whole(fields, link, "baud", 1200, 115200, 9600);
    if (!baud_is_known(profile->baud)) {
        json_fields_mistake(fields, json_find(link, "baud"), "%d is none of: " BAUD_NAMES,
                            profile->baud);
    }
    int32_t parity = json_fields_word(fields, link, "parity", "N E O");
    profile->parity = "NEO"[parity < 0 ? 0 : parity];
    profile->stop_bits = (int32_t) json_fields_whole(fields, link, "stop", 1, 2, 1);
    (void) json_fields_whole(fields, link, "data", 8, 8, 8);
    (void) json_fields_whole(fields, link, "slave", 1, 255, 1);
    double range[2];
    if (json_fields_span(fields, link, "slave_range", range) && (range[0] < 0 || range[1] > 255)) {
        json_fields_mistake(fields, json_find(link, "slave_range"),
                            "unit ids are within 1 and 255");
    }
    check_bauds(fields, json_fields_list(fields, link, "bauds", JSON_NUMBER, 8));
    check_parities(fields, json_fields_list(fields, link, "parity_seen", JSON_STRING, 3));
}

static int32_t read_ms(struct json_fields *fields, const struct json *timing, const char *key,
                       int32_t max, int32_t otherwise)
{
    return (int32_t) json_fields_whole(fields, timing, key, 0, max, otherwise);
}

static void read_timing(struct json_fields *fields, const struct json *root,
                        struct profile *profile)
{
    const struct json *timing = json_fields_may(fields, root, "timing", JSON_OBJECT);
    if (timing != NULL) {
        json_fields_known(fields, timing, "timeout_ms gap_ms min_poll_ms poll_ms warmup_ms");
    }
    profile->timeout_ms = read_ms(fields, timing, "timeout_ms", 60000, 500);
    profile->gap_ms = read_ms(fields, timing, "gap_ms", 10000, 0);
    profile->min_poll_ms = read_ms(fields, timing, "min_poll_ms", 3600000, 0);
    profile->poll_ms = read_ms(fields, timing, "poll_ms", 86400000, 5000);
    profile->warmup_ms = read_ms(fields, timing, "warmup_ms", 600000, 0);
    if (profile->timeout_ms < 10) {
        json_fields_mistake(fields, json_find(timing, "timeout_ms"), "must be at least 10");
    }
    if (profile->poll_ms < 10 || profile->poll_ms < profile->min_poll_ms) {
        const struct json *poll = json_find(timing, "poll_ms");
        json_fields_mistake(fields, poll != NULL ? poll : timing,
                            "poll_ms %d must be at least 10 and at least min_poll_ms %d",
                            profile->poll_ms, profile->min_poll_ms);
    }
}

static void read_read(struct json_fields *fields, const struct json *item, struct profile *profile)
{
    json_fields_known(fields, item, "name fc addr count timeout_ms every trigger");
    struct profile_read read = {.name = json_fields_id(fields, item, "name")};
    read.function = (uint8_t) json_fields_need_whole(fields, item, "fc", 1, 4, 3);
    int64_t count_max = read.function <= 2 ? 2000 : 125;
    read.address = profile_fields_address(fields, item, read.function);
    read.count = (uint16_t) json_fields_need_whole(fields, item, "count", 1, count_max, 1);
    read.timeout_ms = (int32_t) json_fields_whole(fields, item, "timeout_ms", 10, 60000, 0);
    read.every = (int32_t) json_fields_whole(fields, item, "every", 1, 1000, 1);
    if (read.address + read.count > 65536) {
        json_fields_mistake(fields, item, "the block ends beyond address 65535");
    }
    const struct json *trigger = json_find(item, "trigger");
    if (trigger != NULL) {
        json_fields_mistake(
            fields, trigger,
            "a block that must be triggered is not supported, because a reading never writes: set "
            "the device to measure on its own and say how in 'commission'");
    }
    if (profile_find_read(profile, read.name) >= 0) {
        json_fields_mistake(fields, item, "a second block named '%s'", read.name);
    }
    profile->read[profile->read_count++] = read;
}

static void read_reads(struct json_fields *fields, const struct json *root, struct profile *profile)
{
    json_fields_require(fields, root, "reads", JSON_ARRAY);
    const struct json *list =
        json_fields_list(fields, root, "reads", JSON_OBJECT, PROFILE_READS_MAX);
    for (const struct json *item = json_first(list); item != NULL; item = item->next) {
        read_read(fields, item, profile);
    }
    if (list != NULL && list->count == 0) {
        json_fields_mistake(fields, list, "at least one block must be read");
    }
}

static const struct profile *read_profile(struct json_fields *fields, const struct json *root)
{
    if (root->type != JSON_OBJECT) {
        json_fields_mistake(fields, root, "a profile must be an object, not %s",
                            json_type_text(root->type));
        return NULL;
    }
    struct profile *profile = arena_take(fields->arena, 1, sizeof *profile);
    json_fields_known(
        fields, root,
        "profile id rev maker model aliases kind status sources link timing reads points "
        "joint outputs commission vectors");
    read_identity(fields, root, profile);
    read_profile_link(fields, root, profile);
    read_timing(fields, root, profile);
    read_reads(fields, root, profile);
    profile_read_points(fields, root, profile);
    profile_read_outputs(fields, root, profile);
    profile_read_vectors(fields, root, profile);
    (void) json_fields_may(fields, root, "commission", JSON_OBJECT);
    return profile;
}

bool profile_parse(struct arena *arena, const struct json *root,
                   const struct profile_problems *problems, const struct profile **ret_profile)
{
    struct json_fields fields = {
        .arena = arena, .add = problems->add, .context = problems->context};
    const struct profile *profile = read_profile(&fields, root);
    if (fields.mistake_count > 0) {
        return false;
    }
    *ret_profile = profile;
    return true;
}
