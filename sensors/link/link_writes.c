#include <string.h>

#include "gateway/base/check.h"
#include "sensors/link/link_parts.h"

/* --- telling ------------------------------------------------------------- */

/* Says when an output's state is another than was told last. */
static void tell_state(struct link *link, struct link_output_memory *memory, us_t now)
{
    if (memory->output.state == memory->told) {
        return;
    }
    memory->told = memory->output.state;
    struct link_output_change change = {.device = memory->device,
                                        .output = memory->index,
                                        .at = now,
                                        .state = memory->told,
                                        .is_wanted = memory->output.is_wanted,
                                        .has_failed = output_has_failed(&memory->output),
                                        .is_read_back = memory->is_read_back,
                                        .outcome = memory->outcome,
                                        .exception = memory->exception};
    if (link->callbacks.on_output != NULL) {
        link->callbacks.on_output(link->callbacks.context, &change);
    }
}

static void tell_write(const struct link *link, const struct link_write *write)
{
    if (link->callbacks.on_write != NULL) {
        link->callbacks.on_write(link->callbacks.context, write);
    }
}

static void tell_command(const struct link *link, const struct link_command_result *result)
{
    if (link->callbacks.on_command != NULL) {
        link->callbacks.on_command(link->callbacks.context, result);
    }
}

/* --- asking -------------------------------------------------------------- */

/* A late reply may still be taken for the answer of a read, never for that of a write. */
static us_t allowed_at(const struct link *link, int32_t device, const struct frame_request *request,
                       us_t at)
{
    us_t held_until = schedule_held_until(link->schedule, device);
    return !frame_is_write(request) && held_until > at ? held_until : at;
}

/* IDLE -> WAITING, or it is ended at once when libmodbus refuses the request. */
static void send_request(struct link *link, int32_t device, const struct frame_request *request,
                         us_t now)
{
    link_prepare(link, device, request);
    link->current = LINK_NO_BLOCK;
    link->counters.commands++;
    size_t length = link_encode(link, link->writes->bytes);
    if (length == 0) {
        link_end_command(link, WRITE_REFUSED, 0, NULL, now);
        return;
    }
    us_t timeout = (us_t) link->settings->device[device].profile->timeout_ms * US_PER_MS;
    schedule_asked(link->schedule, now);
    link_send(link, link->writes->bytes, length, timeout, now);
}

static us_t outlet_due_at(const struct link *link, const struct link_output_memory *memory)
{
    us_t at = output_due_at(&memory->output);
    bool is_write = memory->output.phase == OUTPUT_WRITE;
    us_t held_until = schedule_held_until(link->schedule, memory->device);
    return !is_write && held_until > at ? held_until : at;
}

static struct link_output_memory *earliest_outlet(const struct link *link)
{
    struct link_output_memory *best = NULL;
    for (int32_t i = 0; i < link->writes->outlet_count; i++) {
        struct link_output_memory *memory = &link->writes->memory[i];
        bool is_before = best == NULL || outlet_due_at(link, memory) < outlet_due_at(link, best);
        best = is_before ? memory : best;
    }
    return best;
}

static void send_outlet(struct link *link, struct link_output_memory *memory, us_t now)
{
    struct frame_request request = output_take(&memory->output);
    link->writes->outlet_in_hand = memory;
    send_request(link, memory->device, &request, now);
}

static void send_oldest(struct link *link, us_t now)
{
    link->writes->hand = link->writes->command[0];
    link->writes->command_count--;
    for (int32_t i = 0; i < link->writes->command_count; i++) {
        link->writes->command[i] = link->writes->command[i + 1];
    }
    link->writes->outlet_in_hand = NULL;
    send_request(link, link->writes->hand.device, &link->writes->hand.request, now);
}

bool link_ask_command(struct link *link, us_t now, us_t *ret_next_at)
{
    if (link->writes == NULL) {
        return false;
    }
    struct link_output_memory *memory = earliest_outlet(link);
    us_t outlet_at = memory != NULL ? outlet_due_at(link, memory) : OUTPUT_NEVER;
    const struct link_command *oldest = &link->writes->command[0];
    us_t command_at = link->writes->command_count > 0
                          ? allowed_at(link, oldest->device, &oldest->request, 0)
                          : OUTPUT_NEVER;
    if (memory != NULL && outlet_at <= now) {
        send_outlet(link, memory, now);
    } else if (command_at <= now) {
        send_oldest(link, now);
    } else {
        *ret_next_at = outlet_at < command_at ? outlet_at : command_at;
        return false;
    }
    return true;
}

static int32_t outlet_count(const struct link *link)
{
    return link->writes != NULL ? link->writes->outlet_count : 0;
}

/* --- what came of it ----------------------------------------------------- */

static void end_outlet(struct link *link, enum write_outcome outcome, uint8_t exception,
                       const uint16_t *words, us_t now)
{
    struct link_output_memory *memory = link->writes->outlet_in_hand;
    const struct frame_request *request = &link->request;
    bool is_write = frame_is_write(request);
    struct link_write write = {.device = memory->device,
                               .output = memory->index,
                               .at = now,
                               .unit = request->unit,
                               .function = request->function,
                               .address = request->address,
                               .value = request->value,
                               .outcome = outcome,
                               .exception = exception,
                               .is_renewal = memory->output.is_renewal};
    memory->is_read_back = !is_write;
    memory->outcome = outcome;
    memory->exception = exception;
    uint16_t word = !is_write && words != NULL ? words[0] : 0;
    output_answer(&memory->output, outcome, word, now);
    if (is_write) {
        tell_write(link, &write);
    }
    tell_state(link, memory, now);
}

void link_end_command(struct link *link, enum write_outcome outcome, uint8_t exception,
                      const uint16_t *words, us_t now)
{
    link->gives_way = outcome == WRITE_NO_ANSWER;
    if (link->writes->outlet_in_hand != NULL) {
        end_outlet(link, outcome, exception, words, now);
        return;
    }
    const struct link_command done = link->writes->hand; /* on_command may queue the next one */
    bool has_words = outcome == WRITE_DONE && !frame_is_write(&done.request);
    struct link_command_result result = {.command = &done,
                                         .at = now,
                                         .outcome = outcome,
                                         .exception = exception,
                                         .words = has_words ? words : NULL};
    tell_command(link, &result);
}

void link_drop_commands(struct link *link, us_t now)
{
    if (link->writes == NULL) {
        return;
    }
    struct link_command dropped[LINK_COMMANDS_MAX];
    int32_t count = link->writes->command_count;
    memcpy(dropped, link->writes->command, sizeof dropped);
    link->writes->command_count = 0;
    for (int32_t i = 0; i < count; i++) {
        struct link_command_result result = {
            .command = &dropped[i], .at = now, .outcome = WRITE_NO_LINK};
        tell_command(link, &result);
    }
    link_lose_outputs(link, LINK_EVERY_DEVICE, now);
}

void link_lose_outputs(struct link *link, int32_t device, us_t now)
{
    for (int32_t i = 0; i < outlet_count(link); i++) {
        struct link_output_memory *memory = &link->writes->memory[i];
        if (device == LINK_EVERY_DEVICE || memory->device == device) {
            output_lose(&memory->output);
            tell_state(link, memory, now);
        }
    }
}

void link_find_outputs(struct link *link, int32_t device, us_t now)
{
    for (int32_t i = 0; i < outlet_count(link); i++) {
        struct link_output_memory *memory = &link->writes->memory[i];
        bool is_meant = device == LINK_EVERY_DEVICE || memory->device == device;
        if (is_meant && !schedule_is_down(link->schedule, memory->device)) {
            output_find(&memory->output, now);
        }
    }
}

static bool reads_back(const struct profile_read *read, const struct profile_output *output)
{
    const struct profile_verify *verify = &output->verify;
    return output->has_verify && read->function == verify->function &&
           verify->address >= read->address && verify->address - read->address < read->count;
}

void link_show_outputs(struct link *link, const struct link_block *block, const uint16_t *words,
                       us_t now)
{
    const struct profile_read *read = &link_device_of(link, block)->profile->read[block->read];
    for (int32_t i = 0; i < outlet_count(link); i++) {
        struct link_output_memory *memory = &link->writes->memory[i];
        const struct profile_output *output = memory->output.profile;
        if (memory->device != block->device) {
            continue;
        }
        output_hear(&memory->output, now);
        if (reads_back(read, output)) {
            output_show(&memory->output, words[output->verify.address - read->address], now);
            tell_state(link, memory, now);
        }
    }
}

/* --- the doors ----------------------------------------------------------- */

void link_add_outlets(struct link *link, struct arena *arena)
{
    const struct link_settings *settings = link->settings;
    int32_t count = 0;
    for (int32_t i = 0; i < settings->device_count; i++) {
        count += settings->device[i].output_count;
    }
    if (count == 0) {
        return;
    }
    link->writes = arena_take(arena, 1, sizeof *link->writes);
    link->writes->outlet_count = count;
    link->writes->memory = arena_take(arena, (size_t) count, sizeof *link->writes->memory);
    struct link_output_memory *memory = link->writes->memory;
    for (int32_t i = 0; i < settings->device_count; i++) {
        for (int32_t k = 0; k < settings->device[i].output_count; k++, memory++) {
            const struct link_output *output = &settings->device[i].output[k];
            memory->device = i;
            memory->index = k;
            output_start(&memory->output, output->output, output->pulse_ms);
        }
    }
}

bool link_command(struct link *link, const struct link_command *command, us_t now)
{
    CHECK(command->device >= 0 && command->device < link->settings->device_count);
    struct link_command queued = *command;
    queued.request.unit = link->settings->device[command->device].unit;
    bool has_room = link->writes != NULL && link->writes->command_count < LINK_COMMANDS_MAX;
    if (!has_room || !frame_is_request(&queued.request)) {
        link->counters.refused_commands++;
        return false;
    }
    if (link->state == LINK_STATE_DOWN) {
        struct link_command_result result = {
            .command = &queued, .at = now, .outcome = WRITE_NO_LINK};
        tell_command(link, &result);
        return true;
    }
    link->writes->command[link->writes->command_count++] = queued;
    return true;
}

static struct link_output_memory *find_outlet(const struct link *link, int32_t device,
                                              int32_t output)
{
    struct link_output_memory *found = NULL;
    for (int32_t i = 0; i < outlet_count(link) && found == NULL; i++) {
        bool is_it =
            link->writes->memory[i].device == device && link->writes->memory[i].index == output;
        found = is_it ? &link->writes->memory[i] : NULL;
    }
    CHECK(found != NULL);
    return found;
}

/* While nobody can be reached a want is only remembered. */
static void settle_outlet(struct link *link, struct link_output_memory *memory)
{
    if (link->state == LINK_STATE_DOWN) {
        output_lose(&memory->output);
    }
}

void link_want(struct link *link, int32_t device, int32_t output, bool is_on, us_t now)
{
    struct link_output_memory *memory = find_outlet(link, device, output);
    output_want(&memory->output, is_on, now);
    settle_outlet(link, memory);
}

void link_make_safe(struct link *link, us_t now)
{
    for (int32_t i = 0; i < outlet_count(link); i++) {
        output_make_safe(&link->writes->memory[i].output, now);
        settle_outlet(link, &link->writes->memory[i]);
    }
}

bool link_is_safe(const struct link *link)
{
    for (int32_t i = 0; i < outlet_count(link); i++) {
        if (!output_is_settled(&link->writes->memory[i].output)) {
            return false;
        }
    }
    return true;
}

enum output_state link_output_state(const struct link *link, int32_t device, int32_t output)
{
    return find_outlet(link, device, output)->output.state;
}
