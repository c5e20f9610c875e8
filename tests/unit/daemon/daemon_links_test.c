/* What GET /api/v1/links says of links whose wire is played by this file. */
#include <string.h>

#include "gateway/base/text.h"
#include "gateway/daemon/daemon_parts.h"
#include "gateway/io/web/page/pages.h"
#include "tests/unit/expect.h"

static struct link_status status;
static struct link_past past;
static struct device_status device_status;
static struct device_stats device_past;
static struct last_bytes heard;
static struct snapshot *snapshot;

struct link_status wire_link_status(struct wire *wire, int32_t link)
{
    (void) wire;
    (void) link;
    return status;
}

struct device_status wire_device_status(struct wire *wire, int32_t link, int32_t device)
{
    (void) wire;
    (void) link;
    (void) device;
    return device_status;
}

struct link_past wire_link_past(struct wire *wire, int32_t link)
{
    (void) wire;
    (void) link;
    return past;
}

struct device_stats wire_device_past(struct wire *wire, int32_t link, int32_t device)
{
    (void) wire;
    (void) link;
    (void) device;
    return device_past;
}

struct last_bytes wire_block_past(struct wire *wire, int32_t link, int32_t device, int32_t read)
{
    (void) wire;
    (void) link;
    (void) device;
    (void) read;
    return heard;
}

#define SOON (1784355640123 * US_PER_MS) /* 2026-07-18T14:20:40.123+08:00 */

static const struct policy town = {
    .zone = {.count = 1, .change = {{.from = INT64_MIN, .offset = 28800000}}}};
static const struct profile sensor = {
    .id = "xy-md02",
    .read_count = 1,
    .read = {{.name = "air", .function = 4, .address = 1, .count = 2, .every = 1}}};
static const struct link_device devices[] = {
    {.id = "w3/th1", .profile = &sensor, .unit = 1, .poll_ms = 1000}};
static const uint8_t registration[] = {0xAA, 0x01};
static const struct dtu_settings dtu = {.registration = {.length = 2, .bytes = registration}};
static const uint8_t words[] = "LOGIN:1001";
static const struct dtu_settings dtu_of_words = {.registration = {.length = 10, .bytes = words}};
static const struct link_settings links[] = {
    {.id = "bus1",
     .kind = LINK_RTU,
     .address = "/dev/ttyUSB0",
     .baud = 9600,
     .parity = 'N',
     .stop_bits = 1,
     .device_count = 1,
     .device = devices},
    {.id = "gw2",
     .kind = LINK_TCP,
     .address = "192.0.2.10",
     .port = 502,
     .device_count = 1,
     .device = devices},
    {.id = "shop7", .kind = LINK_DTU, .dtu = &dtu},
    {.id = "shop8", .kind = LINK_DTU, .dtu = &dtu_of_words},
};
static char json[8192];

static int begin(void **state)
{
    (void) state;
    status = (struct link_status){.is_up = true};
    past = (struct link_past){0};
    device_status = (struct device_status){0};
    device_past = (struct device_stats){0};
    heard = (struct last_bytes){0};
    snapshot = snapshot_new(1);
    return 0;
}

static int end(void **state)
{
    (void) state;
    snapshot_free(snapshot);
    return 0;
}

/* The page as if this link were the only one. */
static void look(int32_t link)
{
    struct config only = {.link_count = 1, .link = &links[link]};
    struct daemon daemon = {.config = &only, .policy = &town};
    const struct web_link shown = {.id = links[link].id,
                                   .type = link_kind_name(links[link].kind),
                                   .device_count = links[link].device_count};
    const struct web_context context = {.callbacks = {.context = &daemon,
                                                      .link_count = 1,
                                                      .link = &shown,
                                                      .link_state = daemon_link_state,
                                                      .device_state = daemon_device_state,
                                                      .block_state = daemon_block_state},
                                        .parts = {.snapshot = snapshot},
                                        .policy = &town,
                                        .zone = &town.zone};
    const struct page_call call = {.context = &context};
    struct answer answer = answer_new();
    page_links(&call, &answer);
    text_copy(json, sizeof json, answer.body.bytes);
    assert_false(answer.body.is_cut);
    assert_true(answer.body.length < sizeof json);
    text_free(&answer.body);
}

static void expect_has(const char *part)
{
    if (strstr(json, part) == NULL) {
        print_error("no %s in\n%s\n", part, json);
        fail();
    }
}

static void hear(const uint8_t *bytes, size_t length)
{
    heard = (struct last_bytes){.at = SOON};
    link_stats_hear(&heard, bytes, length);
}

static void what_was_never_asked_is_null(void **state)
{
    (void) state;
    look(0);
    expect_has(
        "\"id\":\"bus1\",\"type\":\"rtu\",\"up\":true,\"address\":\"/dev/ttyUSB0 9600 8N1\"");
    expect_has("\"text\":\"\",\"error\":null,\"share\":{\"asked\":0.");
    expect_has("\"measured\":null}");
    expect_has("\"health\":\"ok\",\"probe_at\":null,\"rtt_ms\":null,\"answered_at\":null,"
               "\"reason\":\"\",\"rtt_mean_ms\":null,\"rtt_max_ms\":null,\"retries\":0,"
               "\"success\":null,\"error\":null,\"maintenance\":null");
    expect_has("\"at\":null,\"request\":\"01 04 00 01 00 02 20 0B\",\"reply\":null,\"bytes\":0,"
               "\"words\":null}");
}

static void a_reply_is_shown_as_bytes_and_as_words(void **state)
{
    (void) state;
    const uint8_t reply[] = {0x01, 0x04, 0x04, 0x01, 0x9F, 0x01, 0x9D, 0x0A, 0x6F};
    hear(reply, sizeof reply);
    look(0);
    expect_has("\"at\":\"2026-07-18T14:20:40.123+08:00\"");
    expect_has("\"reply\":\"01 04 04 01 9F 01 9D 0A 6F\",\"bytes\":9,\"words\":[415,413]");
}

static void noise_before_the_reply_is_shown_and_the_words_found(void **state)
{
    (void) state;
    const uint8_t reply[] = {0xFF, 0x01, 0x04, 0x04, 0x01, 0x9F, 0x01, 0x9D, 0x0A, 0x6F};
    hear(reply, sizeof reply);
    look(0);
    expect_has("\"reply\":\"FF 01 04 04 01 9F 01 9D 0A 6F\",\"bytes\":10,\"words\":[415,413]");
}

static void damage_and_refusal_have_bytes_but_no_words(void **state)
{
    (void) state;
    const uint8_t damaged[] = {0x01, 0x04, 0x04, 0x01, 0x9E, 0x01, 0x9D, 0x0A, 0x6F};
    hear(damaged, sizeof damaged);
    look(0);
    expect_has("\"reply\":\"01 04 04 01 9E 01 9D 0A 6F\",\"bytes\":9,\"words\":null");
    const uint8_t refusal[] = {0x01, 0x84, 0x02, 0xC2, 0xC1};
    hear(refusal, sizeof refusal);
    look(0);
    expect_has("\"reply\":\"01 84 02 C2 C1\",\"bytes\":5,\"words\":null");
}

static void a_long_reply_is_cut_and_says_how_long_it_was(void **state)
{
    (void) state;
    const uint8_t bytes[LINK_STATS_BYTES_MAX + 80] = {0};
    hear(bytes, sizeof bytes);
    look(0);
    expect_has("\"bytes\":128,\"words\":null");
    size_t shown = strcspn(strstr(json, "\"reply\":\"") + strlen("\"reply\":\""), "\"");
    assert_int_equal(shown, 3 * LINK_STATS_BYTES_MAX - 1);
}

static void over_mbap_the_request_has_the_answers_transaction(void **state)
{
    (void) state;
    const uint8_t reply[] = {0x12, 0x34, 0, 0, 0, 7, 1, 4, 4, 0x01, 0x9F, 0x01, 0x9D};
    hear(reply, sizeof reply);
    look(1);
    expect_has("\"address\":\"192.0.2.10:502\"");
    expect_has("\"share\":{\"asked\":null,");
    expect_has("\"request\":\"12 34 00 00 00 06 01 04 00 01 00 02\"");
    expect_has("\"words\":[415,413]");
}

static void an_error_has_its_words_its_time_and_since_when(void **state)
{
    (void) state;
    device_status = (struct device_status){.health = DEVICE_DOWN,
                                           .probe_at = SOON + 2 * US_PER_SECOND,
                                           .rtt_us = 23400,
                                           .reason = REASON_EXCEPTION,
                                           .exception = 2};
    device_past = (struct device_stats){.failed_at = SOON,
                                        .failing_since = SOON - US_PER_SECOND,
                                        .failed_reason = REASON_EXCEPTION,
                                        .failed_exception = 2,
                                        .outcomes = 1,
                                        .outcome_count = 4,
                                        .retries = 7,
                                        .rtt_mean_us = 21000,
                                        .rtt_max_us = 30100};
    look(0);
    expect_has(
        "\"health\":\"down\",\"probe_at\":\"2026-07-18T14:20:42.123+08:00\",\"rtt_ms\":23.4");
    expect_has("\"rtt_mean_ms\":21,\"rtt_max_ms\":30.1,\"retries\":7,\"success\":0.25");
    expect_has(
        "\"error\":{\"at\":\"2026-07-18T14:20:40.123+08:00\",\"since\":\"2026-07-18T14:20:39.123"
        "+08:00\",\"kind\":\"exception\",\"exception\":2,\"text\":\"寄存器地址不存在\"}");
    device_past.failing_since = 0;
    device_past.failed_reason = REASON_FRAME;
    device_past.failed_exception = 0;
    look(0);
    expect_has("\"since\":null,\"kind\":\"damaged\",\"exception\":0,\"text\":\"报文损坏\"}");
}

static void a_link_that_came_back_remembers_why_it_fell(void **state)
{
    (void) state;
    past = (struct link_past){
        .failed_at = SOON, .why = "连接被拒绝", .stats = {.has_share = true, .share = 0.125}};
    status.counters = (struct link_counters){.requests = 9, .late = 3, .overruns = 4};
    look(1);
    expect_has("\"text\":\"\",\"error\":{\"at\":\"2026-07-18T14:20:40.123+08:00\",\"text\":"
               "\"连接被拒绝\"}");
    expect_has("\"measured\":0.125}");
    expect_has("\"requests\":9,");
    expect_has("\"late\":3,");
    expect_has("\"overruns\":4,");
}

static void a_dtu_is_named_by_what_it_registers_with(void **state)
{
    (void) state;
    look(2);
    expect_has("\"type\":\"dtu\",\"up\":true,\"address\":\"AA 01\"");
    expect_has("\"devices\":[]");
    look(3);
    expect_has("\"address\":\"LOGIN:1001\"");
}

static void a_repair_is_told_with_reason_and_end(void **state)
{
    (void) state;
    const struct effect_maintenance maintenance = {.device = "w3/th1",
                                                   .since = 1784355640000,
                                                   .until = 1784359240000,
                                                   .by = "qian",
                                                   .reason = "更换\"电缆\""};
    snapshot_set_maintenance(snapshot, &maintenance);
    look(0);
    expect_has("\"maintenance\":{\"since\":\"2026-07-18T14:20:40.000+08:00\",\"until\":"
               "\"2026-07-18T15:20:40.000+08:00\",\"by\":\"qian\",\"note\":\"更换\\\"电缆\\\"\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_never_asked_is_null, begin, end),
        cmocka_unit_test_setup_teardown(a_reply_is_shown_as_bytes_and_as_words, begin, end),
        cmocka_unit_test_setup_teardown(noise_before_the_reply_is_shown_and_the_words_found, begin,
                                        end),
        cmocka_unit_test_setup_teardown(damage_and_refusal_have_bytes_but_no_words, begin, end),
        cmocka_unit_test_setup_teardown(a_long_reply_is_cut_and_says_how_long_it_was, begin, end),
        cmocka_unit_test_setup_teardown(over_mbap_the_request_has_the_answers_transaction, begin,
                                        end),
        cmocka_unit_test_setup_teardown(an_error_has_its_words_its_time_and_since_when, begin, end),
        cmocka_unit_test_setup_teardown(a_link_that_came_back_remembers_why_it_fell, begin, end),
        cmocka_unit_test_setup_teardown(a_dtu_is_named_by_what_it_registers_with, begin, end),
        cmocka_unit_test_setup_teardown(a_repair_is_told_with_reason_and_end, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
