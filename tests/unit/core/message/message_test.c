#include "gateway/core/message/message.h"

#include <string.h>

#include "gateway/base/quantity.h"
#include "gateway/base/utf8.h"
#include "gateway/core/message/sms_layout.h"
#include "tests/scenarios/player/town.h"
#include "tests/unit/expect.h"

#define AT 1784354700000 /* 2026-07-18 14:05 in Shanghai */

struct fixture {
    struct town *town;
    struct incident incident;
    struct message_facts facts;
};

static void build(struct fixture *fixture, const char *name, const char *quantity, const char *when)
{
    struct town *town = town_new();
    town_add_person(town, "wang", name, "+8613800000001");
    town_add_area(town, "g", "grid", name, "");
    town_add_duty(town, "g", "wang");
    town_add_site(town, "s", name, "g");
    town_add_device(town, "d", name, "bus1", 5000);
    (void) town_add_point(town, quantity, quantity_find(quantity)->unit, 1, 60000);
    (void) town_add_rule(town, name, SEVERITY_CRITICAL, quantity, when, NULL);
    fixture->town = town;
    (void) town_finish(town);
    struct incident *incident = &fixture->incident;
    *incident = (struct incident){.id = 1,
                                  .code = "7382",
                                  .judgement = 0,
                                  .severity = SEVERITY_CRITICAL,
                                  .opened_at = AT,
                                  .active_since = AT,
                                  .cleared_at = AT + 27 * MS_PER_MINUTE,
                                  .peak_value = 43,
                                  .has_value = true,
                                  .has_limit = true,
                                  .limit = 40,
                                  .is_upper = true};
    (void) snprintf(incident->place, sizeof incident->place, "%s", name);
    (void) snprintf(incident->subject, sizeof incident->subject, "%s数据中断", name);
    utf8_trim(incident->place);
    utf8_trim(incident->subject);
    fixture->facts = (struct message_facts){.policy = &town->policy,
                                            .incident = incident,
                                            .now = AT,
                                            .has_value = true,
                                            .value = 41.25};
}

static void the_first_report_says_where_what_limit_since_code_and_how_to_answer(void **state)
{
    (void) state;
    struct fixture fixture;
    build(&fixture, "3号库", "temperature", "value >= 40");
    char text[MESSAGE_TEXT_MAX];
    message_alarm(&fixture.facts, text);
    assert_string_equal(
        text, "【李渡应急】3号库3号库温度41.2度，超限40，14:05起，编号7382。10分钟内到场，"
              "回复1收到、2误报，未回转上级。");
    town_free(fixture.town);
}

static void smoke_sends_nobody_into_the_store_room(void **state)
{
    (void) state;
    struct fixture fixture;
    build(&fixture, "3号库", "smoke", "value >= 1");
    char text[MESSAGE_TEXT_MAX];
    message_alarm(&fixture.facts, text);
    assert_non_null(strstr(text, "烟感报警"));
    assert_non_null(strstr(text, "勿进库，先疏散人员并报119"));
    assert_null(strstr(text, "到场"));
    assert_null(strstr(text, "误报"));
    town_free(fixture.town);
}

static void a_gas_alarm_says_gas_in_chinese(void **state)
{
    (void) state;
    struct fixture fixture;
    build(&fixture, "3号库", "gas", "value >= 10");
    fixture.incident.limit = 10;
    fixture.facts.value = 12.5;
    char text[MESSAGE_TEXT_MAX];
    message_alarm(&fixture.facts, text);
    assert_non_null(strstr(text, "可燃气体12.5%LEL，超限10"));
    town_free(fixture.town);
}

static void a_recovery_says_peak_and_duration(void **state)
{
    (void) state;
    struct fixture fixture;
    build(&fixture, "3号库", "temperature", "value >= 40");
    fixture.facts.value = 34;
    fixture.facts.now = fixture.incident.cleared_at;
    char text[MESSAGE_TEXT_MAX];
    message_recovery(&fixture.facts, text);
    assert_string_equal(
        text, "【李渡应急】编号7382：3号库温度14:32降至34.0度，已恢复，最高43.0度，历时27分钟。"
              "仍须现场复查后销号。");
    town_free(fixture.town);
}

/* Every kind of message about one incident, into texts[]; returns how many. */
static int write_all(const struct message_facts *facts, const char *who,
                     char texts[static 24][MESSAGE_TEXT_MAX])
{
    int count = 0;
    message_alarm(facts, texts[count++]);
    message_repeat(facts, 47 * MS_PER_HOUR + 59 * MS_PER_MINUTE, texts[count++]);
    for (int reason = ESCALATION_UNANSWERED; reason <= ESCALATION_RELAPSE; reason++) {
        message_escalation(facts, (enum escalation_reason) reason, who,
                           47 * MS_PER_HOUR + 59 * MS_PER_MINUTE, texts[count++]);
    }
    message_handed_on(facts, who, 47 * MS_PER_HOUR + 59 * MS_PER_MINUTE, texts[count++]);
    message_recovery(facts, texts[count++]);
    message_digest(facts, 4096, texts[count++]);
    for (int verb = REPLY_RECEIVED; verb <= REPLY_ON_SITE; verb++) {
        message_confirmation(facts, (enum reply_verb) verb, who, true, texts[count++]);
        message_confirmation(facts, (enum reply_verb) verb, who, false, texts[count++]);
    }
    return count;
}

static void expect_fit(const struct message_facts *facts, const char *who)
{
    char texts[24][MESSAGE_TEXT_MAX];
    int count = write_all(facts, who, texts);
    for (int i = 0; i < count; i++) {
        size_t length = strlen(texts[i]);
        if (utf8_units(texts[i]) > SMS_UNITS_MAX || !utf8_is_valid(texts[i], length) ||
            strstr(texts[i], facts->incident->code) == NULL) {
            print_error("text %d, %zu units: %s\n", i, utf8_units(texts[i]), texts[i]);
            fail();
        }
    }
    assert_non_null(strstr(texts[0], "回复1收到"));
    assert_non_null(strstr(texts[2], "回复1接手"));
}

/* The longest name a config may hold, made of one character. */
static const char *long_name(const char *character, char to[static 400])
{
    to[0] = '\0';
    for (size_t used = 0; used + strlen(character) < 250; used += strlen(character)) {
        memcpy(to + used, character, strlen(character) + 1);
    }
    return to;
}

static void hostile_names_never_push_out_code_and_instructions(void **state)
{
    (void) state;
    static const char *const characters[] = {"库", "A", "\xF0\xA0\xAE\xB7", "】", "\n", "é", ""};
    static const char *const quantities[] = {"temperature", "smoke"};
    static const char *const signatures[] = {"", "李渡应急", "一二三四五六七八九十一二",
                                             "【一二三四五六七八九十一二三四五六七八九十过长】"};
    for (size_t i = 0; i < 56; i++) {
        struct fixture fixture;
        char name[400] = "";
        const char *character = characters[i % 7];
        build(&fixture, character[0] == '\0' ? "" : long_name(character, name),
              quantities[i / 7 % 2], "value >= 40");
        fixture.town->policy.signature = signatures[i / 14];
        fixture.facts.value = i % 2 == 0 ? -1e300 : 1e8;
        memcpy(fixture.incident.code, "73825", 6);
        expect_fit(&fixture.facts, name);
        fixture.incident.judgement = -1;
        expect_fit(&fixture.facts, name);
        town_free(fixture.town);
    }
}

static void help_and_test_fit_the_longest_signature(void **state)
{
    (void) state;
    struct fixture fixture;
    build(&fixture, "3号库", "temperature", "value >= 40");
    fixture.town->policy.signature = "一二三四五六七八九十一二三四五六七八九十过长";
    char text[MESSAGE_TEXT_MAX];
    message_help(&fixture.town->policy, text);
    assert_true(utf8_units(text) <= SMS_UNITS_MAX);
    assert_non_null(strstr(text, "1 7382"));
    message_test(&fixture.town->policy, AT, text);
    assert_true(utf8_units(text) <= SMS_UNITS_MAX);
    town_free(fixture.town);
}

static void no_text_holds_words_that_providers_refuse(void **state)
{
    (void) state;
    static const char *const words[] = {"党",   "政府", "移动", "联通", "电信",
                                        "http", "℃",    "①",    "预警"};
    struct fixture fixture;
    build(&fixture, "3号库", "temperature", "value >= 40");
    char texts[24][MESSAGE_TEXT_MAX];
    int count = write_all(&fixture.facts, "王某", texts);
    for (int i = 0; i < count; i++) {
        for (size_t k = 0; k < sizeof words / sizeof words[0]; k++) {
            assert_null(strstr(texts[i], words[k]));
        }
    }
    town_free(fixture.town);
}

static void spans_and_times_read_well(void **state)
{
    (void) state;
    static const struct {
        ms_t span;
        const char *text;
    } spans[] = {{0, "0秒"},
                 {40 * MS_PER_SECOND, "40秒"},
                 {15 * MS_PER_MINUTE, "15分钟"},
                 {119 * MS_PER_MINUTE, "119分钟"},
                 {125 * MS_PER_MINUTE, "2小时5分"},
                 {4 * MS_PER_HOUR, "4小时"},
                 {3 * MS_PER_DAY, "3天"}};
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
        char text[SPAN_TEXT_MAX];
        message_span(spans[i].span, text);
        assert_string_equal(text, spans[i].text);
    }
    struct policy policy = {0};
    town_zone(&policy.zone);
    char time[TIME_TEXT_MAX];
    message_time(&policy, AT, AT + MS_PER_HOUR, time);
    assert_string_equal(time, "14:05");
    message_time(&policy, AT, AT + MS_PER_DAY, time);
    assert_string_equal(time, "7月18日14:05");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_report_says_where_what_limit_since_code_and_how_to_answer),
        cmocka_unit_test(smoke_sends_nobody_into_the_store_room),
        cmocka_unit_test(a_gas_alarm_says_gas_in_chinese),
        cmocka_unit_test(a_recovery_says_peak_and_duration),
        cmocka_unit_test(hostile_names_never_push_out_code_and_instructions),
        cmocka_unit_test(help_and_test_fit_the_longest_signature),
        cmocka_unit_test(no_text_holds_words_that_providers_refuse),
        cmocka_unit_test(spans_and_times_read_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
