/* build_dtu.h - inside config: the DTUs of the links, and the address where they dial in. */
#pragma once

#include "config/build/build.h"
#include "sensors/dtu/dtu_settings.h"

enum { DTU_SHARED_MAX = 16 };

/* The heartbeats of all DTUs. */
struct dtu_shared {
    int32_t count;
    struct dtu_text heartbeat[DTU_SHARED_MAX];
};

/* Before the links. */
void build_dtu_read_shared(struct build *build, struct dtu_shared *ret_shared);

/* Reads the keys of a link of type 'dtu'; its address becomes the registration as it is written. */
void build_dtu_read_link(struct build *build, struct schema_view view,
                         const struct dtu_shared *shared, struct link_settings *link);

/* Warns when one registration is the beginning of another. After the links. */
void build_dtu_check_names(struct build *build);

/* The listener for all of them, when there is a link of that type. After the links. */
void build_dtu_read_listener(struct build *build);
