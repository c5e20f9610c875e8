/* rule_scope.h - what the names in a rule's expression mean for one point.
 *
 * A window's index is final only when all windows are known and sorted by point. So each expression
 * is compiled twice: once to collect the windows, once to bind them. */
#pragma once

#include "config/build/build.h"
#include "gateway/core/expr/expr.h"

struct rule_windows {
    int32_t count, max;
    struct policy_window *window;
};

/* One compilation: names are seen from the point. */
struct rule_scope {
    struct build *build;
    int32_t point;
    struct rule_windows *collect; /* first pass; else the policy's windows are searched */
    struct arena *arena;          /* of the expressions */
};

MUST_CHECK bool rule_scope_compile(struct rule_scope *scope, const char *text,
                                   const struct expr **ret_expr, struct error *error);

/* Hands the collected windows to the policy: sorted, each once. */
void rule_scope_fix_windows(struct build *build, struct rule_windows *all);
