/* profile_outputs.c - what may be written: "outputs" of a profile. */
#include "sensors/device/profile_fields.h"
#include "sensors/device/profile_points.h"

#define WRITES "5, 6, 15 or 16"

enum { COIL_ON = 0xFF00, COIL_OFF = 0 };

static int32_t read_whole(struct fields *fields, const struct json *object,
                          struct fields_whole about, int32_t otherwise)
{
    return (int32_t) fields_whole(fields, object, about, otherwise);
}

static uint16_t read_output_word(struct fields *fields, const struct json *object, const char *key,
                                 uint16_t otherwise)
{
    return (uint16_t) read_whole(fields, object, (struct fields_whole){key, 0, UINT16_MAX, false},
                                 otherwise);
}

/* --- write --------------------------------------------------------------- */

/* What this function can carry: function 5 knows two words only, 15 is one bit. */
static bool can_carry(uint8_t function, uint16_t word)
{
    switch (function) {
    case 5:
        return word == COIL_ON || word == COIL_OFF;
    case 15:
        return word <= 1;
    default:
        return true;
    }
}

static void check_word(struct fields *fields, const struct json *object, const char *key,
                       uint8_t function, uint16_t word)
{
    if (!can_carry(function, word)) {
        fields_mistake(fields, json_find(object, key), "function %d writes %s only", function,
                       function == 5 ? "\"0xFF00\" and 0" : "1 and 0");
    }
}

static void read_write(struct fields *fields, const struct json *object,
                       struct profile_write *write)
{
    fields_known(fields, object, "fc addr on off");
    int32_t function = read_whole(fields, object, (struct fields_whole){"fc", 1, 16, true}, 6);
    if (function != 5 && function != 6 && function != 15 && function != 16) {
        fields_mistake(fields, json_find(object, "fc"),
                       "function %d writes nothing: it must be " WRITES, function);
        function = 6;
    }
    write->function = (uint8_t) function;
    write->address = fields_address(fields, object, write->function);
    bool is_register = function == 6 || function == 16;
    if (is_register) { /* every board has its own words for it */
        fields_require(fields, object, "on", JSON_NUMBER);
        fields_require(fields, object, "off", JSON_NUMBER);
    }
    write->on = read_output_word(fields, object, "on", function == 5 ? COIL_ON : 1);
    write->off = read_output_word(fields, object, "off", 0);
    check_word(fields, object, "on", write->function, write->on);
    check_word(fields, object, "off", write->function, write->off);
    if (write->on == write->off) {
        fields_mistake(fields, object, "'on' and 'off' must differ");
    }
}

/* --- pulse, verify ------------------------------------------------------- */

static void read_pulse(struct fields *fields, const struct json *object,
                       struct profile_pulse *pulse)
{
    fields_known(fields, object, "fc addr unit_ms max");
    struct fields_whole function = {"fc", 5, 6, true};
    struct fields_whole unit_ms = {"unit_ms", 1, 60000, true};
    struct fields_whole max = {"max", 1, UINT16_MAX, true};
    pulse->function = (uint8_t) read_whole(fields, object, function, 5);
    pulse->address = fields_address(fields, object, pulse->function);
    pulse->unit_ms = read_whole(fields, object, unit_ms, 1);
    pulse->max = (uint16_t) read_whole(fields, object, max, 1);
}

static void read_verify(struct fields *fields, const struct json *object,
                        struct profile_verify *verify)
{
    fields_known(fields, object, "fc addr on off within_ms");
    struct fields_whole function = {"fc", 1, 4, true};
    struct fields_whole within_ms = {"within_ms", 10, 60000, false};
    verify->function = (uint8_t) read_whole(fields, object, function, 1);
    verify->address = fields_address(fields, object, verify->function);
    verify->on = read_output_word(fields, object, "on", 1);
    verify->off = read_output_word(fields, object, "off", 0);
    verify->within_ms = read_whole(fields, object, within_ms, 500);
    if (verify->on == verify->off) {
        fields_mistake(fields, object, "'on' and 'off' must differ");
    }
    if (verify->function <= 2 && (verify->on > 1 || verify->off > 1)) {
        fields_mistake(fields, object, "function %d reads 1 and 0 only", verify->function);
    }
}

/* --- the whole ----------------------------------------------------------- */

static void read_output(struct fields *fields, const struct json *item, struct profile *profile,
                        struct profile_output *output)
{
    fields_known(fields, item, "key name write pulse verify safe");
    output->key = fields_id(fields, item, "key");
    bool has_key = output->key[0] != '\0'; /* that it is missing has been told */
    if (has_key && profile_find_output(profile, output->key) >= 0) {
        fields_mistake(fields, json_find(item, "key"), "a second output '%s'", output->key);
    }
    output->name = fields_text(fields, item, "name", output->key);
    const struct json *write = fields_need(fields, item, "write", JSON_OBJECT);
    const struct json *pulse = fields_may(fields, item, "pulse", JSON_OBJECT);
    const struct json *verify = fields_may(fields, item, "verify", JSON_OBJECT);
    if (write != NULL) {
        read_write(fields, write, &output->write);
    }
    if (pulse != NULL) {
        output->has_pulse = true;
        read_pulse(fields, pulse, &output->pulse);
    }
    if (verify != NULL) {
        output->has_verify = true;
        read_verify(fields, verify, &output->verify);
    }
    output->is_safe_on = fields_word(fields, item, "safe", "off on") == 1;
}

void profile_read_outputs(struct fields *fields, const struct json *root, struct profile *profile)
{
    const struct json *list =
        fields_list(fields, root, "outputs", JSON_OBJECT, PROFILE_OUTPUTS_MAX);
    if (list == NULL || list->count == 0) {
        return;
    }
    struct profile_output *output =
        arena_take(fields->arena, (size_t) list->count, sizeof(*output));
    profile->output = output;
    for (const struct json *item = list->child; item != NULL; item = item->next) {
        read_output(fields, item, profile, &output[profile->output_count]);
        profile->output_count++;
    }
}
