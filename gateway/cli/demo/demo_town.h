/* demo_town.h - the town of the demo: its config, and the sensors that play it. */
#pragma once

#include "gateway/base/text.h"

/* Who answers in the demo: the village cadre. */
extern const char *const demo_cadre_phone;
/* The relay of the siren as it reads back: 1 while it sounds. */
extern const char *const demo_siren_point;

struct demo_ports {
    int web, slave, door; /* the dashboard, the simulated TCP gateway, where the DTU dials in */
};

/* huoyan.json: two warehouses, one with a siren, a retail point, and a lake behind a DTU; serial bus at FOLDER/bus. */
void demo_add_config(struct text *text, const char *folder, const struct demo_ports *ports);

/* sensors.json for `huoyan simulate`: the warehouse warms up after 20 s and cools down after 75 s, each 5 minutes. */
void demo_add_sensors(struct text *text, const char *folder, const struct demo_ports *ports);
