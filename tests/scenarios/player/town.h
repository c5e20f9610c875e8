/* town.h - a policy without a config, for stories, the simulator and tests of the core: people,
 * areas, sites, points and rules. Ids are as in the config; references are by id and must exist. */
#pragma once

#include "gateway/base/arena.h"
#include "gateway/core/expr/expr.h"
#include "gateway/core/expr/window.h"
#include "gateway/core/model/policy.h"

enum {
    TOWN_PEOPLE = 64,
    TOWN_AREAS = 32,
    TOWN_SITES = 32,
    TOWN_DEVICES = 128,
    TOWN_POINTS = 256,
    TOWN_RULES = 32,
    TOWN_JUDGEMENTS = 1024,
    TOWN_WINDOWS = 512,
    TOWN_OUTPUTS = 16,
};

struct town_rule {
    const char *clear; /* NULL: not when */
    const char *quantity;
};

struct town {
    struct arena *arena;
    struct policy policy;
    struct policy_person person[TOWN_PEOPLE];
    struct policy_area area[TOWN_AREAS];
    struct policy_site site[TOWN_SITES];
    struct policy_device device[TOWN_DEVICES];
    struct policy_point point[TOWN_POINTS];
    struct policy_rule rule[TOWN_RULES];
    struct town_rule more[TOWN_RULES];
    struct policy_judgement judgement[TOWN_JUDGEMENTS];
    struct policy_window window[TOWN_WINDOWS];
    struct policy_output output[TOWN_OUTPUTS];
};

/* China: UTC+8 without changes. */
void town_zone(struct zone *zone);

/* With a gateway and levels; nothing else. */
struct town *town_new(void);
void town_free(struct town *town);

/* Each id must be there. */
int32_t town_area(const struct town *town, const char *id);
int32_t town_level(const struct town *town, const char *id);
int32_t town_point(const struct town *town, const char *id);
int32_t town_device(const struct town *town, const char *id); /* "w3/th1" */
void town_add_person(struct town *town, const char *id, const char *name, const char *phone);

/* `above` is "" at the top. */
void town_add_area(struct town *town, const char *id, const char *level, const char *name,
                   const char *above);
void town_add_duty(struct town *town, const char *area, const char *person);
void town_add_site(struct town *town, const char *id, const char *name, const char *area);
void town_add_contact(struct town *town, const char *id, const char *person);

/* Of the newest site. */
void town_add_device(struct town *town, const char *id, const char *name, const char *link,
                     ms_t poll_ms);

/* Of a device and all its points. */
void town_set_timing(struct town *town, int32_t index, ms_t poll_ms, ms_t silent_after_ms);

/* Of the newest site, on its newest device if it has one. Returns it, for what else it has. */
struct policy_output *town_add_output(struct town *town, const char *id, const char *name,
                                      enum severity severity);

/* Of the newest device; named after it. */
int32_t town_add_point(struct town *town, const char *quantity, const char *unit, int32_t decimals,
                       ms_t silent_after_ms);

/* A rule over every point of a quantity. Returns it, for its delays. */
struct policy_rule *town_add_rule(struct town *town, const char *id, enum severity severity,
                                  const char *quantity, const char *when, const char *clear);

/* Applies the rules: twice, since windows get their numbers only when all are known and sorted. */
const struct policy *town_finish(struct town *town);
