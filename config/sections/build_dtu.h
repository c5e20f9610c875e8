/* build_dtu.h - inside config: the DTUs of the links, and the address where they dial in. */
#pragma once

#include "config/build/build.h"

/* Reads the heartbeats of all DTUs. Before the links. */
void build_dtu_read_shared(struct build *build);

/* Reads the keys of a link of type 'dtu'; its address becomes the registration as it is written. */
void build_dtu_read_link(struct build *build, struct schema_view view, struct link_settings *link);

/* The listener for all of them, when there is a link of that type. After the links. Warns when one
 * registration is the beginning of another. */
void build_dtu_read_listener(struct build *build);
