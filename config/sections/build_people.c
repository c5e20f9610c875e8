/* build_people.c - people, the levels of the chain, and areas with their people on duty. */
#include <string.h>

#include "config/sections/sections.h"

static void read_person(struct build *build, int32_t i)
{
    struct schema_view view = schema_view("/people/*", build->people.item[i]);
    struct policy_person *person = &build->person[i];
    *person =
        (struct policy_person){.id = build->people.id[i], .name = schema_text_or(view, "name", "")};
    const struct json *phone = schema_value(view, "phone");
    if (phone != NULL && !parse_phone(phone->string, person->phone)) {
        reader_refuse(build->reader, phone,
                      "'%s' is not a phone number: write it as +8613800000001 or 13800000001",
                      phone->string);
    }
}

static void read_levels(struct build *build)
{
    struct policy *policy = build->policy;
    build->levels = build_ids(build, "levels", "level", LEVELS_MAX);
    policy->level_count = build->levels.count;
    for (int32_t i = 0; i < policy->level_count; i++) {
        policy->level_id[i] = build->levels.id[i];
        policy->level_name[i] = json_string(build->levels.item[i], "name", "");
    }
}

static void read_area(struct build *build, int32_t i)
{
    struct schema_view view = schema_view("/areas/*", build->areas.item[i]);
    struct policy_area *area = &build->area[i];
    *area = (struct policy_area){
        .id = build->areas.id[i],
        .name = schema_text_or(view, "name", ""),
        .level = build_refer(build, &build->levels, schema_value(view, "level")),
        .parent = build_refer(build, &build->areas, schema_value(view, "parent")),
    };
    area->duty_count = build_refer_all(build, view, "duty", &build->people, area->duty, DUTY_MAX);
}

/* Every area has a parent of the next level, so that each chain has all levels up to the top. */
static void check_chain(struct build *build, int32_t i)
{
    const struct policy_area *area = &build->area[i];
    const struct json *item = build->areas.item[i];
    const struct json *parent = json_find(item, "parent");
    if (area->level < 0 || (parent != NULL && area->parent < 0)) {
        return; /* refused already */
    }
    const struct policy *policy = build->policy;
    if (area->level == policy->level_count - 1) {
        if (parent != NULL) {
            reader_refuse(build->reader, parent, "'%s' is the top level: nothing is above it",
                          policy->level_id[area->level]);
        }
        return;
    }
    const char *wanted = policy->level_id[area->level + 1];
    if (parent == NULL) {
        reader_refuse(build->reader, item,
                      "needs 'parent', an area of the level '%s': without it nobody is called when "
                      "'%s' stays silent",
                      wanted, area->id);
        return;
    }
    int32_t level = build->area[area->parent].level;
    if (level >= 0 && level != area->level + 1) {
        reader_refuse(build->reader, parent,
                      "'%s' is of level '%s', but the level above '%s' is '%s'", parent->string,
                      policy->level_id[level], policy->level_id[area->level], wanted);
    }
}

void build_people(struct build *build)
{
    struct policy *policy = build->policy;
    build->people = build_ids(build, "people", "person", PEOPLE_MAX);
    build->person = arena_take(build->arena, (size_t) build->people.count, sizeof *build->person);
    for (int32_t i = 0; i < build->people.count; i++) {
        read_person(build, i);
    }
    read_levels(build);
    build->areas = build_ids(build, "areas", "area", AREAS_MAX);
    build->area = arena_take(build->arena, (size_t) build->areas.count, sizeof *build->area);
    for (int32_t i = 0; i < build->areas.count; i++) {
        read_area(build, i);
    }
    for (int32_t i = 0; i < build->areas.count; i++) {
        check_chain(build, i);
    }
    policy->person_count = build->people.count;
    policy->person = build->person;
    policy->area_count = build->areas.count;
    policy->area = build->area;
}
