/* cross_checks.h - the steps that look across sections. Each runs when what it compares is read. */
#pragma once

#include "config/build/build.h"

void build_bus_load(struct build *build); /* warns of busy buses; after the devices of the links */
void build_danger(struct build *build);   /* of the points, by the rules */
void build_limits(struct build *build);   /* refuses and warns of rules that can never work */
