#include "config/build/shipped_models.h"

#include <string.h>

#include "config/config_steps.h"
#include "gateway/base/quantity.h"
#include "sensors/transport/libmodbus.h"
#include "tests/unit/expect.h"

static struct arena *arena;
static struct config_problems problems;

static int set_up(void **state)
{
    (void) state;
    arena = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    (void) state;
    arena_free(arena);
    return 0;
}

static void expect_shipped(const char *id)
{
    if (shipped_models_find(id) == NULL) {
        fail_msg("'%s' is not shipped", id);
    }
}

static void every_promised_model_is_shipped(void **state)
{
    (void) state;
    static const char *const promised[] = {
        "renke-rs-ws-n01",
        "zts-3008-ws-n01",
        "xy-md02",
        "md02-x100",
        "sht3x-generic",
        "sonbest-sm7820b",
        "kincony-sht30",
        "lcom-srth100",
        "dyp-a02-rs485",
        "dfrobot-sen0592",
        "dfrobot-urm14",
        "dfrobot-urm15",
        "benewake-tf02i-rs485",
        "witmotion-wt53r-485",
        "waveshare-relay-8ch",
        "waveshare-io-8ch",
        "waveshare-relay-8ch-d",
        "lc-modbus-8r",
        "eletechsup-n4d8b08",
        "wellpro-wp8025",
    };
    int32_t count = (int32_t) (sizeof promised / sizeof promised[0]);
    for (int32_t i = 0; i < count; i++) {
        expect_shipped(promised[i]);
    }
    assert_true(shipped_profiles_count >= count);
    assert_null(shipped_models_find("xy-md0"));
    assert_null(shipped_models_find("xy-md02.json"));
    assert_null(shipped_models_find(""));
}

/* A ranger's mode is a state of its own, which no rule of the town needs. */
static void expect_quantity(const char *model, const struct profile_point *point)
{
    const struct quantity *known = quantity_find(point->quantity);
    bool is_own_state = strcmp(point->key, "trigger_mode") == 0;
    if (!is_own_state && (known == NULL || strcmp(known->unit, point->unit) != 0)) {
        fail_msg("'%s': '%s' is in '%s'", model, point->key, point->unit);
    }
}

static void every_shipped_point_measures_a_quantity_in_its_unit(void **state)
{
    (void) state;
    const struct profile *const *model = NULL;
    int32_t count = shipped_models_list(arena, NULL, &model);
    assert_int_equal(count, shipped_profiles_count);
    for (int32_t i = 0; i < count; i++) {
        for (int32_t k = 0; k < model[i]->point_count; k++) {
            expect_quantity(model[i]->id, &model[i]->point[k]);
        }
    }
}

static void every_relay_can_be_switched_and_read_back_and_is_off_when_in_doubt(void **state)
{
    (void) state;
    const struct profile *const *model = NULL;
    int32_t count = shipped_models_list(arena, NULL, &model);
    int32_t board_count = 0;
    for (int32_t i = 0; i < count; i++) {
        bool is_board = profile_find_point(model[i], "relay0") >= 0;
        board_count += is_board ? 1 : 0;
        assert_int_equal(model[i]->output_count, is_board ? 8 : 0);
        for (int32_t k = 0; k < model[i]->output_count; k++) {
            const struct profile_output *output = &model[i]->output[k];
            assert_true(profile_find_point(model[i], output->key) >= 0);
            assert_true(output->has_verify);
            assert_false(output->is_safe_on);
        }
    }
    assert_int_equal(board_count, 6);
}

/* What is read back is what the point of that name shows, and channel k of a board lies k behind
 * its first. */
static void expect_channels_in_step(const struct profile *model)
{
    const struct profile_output *first = model->output;
    for (int32_t k = 0; k < model->output_count; k++) {
        const struct profile_output *output = &model->output[k];
        const struct profile_point *point = &model->point[profile_find_point(model, output->key)];
        const struct profile_read *read = &model->read[point->read];
        assert_int_equal(output->verify.function, read->function);
        assert_int_equal(output->verify.address, read->address + point->at);
        assert_int_equal(output->write.address, first->write.address + k);
        assert_int_equal(output->has_pulse, first->has_pulse);
        assert_int_equal(output->pulse.address, first->pulse.address + (output->has_pulse ? k : 0));
        assert_string_equal(output->name, point->name);
    }
}

static void every_channel_of_a_board_is_in_step_with_its_point(void **state)
{
    (void) state;
    const struct profile *const *model = NULL;
    int32_t count = shipped_models_list(arena, NULL, &model);
    for (int32_t i = 0; i < count; i++) {
        expect_channels_in_step(model[i]);
    }
}

/* The second opinion. */

static uint16_t word_at(const uint8_t *bytes)
{
    return (uint16_t) (256 * bytes[0] + bytes[1]);
}

static struct frame_request request_of(const struct profile_vector *vector)
{
    const uint8_t *bytes = vector->request;
    bool is_write = bytes[1] == 5 || bytes[1] == 6;
    return (struct frame_request){.unit = bytes[0],
                                  .function = bytes[1],
                                  .address = word_at(bytes + 2),
                                  .count = is_write ? 1 : word_at(bytes + 4),
                                  .value = is_write ? word_at(bytes + 4) : 0};
}

/* libmodbus and we ask in the bytes of the vector, and its reply is one for both. */
static void expect_agreement(struct libmodbus *codec, const struct profile_vector *vector)
{
    struct frame_request request = request_of(vector);
    uint8_t ours[MBAP_FRAME_MAX];
    uint8_t theirs[MBAP_FRAME_MAX];
    assert_int_equal(frame_encode(&request, FRAMING_RTU, ours), vector->request_length);
    assert_int_equal(libmodbus_encode(codec, FRAMING_RTU, &request, theirs),
                     vector->request_length);
    assert_memory_equal(ours, vector->request, vector->request_length);
    assert_memory_equal(theirs, vector->request, vector->request_length);
    static uint16_t words[FRAME_WORDS_MAX];
    bool is_accepted =
        libmodbus_judge(codec, FRAMING_RTU, &request, vector->reply, vector->reply_length, words);
    bool is_exception = vector->reply[1] > 0x80;
    assert_int_equal(is_accepted, !is_exception);
}

static void libmodbus_sends_and_accepts_every_shipped_vector(void **state)
{
    (void) state;
    struct libmodbus *codec = NULL;
    struct error error;
    assert_true(libmodbus_open(&codec, &error));
    const struct profile *const *model = NULL;
    int32_t count = shipped_models_list(arena, NULL, &model);
    for (int32_t i = 0; i < count; i++) {
        for (int32_t k = 0; k < model[i]->vector_count; k++) {
            expect_agreement(codec, &model[i]->vector[k]);
        }
    }
    libmodbus_close(codec);
}

/* In a config. */

#define TOWN                                                                                 \
    "{\"gateway\": {\"id\": \"g\", \"name\": \"g\"}, \"sms\": {\"driver\": \"console\"},"    \
    "\"people\": [{\"id\": \"p\", \"name\": \"p\", \"phone\": \"13800000001\"}],"            \
    "\"levels\": [{\"id\": \"only\", \"name\": \"唯一\"}],"                                \
    "\"areas\": [{\"id\": \"a\", \"level\": \"only\", \"name\": \"a\", \"duty\": [\"p\"]}]," \
    "\"links\": [{\"id\": \"l\", \"type\": \"tcp\", \"host\": \"h\"}],"                      \
    "\"sites\": [{\"id\": \"s\", \"kind\": \"other\", \"name\": \"s\", \"area\": \"a\","     \
    "\"devices\": ["

static const struct config *read_devices(const char *devices)
{
    char text[4096]; /* the town and its devices */
    (void) snprintf(text, sizeof text, "%s%s]}], \"rules\": []}", TOWN, devices);
    struct reader *reader = reader_new(arena, ".", &problems);
    reader_add_text(reader, "huoyan.json", text, strlen(text));
    const struct config *config = NULL;
    if (!build_config(arena, reader, &config)) {
        fail_msg("%s", problems.item[0].text);
    }
    return config;
}

static const char *name_of(const struct config *config, const char *id)
{
    for (int32_t i = 0; i < config->policy->point_count; i++) {
        if (strcmp(config->policy->point[i].id, id) == 0) {
            return config->policy->point[i].name;
        }
    }
    fail_msg("there is no point '%s'", id);
    return "";
}

static void a_point_is_called_by_its_own_name_its_device_and_its_channel(void **state)
{
    (void) state;
    const struct config *config = read_devices(
        "{\"id\": \"io\", \"link\": \"l\", \"unit\": 1, \"profile\": \"waveshare-io-8ch\","
        " \"name\": \"值班室\", \"points\": {\"input0\": {\"name\": \"烟感\"}}},"
        "{\"id\": \"bare\", \"link\": \"l\", \"unit\": 2, \"profile\": \"waveshare-io-8ch\"},"
        "{\"id\": \"th\", \"link\": \"l\", \"unit\": 3, \"profile\": \"xy-md02\", \"name\": "
        "\"东墙\"},"
        "{\"id\": \"bare-th\", \"link\": \"l\", \"unit\": 4, \"profile\": \"xy-md02\"}");
    assert_string_equal(name_of(config, "s/io/input0"), "烟感");
    assert_string_equal(name_of(config, "s/io/input1"), "值班室第2路输入");
    assert_string_equal(name_of(config, "s/bare/input1"), "第2路输入");
    assert_string_equal(name_of(config, "s/th/temperature"), "东墙");
    assert_string_equal(name_of(config, "s/bare-th/temperature"), "温度");
}

/* Each parsed model takes about 25 kB. */
static void a_config_keeps_only_the_models_it_uses(void **state)
{
    (void) state;
    size_t before = arena_used(arena);
    (void) read_devices("{\"id\": \"a\", \"link\": \"l\", \"unit\": 1, \"profile\": \"xy-md02\"},"
                        "{\"id\": \"b\", \"link\": \"l\", \"unit\": 2, \"profile\": \"xy-md02\"}");
    size_t one = arena_used(arena) - before;
    before = arena_used(arena);
    const struct profile *const *model = NULL;
    int32_t count = shipped_models_list(arena, NULL, &model);
    assert_true(count >= 20);
    assert_true(one < (arena_used(arena) - before) / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_promised_model_is_shipped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_shipped_point_measures_a_quantity_in_its_unit, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            every_relay_can_be_switched_and_read_back_and_is_off_when_in_doubt, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_channel_of_a_board_is_in_step_with_its_point, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(libmodbus_sends_and_accepts_every_shipped_vector, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            a_point_is_called_by_its_own_name_its_device_and_its_channel, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_config_keeps_only_the_models_it_uses, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
