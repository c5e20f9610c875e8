/* expr_side.c - the direction in which each point makes an expression true. */
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

/* Of two constants the compiler has made one. */
static unsigned side_of_arithmetic(enum arithmetic arithmetic, const struct operand *left,
                                   const struct operand *right)
{
    if (arithmetic == ARITHMETIC_ADD) {
        return left->sides | right->sides;
    }
    if (arithmetic == ARITHMETIC_SUBTRACT) {
        return left->sides | turn_sides(right->sides);
    }
    if (right->is_constant) {
        return scale_sides(left->sides, right->constant);
    }
    if (arithmetic == ARITHMETIC_MULTIPLY && left->is_constant) {
        return scale_sides(right->sides, left->constant);
    }
    return depend_on(left->sides | right->sides);
}

static unsigned side_of_comparison(enum comparison comparison, unsigned left, unsigned right)
{
    switch (comparison) {
    case COMPARE_GREATER:
    case COMPARE_GREATER_EQUAL:
        return resolve_windows(left | turn_sides(right));
    case COMPARE_LESS:
    case COMPARE_LESS_EQUAL:
        return resolve_windows(turn_sides(left) | right);
    case COMPARE_EQUAL:
    case COMPARE_NOT_EQUAL:
        break;
    }
    return resolve_windows(depend_on(left | right));
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

static bool is_about_point(const struct walk *walk, const struct op *op)
{
    int32_t point = -1;
    return find_op_point(op, walk->names, &point) && point == walk->point;
}

static void walk_op(struct walk *walk, const struct op *op)
{
    struct operand result = {0};
    struct operand right;
    switch (op->kind) {
    case OP_NUMBER:
        result = (struct operand){.is_constant = true, .constant = op->number};
        break;
    case OP_POINT:
        result.sides = is_about_point(walk, op) ? EXPR_UP : 0U;
        break;
    case OP_WINDOW: /* mean, minimum and maximum follow the values */
        result.sides = is_about_point(walk, op) ? EXPR_UP << OF_WINDOW : 0U;
        break;
    case OP_AGE: /* independent of the value */
        break;
    case OP_NEGATE:
    case OP_NOT:
        result.sides = turn_sides(pop_side(walk).sides);
        break;
    case OP_ARITHMETIC:
        right = pop_side(walk);
        result = pop_side(walk);
        result = (struct operand){.sides = side_of_arithmetic(op->arithmetic, &result, &right)};
        break;
    case OP_COMPARE:
        right = pop_side(walk);
        result.sides = side_of_comparison(op->comparison, pop_side(walk).sides, right.sides);
        break;
    case OP_AND:
    case OP_OR:
        right = pop_side(walk);
        result.sides = pop_side(walk).sides | right.sides;
        break;
    }
    push_side(walk, result);
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
