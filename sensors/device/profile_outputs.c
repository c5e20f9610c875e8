/* profile_outputs.c - what may be written: "outputs" of a profile. */
#include "sensors/device/profile_fields.h"
#include "sensors/device/profile_points.h"

#define WRITES "5, 6, 15 or 16"

enum { COIL_ON = 0xFF00, COIL_OFF = 0 };

static uint16_t read_output_word(struct json_fields *fields, const struct json *object,
                                 const char *key, uint16_t otherwise)
{
    return (uint16_t) json_fields_whole(fields, object, key, 0, UINT16_MAX, otherwise);
}

/* Function 5 carries two words only, 15 one bit. */
static void check_word(struct json_fields *fields, const struct json *object, const char *key,
                       uint8_t function, uint16_t word)
{
    bool is_coil = word == COIL_ON || word == COIL_OFF;
    if ((function == 5 && !is_coil) || (function == 15 && word > 1)) {
        json_fields_mistake(fields, json_find(object, key), "function %d writes %s only", function,
                            function == 5 ? "\"0xFF00\" and 0" : "1 and 0");
    }
}

static void read_write(struct json_fields *fields, const struct json *object,
                       struct profile_write *write)
{
    json_fields_known(fields, object, "fc addr on off");
    int32_t function = (int32_t) json_fields_need_whole(fields, object, "fc", 1, 16, 6);
    if (function != 5 && function != 6 && function != 15 && function != 16) {
        json_fields_mistake(fields, json_find(object, "fc"),
                            "function %d writes nothing: it must be " WRITES, function);
        function = 6;
    }
    write->function = (uint8_t) function;
    write->address = profile_fields_address(fields, object, write->function);
    bool is_register = function == 6 || function == 16;
    if (is_register) { /* every board has its own words for it */
        json_fields_require(fields, object, "on", JSON_NUMBER);
        json_fields_require(fields, object, "off", JSON_NUMBER);
    }
    write->on = read_output_word(fields, object, "on", function == 5 ? COIL_ON : 1);
    write->off = read_output_word(fields, object, "off", 0);
    check_word(fields, object, "on", write->function, write->on);
    check_word(fields, object, "off", write->function, write->off);
    if (write->on == write->off) {
        json_fields_mistake(fields, object, "'on' and 'off' must differ");
    }
}

static void read_pulse(struct json_fields *fields, const struct json *object,
                       struct profile_pulse *pulse)
{
    json_fields_known(fields, object, "fc addr unit_ms max");
    pulse->function = (uint8_t) json_fields_need_whole(fields, object, "fc", 5, 6, 5);
    pulse->address = profile_fields_address(fields, object, pulse->function);
    pulse->unit_ms = (int32_t) json_fields_need_whole(fields, object, "unit_ms", 1, 60000, 1);
    pulse->max = (uint16_t) json_fields_need_whole(fields, object, "max", 1, UINT16_MAX, 1);
}

static void read_verify(struct json_fields *fields, const struct json *object,
                        struct profile_verify *verify)
{
    json_fields_known(fields, object, "fc addr on off within_ms");
    verify->function = (uint8_t) json_fields_need_whole(fields, object, "fc", 1, 4, 1);
    verify->address = profile_fields_address(fields, object, verify->function);
    verify->on = read_output_word(fields, object, "on", 1);
    verify->off = read_output_word(fields, object, "off", 0);
    verify->within_ms = (int32_t) json_fields_whole(fields, object, "within_ms", 10, 60000, 500);
    if (verify->on == verify->off) {
        json_fields_mistake(fields, object, "'on' and 'off' must differ");
    }
    if (verify->function <= 2 && (verify->on > 1 || verify->off > 1)) {
        json_fields_mistake(fields, object, "function %d reads 1 and 0 only", verify->function);
    }
}

static void read_output(struct json_fields *fields, const struct json *item,
                        struct profile *profile, struct profile_output *output)
{
    json_fields_known(fields, item, "key name write pulse verify safe");
    output->key = json_fields_id(fields, item, "key");
    bool has_key = output->key[0] != '\0'; /* a missing one is a mistake already */
    if (has_key && profile_find_output(profile, output->key) >= 0) {
        json_fields_mistake(fields, json_find(item, "key"), "a second output '%s'", output->key);
    }
    output->name = json_fields_text(fields, item, "name", output->key);
    const struct json *write = json_fields_need(fields, item, "write", JSON_OBJECT);
    const struct json *pulse = json_fields_may(fields, item, "pulse", JSON_OBJECT);
    const struct json *verify = json_fields_may(fields, item, "verify", JSON_OBJECT);
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
    output->is_safe_on = json_fields_word(fields, item, "safe", "off on") == 1;
}

void profile_read_outputs(struct json_fields *fields, const struct json *root,
                          struct profile *profile)
{
    const struct json *list =
        json_fields_list(fields, root, "outputs", JSON_OBJECT, PROFILE_OUTPUTS_MAX);
    if (list == NULL || list->count == 0) {
        return;
    }
    struct profile_output *output = arena_take(fields->arena, (size_t) list->count, sizeof *output);
    profile->output = output;
    for (const struct json *item = list->child; item != NULL; item = item->next) {
        read_output(fields, item, profile, &output[profile->output_count]);
        profile->output_count++;
    }
}
