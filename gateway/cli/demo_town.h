/* demo_town.h - the town of the demo: its config, and the sensors that play it. */
#pragma once

#include "gateway/base/text.h"

/* Who answers in the demo: the village cadre. */
extern const char *const demo_cadre_phone;

/* huoyan.json: a warehouse, a retail point and a lake; TCP gateway on slave_port, serial bus at FOLDER/bus. */
void demo_add_config(struct text *text, const char *folder, int web_port, int slave_port);

/* sensors.json for `huoyan simulate`: the warehouse warms up after 20 s and cools down after 75 s, each 5 minutes. */
void demo_add_sensors(struct text *text, const char *folder, int slave_port);
