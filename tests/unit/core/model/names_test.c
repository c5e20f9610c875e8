#include <string.h>

#include "gateway/base/utf8.h"
#include "gateway/core/model/effect.h"
#include "gateway/core/model/incident.h"
#include "gateway/core/model/policy.h"
#include "tests/unit/expect.h"

/* Each word as a function of an int, so that one loop can look at all of them. */
static const char *of_severity(int i)
{
    return severity_name((enum severity) i);
}

static const char *of_severity_text(int i)
{
    return severity_text((enum severity) i);
}

static const char *of_state(int i)
{
    return incident_state_name((enum incident_state) i);
}

static const char *of_state_text(int i)
{
    return incident_state_text((enum incident_state) i);
}

static const char *of_condition(int i)
{
    return condition_name((enum condition) i);
}

static const char *of_entry(int i)
{
    return entry_kind_name((enum entry_kind) i);
}

static const char *of_entry_text(int i)
{
    return entry_kind_text((enum entry_kind) i);
}

static const char *of_message(int i)
{
    return message_kind_name((enum message_kind) i);
}

static const struct {
    const char *(*word)(int i);
    int count;
} tables[] = {
    {of_severity, SEVERITY_COUNT},     {of_severity_text, SEVERITY_COUNT},
    {of_state, INCIDENT_STATE_COUNT},  {of_state_text, INCIDENT_STATE_COUNT},
    {of_condition, CONDITION_COUNT},   {of_entry, ENTRY_KIND_COUNT},
    {of_entry_text, ENTRY_KIND_COUNT}, {of_message, MESSAGE_KIND_COUNT},
};

static void every_value_has_a_word_of_its_own(void **state)
{
    (void) state;
    for (size_t table = 0; table < sizeof tables / sizeof tables[0]; table++) {
        for (int i = 0; i < tables[table].count; i++) {
            const char *word = tables[table].word(i);
            assert_true(strlen(word) > 0);
            assert_true(utf8_is_valid(word, strlen(word)));
            assert_true(i == 0 || strcmp(word, tables[table].word(i - 1)) != 0);
        }
    }
}

/* They stand in the API, in databases and in replays. */
static void the_words_of_programs_stay(void **state)
{
    (void) state;
    assert_string_equal(severity_name(SEVERITY_CRITICAL), "critical");
    assert_string_equal(severity_name(SEVERITY_NOTICE), "notice");
    assert_string_equal(incident_state_name(INCIDENT_OPEN), "open");
    assert_string_equal(incident_state_name(INCIDENT_REINSPECT), "reinspect");
    assert_string_equal(incident_state_name(INCIDENT_FALSE_CLAIM), "false_claim");
    assert_string_equal(incident_state_name(INCIDENT_CLOSED), "closed");
    assert_string_equal(condition_name(CONDITION_UNKNOWN), "unknown");
    assert_string_equal(entry_kind_name(ENTRY_OPENED), "opened");
    assert_string_equal(entry_kind_name(ENTRY_CLEARED), "cleared");
    assert_string_equal(entry_kind_name(ENTRY_RETURNED), "returned");
    assert_string_equal(entry_kind_name(ENTRY_ACKED), "acked");
    assert_string_equal(entry_kind_name(ENTRY_ESCALATED), "escalated");
    assert_string_equal(entry_kind_name(ENTRY_MESSAGE), "message");
    assert_string_equal(entry_kind_name(ENTRY_CLOSED), "closed");
    assert_string_equal(message_kind_name(MESSAGE_ALARM), "alarm");
    assert_string_equal(message_kind_name(MESSAGE_TEST), "test");
}

static void people_read_chinese(void **state)
{
    (void) state;
    assert_string_equal(severity_text(SEVERITY_CRITICAL), "一级（红）");
    assert_string_equal(severity_text(SEVERITY_NOTICE), "四级（蓝）");
    assert_string_equal(incident_state_text(INCIDENT_OPEN), "未确认");
    assert_string_equal(incident_state_text(INCIDENT_CLOSED), "已销号");
    assert_string_equal(entry_kind_text(ENTRY_DATA_LOST), "数据中断");
}

static void answers_notes_and_switching_are_not_stored(void **state)
{
    (void) state;
    for (int kind = EFFECT_INCIDENT; kind <= EFFECT_MAINTENANCE; kind++) {
        static struct effect effect;
        effect.kind = (enum effect_kind) kind;
        bool is_stored = kind != EFFECT_ANSWER && kind != EFFECT_NOTE && kind != EFFECT_OUTPUT &&
                         kind != EFFECT_HEALTH;
        assert_int_equal(effect_is_stored(&effect), is_stored);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_has_a_word_of_its_own),
        cmocka_unit_test(the_words_of_programs_stay),
        cmocka_unit_test(people_read_chinese),
        cmocka_unit_test(answers_notes_and_switching_are_not_stored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
