/* config_fixture.h - an arena and the problems of one config, for tests of config. */
#pragma once

#include <string.h>

#include "config/config.h"
#include "config/config_steps.h"
#include "tests/unit/expect.h"

enum { PATH_BYTES = 512 };

static struct arena *arena;
static struct config_problems problems;

static inline int set_up(void **state)
{
    (void) state;
    arena = arena_new();
    return 0;
}

static inline int tear_down(void **state)
{
    (void) state;
    arena_free(arena);
    return 0;
}

static inline void print_problems(void)
{
    for (int32_t i = 0; i < problems.count; i++) {
        print_error("%s\n", problems.item[i].text);
    }
}

static inline const struct config *read_good(const char *directory)
{
    const struct config *config = NULL;
    bool is_good = config_read(arena, directory, &problems, &config);
    if (!is_good) {
        print_problems();
    }
    assert_true(is_good);
    return config;
}

/* A config of one file in memory. */
static inline bool read_text(const char *text, const struct config **ret_config)
{
    struct reader *reader = reader_new(arena, ".", &problems);
    reader_add_text(reader, "huoyan.json", text, strlen(text));
    return build_config(arena, reader, ret_config);
}
