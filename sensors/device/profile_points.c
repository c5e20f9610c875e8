#include "sensors/device/profile_points.h"

#include <math.h>
#include <string.h>

#include "gateway/base/parse.h"
#include "sensors/device/decode.h"

#define TYPES "bool bit uint16 int16 uint32 int32 float32 sm10000" /* in the order of value_type */
#define ORDERS_WIDE "ABCD CDAB BADC DCBA"                          /* of byte_order */

/* One point. */

/* The point of this member's key, or -1 and a mistake. */
static int32_t find_named_point(struct json_fields *fields, const struct json *member,
                                const struct profile *profile)
{
    int32_t point = profile_find_point(profile, member->string);
    if (point < 0) {
        json_fields_mistake(fields, member, "there is no point '%s'", member->string);
    }
    return point;
}

static void read_point_key(struct json_fields *fields, const struct json *item,
                           const struct profile *profile, struct profile_point *point)
{
    point->key = json_fields_id(fields, item, "key");
    bool has_key = point->key[0] != '\0'; /* else the mistake is reported already */
    if (has_key && profile_find_point(profile, point->key) >= 0) {
        json_fields_mistake(fields, json_find(item, "key"), "a second point '%s'", point->key);
    }
    point->name = json_fields_text(fields, item, "name", NULL);
    point->quantity = json_fields_text(fields, item, "quantity", point->key);
    point->unit = json_fields_text(fields, item, "unit", "1");
}

/* Registers hold no bool and coils nothing else; the value must lie inside its block. */
static void check_place(struct json_fields *fields, const struct json *item,
                        const struct profile *profile, const struct profile_point *point)
{
    const struct profile_read *read = &profile->read[point->read];
    bool is_bits = read->function <= 2;
    if (is_bits != (point->type == TYPE_BOOL)) {
        json_fields_mistake(fields, item, "a point of '%s' (fc %d) must %s type bool", read->name,
                            read->function, is_bits ? "be of" : "not be of");
    }
    if (point->at + decode_width(point->type) > read->count) {
        json_fields_mistake(fields, item, "lies beyond the %d words of '%s'", read->count,
                            read->name);
    }
}

static void read_place(struct json_fields *fields, const struct json *item,
                       const struct profile *profile, struct profile_point *point)
{
    const struct json *name = json_fields_need(fields, item, "read", JSON_STRING);
    json_fields_require(fields, item, "type", JSON_STRING);
    int32_t type = json_fields_word(fields, item, "type", TYPES);
    point->at = (uint16_t) json_fields_whole(fields, item, "at", 0, 1999, 0);
    point->type = type < 0 ? TYPE_UINT16 : (enum value_type) type;
    int32_t read = name == NULL ? 0 : profile_find_read(profile, name->string);
    if (read < 0) {
        json_fields_mistake(fields, name, "there is no block '%s' in reads", name->string);
    } else if (name != NULL && type >= 0) {
        point->read = read;
        check_place(fields, item, profile, point);
    }
}

static void read_order(struct json_fields *fields, const struct json *item,
                       struct profile_point *point)
{
    bool is_wide = decode_width(point->type) == 2;
    int32_t order = json_fields_word(fields, item, "order", is_wide ? ORDERS_WIDE : "AB BA");
    if (order > 0) {
        point->order = is_wide ? (enum byte_order) order : ORDER_BADC;
    }
    bool has_bit = json_find(item, "bit") != NULL;
    if (has_bit && point->type != TYPE_BIT) {
        json_fields_mistake(fields, item, "'bit' belongs to type bit only");
    }
    point->bit =
        (uint8_t) (point->type == TYPE_BIT ? json_fields_need_whole(fields, item, "bit", 0, 15, 0)
                                           : json_fields_whole(fields, item, "bit", 0, 15, 0));
}

/* How many decimals a step of `scale` shows. */
static int32_t count_decimals(const struct profile_point *point)
{
    if (point->type == TYPE_FLOAT32) {
        return 2;
    }
    int32_t decimals = 0;
    double step = fabs(point->scale);
    while (decimals < 6 && fabs(step - round(step)) > 1e-9) {
        step *= 10;
        decimals++;
    }
    return decimals;
}

static void read_scale(struct json_fields *fields, const struct json *item,
                       struct profile_point *point)
{
    point->scale = json_fields_number(fields, item, "scale", 1);
    point->offset = json_fields_number(fields, item, "offset", 0);
    if (!(fabs(point->scale) >= 1e-12 && fabs(point->scale) <= 1e12)) {
        json_fields_mistake(fields, item, "'scale' must not be 0, and be within 1e-12 and 1e12");
        point->scale = 1;
    }
    point->decimals =
        (int32_t) json_fields_whole(fields, item, "decimals", 0, 9, count_decimals(point));
    point->has_range = json_fields_span(fields, item, "range", point->range);
    point->has_rated = json_fields_span(fields, item, "rated", point->rated);
}

static void read_bad(struct json_fields *fields, const struct json *item,
                     struct profile_point *point)
{
    const struct json *list = json_fields_list(fields, item, "bad", JSON_OBJECT, PROFILE_BAD_MAX);
    int64_t max = decode_width(point->type) == 2 ? (int64_t) UINT32_MAX : UINT16_MAX;
    for (const struct json *bad = json_first(list); bad != NULL; bad = bad->next) {
        json_fields_known(fields, bad, "raw means");
        struct profile_bad *to = &point->bad[point->bad_count++];
        to->raw = (uint32_t) json_fields_need_whole(fields, bad, "raw", 0, max, 0);
        to->means = json_fields_text(fields, bad, "means", "");
    }
}

static double read_figure(struct json_fields *fields, const struct json *fault, const char *key)
{
    double figure = json_fields_number(fields, fault, key, 0);
    if (figure < 0) {
        json_fields_mistake(fields, json_find(fault, key), "must not be negative");
    }
    return figure;
}

static void read_fault(struct json_fields *fields, const struct json *item,
                       struct profile_point *point)
{
    const struct json *fault = json_fields_may(fields, item, "fault", JSON_OBJECT);
    if (fault == NULL) {
        return;
    }
    json_fields_known(fields, fault, "roc_per_s flat_s flat_tol");
    point->fault.roc_per_s = read_figure(fields, fault, "roc_per_s");
    point->fault.flat_s = read_figure(fields, fault, "flat_s");
    point->fault.flat_tol = read_figure(fields, fault, "flat_tol");
}

static void read_profile_point(struct json_fields *fields, const struct json *item,
                               struct profile *profile)
{
    json_fields_known(
        fields, item,
        "key name quantity read at type order bit scale offset unit decimals range rated bad "
        "valid_if fault");
    struct profile_point *point = &profile->point[profile->point_count];
    read_point_key(fields, item, profile, point);
    read_place(fields, item, profile, point);
    read_order(fields, item, point);
    read_scale(fields, item, point);
    read_bad(fields, item, point);
    read_fault(fields, item, point);
    profile->point_count++;
}

static void read_valid(struct json_fields *fields, const struct json *item, struct profile *profile,
                       int32_t index)
{
    struct profile_point *point = &profile->point[index];
    const struct json *list =
        json_fields_list(fields, item, "valid_if", JSON_OBJECT, PROFILE_VALID_MAX);
    for (const struct json *valid = json_first(list); valid != NULL; valid = valid->next) {
        json_fields_known(fields, valid, "point min max");
        const struct json *name = json_fields_need(fields, valid, "point", JSON_STRING);
        int32_t sibling = name == NULL ? -1 : find_named_point(fields, name, profile);
        if (sibling < 0) {
            continue;
        }
        /* It is judged when a block has come: both must be in it. plausibility.h joins points
         * across blocks. */
        if (sibling == index || profile->point[sibling].read != point->read) {
            json_fields_mistake(fields, valid, "'%s' and '%s' must be two points of one block",
                                point->key, profile->point[sibling].key);
        }
        point->valid[point->valid_count++] =
            (struct profile_valid){.point = sibling,
                                   .min = json_fields_number(fields, valid, "min", -HUGE_VAL),
                                   .max = json_fields_number(fields, valid, "max", HUGE_VAL)};
    }
}

static void add_joint(struct json_fields *fields, const struct json *suspect,
                      struct profile *profile, int32_t if_bad)
{
    int32_t point = find_named_point(fields, suspect, profile);
    if (point < 0) {
        return;
    }
    if (profile->joint_count == PROFILE_JOINTS_MAX) {
        json_fields_mistake(fields, suspect, "at most %d suspects are allowed in all",
                            PROFILE_JOINTS_MAX);
        return;
    }
    if (point == if_bad) {
        json_fields_mistake(fields, suspect, "'%s' must be another point than 'if_bad'",
                            profile->point[point].key);
    }
    profile->joint[profile->joint_count++] =
        (struct profile_joint){.if_bad = if_bad, .suspect = point};
}

static void read_joint(struct json_fields *fields, const struct json *item, struct profile *profile)
{
    json_fields_known(fields, item, "if_bad suspect why");
    (void) json_fields_may(fields, item, "why", JSON_STRING);
    const struct json *if_bad = json_fields_need(fields, item, "if_bad", JSON_STRING);
    json_fields_require(fields, item, "suspect", JSON_ARRAY);
    const struct json *list =
        json_fields_list(fields, item, "suspect", JSON_STRING, PROFILE_JOINTS_MAX);
    int32_t point = if_bad == NULL ? -1 : find_named_point(fields, if_bad, profile);
    if (point < 0 || list == NULL) {
        return;
    }
    for (const struct json *suspect = list->child; suspect != NULL; suspect = suspect->next) {
        add_joint(fields, suspect, profile, point);
    }
}

void profile_read_points(struct json_fields *fields, const struct json *root,
                         struct profile *profile)
{
    json_fields_require(fields, root, "points", JSON_ARRAY);
    const struct json *list =
        json_fields_list(fields, root, "points", JSON_OBJECT, PROFILE_POINTS_MAX);
    if (list == NULL) {
        return;
    }
    for (const struct json *item = list->child; item != NULL; item = item->next) {
        read_profile_point(fields, item, profile);
    }
    if (list->count == 0) {
        json_fields_mistake(fields, list, "a profile needs at least one point");
    }
    int32_t index = 0;
    for (const struct json *item = list->child; item != NULL; item = item->next) {
        read_valid(fields, item, profile, index++);
    }
    const struct json *joints =
        json_fields_list(fields, root, "joint", JSON_OBJECT, PROFILE_JOINTS_MAX);
    for (const struct json *item = json_first(joints); item != NULL; item = item->next) {
        read_joint(fields, item, profile);
    }
}

/* Vectors. */

static size_t read_frame_hex(struct json_fields *fields, const struct json *item, const char *key,
                             uint8_t to[static MBAP_FRAME_MAX])
{
    const struct json *member = json_fields_need(fields, item, key, JSON_STRING);
    size_t length = member == NULL ? 0 : parse_hex(member->string, MBAP_FRAME_MAX, to);
    if (member != NULL && length == 0) {
        json_fields_mistake(fields, member, "must be bytes like \"01 04 00 01\", at most %d",
                            MBAP_FRAME_MAX);
    }
    return length;
}

static void read_expect(struct json_fields *fields, const struct json *expect,
                        const struct profile *profile, struct profile_vector *vector)
{
    int32_t point = profile_find_point(profile, expect->key);
    if (point < 0) {
        json_fields_mistake(fields, expect, "there is no point '%s'", expect->key);
        return;
    }
    if (vector->expect_count == PROFILE_EXPECT_MAX) {
        json_fields_mistake(fields, expect, "at most %d points are allowed", PROFILE_EXPECT_MAX);
        return;
    }
    bool is_number = expect->type == JSON_BOOL || expect->type == JSON_NUMBER;
    if (!is_number && expect->type != JSON_NULL) {
        json_fields_mistake(fields, expect, "must be a number, true, false, or null for no value");
    }
    double value = expect->boolean ? 1 : expect->number;
    vector->expect[vector->expect_count++] =
        (struct profile_expect){.point = point, .is_null = !is_number, .value = value};
}

static void read_vector(struct json_fields *fields, const struct json *item,
                        const struct profile *profile, struct profile_vector *vector)
{
    json_fields_known(fields, item, "request reply expect");
    vector->request_length = read_frame_hex(fields, item, "request", vector->request);
    vector->reply_length = read_frame_hex(fields, item, "reply", vector->reply);
    const struct json *expect = json_fields_need(fields, item, "expect", JSON_OBJECT);
    for (const struct json *member = json_first(expect); member != NULL; member = member->next) {
        read_expect(fields, member, profile, vector);
    }
}

void profile_read_vectors(struct json_fields *fields, const struct json *root,
                          struct profile *profile)
{
    const struct json *list =
        json_fields_list(fields, root, "vectors", JSON_OBJECT, PROFILE_VECTORS_MAX);
    if (list == NULL || list->count == 0) {
        return;
    }
    struct profile_vector *vector = arena_take(fields->arena, (size_t) list->count, sizeof *vector);
    for (const struct json *item = list->child; item != NULL; item = item->next) {
        read_vector(fields, item, profile, &vector[profile->vector_count++]);
    }
    profile->vector = vector;
}
