#include "config/config.h"

#include "config/config_steps.h"

bool config_read(struct arena *arena, const char *directory, struct config_problems *problems,
                 const struct config **ret_config)
{
    struct reader *reader = reader_new(arena, directory, problems);
    reader_read(reader);
    return build_config(arena, reader, ret_config);
}

bool config_read_to_run(struct arena *arena, const char *directory,
                        struct config_problems *problems, const struct config **ret_config)
{
    struct reader *reader = reader_new(arena, directory, problems);
    struct arena *trees = arena_new();
    reader->trees = trees;
    reader_read(reader);
    bool is_good = build_config(arena, reader, ret_config);
    arena_free(trees);
    return is_good;
}
