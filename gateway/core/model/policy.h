/* policy.h - the rules of every decision: places, people, limits and times, as plain structs.
 *
 * config builds it; it is constant afterwards. All of it, strings included, lives in one arena.
 * References are indexes into its arrays (-1: none). A reload builds a second one. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/parse.h"
#include "gateway/base/units.h"
#include "gateway/base/zone.h"

/* Limits that the config check enforces. */
enum {
    PEOPLE_MAX = 1000,
    AREAS_MAX = 1000,
    SITES_MAX = 2000,
    DEVICES_MAX = 20000,
    POINTS_MAX = 100000,
    RULES_MAX = 500,
    OUTPUTS_MAX = 512,
    LEVELS_MAX = 4,     /* grid, village, town and one to spare */
    DUTY_MAX = 8,       /* people on duty in one area, contacts of one site */
    ID_MAX = 33,        /* bytes of an id with its NUL */
    POINT_ID_MAX = 100, /* "site/device/key" */
};

/* Shown as 一级（红） 二级(橙) 三级(黄) 四级(蓝); lower is worse. */
enum severity { SEVERITY_CRITICAL = 0, SEVERITY_MAJOR, SEVERITY_MINOR, SEVERITY_NOTICE };
enum { SEVERITY_COUNT = 4 };

struct policy_person {
    const char *id;
    const char *name;
    char phone[PHONE_MAX]; /* E.164; several people may share one */
};

/* An area and its people on duty. Its level is an index into policy.level_id, 0 is the lowest. */
struct policy_area {
    const char *id;
    const char *name;
    int32_t level;
    int32_t parent; /* area, -1 at the top */
    int32_t duty_count;
    int32_t duty[DUTY_MAX]; /* people; texts name the first one */
};

struct policy_site {
    const char *id;
    const char *name;
    const char *kind; /* warehouse workshop retail lift water other */
    int32_t area;
    int32_t contact_count;
    int32_t contact[DUTY_MAX]; /* people: they get the messages of the first level */
    int32_t first_device, device_count;
    int32_t first_output, output_count;
};

struct policy_device {
    const char *id;
    const char *name;
    const char *link; /* its link's id, for people */
    int32_t site;
    int32_t unit; /* Modbus unit id, for people */
    ms_t poll_ms;
    int32_t first_point, point_count;
};

/* A siren, beacon or voice box of a site. It sounds while an incident of its site asks for it: of
 * this severity or worse, at this level or above, in a condition that is not normal. */
struct policy_output {
    const char *id;   /* "w3/siren" */
    const char *name; /* 警笛 */
    int32_t site, device;
    enum severity severity;
    int32_t level;       /* 0: from the beginning */
    bool is_until_acked; /* silent once acknowledged; else once the condition is normal */
    /* Then silent until another incident asks, or this one is active again; 0: no limit. */
    ms_t max_ms;
};

struct policy_point {
    const char *id;       /* "w3/th1/temperature" */
    const char *key;      /* "temperature", the last part of it */
    const char *name;     /* for people: 东墙温湿度, or the quantity's own name */
    const char *quantity; /* "temperature", "gap" ... */
    const char *unit;     /* "degC" "%RH" "m" "1" */
    int32_t device, site;
    int32_t decimals;     /* 0...6, for people */
    ms_t poll_ms;         /* how often it is read */
    ms_t silent_after_ms; /* without a good sample for so long it raises its own incident */
};

struct policy_rule {
    const char *id;
    const char *name;       /* 库房温度高 */
    const char *when_text;  /* as written, for people */
    const char *clear_text; /* NULL: not `when` */
    enum severity severity;
    ms_t hold_ms, clear_hold_ms; /* on-delay and off-delay */
    double min_coverage;         /* 0...1 */
    bool is_latched;
};

/* A rule applied to one point, its expressions compiled. One alarm state each. */
struct policy_judgement {
    int32_t rule, point;
    const struct expr *when;
    const struct expr *clear; /* NULL: not `when` */
    /* The plain limit `value > x` or the like found in `when`, for people and curves. */
    bool has_limit;
    double limit;
    bool is_upper;       /* raised above it (else below it) */
    int32_t limit_point; /* the point it is compared with; usually `point` */
};

/* A window that some expression asks for: filled with every reading of its point. */
struct policy_window {
    int32_t point;
    ms_t span_ms;
};

/* The times of one severity. */
struct policy_escalation {
    int32_t tell;                /* highest level called at once; 0: only the lowest */
    ms_t silence_ms[LEVELS_MAX]; /* how long a level may stay silent before the next is called */
    ms_t repeat_ms;              /* to the current level until it answers */
    ms_t arrive_ms;              /* from acknowledgement to arrival on site, named in messages */
};

struct policy {
    const char *gateway_id;
    const char *gateway_name;
    const char *signature; /* of SMS, without 【】 */
    struct zone zone;

    int32_t level_count;
    const char *level_id[LEVELS_MAX];   /* "grid" "village" "town" */
    const char *level_name[LEVELS_MAX]; /* 网格 村 镇 */

    int32_t person_count, area_count, site_count, device_count, point_count;
    const struct policy_person *person;
    const struct policy_area *area;
    const struct policy_site *site;
    const struct policy_device *device;
    const struct policy_point *point;

    int32_t output_count;
    const struct policy_output *output; /* sorted by site */

    int32_t rule_count, judgement_count, window_count;
    const struct policy_rule *rule;
    const struct policy_judgement *judgement; /* sorted by point */
    const struct policy_window *window;       /* sorted by point */

    ms_t group_wait_ms; /* 0 is none */
    ms_t settle_ms;     /* after start: no silence is judged, nothing active is cleared */
    struct policy_escalation escalation[SEVERITY_COUNT];
};

/* Each returns an index, or -1. */
int32_t policy_find_point(const struct policy *policy, const char *id);
int32_t policy_find_device(const struct policy *policy, const char *id); /* "w3/th1" */
int32_t policy_find_person(const struct policy *policy, const char *id);
int32_t policy_find_phone(const struct policy *policy, const char *phone); /* its first person */
int32_t policy_find_site(const struct policy *policy, const char *id);
int32_t policy_find_rule(const struct policy *policy, const char *id);

/* "critical" "major" "minor" "notice". */
const char *severity_name(enum severity severity);

/* 一级（红） ... for people. */
const char *severity_text(enum severity severity);
