/* demo_town.h - the town of the demo: its config, and the sensors that play it. */
#pragma once

#include "gateway/base/text.h"

/* The phone of the village cadre, who replies in the demo. */
extern const char *const demo_cadre_phone;
/* The relay of the siren as it reads back: 1 while it sounds. */
extern const char *const demo_siren_point;

struct demo_ports {
    int web, slave, dtu; /* of the dashboard, the simulated TCP gateway, the DTU listener */
};

/* huoyan.json: two warehouses, one with a siren, a shop, and a lake behind a DTU. The serial bus is
 * FOLDER/bus. */
void demo_add_config(struct text *text, const char *folder, const struct demo_ports *ports);

/* sensors.json for `huoyan simulate`: every 5 minutes the warehouse warms up after 20 s and cools
 * down after 75 s. */
void demo_add_sensors(struct text *text, const char *folder, const struct demo_ports *ports);
