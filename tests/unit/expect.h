/* expect.h - what cmocka 1.1.5 lacks. Include it instead of cmocka.h. */
#pragma once

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* cmocka's own float comparison rounds to float. */
static inline void expect_near_at(double actual, double expected, double tolerance,
                                  const char *file, int line)
{
    if (!(fabs(actual - expected) <= tolerance)) {
        print_error("%s:%d: %.17g is not within %g of %.17g\n", file, line, actual, tolerance,
                    expected);
        fail();
    }
}

#define expect_near(actual, expected, tolerance) \
    expect_near_at((actual), (expected), (tolerance), __FILE__, __LINE__)
