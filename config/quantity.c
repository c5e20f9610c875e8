#include "config/quantity.h"

#include <string.h>

static const struct quantity {
    const char *name, *unit;
} quantities[] = {
    {"temperature", "degC"}, {"humidity", "%RH"},   {"dewpoint", "degC"},
    {"distance", "m"},       {"gap", "m"},          {"aisle", "m"},
    {"height", "m"},         {"level", "m"},        {"contact", "1"},
    {"door", "1"},           {"smoke", "1"},        {"flame", "1"},
    {"leak", "1"},           {"motion", "1"},       {"tamper", "1"},
    {"relay", "1"},          {"vehicle", "1"},      {"people", "1"},
    {"count", "1"},          {"stock", "1"},        {"strength", "1"},
    {"voltage", "V"},        {"current", "A"},      {"power", "W"},
    {"energy", "kWh"},       {"frequency", "Hz"},   {"battery", "%"},
    {"co", "ppm"},           {"co2", "ppm"},        {"gas", "%LEL"},
    {"pressure", "kPa"},     {"illuminance", "lx"}, {"wind_speed", "m/s"},
    {"speed", "m/s"},        {"flow", "m3/h"},      {"pm25", "ug/m3"},
    {"noise", "dB"},         {"rain", "mm"},
};
enum { QUANTITY_COUNT = sizeof quantities / sizeof quantities[0] };

const char *quantity_unit(const char *quantity)
{
    for (int i = 0; i < QUANTITY_COUNT; i++) {
        if (strcmp(quantities[i].name, quantity) == 0) {
            return quantities[i].unit;
        }
    }
    return NULL;
}

void quantity_offer(struct suggest *suggest)
{
    for (int i = 0; i < QUANTITY_COUNT; i++) {
        suggest_offer(suggest, quantities[i].name);
    }
}
