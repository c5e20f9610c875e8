#include "gateway/cli/run.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "gateway/cli/shared/exit.h"
#include "gateway/cli/shared/options.h"
#include "gateway/cli/shared/signals.h"
#include "gateway/io/system/log.h"

static void print_run_problems(const struct config_problems *problems)
{
    for (int32_t i = 0; i < problems->count; i++) {
        (void) fprintf(stderr, "%s\n", problems->item[i].text);
    }
}

/* Reads the config; NULL after printing what is wrong with it. */
static const struct config *read_config(struct arena *arena, const char *directory)
{
    struct config_problems problems = {0};
    const struct config *config = NULL;
    bool is_right = config_read_to_run(arena, directory, &problems, &config);
    print_run_problems(&problems);
    (void) malloc_trim(0); /* reading takes several times the memory of the result */
    return is_right ? config : NULL;
}

/* A config and its memory; both NULL: none. */
struct loaded_config {
    struct arena *arena;
    const struct config *config;
};

struct process {
    const char *directory;
    struct signals signals;
    struct loaded_config next; /* read by a reload */
    struct loaded_config last; /* ran before, until the new one is open */
};

static void free_loaded(struct loaded_config *loaded)
{
    arena_free(loaded->arena);
    *loaded = (struct loaded_config){0};
}

/* Ends the turn for a reload. As long as the new config has mistakes, the old one goes on. */
static bool reload_config(void *context, ms_t now)
{
    (void) now;
    struct process *process = context;
    if (!atomic_load(&process->signals.is_reload)) {
        return true;
    }
    atomic_store(&process->signals.is_reload, false);
    struct arena *arena = arena_new();
    const struct config *config = read_config(arena, process->directory);
    if (config == NULL) {
        arena_free(arena);
        log_line(LOG_LEVEL_ERROR, "config", "has mistakes; the running one goes on");
        return true;
    }
    process->next = (struct loaded_config){arena, config};
    return false;
}

/* The part of "127.0.0.1:8080" or "[::1]:8080" before the port. */
static int length_of_host(const char *listen)
{
    const char *colon = strrchr(listen, ':');
    return colon == NULL ? 0 : (int) (colon - listen);
}

/* Opens, runs and closes the daemon once. */
static int run_once(struct process *process, const struct config *config)
{
    log_set_zone(&config->policy->zone);
    const struct daemon_options options = {
        .reply_fd = -1, .on_turn = reload_config, .context = process};
    struct daemon *daemon = NULL;
    struct error error;
    if (!daemon_open(config, &options, &daemon, &error)) {
        log_line(LOG_LEVEL_ERROR, "huoyan", "%s", error.text);
        return EXIT_SYSTEM;
    }
    free_loaded(&process->last);
    signals_set_daemon(daemon);
    log_line(LOG_LEVEL_INFO, "huoyan",
             "version %s watches %d points of %d sites, dashboard at http://%.*s:%d/",
             HUOYAN_VERSION, config->policy->point_count, config->policy->site_count,
             length_of_host(config->listen), config->listen, daemon_port(daemon));
    daemon_run(daemon, &process->signals.must_stop);
    signals_set_daemon(NULL);
    daemon_close(daemon);
    return EXIT_DONE;
}

/* The config to run after `loaded`, which ended with `code`: the reloaded one, or the one before if
 * the reloaded one could not be opened. */
static struct loaded_config choose_next(struct process *process, struct loaded_config *loaded,
                                        int code)
{
    struct loaded_config next = process->next;
    process->next = (struct loaded_config){0};
    if (code == EXIT_DONE && next.config != NULL) {
        process->last = *loaded;
        *loaded = (struct loaded_config){0};
        return next;
    }
    if (code != EXIT_DONE && process->last.config != NULL) {
        log_line(LOG_LEVEL_ERROR, "config", "cannot be opened; the one before goes on");
        next = process->last;
        process->last = (struct loaded_config){0};
    }
    return next;
}

/* Runs one config after another until a signal stops the daemon. */
static int run_configs(struct process *process, struct loaded_config loaded)
{
    int code = EXIT_DONE;
    while (loaded.config != NULL &&
           !(code == EXIT_DONE && atomic_load(&process->signals.must_stop))) {
        code = run_once(process, loaded.config);
        struct loaded_config next = choose_next(process, &loaded, code);
        free_loaded(&loaded);
        loaded = next;
    }
    free_loaded(&loaded);
    free_loaded(&process->last);
    return code;
}

int cli_run(int count, char **arguments)
{
    static const char usage[] = "usage: huoyan run -c DIR\n";
    struct process process = {.directory = NULL};
    const struct option table[] = {{"-c", &process.directory, NULL}, {NULL, NULL, NULL}};
    if (!options_parse(count, arguments, table, usage)) {
        return EXIT_USAGE;
    }
    if (process.directory == NULL) {
        return options_refuse(usage);
    }
    struct loaded_config loaded = {.arena = arena_new()};
    loaded.config = read_config(loaded.arena, process.directory);
    if (loaded.config == NULL) {
        free_loaded(&loaded);
        return EXIT_NO;
    }
    signals_catch(&process.signals);
    int code = run_configs(&process, loaded);
    log_line(LOG_LEVEL_INFO, "huoyan", "stopped");
    return code;
}
