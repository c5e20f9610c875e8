/* daemon_outputs.c - carries wanted states to the wire, and its reports to engine and web. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/text.h"
#include "gateway/daemon/daemon_parts.h"
#include "gateway/io/system/clock.h"
#include "gateway/io/system/log.h"

void daemon_switch_output(void *context, const struct effect_output *output)
{
    struct daemon *daemon = context;
    const struct config_output *at = &daemon->config->output[output->output];
    const struct want want = {
        .link = at->link, .device = at->device, .output = at->output, .is_on = output->is_on};
    atomic_store(&daemon->output[output->output].is_wanted, output->is_on);
    if (daemon->wire != NULL) { /* a stopped wire has made the output safe */
        wire_want(daemon->wire, &want);
    }
    snapshot_touch_parts(daemon->snapshot);
}

/* -1: the policy has no such output. */
static int32_t find_policy_output(const struct daemon *daemon, int32_t link, int32_t device,
                                  int32_t output)
{
    for (int32_t i = 0; i < daemon->policy->output_count; i++) {
        const struct config_output *at = &daemon->config->output[i];
        if (at->link == link && at->device == device && at->output == output) {
            return i;
        }
    }
    return -1;
}

static void add_write_outcome(enum write_outcome outcome, int exception, struct text *text)
{
    text_add(text, "%s", write_outcome_text(outcome));
    if (outcome == WRITE_REFUSED) {
        text_add(text, "（%s）", frame_exception_text((uint8_t) exception));
    }
}

void daemon_post_write(void *context, int32_t link, const struct link_write *write)
{
    struct daemon *daemon = context;
    int32_t index = find_policy_output(daemon, link, write->device, write->output);
    if (index < 0) {
        return;
    }
    char bytes[NOTE_MAX];
    struct text text = text_over(bytes, sizeof bytes);
    text_add(&text, "写入 站号%d 功能码%d 地址%d 值0x%04X: ", write->unit, write->function,
             write->address, write->value);
    add_write_outcome(write->outcome, write->exception, &text);
    if (write->is_renewal) {
        text_add(&text, "（保持）");
    }
    const struct event event = {.kind = EVENT_OUTPUT, .output = {.output = index, .text = bytes}};
    if (!mailbox_put_event(daemon->mailbox, &event)) {
        log_line(LOG_LEVEL_ERROR, daemon->policy->output[index].id,
                 "%s (the mailbox is full: only here, not in the audit log)", bytes);
    }
}

static void post_output_state(struct daemon *daemon, int32_t index,
                              const struct link_output_change *change)
{
    const struct event event = {.kind = EVENT_OUTPUT_STATE,
                                .output_state = {.output = index,
                                                 .state = change->state,
                                                 .is_wanted = change->is_wanted,
                                                 .has_failed = change->has_failed,
                                                 .text = output_state_text(change->state)}};
    if (!mailbox_put_event(daemon->mailbox, &event)) {
        log_line(LOG_LEVEL_ERROR, daemon->policy->output[index].id,
                 "%s (the mailbox is full: not judged)", output_state_text(change->state));
    }
}

void daemon_post_output(void *context, int32_t link, const struct link_output_change *change)
{
    struct daemon *daemon = context;
    int32_t index = find_policy_output(daemon, link, change->device, change->output);
    if (index < 0) {
        return;
    }
    struct daemon_output *output = &daemon->output[index];
    atomic_store(&output->exception, change->exception);
    atomic_store(&output->outcome, (int) change->outcome);
    atomic_store(&output->is_read_back, change->is_read_back);
    atomic_store(&output->state, (int) change->state);
    atomic_store(&output->since, clock_ms());
    post_output_state(daemon, index, change);
    snapshot_touch_parts(daemon->snapshot);
}

/* A failed output has the outcome of its last command. Otherwise an old fault may still be open,
 * which the engine knows. */
static void add_failure_reason(const struct daemon *daemon, int32_t index, enum output_state state,
                               struct text *text)
{
    const struct daemon_output *output = &daemon->output[index];
    enum write_outcome outcome = (enum write_outcome) atomic_load(&output->outcome);
    bool is_read_back = atomic_load(&output->is_read_back);
    if (state == OUTPUT_FAILED && is_read_back && outcome == WRITE_DONE) {
        text_add(text, "写入后读回不符");
    } else if (state == OUTPUT_FAILED) {
        text_add(text, is_read_back ? "读回：" : "");
        add_write_outcome(outcome, atomic_load(&output->exception), text);
    } else if (state == OUTPUT_UNKNOWN && atomic_load(&output->is_wanted)) {
        text_add(text, OUTPUT_LOST_TEXT);
    } else if (snapshot_is_raised(daemon->snapshot, RULE_OUTPUT,
                                  daemon->policy->output[index].id)) {
        text_add(text, "曾控制失败，尚未证实修复");
    }
}

void daemon_output_state(void *context, int32_t index, struct web_output_state *ret_state)
{
    static const char *const names[] = {[OUTPUT_UNKNOWN] = "unknown",
                                        [OUTPUT_OFF] = "off",
                                        [OUTPUT_ON] = "on",
                                        [OUTPUT_FAILED] = "failed"};
    const struct daemon *daemon = context;
    const struct config_output *at = &daemon->config->output[index];
    const struct link_device *device = &daemon->config->link[at->link].device[at->device];
    const struct daemon_output *output = &daemon->output[index];
    enum output_state state = (enum output_state) atomic_load(&output->state);
    *ret_state = (struct web_output_state){.device = device->id,
                                           .output = device->output[at->output].output->key,
                                           .is_wanted = atomic_load(&output->is_wanted),
                                           .state = names[state],
                                           .state_text = output_state_text(state),
                                           .since = atomic_load(&output->since)};
    struct text reason = text_over(ret_state->reason, sizeof ret_state->reason);
    add_failure_reason(daemon, index, state, &reason);
}
