#include "gateway/base/quantity.h"

#include <string.h>

static const struct quantity {
    const char *name, *unit;
    enum alarm_side alarm_side; /* both, where either may be one */
} quantities[] = {
    {"temperature", "degC", ALARM_SIDE_UP},
    {"humidity", "%RH", ALARM_SIDE_BOTH}, /* damp spoils, dry charges */
    {"dewpoint", "degC", ALARM_SIDE_BOTH},
    {"distance", "m", ALARM_SIDE_BOTH},
    {"gap", "m", ALARM_SIDE_DOWN},
    {"aisle", "m", ALARM_SIDE_DOWN},
    {"height", "m", ALARM_SIDE_UP},
    {"level", "m", ALARM_SIDE_BOTH},
    {"contact", "1", ALARM_SIDE_BOTH},
    {"door", "1", ALARM_SIDE_BOTH},
    {"smoke", "1", ALARM_SIDE_UP},
    {"flame", "1", ALARM_SIDE_UP},
    {"leak", "1", ALARM_SIDE_UP},
    {"motion", "1", ALARM_SIDE_BOTH},
    {"tamper", "1", ALARM_SIDE_BOTH},
    {"relay", "1", ALARM_SIDE_BOTH},
    {"vehicle", "1", ALARM_SIDE_BOTH},
    {"people", "1", ALARM_SIDE_BOTH},
    {"count", "1", ALARM_SIDE_BOTH},
    {"stock", "1", ALARM_SIDE_BOTH},
    {"strength", "1", ALARM_SIDE_BOTH},
    {"voltage", "V", ALARM_SIDE_BOTH},
    {"current", "A", ALARM_SIDE_BOTH},
    {"power", "W", ALARM_SIDE_BOTH},
    {"energy", "kWh", ALARM_SIDE_BOTH},
    {"frequency", "Hz", ALARM_SIDE_BOTH},
    {"battery", "%", ALARM_SIDE_BOTH},
    {"co", "ppm", ALARM_SIDE_UP},
    {"co2", "ppm", ALARM_SIDE_UP},
    {"gas", "%LEL", ALARM_SIDE_UP},
    {"pressure", "kPa", ALARM_SIDE_BOTH},
    {"illuminance", "lx", ALARM_SIDE_BOTH},
    {"wind_speed", "m/s", ALARM_SIDE_BOTH},
    {"speed", "m/s", ALARM_SIDE_BOTH},
    {"flow", "m3/h", ALARM_SIDE_BOTH},
    {"pm25", "ug/m3", ALARM_SIDE_BOTH},
    {"noise", "dB", ALARM_SIDE_BOTH},
    {"rain", "mm", ALARM_SIDE_BOTH},
};
enum { QUANTITY_COUNT = sizeof quantities / sizeof quantities[0] };

static const struct quantity *find(const char *name)
{
    for (int i = 0; i < QUANTITY_COUNT; i++) {
        if (strcmp(quantities[i].name, name) == 0) {
            return &quantities[i];
        }
    }
    return NULL;
}

const char *quantity_unit(const char *quantity)
{
    const struct quantity *known = find(quantity);
    return known == NULL ? NULL : known->unit;
}

enum alarm_side quantity_alarm_side(const char *quantity)
{
    const struct quantity *known = find(quantity);
    return known == NULL ? ALARM_SIDE_BOTH : known->alarm_side;
}

void quantity_offer(struct suggest *suggest)
{
    for (int i = 0; i < QUANTITY_COUNT; i++) {
        suggest_offer(suggest, quantities[i].name);
    }
}
