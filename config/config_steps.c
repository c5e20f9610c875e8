#include "config/config_steps.h"

#include "config/cross_checks/cross_checks.h"
#include "config/sections/sections.h"

static void run_build_steps(struct build *build)
{
    build_settings(build);
    build_people(build);
    build_escalation(build);
    build_profiles(build);
    build_links(build);
    build_sites(build);
    build_devices(build);
    build_points(build);
    build_outputs(build);
    build_link_devices(build);
    build_bus_load(build);
    build_rules(build);
    build_danger(build);
    build_limits(build);
    build_sort_derived(build->source);
}

bool build_config(struct arena *arena, struct reader *reader, const struct config **ret_config)
{
    /* A file that cannot be parsed hides the ids that other files refer to. The steps would then
     * report mistakes that are none. */
    bool has_all_files = true;
    for (int32_t i = 0; i < reader->file_count; i++) {
        if (reader->file[i].root != NULL) {
            schema_check(reader, reader->file[i].root);
        } else {
            has_all_files = false;
        }
    }
    struct config *config = arena_take(arena, 1, sizeof *config);
    struct build build = {.arena = arena,
                          .scratch = arena_new(),
                          .reader = reader,
                          .config = config,
                          .policy = arena_take(arena, 1, sizeof(struct policy)),
                          .source = arena_take(arena, 1, sizeof(struct config_source))};
    build.source->reader = reader;
    if (has_all_files) {
        run_build_steps(&build);
    }
    arena_free(build.scratch);
    reader_finish(reader);
    if (reader->problems->error_count > 0) {
        return false;
    }
    config->directory = reader->directory;
    config->policy = build.policy;
    config->source = reader->trees == reader->arena ? build.source : NULL;
    *ret_config = config;
    return true;
}
