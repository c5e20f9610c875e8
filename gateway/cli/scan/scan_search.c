#include "gateway/cli/scan/scan_search.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/cli/scan/scan_ask.h"
#include "gateway/cli/scan/scan_identify.h"
#include "gateway/io/system/clock.h"

enum { EXCEPTION_NO_PATH = 10, EXCEPTION_NO_TARGET = 11 };

static void note_noise(struct scan *scan, const struct scan_step *step,
                       const struct probe_answer *answer)
{
    struct scan_noise *noise = &scan->noise[step->line];
    if (noise->count == 0) {
        noise->first_unit = scan->plan.unit[step->unit];
        noise->length = answer->arrived_length < SCAN_SAMPLE ? answer->arrived_length : SCAN_SAMPLE;
        memcpy(noise->sample, answer->arrived, noise->length);
    }
    noise->count++;
    noise->damaged += answer->outcome == PROBE_DAMAGED ? 1 : 0;
}

static bool is_presence(const struct probe_answer *answer)
{
    if (answer->outcome == PROBE_EXCEPTION) {
        return answer->exception != EXCEPTION_NO_PATH && answer->exception != EXCEPTION_NO_TARGET;
    }
    return answer->outcome == PROBE_REPLY;
}

static void note_hit(struct scan *scan, const struct scan_step *step,
                     const struct probe_answer *answer, bool is_late)
{
    scan_plan_answered(&scan->plan, step);
    if (scan->hit_count == SCAN_HITS_MAX) {
        return;
    }
    struct scan_hit *hit = &scan->hit[scan->hit_count++];
    *hit = (struct scan_hit){.line = scan->plan.line[step->line],
                             .unit = scan->plan.unit[step->unit],
                             .exception = answer->exception,
                             .is_late = is_late,
                             .rtt_us = answer->whole_us};
    scan_identify(scan, hit);
    scan->on_hit(scan->context, scan, hit);
}

static void take_answer(struct scan *scan, const struct scan_step *step,
                        const struct probe_answer *answer, bool is_late)
{
    scan->is_echoed = scan->is_echoed || answer->is_echoed;
    if (is_presence(answer)) {
        note_hit(scan, step, answer, is_late);
    } else if (answer->outcome == PROBE_EXCEPTION) {
        scan->absent++;
        scan_plan_absent(&scan->plan, step);
    } else if (answer->outcome == PROBE_NOISE || answer->outcome == PROBE_DAMAGED) {
        note_noise(scan, step, answer);
    }
}

static struct frame_request request_of_step(const struct scan *scan, const struct scan_step *step)
{
    const struct scan_question *question = &scan->plan.question[step->question];
    return (struct frame_request){.unit = scan->plan.unit[step->unit],
                                  .function = question->function,
                                  .address = question->address,
                                  .count = question->count};
}

/* A foreign reply came while the next step was asked: asks the unit before again, with more
 * time. */
static bool ask_late(struct scan *scan, const struct scan_step *before, struct error *error)
{
    struct probe_answer answer;
    const struct frame_request request = request_of_step(scan, before);
    if (!scan_ask(scan, &request, SCAN_LATE_FACTOR * scan->plan.timeout, &answer, error)) {
        return false;
    }
    take_answer(scan, before, &answer, true);
    return true;
}

/* One step. False when the port failed. */
static bool ask_step(struct scan *scan, const struct scan_step *before, struct error *error)
{
    const struct scan_step step = scan->step;
    struct probe_answer answer;
    const struct frame_request request = request_of_step(scan, &step);
    scan->on_progress(scan->context, scan);
    if (!scan_ask(scan, &request, scan->plan.timeout, &answer, error)) {
        return false;
    }
    scan->asked++;
    bool is_overtaken = before != NULL && before->line == step.line && answer.foreign_frames > 0 &&
                        !scan->plan.is_answered[before->line][before->unit];
    take_answer(scan, &step, &answer, false);
    return !is_overtaken || ask_late(scan, before, error);
}

static bool search_plan(struct scan *scan, struct error *error)
{
    struct scan_step before;
    bool has_before = false;
    while (scan_plan_next(&scan->plan, &scan->step)) {
        if (!scan_open(scan, scan->step.line, error) ||
            !ask_step(scan, has_before ? &before : NULL, error)) {
            return scan->is_stopped;
        }
        if (scan->is_stopped || (scan->wants_first && scan->hit_count > 0)) {
            break;
        }
        before = scan->step;
        has_before = true;
    }
    return true;
}

bool scan_search(struct scan *scan, struct error *error)
{
    scan->open_line = -1;
    scan->began_at = clock_us();
    bool is_good = search_plan(scan, error);
    scan->ended_at = clock_us();
    probe_close(scan->probe);
    scan->probe = NULL;
    return is_good;
}
