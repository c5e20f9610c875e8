/* What people read, in Chinese: severities, states, entries, quantities and units. */
#include <string.h>

#include "gateway/base/check.h"
#include "gateway/core/model/effect.h"
#include "gateway/core/model/incident.h"
#include "gateway/core/model/policy.h"

static const char *chinese_of_value(const char *const *texts, int count, int value)
{
    CHECK(value >= 0 && value < count);
    return texts[value];
}

const char *severity_text(enum severity severity)
{
    static const char *const texts[SEVERITY_COUNT] = {"一级（红）", "二级（橙）", "三级（黄）",
                                                      "四级（蓝）"};
    return chinese_of_value(texts, SEVERITY_COUNT, (int) severity);
}

const char *incident_state_text(enum incident_state state)
{
    static const char *const texts[INCIDENT_STATE_COUNT] = {"未确认", "已确认",   "整改中",
                                                            "待复查", "误报待核", "已销号"};
    return chinese_of_value(texts, INCIDENT_STATE_COUNT, (int) state);
}

const char *entry_kind_text(enum entry_kind kind)
{
    static const char *const texts[ENTRY_KIND_COUNT] = {
        [ENTRY_OPENED] = "发生",
        [ENTRY_RAISED] = "再次超限",
        [ENTRY_WORSENED] = "级别上升",
        [ENTRY_CLEARED] = "恢复正常",
        [ENTRY_RETURNED] = "已恢复，尚未确认",
        [ENTRY_DATA_LOST] = "数据中断",
        [ENTRY_DATA_BACK] = "数据恢复",
        [ENTRY_ACKED] = "已确认",
        [ENTRY_ARRIVED] = "已到场",
        [ENTRY_RECTIFIED] = "整改完成",
        [ENTRY_FALSE_CLAIM] = "报为误报，待核",
        [ENTRY_REINSPECTED] = "复查合格",
        [ENTRY_ESCALATED] = "转上级",
        [ENTRY_MESSAGE] = "短信",
        [ENTRY_CANCELLED] = "短信已取消",
        [ENTRY_SENT] = "短信已发出",
        [ENTRY_DELIVERED] = "短信已送达",
        [ENTRY_FAILED] = "短信发送失败",
        [ENTRY_REPLY] = "短信回复",
        [ENTRY_COMMENT] = "备注",
        [ENTRY_CLOSED] = "销号",
        [ENTRY_REFUSED] = "未予受理",
        [ENTRY_OUTPUT] = "警示设备",
        [ENTRY_MAINTENANCE] = "检修",
    };
    return chinese_of_value(texts, ENTRY_KIND_COUNT, (int) kind);
}

/* A word of the config and what people call it. */
struct translation {
    const char *from, *to;
};

static const char *translate_word(const struct translation *table, size_t count, const char *word)
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
    return translate_word(table, sizeof table / sizeof table[0], quantity);
}

const char *unit_text(const char *unit)
{
    static const struct translation table[] = {
        {"degC", "°C"}, {"%RH", "%"}, {"1", ""}, {"m3/h", "m³/h"}, {"ug/m3", "µg/m³"}};
    return translate_word(table, sizeof table / sizeof table[0], unit);
}

const char *unit_sms_text(const char *unit)
{
    static const struct translation table[] = {
        {"degC", "度"}, {"%RH", "%"}, {"m", "米"}, {"cm", "厘米"}, {"mm", "毫米"},   {"1", ""},
        {"V", "伏"},    {"A", "安"},  {"W", "瓦"}, {"s", "秒"},    {"m/s", "米每秒"}};
    return translate_word(table, sizeof table / sizeof table[0], unit);
}
