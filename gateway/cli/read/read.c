#include "gateway/cli/read/read.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "gateway/base/parse.h"
#include "gateway/cli/read/read_print.h"
#include "gateway/cli/shared/exit.h"
#include "gateway/cli/shared/options.h"
#include "gateway/cli/shared/signals.h"
#include "sensors/device/decode.h"

enum { TIMEOUT_DEFAULT_MS = 1000, REPEAT_MAX = 1000000, INTERVAL_DEFAULT_MS = 1000 };

struct words {
    struct target_words target;
    const char *unit, *function, *address, *count, *profile;
    const char *timeout, *repeat, *interval;
    bool is_json;
};

/* The questions to ask, and how often. */
struct job {
    const struct target *target;
    const struct profile *profile; /* NULL: asked by hand */
    int32_t question_count;
    struct read_question question[PROFILE_READS_MAX];
    int64_t repeat;
    ms_t interval_ms;
    bool is_json, is_stopped;
    int stop_fd;
    struct probe *probe;
    struct probe_answer answer;
    struct decode_value values[PROFILE_POINTS_MAX];
};

static const char read_usage[] =
    "usage: huoyan read SITE/DEVICE -c DIR\n"
    "       huoyan read LINK -c DIR --unit N WHAT\n"
    "       huoyan read --serial PATH [--baud 9600] [--parity none] "
    "[--stop-bits 1] --unit N WHAT\n"
    "       huoyan read --tcp HOST:PORT | --rtu-over-tcp HOST:PORT --unit N "
    "WHAT\n"
    "WHAT: --profile ID, or [--fc 3] --address N [--count 1]\n"
    "options: --timeout 1s --repeat N --interval 1s --json\n";

static bool parse_read_words(int count, char **arguments, struct words *words)
{
    const struct option table[] = {
        {"", &words->target.name, NULL},
        {"-c", &words->target.directory, NULL},
        {"--serial", &words->target.serial, NULL},
        {"--tcp", &words->target.tcp, NULL},
        {"--rtu-over-tcp", &words->target.rtu_over_tcp, NULL},
        {"--baud", &words->target.baud, NULL},
        {"--parity", &words->target.parity, NULL},
        {"--stop-bits", &words->target.stop_bits, NULL},
        {"--unit", &words->unit, NULL},
        {"--fc", &words->function, NULL},
        {"--address", &words->address, NULL},
        {"--count", &words->count, NULL},
        {"--profile", &words->profile, NULL},
        {"--timeout", &words->timeout, NULL},
        {"--repeat", &words->repeat, NULL},
        {"--interval", &words->interval, NULL},
        {"--json", NULL, &words->is_json},
        {NULL, NULL, NULL},
    };
    return options_parse(count, arguments, table, read_usage);
}

/* The questions. */

static bool take_option_span(const char *word, const char *name, ms_t *span, struct error *error)
{
    if (word != NULL && (!parse_duration(word, span) || *span < 10)) {
        return error_set(error, "%s '%s' is no span such as 500ms or 2s", name, word);
    }
    return true;
}

/* One block, by --fc, --address and --count. */
static bool ask_by_hand(const struct words *words, uint8_t unit, us_t timeout, struct job *job,
                        struct error *error)
{
    int64_t function = 3;
    int64_t address = 0;
    int64_t count = 1;
    if (words->address == NULL) {
        return error_set(error, "ask for what? give --address N, or --profile ID");
    }
    if (!options_number(words->function, "--fc", 1, 4, &function, error) ||
        !options_number(words->address, "--address", 0, 65535, &address, error) ||
        !options_number(words->count, "--count", 1, function <= 2 ? 2000 : 125, &count, error)) {
        return false;
    }
    if (address + count > 65536) {
        return error_set(error, "the addresses end at 65535");
    }
    job->question_count = 1;
    job->question[0] = (struct read_question){.request = {.unit = unit,
                                                          .function = (uint8_t) function,
                                                          .address = (uint16_t) address,
                                                          .count = (uint16_t) count},
                                              .timeout = timeout};
    return true;
}

static void ask_by_profile(const struct words *words, uint8_t unit, us_t timeout, struct job *job)
{
    const struct profile *profile = job->profile;
    job->question_count = profile->read_count;
    for (int32_t i = 0; i < profile->read_count; i++) {
        const struct profile_read *read = &profile->read[i];
        int32_t way_ms = job->target->link.latency_ms; /* as the daemon waits */
        us_t own = US_PER_MS * (us_t) (way_ms + (read->timeout_ms > 0 ? read->timeout_ms
                                                                      : profile->timeout_ms));
        job->question[i] =
            (struct read_question){.request = {.unit = unit,
                                               .function = read->function,
                                               .address = read->address,
                                               .count = read->count},
                                   .profile = profile,
                                   .read = i,
                                   .timeout = words->timeout != NULL ? timeout : own};
    }
}

static bool choose_unit(const struct words *words, const struct target *target, int64_t *unit,
                        struct error *error)
{
    int64_t max = target->link.kind == LINK_TCP ? 255 : 247;
    if (target->device != NULL) {
        *unit = target->device->unit;
    } else if (words->unit == NULL) {
        return error_set(error, "which device? give --unit N");
    }
    return options_number(words->unit, "--unit", 1, max, unit, error);
}

static bool make_job(const struct words *words, const struct target *target, struct job *job,
                     struct error *error)
{
    bool is_by_hand = words->function != NULL || words->address != NULL || words->count != NULL;
    int64_t unit = 0;
    ms_t timeout_ms = TIMEOUT_DEFAULT_MS;
    job->repeat = 1;
    job->interval_ms = INTERVAL_DEFAULT_MS;
    if (!choose_unit(words, target, &unit, error) ||
        !take_option_span(words->timeout, "--timeout", &timeout_ms, error) ||
        !take_option_span(words->interval, "--interval", &job->interval_ms, error) ||
        !options_number(words->repeat, "--repeat", 1, REPEAT_MAX, &job->repeat, error)) {
        return false;
    }
    if (is_by_hand && words->profile != NULL) {
        return error_set(error, "--profile says what to read: leave out --fc --address --count");
    }
    if (words->profile != NULL) {
        job->profile = target_find_profile(target, words->profile);
        if (job->profile == NULL) {
            return error_set(error, "there is no profile '%s'", words->profile);
        }
    } else if (!is_by_hand && target->device != NULL) {
        job->profile = target->device->profile;
    }
    us_t timeout = timeout_ms * US_PER_MS;
    if (job->profile == NULL) {
        return ask_by_hand(words, (uint8_t) unit, timeout, job, error);
    }
    ask_by_profile(words, (uint8_t) unit, timeout, job);
    return true;
}

/* Asking. */

/* The values of the model; NULL: no model, or no reply. */
static const struct decode_value *decode_answer(struct job *job,
                                                const struct read_question *question)
{
    if (question->profile == NULL || job->answer.outcome != PROBE_REPLY) {
        return NULL;
    }
    const struct decode_block block = {
        .read = question->read, .count = question->request.count, .word = job->answer.words};
    decode_block(question->profile, &block, job->values);
    const struct link_device *device = job->target->device;
    if (device != NULL && device->profile == question->profile) {
        decode_calibrate(device, question->read, job->values);
    }
    return job->values;
}

/* Opens the port when it is not open. */
static bool open_read_port(struct job *job, struct error *error)
{
    return job->probe != NULL ||
           target_connect(&job->target->link, job->stop_fd, &job->probe, error);
}

static bool ask_question(struct job *job, const struct read_question *question, bool *is_good,
                         struct error *error)
{
    if (!open_read_port(job, error)) {
        return false;
    }
    probe_ask(job->probe, &question->request, question->timeout, &job->answer);
    const struct decode_value *values = decode_answer(job, question);
    if (job->is_json) {
        read_print_json(&job->target->link, question, &job->answer, values);
    } else {
        read_print(&job->target->link, question, &job->answer, values);
    }
    *is_good = *is_good && job->answer.outcome == PROBE_REPLY;
    job->is_stopped = job->answer.outcome == PROBE_STOPPED;
    if (job->answer.outcome == PROBE_CLOSED) {
        probe_close(job->probe);
        job->probe = NULL;
    }
    return true;
}

/* Waits for the next round, or for a signal to stop. */
static void wait_interval(struct job *job)
{
    struct pollfd look = {.fd = job->stop_fd, .events = POLLIN};
    job->is_stopped = poll(&look, 1, (int) job->interval_ms) > 0;
}

/* One round. */
static bool ask_all(struct job *job, bool *is_good, struct error *error)
{
    for (int32_t i = 0; i < job->question_count && !job->is_stopped; i++) {
        if (!ask_question(job, &job->question[i], is_good, error)) {
            return false;
        }
    }
    return true;
}

static int carry_out(struct job *job)
{
    bool is_good = true;
    struct error error;
    for (int64_t round = 0; round < job->repeat && !job->is_stopped; round++) {
        if (!ask_all(job, &is_good, &error)) {
            (void) fprintf(stderr, "huoyan read: %s\n", error.text);
            return EXIT_SYSTEM;
        }
        if (round + 1 < job->repeat && !job->is_stopped) {
            wait_interval(job);
        }
    }
    return is_good ? EXIT_DONE : EXIT_NO;
}

static int run_read(const struct words *words, const struct target *target)
{
    struct error error;
    struct job *job = calloc(1, sizeof *job);
    CHECK(job != NULL);
    job->target = target;
    job->is_json = words->is_json;
    int code = EXIT_USAGE;
    if (make_job(words, target, job, &error)) {
        job->stop_fd = signals_open_stop();
        code = carry_out(job);
        probe_close(job->probe);
        (void) close(job->stop_fd);
    } else {
        (void) fprintf(stderr, "huoyan read: %s\n", error.text);
    }
    free(job);
    return code;
}

int cli_read(int count, char **arguments)
{
    struct words words = {.is_json = false};
    if (!parse_read_words(count, arguments, &words)) {
        return EXIT_USAGE;
    }
    struct target target;
    int code = target_open(&words.target, "read", &target);
    if (code == EXIT_DONE) {
        code = run_read(&words, &target);
        target_close(&target);
    }
    return code;
}
