/* expr_fuzz.c - any text either compiles, and then judges without a crash, or is refused with a
 * column. */
#include "gateway/core/expr/expr.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static bool find_point(void *context, const char *name, int32_t *ret_point, struct error *error)
{
    (void) context;
    if (name[0] == 'x') {
        return error_set(error, "unknown name '%s'", name);
    }
    *ret_point = (uint8_t) name[0];
    return true;
}

static bool find_window(void *context, int32_t point, ms_t span_ms, int32_t *ret_window,
                        struct error *error)
{
    (void) context;
    (void) span_ms;
    (void) error;
    *ret_window = point;
    return true;
}

static bool find_parameter(void *context, const char *name, double *ret_value, struct error *error)
{
    (void) context;
    (void) error;
    *ret_value = name[0];
    return true;
}

static bool value_of(const void *context, int32_t point, double *ret_value)
{
    (void) context;
    *ret_value = point == 'v' ? 40 : 1e300;
    return point != 'b';
}

static struct window_summary window_of(const void *context, int32_t window)
{
    (void) context;
    return (struct window_summary){
        .min = -1e300, .max = 1e300, .mean = window, .coverage = window % 3 / 2.0};
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const struct expr_scope scope = {
        .find_point = find_point, .find_window = find_window, .find_parameter = find_parameter};
    static const struct expr_world context = {
        .min_coverage = 0.75, .value = value_of, .age = value_of, .window = window_of};
    char text[2 * EXPR_TEXT_MAX];
    if (length >= sizeof text) {
        return 0;
    }
    memcpy(text, bytes, length);
    text[length] = '\0';

    struct arena *arena = arena_new();
    const struct expr *expr = NULL;
    struct error error = {.text = ""};
    if (expr_compile(arena, text, &scope, &expr, &error)) {
        enum truth truth = expr_judge(expr, &context);
        int32_t point = 0;
        double limit = 0;
        bool is_upper = false;
        if (truth > TRUTH_UNKNOWN ||
            (expr_limit(expr, &point, &limit, &is_upper) && point == 'x')) {
            abort();
        }
    } else if (strncmp(error.text, "column ", 7) != 0 || expr != NULL) {
        abort();
    }
    arena_free(arena);
    return 0;
}
