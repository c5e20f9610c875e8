#include "gateway/base/check.h"
#include "gateway/core/expr/expr_ops.h"

/* The effect of one point on a number: EXPR_UP when it grows with the point, EXPR_DOWN when it
 * falls, both when that depends. OF_WINDOW bits higher, the same for the windows of the point. A
 * truth has only the first two: the direction that makes it true. */
enum { OF_WINDOW = 2 };

struct operand {
    unsigned sides;
    bool is_constant;
    double constant;
};

struct walk {
    const struct expr_names *names;
    int32_t point;
    int32_t count;
    struct operand item[EXPR_DEPTH_MAX];
};

static void push_side(struct walk *walk, struct operand operand)
{
    CHECK(walk->count < EXPR_DEPTH_MAX);
    walk->item[walk->count++] = operand;
}

static struct operand pop_side(struct walk *walk)
{
    CHECK(walk->count > 0);
    return walk->item[--walk->count];
}

static const unsigned ups = EXPR_UP | EXPR_UP << OF_WINDOW;
static const unsigned downs = EXPR_DOWN | EXPR_DOWN << OF_WINDOW;

static unsigned turn_sides(unsigned sides)
{
    return (sides & ups) << 1U | (sides & downs) >> 1U;
}

/* Which direction it is depends on other values: both are possible. */
static unsigned depend_on(unsigned sides)
{
    return sides | turn_sides(sides);
}

/* A value outweighs its own window: with value - min(value, 10m) a rise makes it true; a fall only
 * lowers the minimum. */
static unsigned resolve_windows(unsigned sides)
{
    unsigned direct = sides & (EXPR_UP | EXPR_DOWN);
    return direct != 0 ? direct : sides >> OF_WINDOW;
}

/* Times, or divided by, a constant. */
static unsigned scale_sides(unsigned sides, double by)
{
    return by < 0 ? turn_sides(sides) : sides;
}

static void turn_top(struct walk *walk)
{
    struct operand operand = pop_side(walk);
    operand.sides = turn_sides(operand.sides);
    operand.constant = -operand.constant;
    push_side(walk, operand);
}

static void side_of_arithmetic(struct walk *walk, enum arithmetic arithmetic)
{
    struct operand right = pop_side(walk);
    struct operand left = pop_side(walk);
    struct operand result = {.sides = depend_on(left.sides | right.sides)};
    result.is_constant = left.is_constant && right.is_constant;
    if (result.is_constant) {
        result.constant = expr_calculate(arithmetic, left.constant, right.constant);
    } else if (arithmetic == ARITHMETIC_ADD) {
        result.sides = left.sides | right.sides;
    } else if (arithmetic == ARITHMETIC_SUBTRACT) {
        result.sides = left.sides | turn_sides(right.sides);
    } else if (right.is_constant) {
        result.sides = scale_sides(left.sides, right.constant);
    } else if (arithmetic == ARITHMETIC_MULTIPLY && left.is_constant) {
        result.sides = scale_sides(right.sides, left.constant);
    }
    push_side(walk, result);
}

static void side_of_comparison(struct walk *walk, enum comparison comparison)
{
    struct operand right = pop_side(walk);
    struct operand left = pop_side(walk);
    struct operand truth = {.sides = depend_on(left.sides | right.sides)};
    switch (comparison) {
    case COMPARE_GREATER:
    case COMPARE_GREATER_EQUAL:
        truth.sides = left.sides | turn_sides(right.sides);
        break;
    case COMPARE_LESS:
    case COMPARE_LESS_EQUAL:
        truth.sides = turn_sides(left.sides) | right.sides;
        break;
    case COMPARE_EQUAL:
    case COMPARE_NOT_EQUAL:
        break;
    }
    truth.sides = resolve_windows(truth.sides);
    push_side(walk, truth);
}

/* The point of the op, or false: it has none. */
static bool find_op_point(const struct op *op, const struct expr_names *names, int32_t *ret_point)
{
    if (op->kind == OP_POINT) {
        *ret_point = op->index < 0 ? names->subject : op->index;
        return true;
    }
    if (op->kind == OP_WINDOW) {
        *ret_point = names->point_of(names->context, op->index);
        return true;
    }
    return false;
}

static void push_point(struct walk *walk, const struct op *op, unsigned side)
{
    int32_t point = -1;
    bool is_it = find_op_point(op, walk->names, &point) && point == walk->point;
    push_side(walk, (struct operand){.sides = is_it ? side : 0U});
}

static void walk_op(struct walk *walk, const struct op *op)
{
    switch (op->kind) {
    case OP_NUMBER:
        push_side(walk, (struct operand){.is_constant = true, .constant = op->number});
        break;
    case OP_POINT:
        push_point(walk, op, EXPR_UP);
        break;
    case OP_WINDOW: /* mean, minimum and maximum follow the values */
        push_point(walk, op, EXPR_UP << OF_WINDOW);
        break;
    case OP_AGE: /* independent of the value */
        push_side(walk, (struct operand){0});
        break;
    case OP_NEGATE:
        turn_top(walk);
        break;
    case OP_ARITHMETIC:
        side_of_arithmetic(walk, op->arithmetic);
        break;
    case OP_COMPARE:
        side_of_comparison(walk, op->comparison);
        break;
    case OP_NOT: {
        struct operand operand = pop_side(walk);
        push_side(walk, (struct operand){.sides = turn_sides(operand.sides)});
        break;
    }
    case OP_AND:
    case OP_OR: {
        struct operand right = pop_side(walk);
        struct operand left = pop_side(walk);
        push_side(walk, (struct operand){.sides = left.sides | right.sides});
        break;
    }
    }
}

static unsigned find_sides(const struct expr *expr, const struct expr_names *names, int32_t point)
{
    struct walk walk UNINITIALIZED;
    walk.names = names;
    walk.point = point;
    walk.count = 0;
    for (int32_t i = 0; i < expr->op_count; i++) {
        walk_op(&walk, &expr->op[i]);
    }
    CHECK(walk.count == 1);
    return walk.item[0].sides;
}

static bool has_side(const struct expr_side *side, int32_t count, int32_t point)
{
    for (int32_t i = 0; i < count; i++) {
        if (side[i].point == point) {
            return true;
        }
    }
    return false;
}

int32_t expr_sides(const struct expr *expr, const struct expr_names *names,
                   struct expr_side ret_side[static EXPR_OPS_MAX])
{
    int32_t count = 0;
    for (int32_t i = 0; i < expr->op_count; i++) {
        int32_t point = -1;
        if (find_op_point(&expr->op[i], names, &point) && !has_side(ret_side, count, point)) {
            ret_side[count].point = point;
            ret_side[count].sides = find_sides(expr, names, point);
            count++;
        }
    }
    return count;
}
