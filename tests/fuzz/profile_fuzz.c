/* profile_fuzz.c - any text: it is refused with a reason, or it is a profile that decodes every
 * reply. */
#include "sensors/device/profile.h"

#include "gateway/base/check.h"
#include "sensors/device/decode.h"
#include "sensors/device/profile_proof.h"
#include "sensors/modbus/frame.h"

/* NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void count_mistake(void *context, const struct json *at, const char *sentence)
{
    int32_t *count = context;
    CHECK(at != NULL && sentence[0] != '\0');
    (*count)++;
}

static void decode_all(const struct profile *profile)
{
    static const uint16_t words[FRAME_WORDS_MAX];
    struct decode_value values[PROFILE_POINTS_MAX] = {0};
    for (int32_t i = 0; i < profile->read_count; i++) {
        const struct profile_read *read = &profile->read[i];
        struct frame_request request = {
            .unit = 1, .function = read->function, .address = read->address, .count = read->count};
        CHECK(frame_is_request(&request));
        struct decode_block block = {.read = i, .count = read->count, .word = words};
        decode_block(profile, &block, values);
    }
}

/* Whatever was let through can be written as it stands, and never to more than one place. */
static void check_output(const struct profile *profile, const struct profile_output *output)
{
    CHECK(output->name != NULL && profile_find_output(profile, output->key) >= 0);
    struct frame_request write = {.unit = 1,
                                  .function = output->write.function,
                                  .address = output->write.address,
                                  .count = 1,
                                  .value = output->write.on};
    CHECK(frame_is_request(&write) && frame_is_write(&write));
    CHECK(output->write.on != output->write.off);
    if (output->has_pulse) {
        write.function = output->pulse.function;
        CHECK(frame_is_write(&write));
        CHECK(output->pulse.max >= 1 && output->pulse.unit_ms >= 1);
    }
    if (output->has_verify) {
        write.function = output->verify.function;
        CHECK(frame_is_request(&write) && !frame_is_write(&write));
        CHECK(output->verify.on != output->verify.off);
    }
}

static void check_outputs(const struct profile *profile)
{
    CHECK(profile->output_count >= 0 && profile->output_count <= PROFILE_OUTPUTS_MAX);
    for (int32_t i = 0; i < profile->output_count; i++) {
        check_output(profile, &profile->output[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct arena *arena = arena_new();
    int32_t mistake_count = 0;
    struct profile_problems problems = {.context = &mistake_count, .add = count_mistake};
    const struct profile *profile = NULL;
    const struct json *root = NULL;
    int32_t line = 0;
    struct error error;
    if (!json_parse(arena, (const char *) bytes, length, true, &root, &line, &error)) {
        CHECK(error.text[0] != '\0');
    } else if (profile_parse(arena, root, &problems, &profile)) {
        CHECK(mistake_count == 0);
        decode_all(profile);
        check_outputs(profile);
        bool is_proven = profile_prove(profile, &error);
        (void) is_proven;
    } else {
        CHECK(mistake_count > 0);
    }
    arena_free(arena);
    return 0;
}
