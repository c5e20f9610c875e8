/* expr_ops.h - a compiled expression: operands before their operator, over a stack. expr_compile.c
 * writes it, expr.c evaluates it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/core/expr/expr.h"

enum op_kind {
    OP_NUMBER, /* pushes .number */
    OP_POINT,  /* pushes the value of point .index */
    OP_AGE,    /* pushes the age of point .index */
    OP_WINDOW, /* pushes .statistic of window .index */
    OP_NEGATE,
    OP_ARITHMETIC, /* two numbers by .arithmetic */
    OP_COMPARE,    /* two numbers by .comparison; it and those below give a truth */
    OP_NOT,
    OP_AND,
    OP_OR,
};

enum statistic { STATISTIC_MEAN, STATISTIC_MIN, STATISTIC_MAX };
enum arithmetic { ARITHMETIC_ADD, ARITHMETIC_SUBTRACT, ARITHMETIC_MULTIPLY, ARITHMETIC_DIVIDE };
enum comparison {
    COMPARE_LESS,
    COMPARE_LESS_EQUAL,
    COMPARE_GREATER,
    COMPARE_GREATER_EQUAL,
    COMPARE_EQUAL,
    COMPARE_NOT_EQUAL,
};

struct op {
    enum op_kind kind;
    union {
        enum statistic statistic;
        enum arithmetic arithmetic;
        enum comparison comparison;
    };
    int32_t index;
    double number;
};

struct expr_limit {
    bool is_known, is_upper;
    int32_t point;
    double value;
};

struct expr {
    struct expr_limit limit;
    int32_t op_count;
    struct op op[]; /* never needs more than EXPR_DEPTH_MAX places on the stack */
};

/* Finite, or not a number, which stands for unknown. */
double expr_calculate(enum arithmetic arithmetic, double left, double right);
