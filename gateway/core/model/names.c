/* The words for the enums of policy.h, incident.h and effect.h. Names are for programs and never change; texts are
 * for people. */
#include <string.h>

#include "gateway/base/check.h"
#include "gateway/core/model/effect.h"
#include "gateway/core/model/incident.h"
#include "gateway/core/model/policy.h"

static const char *word_of(const char *const *words, int count, int value)
{
    CHECK(value >= 0 && value < count);
    return words[value];
}

const char *severity_name(enum severity severity)
{
    static const char *const names[SEVERITY_COUNT] = {"critical", "major", "minor", "notice"};
    return word_of(names, SEVERITY_COUNT, (int) severity);
}

const char *severity_text(enum severity severity)
{
    static const char *const texts[SEVERITY_COUNT] = {"一级（红）", "二级（橙）", "三级（黄）",
                                                      "四级（蓝）"};
    return word_of(texts, SEVERITY_COUNT, (int) severity);
}

/* A word of the config and what people call it. */
struct translation {
    const char *from, *to;
};

static const char *translate(const struct translation *table, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(table[i].from, word) == 0) {
            return table[i].to;
        }
    }
    return word;
}

const char *quantity_text(const char *quantity)
{
    static const struct translation table[] = {
        {"temperature", "温度"}, {"humidity", "湿度"},  {"dewpoint", "露点"},
        {"gap", "间距"},         {"aisle", "通道宽度"}, {"height", "堆高"},
        {"distance", "距离"},    {"level", "水位"},     {"people", "人数"},
        {"count", "数量"},       {"stock", "存量"},     {"contact", "触点"},
        {"door", "门"},          {"smoke", "烟感"},     {"flame", "火焰"},
        {"motion", "人体感应"},  {"vehicle", "电动车"}, {"voltage", "电压"},
        {"current", "电流"},     {"power", "功率"},     {"battery", "电量"},
        {"pressure", "气压"},    {"co", "一氧化碳"},    {"co2", "二氧化碳"},
        {"illuminance", "照度"}, {"wind_speed", "风速"}};
    return translate(table, sizeof table / sizeof table[0], quantity);
}

const char *unit_text(const char *unit)
{
    static const struct translation table[] = {
        {"degC", "°C"}, {"%RH", "%"}, {"1", ""}, {"m3/h", "m³/h"}, {"ug/m3", "µg/m³"}};
    return translate(table, sizeof table / sizeof table[0], unit);
}

const char *unit_sms_text(const char *unit)
{
    static const struct translation table[] = {
        {"degC", "度"}, {"%RH", "%"}, {"m", "米"}, {"cm", "厘米"}, {"mm", "毫米"},   {"1", ""},
        {"V", "伏"},    {"A", "安"},  {"W", "瓦"}, {"s", "秒"},    {"m/s", "米每秒"}};
    return translate(table, sizeof table / sizeof table[0], unit);
}

const char *incident_state_name(enum incident_state state)
{
    static const char *const names[INCIDENT_STATE_COUNT] = {
        "open", "acked", "rectifying", "reinspect", "false_claim", "closed"};
    return word_of(names, INCIDENT_STATE_COUNT, (int) state);
}

const char *incident_state_text(enum incident_state state)
{
    static const char *const texts[INCIDENT_STATE_COUNT] = {"未确认", "已确认",   "整改中",
                                                            "待复查", "误报待核", "已销号"};
    return word_of(texts, INCIDENT_STATE_COUNT, (int) state);
}

const char *condition_name(enum condition condition)
{
    static const char *const names[CONDITION_COUNT] = {"normal", "active", "unknown"};
    return word_of(names, CONDITION_COUNT, (int) condition);
}

/* Name and text of an entry side by side: they are read together in timelines and replays. */
static const struct translation entries[ENTRY_KIND_COUNT] = {
    [ENTRY_OPENED] = {"opened", "发生"},
    [ENTRY_RAISED] = {"raised", "再次超限"},
    [ENTRY_WORSENED] = {"worsened", "级别上升"},
    [ENTRY_CLEARED] = {"cleared", "恢复正常"},
    [ENTRY_RETURNED] = {"returned", "已恢复，尚未确认"},
    [ENTRY_DATA_LOST] = {"data_lost", "数据中断"},
    [ENTRY_DATA_BACK] = {"data_back", "数据恢复"},
    [ENTRY_ACKED] = {"acked", "已确认"},
    [ENTRY_ARRIVED] = {"arrived", "已到场"},
    [ENTRY_RECTIFIED] = {"rectified", "整改完成"},
    [ENTRY_FALSE_CLAIM] = {"false_claim", "报为误报，待核"},
    [ENTRY_REINSPECTED] = {"reinspected", "复查合格"},
    [ENTRY_ESCALATED] = {"escalated", "转上级"},
    [ENTRY_MESSAGE] = {"message", "短信"},
    [ENTRY_CANCELLED] = {"cancelled", "短信已取消"},
    [ENTRY_SENT] = {"sent", "短信已发出"},
    [ENTRY_DELIVERED] = {"delivered", "短信已送达"},
    [ENTRY_FAILED] = {"failed", "短信发送失败"},
    [ENTRY_REPLY] = {"reply", "短信回复"},
    [ENTRY_COMMENT] = {"comment", "备注"},
    [ENTRY_CLOSED] = {"closed", "销号"},
    [ENTRY_REFUSED] = {"refused", "未予受理"},
    [ENTRY_OUTPUT] = {"output", "警示设备"},
    [ENTRY_MAINTENANCE] = {"maintenance", "检修"},
};

static const struct translation *entry_of(enum entry_kind kind)
{
    CHECK((int) kind >= 0 && (int) kind < ENTRY_KIND_COUNT);
    return &entries[kind];
}

const char *entry_kind_name(enum entry_kind kind)
{
    return entry_of(kind)->from;
}

const char *entry_kind_text(enum entry_kind kind)
{
    return entry_of(kind)->to;
}

const char *message_kind_name(enum message_kind kind)
{
    static const char *const names[MESSAGE_KIND_COUNT] = {
        "alarm", "repeat", "escalation", "handed_on", "recovery", "confirmation", "help", "test"};
    return word_of(names, MESSAGE_KIND_COUNT, (int) kind);
}

const char *alarm_state_name(enum alarm_state state)
{
    static const char *const names[ALARM_STATE_COUNT] = {
        "normal", "unacked", "acked", "returned_unacked", "latched_unacked", "latched_acked"};
    return word_of(names, ALARM_STATE_COUNT, (int) state);
}

bool effect_is_stored(const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_INCIDENT:
    case EFFECT_ENTRY:
    case EFFECT_ALARM:
    case EFFECT_MESSAGE:
    case EFFECT_CANCEL:
    case EFFECT_SETTLED:
    case EFFECT_REPLY:
    case EFFECT_MAINTENANCE:
        return true;
    case EFFECT_ANSWER:
    case EFFECT_NOTE:
    case EFFECT_OUTPUT:
    case EFFECT_HEALTH:
        return false;
    }
    CHECK(false);
    return false;
}
