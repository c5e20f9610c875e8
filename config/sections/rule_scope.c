#include "config/sections/rule_scope.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/quantity.h"
#include "gateway/base/suggest.h"

static bool find_measuring_point(const struct rule_scope *scope, int32_t first, int32_t count,
                                 const char *name, struct text *matches, int32_t *ret_found)
{
    const struct policy *policy = scope->build->policy;
    int32_t found = 0;
    for (int32_t i = first; i < first + count; i++) {
        if (strcmp(policy->point[i].quantity, name) == 0) {
            text_add(matches, "%s%s", found > 0 ? ", " : "", policy->point[i].id);
            *ret_found = i;
            found++;
        }
    }
    return found == 1;
}

static bool refuse_unknown_name(const struct rule_scope *scope, const char *name,
                                struct error *error)
{
    const struct policy *policy = scope->build->policy;
    const struct policy_point *point = &policy->point[scope->point];
    if (quantity_find(name) != NULL) {
        return error_set(error, "no point of the site '%s' measures '%s'",
                         policy->site[point->site].id, name);
    }
    struct suggest suggest = {.word = name};
    suggest_offer(&suggest, "value");
    quantity_offer(&suggest);
    return error_set(error, "there is no name '%s'%s", name, suggest_text(&suggest));
}

static bool find_site_point(const struct rule_scope *scope, const struct policy_site *site,
                            const char *name, struct text *matches, int32_t *ret_point)
{
    if (site->device_count == 0) {
        return false;
    }
    const struct policy_device *first = &scope->build->policy->device[site->first_device];
    const struct policy_device *last = first + site->device_count - 1;
    int32_t count = last->first_point + last->point_count - first->first_point;
    return find_measuring_point(scope, first->first_point, count, name, matches, ret_point);
}

/* The own device comes first, so that two sensors of one site need no further names. */
static bool find_rule_point(void *context, const char *name, int32_t *ret_point,
                            struct error *error)
{
    const struct rule_scope *scope = context;
    const struct policy *policy = scope->build->policy;
    const struct policy_point *point = &policy->point[scope->point];
    if (strcmp(name, "value") == 0) {
        *ret_point = -1; /* so that one expression serves all points of a rule */
        return true;
    }
    char bytes[ERROR_MAX / 2];
    struct text matches = text_over(bytes, sizeof bytes);
    const struct policy_device *device = &policy->device[point->device];
    bool is_found = find_measuring_point(scope, device->first_point, device->point_count, name,
                                         &matches, ret_point);
    if (!is_found && matches.length == 0) {
        is_found = find_site_point(scope, &policy->site[point->site], name, &matches, ret_point);
    }
    if (!is_found && matches.length == 0) {
        return refuse_unknown_name(scope, name, error);
    }
    return is_found || error_set(error, "'%s' is ambiguous for '%s': %s", name, point->id, bytes);
}

static int compare_windows(const void *a, const void *b)
{
    const struct policy_window *one = a;
    const struct policy_window *other = b;
    int by_point = (one->point > other->point) - (one->point < other->point);
    int by_span = (one->span_ms > other->span_ms) - (one->span_ms < other->span_ms);
    return by_point != 0 ? by_point : by_span;
}

static bool find_rule_window(void *context, int32_t point, ms_t span_ms, int32_t *ret_window,
                             struct error *error)
{
    const struct rule_scope *scope = context;
    struct build *build = scope->build;
    if (span_ms < MS_PER_SECOND || span_ms > 7 * MS_PER_DAY) {
        return error_set(error, "a window is 1s to 7d long");
    }
    struct policy_window wanted = {point < 0 ? scope->point : point, span_ms};
    struct rule_windows *collect = scope->collect;
    if (collect == NULL) {
        const struct policy *policy = build->policy;
        const struct policy_window *found = bsearch(
            &wanted, policy->window, (size_t) policy->window_count, sizeof wanted, compare_windows);
        CHECK(found != NULL);
        *ret_window = (int32_t) (found - policy->window);
        return true;
    }
    collect->window =
        arena_grow(build->scratch, collect->window, collect->count, &collect->max, sizeof wanted);
    collect->window[collect->count++] = wanted;
    *ret_window = 0;
    return true;
}

static bool find_site_parameter(void *context, const char *name, double *ret_value,
                                struct error *error)
{
    const struct rule_scope *scope = context;
    struct build *build = scope->build;
    int32_t site = build->policy->point[scope->point].site;
    struct schema_view view =
        schema_inside(schema_view("/sites/*", build->sites.item[site]), "parameters");
    if (schema_find(view.row, name) == NULL) {
        return error_set(error, "there is no parameter 'site.%s', only site.max_people", name);
    }
    if (schema_value(view, name) == NULL) {
        return error_set(error, "the site '%s' has no '%s' in its 'parameters'",
                         build->site[site].id, name);
    }
    *ret_value = schema_number(view, name);
    return true;
}

bool rule_scope_compile(struct rule_scope *scope, const char *text, const struct expr **ret_expr,
                        struct error *error)
{
    struct expr_scope names = {scope, find_rule_point, find_rule_window, find_site_parameter};
    return expr_compile(scope->arena, text, &names, ret_expr, error);
}

void rule_scope_fix_windows(struct build *build, struct rule_windows *all)
{
    if (all->count > 0) {
        qsort(all->window, (size_t) all->count, sizeof *all->window, compare_windows);
    }
    struct policy_window *window = arena_take(build->arena, (size_t) all->count, sizeof *window);
    int32_t count = 0;
    for (int32_t i = 0; i < all->count; i++) {
        if (count == 0 || compare_windows(&window[count - 1], &all->window[i]) != 0) {
            window[count++] = all->window[i];
        }
    }
    build->policy->window = window;
    build->policy->window_count = count;
}
