/* baud.h - the baud rates of serial buses: those that libmodbus sets as asked. */
#pragma once

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

enum { BAUD_COUNT = 8 };
#define BAUD_NAMES "1200 2400 4800 9600 19200 38400 57600 115200"

static inline bool baud_is_known(double baud)
{
    static const double known[BAUD_COUNT] = {1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200};
    for (size_t i = 0; i < BAUD_COUNT; i++) {
        if (!islessgreater(known[i], baud)) {
            return true;
        }
    }
    return false;
}
