#include "gateway/cli/scan/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/parse.h"
#include "gateway/cli/scan/scan_print.h"
#include "gateway/cli/scan/scan_search.h"
#include "gateway/cli/shared/exit.h"
#include "gateway/cli/shared/options.h"
#include "gateway/cli/shared/signals.h"
#include "gateway/io/system/clock.h"

/* 80 is the factory setting of some distance sensors. */
static const char units_default[] = "1-32,80";
static const char parities_default[] = "none,even";

enum {
    TIMEOUT_SERIAL_MS = 200,
    TIMEOUT_CONVERTER_MS = 500, /* the serial line and the network */
    TIMEOUT_GATEWAY_MS = 1000,  /* most gateways wait that long themselves */
    TIMEOUT_MIN_MS = 10,
    TIMEOUT_MAX_MS = 60000,
};

struct words {
    struct target_words target;
    const char *bauds, *parities, *units, *timeout;
    bool wants_first, is_thorough, is_json;
};

/* The context of the callbacks. */
struct show {
    bool is_json, has_bar;
    struct scan_bar bar;
};

static const char scan_usage[] = "usage: huoyan scan LINK -c DIR\n"
                                 "       huoyan scan --serial PATH | --tcp HOST:PORT | "
                                 "--rtu-over-tcp HOST:PORT [-c DIR]\n"
                                 "options: --bauds 9600,4800 --parities none,even,odd --units "
                                 "1-32,80 --timeout 200ms --first --thorough --json\n";

static bool parse_scan_words(int count, char **arguments, struct words *words)
{
    const struct option table[] = {
        {"", &words->target.name, NULL},
        {"-c", &words->target.directory, NULL},
        {"--serial", &words->target.serial, NULL},
        {"--tcp", &words->target.tcp, NULL},
        {"--rtu-over-tcp", &words->target.rtu_over_tcp, NULL},
        {"--bauds", &words->bauds, NULL},
        {"--parities", &words->parities, NULL},
        {"--units", &words->units, NULL},
        {"--timeout", &words->timeout, NULL},
        {"--first", NULL, &words->wants_first},
        {"--thorough", NULL, &words->is_thorough},
        {"--json", NULL, &words->is_json},
        {NULL, NULL, NULL},
    };
    return options_parse(count, arguments, table, scan_usage);
}

/* `way_ms`: the latency of the link, from the config. */
static bool plan_timeout(const struct words *words, ms_t way_ms, struct scan_plan *plan,
                         struct error *error)
{
    ms_t ms = TIMEOUT_SERIAL_MS;
    if (plan->kind != LINK_RTU) {
        ms = plan->kind == LINK_TCP ? TIMEOUT_GATEWAY_MS : TIMEOUT_CONVERTER_MS;
    }
    if (words->timeout != NULL &&
        (!parse_duration(words->timeout, &ms) || ms < TIMEOUT_MIN_MS || ms > TIMEOUT_MAX_MS)) {
        return error_set(error, "--timeout '%s' is no span from 10ms to 60s", words->timeout);
    }
    plan->timeout = (ms + (words->timeout == NULL ? way_ms : 0)) * US_PER_MS;
    return true;
}

static bool plan_lines(const struct words *words, const struct target *target,
                       struct scan_plan *plan, struct error *error)
{
    const struct link_settings *link = &target->link;
    if (link->kind != LINK_RTU) {
        plan->line[plan->line_count++] = (struct scan_line){0, 'N'};
        return (words->bauds == NULL && words->parities == NULL) ||
               error_set(error, "--bauds and --parities belong to a serial line");
    }
    char bauds[SCAN_BAUDS_TEXT];
    scan_list_bauds(target->profile, target->profile_count, bauds);
    if (link->id != NULL && words->bauds == NULL && words->parities == NULL) {
        plan->line[plan->line_count++] = (struct scan_line){link->baud, link->parity};
    }
    return scan_parse_lines(words->bauds != NULL ? words->bauds : bauds,
                            words->parities != NULL ? words->parities : parities_default, plan,
                            error);
}

static bool make_plan(const struct words *words, const struct target *target,
                      struct scan_plan *plan, struct error *error)
{
    *plan = (struct scan_plan){.kind = target->link.kind, .stop_bits = 1};
    if (target->link.stop_bits > 0) {
        plan->stop_bits = target->link.stop_bits;
    }
    scan_choose_questions(plan, target->profile, target->profile_count, words->is_thorough);
    return plan_timeout(words, target->link.latency_ms, plan, error) &&
           plan_lines(words, target, plan, error) &&
           scan_parse_units(words->units != NULL ? words->units : units_default, plan, error);
}

static void on_progress(void *context, const struct scan *scan)
{
    struct show *show = context;
    if (show->has_bar) {
        scan_bar_draw(&show->bar, scan, clock_us());
    }
}

static void on_hit(void *context, const struct scan *scan, const struct scan_hit *hit)
{
    struct show *show = context;
    scan_bar_wipe(&show->bar);
    if (!show->is_json) {
        scan_print_hit(scan, hit);
    }
}

static int run_search(struct scan *scan, struct show *show)
{
    struct error error;
    if (!show->is_json) {
        scan_print_plan(scan);
    }
    bool is_good = scan_search(scan, &error);
    scan_bar_wipe(&show->bar);
    if (show->is_json) {
        scan_print_json(scan, is_good ? NULL : error.text);
    } else if (is_good || scan->asked > 0) {
        scan_print_end(scan);
    }
    if (!is_good) {
        (void) fprintf(stderr, "huoyan scan: %s\n", error.text);
        return EXIT_SYSTEM;
    }
    return scan->hit_count > 0 ? EXIT_DONE : EXIT_NO;
}

static int run_scan(const struct words *words, const struct target *target)
{
    struct show show = {
        .is_json = words->is_json,
        .has_bar = isatty(STDOUT_FILENO) != 0 && isatty(STDERR_FILENO) != 0,
    };
    struct scan *scan = calloc(1, sizeof *scan);
    CHECK(scan != NULL);
    struct error error;
    int code = EXIT_USAGE;
    if (make_plan(words, target, &scan->plan, &error)) {
        scan->target = target;
        scan->arena = target->arena;
        scan->wants_first = words->wants_first;
        scan->context = &show;
        scan->on_progress = on_progress;
        scan->on_hit = on_hit;
        scan->stop_fd = signals_open_stop();
        code = run_search(scan, &show);
        (void) close(scan->stop_fd);
    } else {
        (void) fprintf(stderr, "huoyan scan: %s\n", error.text);
    }
    free(scan);
    return code;
}

int cli_scan(int count, char **arguments)
{
    struct words words = {.wants_first = false};
    if (!parse_scan_words(count, arguments, &words)) {
        return EXIT_USAGE;
    }
    struct target target;
    int code = target_open(&words.target, "scan", &target);
    if (code == EXIT_DONE) {
        code = run_scan(&words, &target);
        target_close(&target);
    }
    return code;
}
