/* permission.h - who may see what and press which button. Pure.
 *
 * viewer, inspector, technician and admin see all; a grid login sees the areas its person is on duty in and what lies
 * below them, and the incidents whose chain names that person; a source sees nothing. */
#pragma once

#include "gateway/core/model/incident.h"
#include "gateway/core/model/policy.h"
#include "gateway/io/auth/auth.h"
#include "gateway/io/web/request/route.h"

struct view {
    const struct policy *policy;
    enum role role;
    bool is_bound;  /* sees only its own area */
    int32_t person; /* -1: none */
};

struct view view_of(const struct policy *policy, const struct identity *identity);

bool view_area(const struct view *view, int32_t area);
bool view_site(const struct view *view, int32_t site);
bool view_point(const struct view *view, int32_t point);
bool view_output(const struct view *view, int32_t output);
bool view_incident(const struct view *view, const struct incident *incident);
bool view_link(const struct view *view, const char *link); /* serves a device that it sees */

/* May this role ever read pages of the API, and the technical ones of them (links)? */
bool view_may_read(enum role role);
bool view_may_read_links(enum role role);
/* May this role ever give this command? */
bool view_may_command(enum role role, enum command_verb verb);
/* Would the command make sense on this incident as it stands? The engine has the last word. */
bool view_may_now(const struct view *view, const struct incident *incident, enum command_verb verb);
