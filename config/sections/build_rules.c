/* build_rules.c - from rules to judgements: the points of each rule, and its expressions. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/build/shipped_files.h"
#include "config/sections/rule_scope.h"
#include "config/sections/sections.h"
#include "gateway/base/quantity.h"
#include "gateway/base/suggest.h"
#include "gateway/core/model/incident.h"

/* The conditions of a rule for its points; all must hold. */
struct applies {
    const char *site_kind, *quantity; /* NULL: any */
    const bool *has_site, *has_point;
};

struct judging {
    struct build *build;
    int32_t count, max;
    struct policy_judgement *judgement;
    struct rule_windows windows;
    int32_t warned_file; /* of a basis: the items of one file stand together */
};

static bool applies_to(const struct build *build, const struct applies *applies, int32_t i)
{
    const struct policy_point *point = &build->policy->point[i];
    const char *kind = build->policy->site[point->site].kind;
    return (applies->site_kind == NULL || strcmp(applies->site_kind, kind) == 0) &&
           (applies->quantity == NULL || strcmp(applies->quantity, point->quantity) == 0) &&
           (applies->has_site == NULL || applies->has_site[point->site]) &&
           (applies->has_point == NULL || applies->has_point[i]);
}

static void read_sites_of(struct build *build, struct schema_view view, struct applies *applies)
{
    if (schema_value(view, "sites") == NULL) {
        return;
    }
    bool *has_site = arena_take(build->scratch, (size_t) build->sites.count, sizeof *has_site);
    int32_t *indexes = arena_take(build->scratch, SITES_MAX, sizeof *indexes);
    int32_t count = build_refer_all(build, view, "sites", &build->sites, indexes, SITES_MAX);
    for (int32_t i = 0; i < count; i++) {
        has_site[indexes[i]] = true;
    }
    applies->has_site = has_site;
}

static void read_points_of(struct build *build, struct schema_view view, struct applies *applies)
{
    if (schema_value(view, "points") == NULL) {
        return;
    }
    size_t total = (size_t) build->policy->point_count;
    bool *has_point = arena_take(build->scratch, total, sizeof *has_point);
    struct reader_items items = schema_items(build->scratch, view, "points");
    for (int32_t i = 0; i < items.count; i++) {
        int32_t point = policy_find_point(build->policy, items.item[i]->string);
        if (point < 0) {
            reader_refuse(build->reader, items.item[i],
                          "there is no point '%s': write site/device/key", items.item[i]->string);
        } else {
            has_point[point] = true;
        }
    }
    applies->has_point = has_point;
}

static void check_quantity(struct build *build, struct schema_view view)
{
    const struct json *quantity = schema_value(view, "quantity");
    if (quantity == NULL || quantity_find(quantity->string) != NULL) {
        return;
    }
    struct suggest suggest = {.word = quantity->string};
    quantity_offer(&suggest);
    if (suggest.best[0] != '\0') {
        reader_refuse(build->reader, quantity, "there is no quantity '%s'%s", quantity->string,
                      suggest_text(&suggest));
    }
}

static struct applies read_applies(struct build *build, struct schema_view rule)
{
    struct schema_view view = schema_inside(rule, "applies_to");
    struct applies applies = {.site_kind = schema_text(view, "site_kind"),
                              .quantity = schema_text(view, "quantity")};
    check_quantity(build, view);
    read_sites_of(build, view, &applies);
    read_points_of(build, view, &applies);
    if (view.object != NULL && view.object->count == 0) {
        reader_refuse(build->reader, view.object,
                      "is empty: give 'site_kind', 'quantity', 'sites' or 'points'");
    }
    return applies;
}

/* Compiles the expression of one key for every point of the rule, to find its windows and mistakes.
 * Only the first mistake is reported. */
static bool check_expression(struct judging *judging, struct schema_view view, const char *key,
                             int32_t first)
{
    const struct json *value = schema_value(view, key);
    int32_t failed = 0;
    struct error error = {""};
    struct arena *arena = arena_new();
    for (int32_t i = first; value != NULL && i < judging->count; i++) {
        struct rule_scope scope = {judging->build, judging->judgement[i].point, &judging->windows,
                                   arena};
        const struct expr *expr = NULL;
        struct error other;
        bool is_good =
            rule_scope_compile(&scope, value->string, &expr, failed == 0 ? &error : &other);
        failed += !is_good;
    }
    arena_free(arena);
    if (failed > 1) {
        reader_refuse(judging->build->reader, value, "%s (and so for %d more points)", error.text,
                      (int) failed - 1);
    } else if (failed == 1) {
        reader_refuse(judging->build->reader, value, "%s", error.text);
    }
    return failed == 0;
}

static void add_judgement(struct judging *judging, int32_t rule, int32_t point)
{
    judging->judgement = arena_grow(judging->build->scratch, judging->judgement, judging->count,
                                    &judging->max, sizeof *judging->judgement);
    judging->judgement[judging->count++] = (struct policy_judgement){.rule = rule, .point = point};
}

static void check_reserved(struct build *build, struct schema_view view)
{
    static const char *const reserved[] = {RULE_SILENT, RULE_LINK, RULE_STORE,
                                           RULE_DISK,   RULE_SMS,  RULE_OUTPUT};
    const struct json *id = schema_value(view, "id");
    for (size_t i = 0; id != NULL && i < sizeof reserved / sizeof reserved[0]; i++) {
        if (strcmp(id->string, reserved[i]) == 0) {
            reader_refuse(build->reader, id,
                          "'%s' is an incident of the gateway itself: choose another id",
                          id->string);
        }
    }
}

static void fill_rule(struct build *build, int32_t i, struct schema_view view)
{
    build->rule[i] = (struct policy_rule){
        .id = build->rules.id[i],
        .name = schema_text_or(view, "name", build->rules.id[i]),
        .when_text = schema_text_or(view, "when", ""),
        .clear_text = schema_text(view, "clear"),
        .severity = schema_choice_index(view, "severity"),
        .hold_ms = schema_span(view, "hold"),
        .clear_hold_ms = schema_span(view, "clear_hold"),
        .min_coverage = schema_number(view, "min_coverage"),
        .is_latched = schema_bool(view, "latch"),
    };
}

/* The default may be written down anywhere. */
static void check_min_coverage(struct build *build, struct schema_view view)
{
    const struct schema_view none = {NULL, view.row};
    if (islessgreater(schema_number(view, "min_coverage"), schema_number(none, "min_coverage"))) {
        reader_warn(build->reader, schema_value(view, "min_coverage"),
                    "has no effect: neither 'when' nor 'clear' asks for a window");
    }
}

/* The basis of a shipped rule is documentation, wherever the rule was copied to. */
static bool is_shipped_basis(const char *text)
{
    for (int i = 0; i < shipped_rules_count; i++) {
        if (strstr(shipped_rules[i].bytes, text) != NULL) {
            return true;
        }
    }
    return false;
}

static void check_basis(struct judging *judging, struct schema_view view)
{
    struct reader *reader = judging->build->reader;
    const struct json *basis = schema_value(view, "basis");
    const char *text = schema_text(schema_inside(view, "basis"), "text");
    int32_t file = text == NULL || is_shipped_basis(text) ? -1 : reader_find_file(reader, basis);
    if (file >= 0 && file != judging->warned_file) {
        reader_warn(reader, basis,
                    "has no effect yet: it is a note for readers of this file (said once a file)");
        judging->warned_file = file;
    }
}

static void read_rule(struct judging *judging, int32_t i)
{
    struct build *build = judging->build;
    struct schema_view view = schema_view("/rules/*", build->rules.item[i]);
    fill_rule(build, i, view);
    check_reserved(build, view);
    check_basis(judging, view);
    int32_t errors = build->reader->problems->error_count;
    struct applies applies = read_applies(build, view);
    bool is_refused = build->has_lost_points || build->reader->problems->error_count > errors;
    int32_t first = judging->count;
    for (int32_t point = 0; point < build->policy->point_count; point++) {
        if (applies_to(build, &applies, point)) {
            add_judgement(judging, i, point);
        }
    }
    const struct json *target = schema_value(view, "applies_to");
    if (judging->count == first && target != NULL && !is_refused) {
        reader_refuse(build->reader, target, "no point matches: this rule would never apply");
    }
    int32_t windows = judging->windows.count;
    bool is_good = check_expression(judging, view, "when", first);
    is_good = check_expression(judging, view, "clear", first) && is_good;
    if (!is_good || schema_value(view, "when") == NULL) {
        judging->count = first;
    } else if (judging->count > first && judging->windows.count == windows) {
        check_min_coverage(build, view);
    }
}

static int compare_judgements(const void *a, const void *b)
{
    const struct policy_judgement *one = a;
    const struct policy_judgement *other = b;
    int by_point = (one->point > other->point) - (one->point < other->point);
    return by_point != 0 ? by_point : (one->rule > other->rule) - (one->rule < other->rule);
}

/* The expressions of the last judgement of a rule, which the next one can usually share. */
struct shared {
    const struct expr *when, *clear;
};

static const struct expr *bind_expression(const struct rule_scope *scope, const char *text,
                                          const struct expr **known)
{
    struct rule_scope scratch = *scope;
    scratch.arena = arena_new();
    const struct expr *expr = NULL;
    bool is_good = rule_scope_compile(&scratch, text, &expr, NULL);
    CHECK(is_good);
    *known = expr_share(scope->arena, expr, *known);
    arena_free(scratch.arena);
    return *known;
}

static void bind_judgement(struct build *build, struct policy_judgement *judgement,
                           struct shared *shared)
{
    const struct policy_rule *rule = &build->rule[judgement->rule];
    const struct rule_scope scope = {build, judgement->point, NULL, build->arena};
    judgement->when = bind_expression(&scope, rule->when_text, &shared->when);
    if (rule->clear_text != NULL) {
        judgement->clear = bind_expression(&scope, rule->clear_text, &shared->clear);
    }
    int32_t limit_point = -1;
    judgement->has_limit =
        expr_limit(judgement->when, &limit_point, &judgement->limit, &judgement->is_upper);
    judgement->limit_point = limit_point < 0 ? judgement->point : limit_point;
}

void build_rules(struct build *build)
{
    struct policy *policy = build->policy;
    build->rules = build_ids(build, "rules", "rule", RULES_MAX);
    build->rule = arena_take(build->arena, (size_t) build->rules.count, sizeof *build->rule);
    struct judging judging = {.build = build, .warned_file = -1};
    for (int32_t i = 0; i < build->rules.count; i++) {
        read_rule(&judging, i);
    }
    rule_scope_fix_windows(build, &judging.windows);
    struct policy_judgement *judgement =
        arena_take(build->arena, (size_t) judging.count, sizeof *judgement);
    if (judging.count > 0) {
        memcpy(judgement, judging.judgement, (size_t) judging.count * sizeof *judgement);
        qsort(judgement, (size_t) judging.count, sizeof *judgement, compare_judgements);
    }
    struct shared *shared = arena_take(build->scratch, (size_t) build->rules.count, sizeof *shared);
    for (int32_t i = 0; i < judging.count; i++) {
        bind_judgement(build, &judgement[i], &shared[judgement[i].rule]);
    }
    policy->rule_count = build->rules.count;
    policy->rule = build->rule;
    policy->judgement_count = judging.count;
    policy->judgement = judgement;
}
