/* problems.h - the mistakes and warnings of one config, each one line for people. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { CONFIG_PROBLEMS_MAX = 200 };

struct config_problem {
    bool is_warning;
    int32_t file, line; /* the lines stand in this order */
    const char *text; /* "FILE:LINE: /PATH: SENTENCE", a warning with "warning: " before SENTENCE */
};

struct config_problems {
    int32_t count;
    int32_t error_count, warning_count;              /* all, also those without a place in `item` */
    struct config_problem item[CONFIG_PROBLEMS_MAX]; /* the last one says how many more there are */
};
