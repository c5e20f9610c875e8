#include "sensors/link/link_writes.h"

#include "gateway/base/check.h"

static int32_t count_outputs(const struct link_settings *settings)
{
    int32_t count = 0;
    for (int32_t i = 0; i < settings->device_count; i++) {
        count += settings->device[i].output_count;
    }
    return count;
}

struct link_writes *link_writes_new(struct arena *arena, const struct link_settings *settings,
                                    const struct schedule *schedule,
                                    const struct link_callbacks *callbacks)
{
    int32_t count = count_outputs(settings);
    /* Nearly every link is one without outputs, and there are thousands. */
    if (count == 0) {
        return NULL;
    }
    struct link_writes *writes = arena_take(arena, 1, sizeof *writes);
    writes->schedule = schedule;
    writes->callbacks = callbacks;
    writes->output_count = count;
    writes->memory = arena_take(arena, (size_t) count, sizeof *writes->memory);
    struct link_output_memory *memory = writes->memory;
    for (int32_t i = 0; i < settings->device_count; i++) {
        const struct link_device *device = &settings->device[i];
        for (int32_t k = 0; k < device->output_count; k++, memory++) {
            memory->change = (struct link_output_change){.device = i, .output = k};
            memory->unit = device->unit;
            output_start(&memory->output, device->output[k].output, device->output[k].pulse_ms);
        }
    }
    return writes;
}

/* When the output's next request may go out. */
static us_t output_allowed_at(const struct link_writes *writes,
                              const struct link_output_memory *memory)
{
    /* While the device is held, a late reply may still come. It could be taken for the answer of a
     * read, never for that of a write, which names its address and value. So only reads wait. */
    us_t due_at = output_due_at(&memory->output);
    bool is_write = memory->output.phase == OUTPUT_WRITE;
    return is_write ? due_at
                    : max_us(due_at,
                             schedule_device(writes->schedule, memory->change.device)->held_until);
}

bool link_writes_take(struct link_writes *writes, us_t now, us_t *ret_next_at)
{
    /* A link has a few outputs at most: one scan costs less than a queue that is kept in order. */
    struct link_output_memory *best = writes->memory;
    us_t best_at = output_allowed_at(writes, best);
    for (int32_t i = 1; i < writes->output_count; i++) {
        us_t at = output_allowed_at(writes, &writes->memory[i]);
        best = at < best_at ? &writes->memory[i] : best;
        best_at = min_us(at, best_at);
    }
    if (best_at > now) {
        *ret_next_at = best_at;
        return false;
    }
    writes->in_hand = best;
    writes->request = output_take(&best->output);
    /* For the audit log: an output does not know its device. */
    writes->request.unit = best->unit;
    return true;
}

static void report_output_state(const struct link_writes *writes, struct link_output_memory *memory,
                                us_t now)
{
    struct link_output_change *change = &memory->change;
    /* A renewal and a good read-back are no news. */
    if (memory->output.state == change->state) {
        return;
    }
    change->at = now;
    change->state = memory->output.state;
    change->is_wanted = memory->output.is_wanted;
    change->has_failed = memory->output.has_failed;
    if (writes->callbacks->on_output != NULL) {
        writes->callbacks->on_output(writes->callbacks->context, change);
    }
}

void link_writes_end(struct link_writes *writes, enum write_outcome outcome, uint8_t exception,
                     const uint16_t *words, us_t now)
{
    struct link_output_memory *memory = writes->in_hand;
    const struct frame_request *request = &writes->request;
    bool is_write = frame_is_write(request);
    /* Made before output_answer, which begins the next request of the output. */
    const struct link_write write = {.device = memory->change.device,
                                     .output = memory->change.output,
                                     .at = now,
                                     .unit = request->unit,
                                     .function = request->function,
                                     .address = request->address,
                                     .value = request->value,
                                     .outcome = outcome,
                                     .exception = exception,
                                     .is_renewal = memory->output.is_renewal};
    /* It has cost the polls a whole timeout: outputs in vain must not stop the readings. */
    writes->gives_way = outcome == WRITE_NO_ANSWER;
    memory->change.is_read_back = !is_write;
    memory->change.outcome = outcome;
    memory->change.exception = exception;
    uint16_t word = !is_write && words != NULL ? words[0] : 0;
    output_answer(&memory->output, outcome, word, now);
    if (is_write && writes->callbacks->on_write != NULL) {
        writes->callbacks->on_write(writes->callbacks->context, &write);
    }
    report_output_state(writes, memory, now);
}

static int32_t output_count_of(const struct link_writes *writes)
{
    return writes != NULL ? writes->output_count : 0;
}

static bool is_output_of(const struct link_output_memory *memory, int32_t device)
{
    return device == LINK_EVERY_DEVICE || memory->change.device == device;
}

void link_writes_lose(struct link_writes *writes, int32_t device, us_t now)
{
    for (int32_t i = 0; i < output_count_of(writes); i++) {
        struct link_output_memory *memory = &writes->memory[i];
        if (is_output_of(memory, device)) {
            /* The state of the real output cannot be known any more. */
            output_lose(&memory->output);
            report_output_state(writes, memory, now);
        }
    }
}

void link_writes_find(struct link_writes *writes, int32_t device, us_t now)
{
    for (int32_t i = 0; i < output_count_of(writes); i++) {
        struct link_output_memory *memory = &writes->memory[i];
        /* A link that opens finds only those whose device is not down. */
        if (is_output_of(memory, device) &&
            !schedule_device(writes->schedule, memory->change.device)->is_down) {
            output_find(&memory->output, now);
        }
    }
}

static bool is_read_back_by(const struct profile_read *read, const struct profile_output *output)
{
    const struct profile_verify *verify = &output->verify;
    return output->has_verify && read->function == verify->function &&
           verify->address >= read->address && verify->address - read->address < read->count;
}

void link_writes_show(struct link_writes *writes, int32_t device, const struct profile_read *read,
                      const uint16_t *words, us_t now)
{
    for (int32_t i = 0; i < output_count_of(writes); i++) {
        struct link_output_memory *memory = &writes->memory[i];
        const struct profile_output *output = memory->output.profile;
        if (memory->change.device != device) {
            continue;
        }
        /* Any answer shows that the device is there: a failed write is worth another try. */
        output_hear(&memory->output, now);
        if (is_read_back_by(read, output)) {
            output_show(&memory->output, words[output->verify.address - read->address], now);
            report_output_state(writes, memory, now);
        }
    }
}

static struct output *find_wanted_output(const struct link_writes *writes, int32_t device,
                                         int32_t output)
{
    struct output *found = NULL;
    for (int32_t i = 0; i < output_count_of(writes) && found == NULL; i++) {
        struct link_output_memory *memory = &writes->memory[i];
        found = memory->change.device == device && memory->change.output == output ? &memory->output
                                                                                   : NULL;
    }
    CHECK(found != NULL);
    return found;
}

void link_writes_want(struct link_writes *writes, int32_t device, int32_t output, bool is_on,
                      us_t now)
{
    output_want(find_wanted_output(writes, device, output), is_on, now);
}

void link_writes_make_safe(struct link_writes *writes, us_t now)
{
    for (int32_t i = 0; i < output_count_of(writes); i++) {
        output_make_safe(&writes->memory[i].output, now);
    }
}

bool link_writes_is_safe(const struct link_writes *writes)
{
    for (int32_t i = 0; i < output_count_of(writes); i++) {
        if (!output_is_settled(&writes->memory[i].output)) {
            return false;
        }
    }
    return true;
}
