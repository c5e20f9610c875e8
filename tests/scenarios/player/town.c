#include "tests/scenarios/player/town.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn static void town_fail(const char *what, const char *which)
{
    (void) fprintf(stderr, "town: %s '%s'\n", what, which);
    (void) fflush(stderr);
    _Exit(2); /* the analyzers do not know that exit() ends the path */
}

void town_zone(struct zone *zone)
{
    *zone = (struct zone){.name = "Asia/Shanghai", .count = 1};
    zone->change[0] = (struct zone_change){.from = INT64_MIN, .offset = 8 * 3600000};
}

struct town *town_new(void)
{
    struct arena *arena = arena_new();
    struct town *town = arena_take(arena, 1, sizeof *town);
    town->arena = arena;
    struct policy *policy = &town->policy;
    *policy = (struct policy){.gateway_id = "lidu-1",
                              .gateway_name = "李渡镇网关",
                              .signature = "李渡应急",
                              .level_count = 3,
                              .level_id = {"grid", "village", "town"},
                              .level_name = {"网格", "村", "镇"},
                              .person = town->person,
                              .area = town->area,
                              .site = town->site,
                              .device = town->device,
                              .point = town->point,
                              .rule = town->rule,
                              .judgement = town->judgement,
                              .window = town->window,
                              .output = town->output};
    town_zone(&policy->zone);
    for (int i = 0; i < SEVERITY_COUNT; i++) {
        policy->escalation[i] = (struct policy_escalation){
            .tell = i == SEVERITY_CRITICAL ? 1 : 0,
            .silence_ms = {5 * MS_PER_MINUTE, 5 * MS_PER_MINUTE, 10 * MS_PER_MINUTE},
            .repeat_ms = 2 * MS_PER_MINUTE,
            .arrive_ms = 10 * MS_PER_MINUTE};
    }
    return town;
}

void town_free(struct town *town)
{
    arena_free(town->arena);
}

static int32_t town_person(const struct town *town, const char *id)
{
    int32_t person = policy_find_person(&town->policy, id);
    if (person < 0) {
        town_fail("no such person", id);
    }
    return person;
}

int32_t town_area(const struct town *town, const char *id)
{
    for (int32_t i = 0; i < town->policy.area_count; i++) {
        if (strcmp(town->area[i].id, id) == 0) {
            return i;
        }
    }
    town_fail("no such area", id);
}

int32_t town_level(const struct town *town, const char *id)
{
    for (int32_t i = 0; i < town->policy.level_count; i++) {
        if (strcmp(town->policy.level_id[i], id) == 0) {
            return i;
        }
    }
    town_fail("no such level", id);
}

int32_t town_point(const struct town *town, const char *id)
{
    int32_t point = policy_find_point(&town->policy, id);
    if (point < 0) {
        town_fail("no such point", id);
    }
    return point;
}

static int32_t find_town_site(const struct town *town, const char *id)
{
    int32_t site = policy_find_site(&town->policy, id);
    if (site < 0) {
        town_fail("no such site", id);
    }
    return site;
}

int32_t town_device(const struct town *town, const char *id)
{
    int32_t device = policy_find_device(&town->policy, id);
    if (device < 0) {
        town_fail("no such device", id);
    }
    return device;
}

static int32_t take_town_place(int32_t *count, int32_t max, const char *id)
{
    if (*count == max) {
        town_fail("the town is full", id);
    }
    return (*count)++;
}

void town_add_person(struct town *town, const char *id, const char *name, const char *phone)
{
    int32_t place = take_town_place(&town->policy.person_count, TOWN_PEOPLE, id);
    struct policy_person *person = &town->person[place];
    person->id = arena_copy(town->arena, id);
    person->name = arena_copy(town->arena, name);
    if (!parse_phone(phone, person->phone)) {
        town_fail("no phone number", phone);
    }
}

void town_add_area(struct town *town, const char *id, const char *level, const char *name,
                   const char *above)
{
    int32_t parent = above[0] == '\0' ? -1 : town_area(town, above);
    int32_t place = take_town_place(&town->policy.area_count, TOWN_AREAS, id);
    town->area[place] = (struct policy_area){.id = arena_copy(town->arena, id),
                                             .name = arena_copy(town->arena, name),
                                             .level = town_level(town, level),
                                             .parent = parent};
}

void town_add_duty(struct town *town, const char *area, const char *person)
{
    struct policy_area *here = &town->area[town_area(town, area)];
    int32_t place = take_town_place(&here->duty_count, DUTY_MAX, person);
    here->duty[place] = town_person(town, person);
}

void town_add_site(struct town *town, const char *id, const char *name, const char *area)
{
    int32_t place = take_town_place(&town->policy.site_count, TOWN_SITES, id);
    town->site[place] = (struct policy_site){.id = arena_copy(town->arena, id),
                                             .name = arena_copy(town->arena, name),
                                             .kind = "warehouse",
                                             .area = town_area(town, area),
                                             .first_device = town->policy.device_count,
                                             .first_output = town->policy.output_count};
}

void town_add_contact(struct town *town, const char *id, const char *person)
{
    struct policy_site *site = &town->site[find_town_site(town, id)];
    int32_t place = take_town_place(&site->contact_count, DUTY_MAX, person);
    site->contact[place] = town_person(town, person);
}

void town_add_device(struct town *town, const char *id, const char *name, const char *link,
                     ms_t poll_ms)
{
    int32_t place = take_town_place(&town->policy.device_count, TOWN_DEVICES, id);
    int32_t site = town->policy.site_count - 1;
    town->device[place] = (struct policy_device){.id = arena_copy(town->arena, id),
                                                 .name = arena_copy(town->arena, name),
                                                 .link = arena_copy(town->arena, link),
                                                 .site = site,
                                                 .unit = 1,
                                                 .poll_ms = poll_ms,
                                                 .first_point = town->policy.point_count};
    town->site[site].device_count++;
}

void town_set_timing(struct town *town, int32_t index, ms_t poll_ms, ms_t silent_after_ms)
{
    struct policy_device *device = &town->device[index];
    device->poll_ms = poll_ms;
    for (int32_t i = device->first_point; i < device->first_point + device->point_count; i++) {
        town->point[i].poll_ms = poll_ms;
        town->point[i].silent_after_ms = silent_after_ms;
    }
}

struct policy_output *town_add_output(struct town *town, const char *id, const char *name,
                                      enum severity severity)
{
    int32_t place = take_town_place(&town->policy.output_count, TOWN_OUTPUTS, id);
    int32_t site = town->policy.site_count - 1;
    int32_t device = town->site[site].device_count > 0 ? town->policy.device_count - 1 : -1;
    char full[POINT_ID_MAX];
    (void) snprintf(full, sizeof full, "%s/%s", town->site[site].id, id);
    town->output[place] = (struct policy_output){.id = arena_copy(town->arena, full),
                                                 .name = arena_copy(town->arena, name),
                                                 .site = site,
                                                 .device = device,
                                                 .severity = severity,
                                                 .is_until_acked = true};
    town->site[site].output_count++;
    return &town->output[place];
}

int32_t town_add_point(struct town *town, const char *quantity, const char *unit, int32_t decimals,
                       ms_t silent_after_ms)
{
    int32_t device = town->policy.device_count - 1;
    int32_t site = town->device[device].site;
    char id[POINT_ID_MAX];
    (void) snprintf(id, sizeof id, "%s/%s/%s", town->site[site].id, town->device[device].id,
                    quantity);
    int32_t place = take_town_place(&town->policy.point_count, TOWN_POINTS, id);
    town->point[place] = (struct policy_point){.id = arena_copy(town->arena, id),
                                               .key = arena_copy(town->arena, quantity),
                                               .name = town->device[device].name,
                                               .quantity = arena_copy(town->arena, quantity),
                                               .unit = arena_copy(town->arena, unit),
                                               .device = device,
                                               .site = site,
                                               .decimals = decimals,
                                               .poll_ms = town->device[device].poll_ms,
                                               .silent_after_ms = silent_after_ms};
    town->device[device].point_count++;
    return place;
}

struct policy_rule *town_add_rule(struct town *town, const char *id, enum severity severity,
                                  const char *quantity, const char *when, const char *clear)
{
    int32_t place = take_town_place(&town->policy.rule_count, TOWN_RULES, id);
    town->rule[place] =
        (struct policy_rule){.id = arena_copy(town->arena, id),
                             .name = arena_copy(town->arena, id),
                             .when_text = arena_copy(town->arena, when),
                             .clear_text = clear == NULL ? NULL : arena_copy(town->arena, clear),
                             .severity = severity,
                             .min_coverage = 0.75};
    town->more[place].quantity = arena_copy(town->arena, quantity);
    return &town->rule[place];
}

/* Compiling rules for their points. */

struct town_scope {
    struct town *town;
    int32_t point;
};

static bool find_story_point(void *context, const char *name, int32_t *ret_point,
                             struct error *error)
{
    const struct town_scope *scope = context;
    const struct town *town = scope->town;
    const struct policy_point *subject = &town->point[scope->point];
    if (strcmp(name, "value") == 0) {
        *ret_point = scope->point;
        return true;
    }
    int32_t found = -1;
    for (int32_t i = 0; i < town->policy.point_count; i++) {
        const struct policy_point *point = &town->point[i];
        bool is_own = point->device == subject->device;
        if (strcmp(point->quantity, name) == 0 && point->site == subject->site &&
            (found < 0 || is_own)) {
            found = i;
        }
    }
    if (found < 0) {
        return error_set(error, "no point measures '%s'", name);
    }
    *ret_point = found;
    return true;
}

static bool find_scope_window(void *context, int32_t point, ms_t span_ms, int32_t *ret_window,
                              struct error *error)
{
    (void) error;
    struct town *town = ((const struct town_scope *) context)->town;
    for (int32_t i = 0; i < town->policy.window_count; i++) {
        if (town->window[i].point == point && town->window[i].span_ms == span_ms) {
            *ret_window = i;
            return true;
        }
    }
    *ret_window = take_town_place(&town->policy.window_count, TOWN_WINDOWS, "windows");
    town->window[*ret_window] = (struct policy_window){.point = point, .span_ms = span_ms};
    return true;
}

static bool refuse_scope_parameter(void *context, const char *name, double *ret_value,
                                   struct error *error)
{
    (void) context;
    *ret_value = 0;
    return error_set(error, "sites here have no '%s'", name);
}

static const struct expr *compile_town_rule(struct town *town, int32_t point, const char *text)
{
    struct town_scope scope = {.town = town, .point = point};
    const struct expr_scope names = {.context = &scope,
                                     .find_point = find_story_point,
                                     .find_window = find_scope_window,
                                     .find_parameter = refuse_scope_parameter};
    const struct expr *expr = NULL;
    struct error error;
    if (!expr_compile(town->arena, text, &names, &expr, &error)) {
        town_fail(error.text, text);
    }
    return expr;
}

static void judge_with_rule(struct town *town, int32_t point, int32_t rule)
{
    int32_t place = take_town_place(&town->policy.judgement_count, TOWN_JUDGEMENTS, "judgements");
    struct policy_judgement *judgement = &town->judgement[place];
    *judgement = (struct policy_judgement){.rule = rule, .point = point, .limit_point = point};
    judgement->when = compile_town_rule(town, point, town->rule[rule].when_text);
    if (town->rule[rule].clear_text != NULL) {
        judgement->clear = compile_town_rule(town, point, town->rule[rule].clear_text);
    }
    judgement->has_limit = expr_limit(judgement->when, &judgement->limit_point, &judgement->limit,
                                      &judgement->is_upper);
}

static int compare_town_windows(const void *a, const void *b)
{
    const struct policy_window *left = a;
    const struct policy_window *right = b;
    return left->point != right->point
               ? (left->point < right->point ? -1 : 1)
               : (left->span_ms > right->span_ms) - (left->span_ms < right->span_ms);
}

static void judge_with_rules(struct town *town, int32_t point)
{
    for (int32_t rule = 0; rule < town->policy.rule_count; rule++) {
        if (strcmp(town->more[rule].quantity, town->point[point].quantity) == 0) {
            judge_with_rule(town, point, rule);
        }
    }
}

const struct policy *town_finish(struct town *town)
{
    for (int turn = 0; turn < 2; turn++) {
        town->policy.judgement_count = 0;
        for (int32_t point = 0; point < town->policy.point_count; point++) {
            judge_with_rules(town, point);
        }
        qsort(town->window, (size_t) town->policy.window_count, sizeof town->window[0],
              compare_town_windows);
    }
    return &town->policy;
}
