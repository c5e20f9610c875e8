/* permission.h - what a role may see and which commands it may give. Pure.
 *
 * viewer, inspector, technician and admin see everything. A grid login sees the areas of its
 * person's duty, all areas below them, and the incidents whose chain names the person. A source
 * sees nothing. */
#pragma once

#include "gateway/core/model/incident.h"
#include "gateway/core/model/policy.h"
#include "gateway/io/auth/auth.h"
#include "gateway/io/web/request/route.h"

struct permission {
    const struct policy *policy;
    enum role role;
    bool is_bound;  /* sees only its own area */
    int32_t person; /* -1: none */
};

struct permission permission_of(const struct policy *policy, const struct identity *identity);

bool permission_sees_area(const struct permission *permission, int32_t area);
bool permission_sees_site(const struct permission *permission, int32_t site);
bool permission_sees_point(const struct permission *permission, int32_t point);
bool permission_sees_output(const struct permission *permission, int32_t output);
bool permission_sees_incident(const struct permission *permission, const struct incident *incident);
bool permission_sees_link(const struct permission *permission,
                          const char *link); /* serves a device that it sees */

/* May this role ever read pages of the API, and the technical ones of them (links)? */
bool permission_may_read(enum role role);
bool permission_may_read_links(enum role role);
/* May this role ever give this command? */
bool permission_may_command(enum role role, enum command_verb verb);
/* Would the command make sense on this incident as it stands? The engine decides. */
bool permission_may_now(const struct permission *permission, const struct incident *incident,
                        enum command_verb verb);
