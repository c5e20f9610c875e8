/* sections.h - the steps that each read one section of the config.
 *
 * They run in the order below (config_steps.c), because each refers to what the ones before it have
 * read. */
#pragma once

#include "config/build/build.h"

void build_settings(struct build *build); /* gateway, web, stores, sms, history */
void build_people(struct build *build);   /* people, levels, areas */
void build_escalation(struct build *build);
void build_profiles(struct build *build); /* the config's own device models */
void build_links(struct build *build);
void build_sites(struct build *build);
void build_devices(struct build *build); /* of each site */
void build_points(struct build *build);
void build_outputs(struct build *build);
void build_link_devices(struct build *build); /* the devices, with their outputs, of each link */
void build_rules(struct build *build);

/* The value of 'listen'; refused, with an example, unless it is ADDRESS:PORT. */
const char *build_listen(struct build *build, struct schema_view view, const char *example);

/* Finds a profile by its id; an unknown one is refused. NULL: none. */
const struct profile *build_profile(struct build *build, const struct json *value);
