#include "gateway/base/quantity.h"

#include <stddef.h>
#include <string.h>

static const struct quantity quantities[] = {
    {"temperature", "degC", "温度", ALARM_SIDE_UP, {-15, 45}},
    {"humidity", "%RH", "湿度", ALARM_SIDE_BOTH, {15, 99}}, /* damp spoils, dry charges */
    {"dewpoint", "degC", "露点", ALARM_SIDE_BOTH, {-15, 45}},
    {"distance", "m", "距离", ALARM_SIDE_BOTH, {0, 0}},
    {"gap", "m", "间距", ALARM_SIDE_DOWN, {0, 0}},
    {"aisle", "m", "通道宽度", ALARM_SIDE_DOWN, {0, 0}},
    {"height", "m", "堆高", ALARM_SIDE_UP, {0, 0}},
    {"level", "m", "水位", ALARM_SIDE_BOTH, {0, 0}},
    {"contact", "1", "触点", ALARM_SIDE_BOTH, {0, 0}},
    {"door", "1", "门", ALARM_SIDE_BOTH, {0, 0}},
    {"smoke", "1", "烟感", ALARM_SIDE_UP, {0, 0}},
    {"flame", "1", "火焰", ALARM_SIDE_UP, {0, 0}},
    {"leak", "1", "漏水", ALARM_SIDE_UP, {0, 0}},
    {"motion", "1", "人体感应", ALARM_SIDE_BOTH, {0, 0}},
    {"tamper", "1", "防拆", ALARM_SIDE_BOTH, {0, 0}},
    {"relay", "1", "继电器", ALARM_SIDE_BOTH, {0, 0}},
    {"vehicle", "1", "电动车", ALARM_SIDE_BOTH, {0, 0}},
    {"people", "1", "人数", ALARM_SIDE_BOTH, {0, 0}},
    {"count", "1", "数量", ALARM_SIDE_BOTH, {0, 0}},
    {"stock", "1", "存量", ALARM_SIDE_BOTH, {0, 0}},
    {"strength", "1", "信号强度", ALARM_SIDE_BOTH, {0, 0}},
    {"voltage", "V", "电压", ALARM_SIDE_BOTH, {0, 0}},
    {"current", "A", "电流", ALARM_SIDE_BOTH, {0, 0}},
    {"power", "W", "功率", ALARM_SIDE_BOTH, {0, 0}},
    {"energy", "kWh", "电能", ALARM_SIDE_BOTH, {0, 0}},
    {"frequency", "Hz", "频率", ALARM_SIDE_BOTH, {0, 0}},
    {"battery", "%", "电量", ALARM_SIDE_BOTH, {0, 0}},
    {"co", "ppm", "一氧化碳", ALARM_SIDE_UP, {0, 0}},
    {"co2", "ppm", "二氧化碳", ALARM_SIDE_UP, {0, 0}},
    {"gas", "%LEL", "可燃气体", ALARM_SIDE_UP, {0, 0}},
    {"pressure", "kPa", "气压", ALARM_SIDE_BOTH, {0, 0}},
    {"illuminance", "lx", "照度", ALARM_SIDE_BOTH, {0, 0}},
    {"wind_speed", "m/s", "风速", ALARM_SIDE_BOTH, {0, 0}},
    {"speed", "m/s", "速度", ALARM_SIDE_BOTH, {0, 0}},
    {"flow", "m3/h", "流量", ALARM_SIDE_BOTH, {0, 0}},
    {"pm25", "ug/m3", "PM2.5", ALARM_SIDE_BOTH, {0, 0}},
    {"noise", "dB", "噪声", ALARM_SIDE_BOTH, {0, 0}},
    {"rain", "mm", "雨量", ALARM_SIDE_BOTH, {0, 0}},
};
enum { QUANTITY_COUNT = sizeof quantities / sizeof quantities[0] };

/* A unit without a row is written as it is. */
static const struct unit {
    const char *name, *text, *sms_text;
} units[] = {
    {"degC", "°C", "度"},
    {"%RH", "%", "%"},
    {"1", "", ""},
    {"m", "m", "米"},
    {"mm", "mm", "毫米"},
    {"m/s", "m/s", "米每秒"},
    {"V", "V", "伏"},
    {"A", "A", "安"},
    {"W", "W", "瓦"},
    {"m3/h", "m³/h", "m3/h"},
    {"ug/m3", "µg/m³", "ug/m3"},
};

const struct quantity *quantity_find(const char *name)
{
    for (int i = 0; i < QUANTITY_COUNT; i++) {
        if (strcmp(quantities[i].name, name) == 0) {
            return &quantities[i];
        }
    }
    return NULL;
}

const char *quantity_text(const char *name)
{
    const struct quantity *known = quantity_find(name);
    return known == NULL ? name : known->text;
}

void quantity_offer(struct suggest *suggest)
{
    for (int i = 0; i < QUANTITY_COUNT; i++) {
        suggest_offer(suggest, quantities[i].name);
    }
}

static const struct unit *find_unit_row(const char *name)
{
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(units[i].name, name) == 0) {
            return &units[i];
        }
    }
    return NULL;
}

const char *unit_text(const char *unit)
{
    const struct unit *known = find_unit_row(unit);
    return known == NULL ? unit : known->text;
}

const char *unit_sms_text(const char *unit)
{
    const struct unit *known = find_unit_row(unit);
    return known == NULL ? unit : known->sms_text;
}
