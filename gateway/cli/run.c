#include "gateway/cli/run.h"

#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/thread.h"
#include "gateway/cli/shared/exit.h"
#include "gateway/io/system/log.h"

static pthread_mutex_t house_lock = PTHREAD_MUTEX_INITIALIZER;
static struct daemon *running_daemon; /* under the lock */

static void *take_signals(void *context)
{
    struct run_signals *signals = context;
    sigset_t wanted;
    (void) sigemptyset(&wanted);
    (void) sigaddset(&wanted, SIGTERM);
    (void) sigaddset(&wanted, SIGINT);
    (void) sigaddset(&wanted, SIGHUP);
    for (;;) {
        int number = 0;
        if (sigwait(&wanted, &number) != 0) {
            continue;
        }
        if (number == SIGHUP) {
            atomic_store(&signals->is_reload, true);
        } else {
            atomic_store(&signals->is_reload, false);
            atomic_store(&signals->must_stop, true);
        }
        thread_lock(&house_lock);
        if (running_daemon != NULL) {
            daemon_wake(running_daemon);
        }
        thread_unlock(&house_lock);
    }
    return NULL;
}

void run_catch_signals(struct run_signals *signals)
{
    sigset_t taken;
    (void) sigemptyset(&taken);
    (void) sigaddset(&taken, SIGTERM);
    (void) sigaddset(&taken, SIGINT);
    (void) sigaddset(&taken, SIGHUP);
    CHECK(pthread_sigmask(SIG_BLOCK, &taken, NULL) == 0);
    (void) signal(SIGPIPE, SIG_IGN);

    const struct thread_job job = {
        .name = "huoyan-signals", .run = take_signals, .context = signals};
    pthread_t thread;
    CHECK(thread_start(&job, &thread, NULL));
    CHECK(pthread_detach(thread) == 0);
}

void run_set_daemon(struct daemon *daemon)
{
    thread_lock(&house_lock);
    running_daemon = daemon;
    thread_unlock(&house_lock);
}

static void print_problems(const struct config_problems *problems)
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
    print_problems(&problems);
    (void) malloc_trim(0); /* reading takes several times what stays of it */
    return is_right ? config : NULL;
}

/* A config and the memory it lies in; both NULL: none. */
struct link_blocks {
    struct arena *arena;
    const struct config *config;
};

struct process {
    const char *directory;
    struct run_signals signals;
    struct link_blocks next; /* what a reload has read */
    struct link_blocks last; /* what ran before it, until the new one is open */
};

static void plan_free(struct link_blocks *plan)
{
    arena_free(plan->arena);
    *plan = (struct link_blocks){0};
}

/* A reload is refused as long as the new config has mistakes: the old one goes on. */
static bool on_turn(void *context, ms_t now)
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
        log_line(LOG_LEVEL_ERROR, "config", "has mistakes; the one that runs goes on");
        return true;
    }
    process->next = (struct link_blocks){arena, config};
    return false;
}

/* Of "127.0.0.1:8080" and "[::1]:8080", the part before the port. */
static int host_length(const char *listen)
{
    const char *colon = strrchr(listen, ':');
    return colon == NULL ? 0 : (int) (colon - listen);
}

/* Opens, runs and closes the daemon once. */
static int run_once(struct process *process, const struct config *config)
{
    log_set_zone(&config->policy->zone);
    const struct daemon_options options = {.reply_fd = -1, .on_turn = on_turn, .context = process};
    struct daemon *daemon = NULL;
    struct error error;
    if (!daemon_open(config, &options, &daemon, &error)) {
        log_line(LOG_LEVEL_ERROR, "huoyan", "%s", error.text);
        return EXIT_WORLD;
    }
    plan_free(&process->last);
    run_set_daemon(daemon);
    log_line(LOG_LEVEL_INFO, "huoyan",
             "version %s watches %d points of %d sites, dashboard at %s://%.*s:%d/", HUOYAN_VERSION,
             config->policy->point_count, config->policy->site_count,
             config->cert_file[0] == '\0' ? "http" : "https", host_length(config->listen),
             config->listen, daemon_port(daemon));
    daemon_run(daemon, &process->signals.must_stop);
    run_set_daemon(NULL);
    daemon_close(daemon);
    return EXIT_DONE;
}

/* What runs after `plan`, which ended with `code`: the one that a reload has read, or, when a reloaded one could not
 * be opened, the one before. */
static struct link_blocks follow(struct process *process, struct link_blocks *plan, int code)
{
    struct link_blocks next = process->next;
    process->next = (struct link_blocks){0};
    if (code == EXIT_DONE && next.config != NULL) {
        process->last = *plan;
        *plan = (struct link_blocks){0};
        return next;
    }
    if (code != EXIT_DONE && process->last.config != NULL) {
        log_line(LOG_LEVEL_ERROR, "config", "cannot be opened; the one before goes on");
        next = process->last;
        process->last = (struct link_blocks){0};
    }
    return next;
}

int cli_run(int count, char **arguments)
{
    if (count != 3 || strcmp(arguments[1], "-c") != 0) {
        (void) fprintf(stderr, "usage: huoyan run -c DIR\n");
        return EXIT_USAGE;
    }
    struct link_blocks plan = {.arena = arena_new()};
    plan.config = read_config(plan.arena, arguments[2]);
    if (plan.config == NULL) {
        plan_free(&plan);
        return EXIT_NO;
    }
    struct process process = {.directory = arguments[2]};
    run_catch_signals(&process.signals);
    int code = EXIT_DONE;
    while (plan.config != NULL && !(code == EXIT_DONE && atomic_load(&process.signals.must_stop))) {
        code = run_once(&process, plan.config);
        struct link_blocks next = follow(&process, &plan, code);
        plan_free(&plan);
        plan = next;
    }
    plan_free(&plan);
    plan_free(&process.last);
    log_line(LOG_LEVEL_INFO, "huoyan", "stopped");
    return code;
}
