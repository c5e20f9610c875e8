#include "gateway/io/web/request/permission.h"

#include <string.h>

struct permission permission_of(const struct policy *policy, const struct identity *identity)
{
    bool is_named = identity->person[0] != '\0';
    return (struct permission){.policy = policy,
                               .role = identity->role,
                               .is_bound = identity->role == ROLE_GRID,
                               .person =
                                   is_named ? policy_find_person(policy, identity->person) : -1};
}

static bool is_on_duty(const struct policy_area *area, int32_t person)
{
    for (int32_t i = 0; i < area->duty_count; i++) {
        if (area->duty[i] == person) {
            return true;
        }
    }
    return false;
}

bool permission_sees_area(const struct permission *permission, int32_t area)
{
    if (!permission->is_bound) {
        return true;
    }
    if (permission->person < 0) {
        return false;
    }
    for (int steps = 0; area >= 0 && steps < LEVELS_MAX; steps++) {
        if (is_on_duty(&permission->policy->area[area], permission->person)) {
            return true;
        }
        area = permission->policy->area[area].parent;
    }
    return false;
}

bool permission_sees_site(const struct permission *permission, int32_t site)
{
    return permission_sees_area(permission, permission->policy->site[site].area);
}

bool permission_sees_point(const struct permission *permission, int32_t point)
{
    return permission_sees_site(permission, permission->policy->point[point].site);
}

bool permission_sees_output(const struct permission *permission, int32_t output)
{
    return permission_sees_site(permission, permission->policy->output[output].site);
}

static bool is_in_chain(const struct permission *permission, const struct incident *incident)
{
    if (permission->person < 0) {
        return false;
    }
    const char *id = permission->policy->person[permission->person].id;
    for (int32_t i = 0; i < incident->member_count; i++) {
        if (strcmp(incident->member[i].id, id) == 0) {
            return true;
        }
    }
    return false;
}

bool permission_sees_incident(const struct permission *permission, const struct incident *incident)
{
    if (!permission->is_bound || is_in_chain(permission, incident)) {
        return true;
    }
    int32_t site =
        incident->site[0] == '\0' ? -1 : policy_find_site(permission->policy, incident->site);
    return site >= 0 && permission_sees_site(permission, site);
}

bool permission_sees_link(const struct permission *permission, const char *link)
{
    if (!permission->is_bound) {
        return true;
    }
    for (int32_t i = 0; i < permission->policy->device_count; i++) {
        const struct policy_device *device = &permission->policy->device[i];
        if (strcmp(device->link, link) == 0 && permission_sees_site(permission, device->site)) {
            return true;
        }
    }
    return false;
}

bool permission_may_read(enum role role)
{
    return role != ROLE_SOURCE;
}

bool permission_may_read_links(enum role role)
{
    return role != ROLE_SOURCE && role != ROLE_GRID;
}

#define VERB(name) (1U << COMMAND_##name)

/* A list of what is allowed: a new verb is nobody's but the administrator's until it is named. */
static unsigned verbs_of_role(enum role role)
{
    switch (role) {
    case ROLE_GRID:
        return VERB(ACK) | VERB(ARRIVE) | VERB(RECTIFY) | VERB(COMMENT);
    case ROLE_TECHNICIAN:
        return VERB(COMMENT) | VERB(MAINTAIN);
    case ROLE_INSPECTOR:
        return VERB(ACK) | VERB(ARRIVE) | VERB(RECTIFY) | VERB(REINSPECT) | VERB(CLOSE) |
               VERB(COMMENT);
    case ROLE_ADMIN:
        return ~0U;
    case ROLE_VIEWER:
    case ROLE_SOURCE:
        break;
    }
    return 0;
}

bool permission_may_command(enum role role, enum command_verb verb)
{
    return (verbs_of_role(role) & 1U << verb) != 0;
}

static bool is_sensible(const struct incident *incident, enum command_verb verb)
{
    switch (verb) {
    case COMMAND_ACK:
        return incident->state == INCIDENT_OPEN;
    case COMMAND_ARRIVE:
        return incident->state == INCIDENT_ACKED;
    case COMMAND_RECTIFY:
        return incident->state == INCIDENT_OPEN || incident->state == INCIDENT_ACKED ||
               incident->state == INCIDENT_RECTIFYING;
    case COMMAND_REINSPECT:
        return incident->state == INCIDENT_REINSPECT;
    case COMMAND_CLOSE:
        return incident->state != INCIDENT_CLOSED && incident->condition == CONDITION_NORMAL;
    case COMMAND_COMMENT:
        return true;
    case COMMAND_TEST_SMS:
    case COMMAND_MAINTAIN:
        break; /* not about an incident */
    }
    return false;
}

bool permission_may_now(const struct permission *permission, const struct incident *incident,
                        enum command_verb verb)
{
    return permission_may_command(permission->role, verb) && is_sensible(incident, verb) &&
           (!permission->is_bound || is_in_chain(permission, incident));
}
