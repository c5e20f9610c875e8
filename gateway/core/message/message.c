#include "gateway/core/message/message.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/quantity.h"
#include "gateway/base/text.h"
#include "gateway/core/message/sms_layout.h"

enum { NUMBER_MAX = 48 };

void message_span(ms_t span_ms, char text[static SPAN_TEXT_MAX])
{
    long long seconds = (span_ms + MS_PER_SECOND / 2) / MS_PER_SECOND;
    long long minutes = (span_ms + MS_PER_MINUTE / 2) / MS_PER_MINUTE;
    struct text to = text_over(text, SPAN_TEXT_MAX);
    if (seconds < 60) {
        text_add(&to, "%lld秒", seconds);
    } else if (minutes < 120) {
        text_add(&to, "%lld分钟", minutes);
    } else if (minutes < 48LL * 60) {
        text_add(&to, "%lld小时", minutes / 60);
        if (minutes % 60 != 0) {
            text_add(&to, "%lld分", minutes % 60);
        }
    } else {
        text_add(&to, "%lld天", minutes / (24LL * 60));
    }
}

void message_time(const struct policy *policy, ms_t at, ms_t now, char text[static TIME_TEXT_MAX])
{
    struct civil then = zone_civil(&policy->zone, at);
    struct civil today = zone_civil(&policy->zone, now);
    struct text to = text_over(text, TIME_TEXT_MAX);
    if (then.day != today.day || then.month != today.month || then.year != today.year) {
        text_add(&to, "%d月%d日", then.month, then.day);
    }
    text_add(&to, "%02d:%02d", then.hour, then.minute);
}

/* NULL: an incident of a device or of the gateway itself. */
static const struct policy_judgement *judgement_of(const struct message_facts *facts)
{
    int32_t judgement = facts->incident->judgement;
    return judgement < 0 ? NULL : &facts->policy->judgement[judgement];
}

static const struct policy_point *point_of_facts(const struct message_facts *facts)
{
    const struct policy_judgement *judgement = judgement_of(facts);
    if (judgement == NULL) {
        return NULL;
    }
    int32_t point = judgement->has_limit ? judgement->limit_point : judgement->point;
    return &facts->policy->point[point < 0 ? judgement->point : point];
}

/* As people write it; a number too large for decimals goes without them. */
static void format_value(double value, int32_t decimals, char text[static NUMBER_MAX])
{
    if (fabs(value) < 1e9) {
        (void) snprintf(text, NUMBER_MAX, "%.*f", (int) decimals, value);
    } else {
        (void) snprintf(text, NUMBER_MAX, "%.3g", value);
    }
}

static bool is_fire(const struct policy_point *point)
{
    return strcmp(point->quantity, "smoke") == 0 || strcmp(point->quantity, "flame") == 0 ||
           strcmp(point->quantity, "fire") == 0;
}

static bool is_fire_alarm(const struct message_facts *facts)
{
    const struct policy_point *point = point_of_facts(facts);
    return point != NULL && is_fire(point);
}

/* 温度41.2度，超限40 for a rule with a plain limit, else the name of the rule and the value. */
static void add_measured(struct sms_layout *layout, const struct message_facts *facts, double value,
                         bool has_value)
{
    const struct policy_judgement *judgement = judgement_of(facts);
    const struct policy_point *point = point_of_facts(facts);
    const char *quantity = quantity_text(point->quantity);
    const char *unit = unit_sms_text(point->unit);
    char number[NUMBER_MAX];
    format_value(value, point->decimals, number);
    if (is_fire(point)) {
        sms_layout_add(layout, SMS_PIECE_NAME, "%s报警", quantity);
        return;
    }
    if (!judgement->has_limit) {
        sms_layout_add(layout, SMS_PIECE_NAME, "%s", facts->policy->rule[judgement->rule].name);
        if (has_value) {
            sms_layout_add(layout, SMS_PIECE_DETAIL, "，%s%s%s", quantity, number, unit);
        }
        return;
    }
    sms_layout_add(layout, SMS_PIECE_NAME, "%s", quantity);
    if (has_value) {
        sms_layout_add(layout, SMS_PIECE_DETAIL, "%s%s", number, unit);
    }
    sms_layout_add(layout, SMS_PIECE_DETAIL, "，%s%.10g", judgement->is_upper ? "超限" : "低于",
                   judgement->limit);
}

/* Place and subject. */
static void add_subject(struct sms_layout *layout, const struct message_facts *facts)
{
    const struct policy_point *point = point_of_facts(facts);
    sms_layout_add(layout, SMS_PIECE_NAME, "%s", facts->incident->place);
    if (point == NULL) {
        sms_layout_add(layout, SMS_PIECE_NAME, "%s", facts->incident->subject);
        return;
    }
    if (strcmp(point->name, quantity_text(point->quantity)) != 0) {
        sms_layout_add(layout, SMS_PIECE_NAME, "%s", point->name);
    }
    add_measured(layout, facts, facts->value, facts->has_value);
}

static void add_code(struct sms_layout *layout, const struct message_facts *facts)
{
    sms_layout_add(layout, SMS_PIECE_FIXED, "，编号%s。", facts->incident->code);
}

static void write_layout(struct sms_layout *layout, const struct policy *policy, char *text)
{
    sms_layout_write(layout, policy->signature, text, MESSAGE_TEXT_MAX);
}

/* 10分钟内到场; with smoke or flame nobody may go in. */
static void add_orders(struct sms_layout *layout, const struct message_facts *facts)
{
    if (is_fire_alarm(facts)) {
        sms_layout_add(layout, SMS_PIECE_FIXED, "勿进库，先疏散人员并报119，");
        return;
    }
    ms_t arrive_ms = facts->policy->escalation[facts->incident->severity].arrive_ms;
    if (arrive_ms <= 0) {
        sms_layout_add(layout, SMS_PIECE_FIXED, "请尽快到场，");
        return;
    }
    char span[SPAN_TEXT_MAX];
    message_span(arrive_ms, span);
    sms_layout_add(layout, SMS_PIECE_FIXED, "%s内到场，", span);
}

void message_alarm(const struct message_facts *facts, char text[static MESSAGE_TEXT_MAX])
{
    char since[TIME_TEXT_MAX];
    message_time(facts->policy, facts->incident->active_since, facts->now, since);
    struct sms_layout layout = {0};
    add_subject(&layout, facts);
    sms_layout_add(&layout, SMS_PIECE_DETAIL, "，%s起", since);
    add_code(&layout, facts);
    add_orders(&layout, facts);
    sms_layout_add(&layout, SMS_PIECE_FIXED, "回复1收到%s，未回转上级。",
                   is_fire_alarm(facts) ? "" : "、2误报");
    write_layout(&layout, facts->policy, text);
}

void message_repeat(const struct message_facts *facts, ms_t unanswered_ms,
                    char text[static MESSAGE_TEXT_MAX])
{
    char span[SPAN_TEXT_MAX];
    message_span(unanswered_ms, span);
    struct sms_layout layout = {0};
    sms_layout_add(&layout, SMS_PIECE_FIXED, "再次提醒：");
    add_subject(&layout, facts);
    sms_layout_add(&layout, SMS_PIECE_DETAIL, "，%s无人回复", span);
    add_code(&layout, facts);
    add_orders(&layout, facts);
    sms_layout_add(&layout, SMS_PIECE_FIXED, "回复1收到%s。",
                   is_fire_alarm(facts) ? "" : "、2误报");
    write_layout(&layout, facts->policy, text);
}

void message_escalation(const struct message_facts *facts, enum escalation_reason reason,
                        const char *who, ms_t waited_ms, char text[static MESSAGE_TEXT_MAX])
{
    char span[SPAN_TEXT_MAX];
    message_span(waited_ms, span);
    struct sms_layout layout = {0};
    sms_layout_add(&layout, SMS_PIECE_FIXED, "转报：");
    add_subject(&layout, facts);
    sms_layout_add(&layout, SMS_PIECE_FIXED, "，");
    sms_layout_add(&layout, SMS_PIECE_NAME, "%s", who);
    const char *orders = "请督促处置，回复1接手。";
    switch (reason) {
    case ESCALATION_UNANSWERED:
        sms_layout_add(&layout, SMS_PIECE_FIXED, "%s未回复", span);
        break;
    case ESCALATION_UNREACHED:
        sms_layout_add(&layout, SMS_PIECE_FIXED, "短信未送达");
        break;
    case ESCALATION_FALSE_CLAIM:
        sms_layout_add(&layout, SMS_PIECE_FIXED, "报为误报");
        orders = "请核实，属实回复2，否则回复1接手。";
        break;
    case ESCALATION_RELAPSE:
        sms_layout_add(&layout, SMS_PIECE_FIXED, "处置后再次发生");
        break;
    }
    add_code(&layout, facts);
    sms_layout_add(&layout, SMS_PIECE_FIXED, "%s",
                   is_fire_alarm(facts) ? "勿进库，先疏散，报119。" : "");
    sms_layout_add(&layout, SMS_PIECE_FIXED, "%s", orders);
    write_layout(&layout, facts->policy, text);
}

void message_handed_on(const struct message_facts *facts, const char *to_whom, ms_t waited_ms,
                       char text[static MESSAGE_TEXT_MAX])
{
    char span[SPAN_TEXT_MAX];
    message_span(waited_ms, span);
    struct sms_layout layout = {0};
    sms_layout_add(&layout, SMS_PIECE_FIXED, "编号%s", facts->incident->code);
    sms_layout_add(&layout, SMS_PIECE_DETAIL, "：");
    add_subject(&layout, facts);
    sms_layout_add(&layout, SMS_PIECE_FIXED, "，%s未回复，已转上级", span);
    sms_layout_add(&layout, SMS_PIECE_NAME, "%s", to_whom);
    sms_layout_add(&layout, SMS_PIECE_FIXED, "。仍请尽快处置。");
    write_layout(&layout, facts->policy, text);
}

/* 14:32降至34.0度; without a value only the time. */
static void add_return(struct sms_layout *layout, const struct message_facts *facts)
{
    const struct policy_point *point = point_of_facts(facts);
    const struct incident *incident = facts->incident;
    char at[TIME_TEXT_MAX];
    message_time(facts->policy, incident->cleared_at, facts->now, at);
    if (point == NULL || is_fire(point) || !incident->has_limit || !facts->has_value) {
        sms_layout_add(layout, SMS_PIECE_FIXED, "%s已恢复", at);
        return;
    }
    char number[NUMBER_MAX];
    format_value(facts->value, point->decimals, number);
    sms_layout_add(layout, SMS_PIECE_FIXED, "%s", at);
    sms_layout_add(layout, SMS_PIECE_DETAIL, "%s%s%s", incident->is_upper ? "降至" : "升至", number,
                   unit_sms_text(point->unit));
    sms_layout_add(layout, SMS_PIECE_FIXED, "，已恢复");
}

static void add_peak(struct sms_layout *layout, const struct message_facts *facts)
{
    const struct policy_point *point = point_of_facts(facts);
    if (point == NULL || is_fire(point) || !facts->incident->has_value) {
        return;
    }
    char number[NUMBER_MAX];
    format_value(facts->incident->peak_value, point->decimals, number);
    sms_layout_add(layout, SMS_PIECE_DETAIL, "，%s%s%s",
                   facts->incident->is_upper ? "最高" : "最低", number, unit_sms_text(point->unit));
}

void message_recovery(const struct message_facts *facts, char text[static MESSAGE_TEXT_MAX])
{
    const struct policy_point *point = point_of_facts(facts);
    const struct incident *incident = facts->incident;
    char span[SPAN_TEXT_MAX];
    message_span(incident->cleared_at - incident->active_since, span);
    struct sms_layout layout = {0};
    sms_layout_add(&layout, SMS_PIECE_FIXED, "编号%s：", incident->code);
    sms_layout_add(&layout, SMS_PIECE_NAME, "%s", incident->place);
    sms_layout_add(&layout, SMS_PIECE_NAME, "%s",
                   point == NULL ? incident->subject : quantity_text(point->quantity));
    add_return(&layout, facts);
    add_peak(&layout, facts);
    sms_layout_add(&layout, SMS_PIECE_FIXED, "，历时%s。仍须现场复查后销号。", span);
    write_layout(&layout, facts->policy, text);
}

static void add_taken(struct sms_layout *layout, const struct message_facts *facts,
                      enum reply_verb verb)
{
    switch (verb) {
    case REPLY_RECEIVED:
        sms_layout_add(layout, SMS_PIECE_FIXED, "收到编号%s。", facts->incident->code);
        add_orders(layout, facts);
        sms_layout_add(layout, SMS_PIECE_FIXED, "到场回复4，完成回复3。");
        break;
    case REPLY_FALSE_ALARM:
        sms_layout_add(layout, SMS_PIECE_FIXED, "报编号%s误报，待上级核实。",
                       facts->incident->code);
        break;
    case REPLY_DONE:
        sms_layout_add(layout, SMS_PIECE_FIXED, "报编号%s整改完成，待复查销号。",
                       facts->incident->code);
        break;
    case REPLY_ON_SITE:
        sms_layout_add(layout, SMS_PIECE_FIXED, "已到场，编号%s。整改完成回复3。",
                       facts->incident->code);
        break;
    case REPLY_NOT_UNDERSTOOD:
        break;
    }
}

void message_confirmation(const struct message_facts *facts, enum reply_verb verb, const char *who,
                          bool was_taken, char text[static MESSAGE_TEXT_MAX])
{
    struct sms_layout layout = {0};
    if (was_taken) {
        char at[TIME_TEXT_MAX];
        message_time(facts->policy, facts->now, facts->now, at);
        sms_layout_add(&layout, SMS_PIECE_FIXED, "已登记：");
        sms_layout_add(&layout, SMS_PIECE_NAME, "%s", who);
        sms_layout_add(&layout, SMS_PIECE_FIXED, "%s", at);
        add_taken(&layout, facts, verb);
    } else {
        sms_layout_add(&layout, SMS_PIECE_FIXED, "编号%s目前%s，您的回复已记录。",
                       facts->incident->code, incident_state_text(facts->incident->state));
    }
    write_layout(&layout, facts->policy, text);
}

void message_digest(const struct message_facts *facts, int32_t count,
                    char text[static MESSAGE_TEXT_MAX])
{
    struct sms_layout layout = {0};
    sms_layout_add(&layout, SMS_PIECE_FIXED, "网关停机期间积压%d起告警，最重：", (int) count);
    add_subject(&layout, facts);
    add_code(&layout, facts);
    sms_layout_add(&layout, SMS_PIECE_FIXED, "请立即处置，回复1收到本起。");
    write_layout(&layout, facts->policy, text);
}

void message_help(const struct policy *policy, char text[static MESSAGE_TEXT_MAX])
{
    struct sms_layout layout = {0};
    sms_layout_add(&layout, SMS_PIECE_FIXED,
                   "未识别或不属于您的编号。请回复1收到、2误报、3完成、4到场，可加编号，如");
    sms_layout_add(&layout, SMS_PIECE_FIXED, "1 7382。");
    write_layout(&layout, policy, text);
}

void message_test(const struct policy *policy, ms_t now, char text[static MESSAGE_TEXT_MAX])
{
    char at[TIME_TEXT_MAX];
    message_time(policy, now, now, at);
    struct sms_layout layout = {0};
    sms_layout_add(&layout, SMS_PIECE_FIXED, "短信通道测试，%s发出，收到无需回复。", at);
    write_layout(&layout, policy, text);
}

void message_subject(const struct message_facts *facts, char text[static SUBJECT_MAX])
{
    const struct policy_point *point = point_of_facts(facts);
    CHECK(point != NULL);
    struct sms_layout layout = {0};
    bool has_name = strcmp(point->name, quantity_text(point->quantity)) != 0;
    if (has_name) {
        sms_layout_add(&layout, SMS_PIECE_NAME, "%s ", point->name);
    }
    add_measured(&layout, facts, facts->value, facts->has_value);
    struct text to = text_over(text, SUBJECT_MAX);
    for (int32_t i = 0; i < layout.count; i++) {
        text_add(&to, "%s", layout.piece[i].text);
    }
}
