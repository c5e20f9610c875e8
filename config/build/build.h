/* build.h - inside config: what the steps from checked trees to settings share.
 *
 * Each step reports its own mistakes and goes on with the usable values, so that one run finds all
 * mistakes. An unresolved reference is -1 or NULL. */
#pragma once

#include "config/build/built_config.h"
#include "config/schema/reader.h"
#include "config/schema/schema.h"

/* The items of one root list and their ids, by position. */
struct build_ids {
    const char *what; /* "person", for messages */
    int32_t count;
    const struct json *const *item;
    const char **id; /* "" of an item without a usable id */
};

/* A device on its way from the tree to policy and link. */
struct build_device {
    struct schema_view view;
    const char *id;
    int32_t site;
    int32_t link;                  /* -1: unknown */
    const struct profile *profile; /* NULL: unknown */
    int32_t unit;                  /* 0: unusable */
    ms_t poll_ms;
    struct link_calibration *calibration; /* one for each point of the profile */
    int32_t place;                        /* among the devices of its link */
    int32_t output_count;                 /* that are listed */
    struct link_output *output;
};

/* A default that depends on other values, for config_print: a device has no poll, its profile has
 * 5s. */
struct build_derived {
    const struct json *object; /* that holds the key; NULL: absent */
    const struct schema_row *row;
    const char *text; /* JSON */
};

struct config_source {
    struct reader *reader;
    int32_t derived_count, derived_max;
    struct build_derived *derived;
};

struct build {
    struct arena *arena;   /* of the result */
    struct arena *scratch; /* gone after config_read */
    struct reader *reader;
    struct config *config;
    struct policy *policy;
    struct config_source *source;

    struct build_ids people, levels, areas, links, sites, rules;
    int32_t profile_count, profile_max;
    const struct profile **profile; /* the own ones, then the shipped ones that are used */
    struct build_ids lost;          /* profiles with mistakes; their ids only */
    int32_t device_count;
    struct build_device *device;
    bool has_lost_points; /* of a device without a profile: a rule may match none */

    /* The policy's arrays while they are written. */
    struct policy_person *person;
    struct policy_area *area;
    struct policy_site *site;
    struct policy_device *policy_device;
    struct policy_point *point;
    struct link_danger *danger; /* of each point; filled when the rules are known */
    struct policy_rule *rule;
    struct policy_output *output;
    struct config_output *output_at;
    struct link_settings *link;
    int32_t heartbeat_count; /* of all DTUs */
    const struct dtu_text *heartbeat;
};

/* The items of a root list, or of its default, with their ids; duplicates and more than `max` are
 * refused. */
struct build_ids build_ids(struct build *build, const char *key, const char *what, int32_t max);

/* The position of an id, or -1. */
int32_t build_find(const struct build_ids *ids, const char *id);

/* The position that a value refers to. An unknown id is refused with the nearest one, and is -1;
 * NULL is -1. */
int32_t build_refer(struct build *build, const struct build_ids *ids, const struct json *value);

/* The same for an id that stands elsewhere, such as in a key. */
int32_t build_refer_id(struct build *build, const struct build_ids *ids, const struct json *value,
                       const char *id);

/* Refuses item i when an earlier one has its id. */
void build_check_taken(struct build *build, struct reader_items items, int32_t i);

/* The positions of the list `key` of references; an id that is listed twice is refused. Returns how
 * many, at most `max`. */
int32_t build_refer_all(struct build *build, struct schema_view view, const char *key,
                        const struct build_ids *ids, int32_t *ret_indexes, int32_t max);

/* Notes a derived value as JSON text. */
void build_derive(struct build *build, struct schema_view view, const char *key, const char *format,
                  ...) PRINTF_LIKE(4, 5);

/* Sorts the notes, so that build_derived_text finds them. */
void build_sort_derived(struct config_source *source);

/* The noted value of a key of `object`, or NULL. After build_config only: the notes are sorted
 * then. */
const char *build_derived_text(const struct config_source *source, const struct json *object,
                               const struct schema_row *row);
