#include "gateway/core/model/incident.h"

#include "gateway/base/text.h"

static void sign_incident(struct incident *incident, const char *by, ms_t now)
{
    text_copy(incident->acked_by, sizeof incident->acked_by, by);
    incident->acked_at = now;
}

bool incident_acknowledge(struct incident *incident, const char *by, ms_t now)
{
    if (incident->state != INCIDENT_OPEN && incident->state != INCIDENT_FALSE_CLAIM) {
        return false;
    }
    incident->state = INCIDENT_ACKED;
    sign_incident(incident, by, now);
    return true;
}

bool incident_arrive(struct incident *incident)
{
    if (incident->state != INCIDENT_ACKED) {
        return false;
    }
    incident->state = INCIDENT_RECTIFYING;
    return true;
}

bool incident_rectify(struct incident *incident, const char *by, ms_t now)
{
    if (incident->state != INCIDENT_OPEN && incident->state != INCIDENT_ACKED &&
        incident->state != INCIDENT_RECTIFYING) {
        return false;
    }
    if (incident->state == INCIDENT_OPEN) {
        sign_incident(incident, by, now);
    }
    incident->state = INCIDENT_REINSPECT;
    return true;
}

bool incident_claim_false(struct incident *incident, const char *by, ms_t now)
{
    if (incident->state != INCIDENT_OPEN && incident->state != INCIDENT_ACKED) {
        return false;
    }
    incident->state = INCIDENT_FALSE_CLAIM;
    sign_incident(incident, by, now);
    return true;
}

bool incident_close(struct incident *incident, ms_t now)
{
    if (incident->state == INCIDENT_CLOSED || incident->condition != CONDITION_NORMAL) {
        return false;
    }
    incident->state = INCIDENT_CLOSED;
    incident->closed_at = now;
    return true;
}

bool incident_reopen(struct incident *incident)
{
    if (incident->state != INCIDENT_FALSE_CLAIM && incident->state != INCIDENT_RECTIFYING &&
        incident->state != INCIDENT_REINSPECT) {
        return false;
    }
    incident->state = INCIDENT_OPEN;
    return true;
}

static bool is_at_rest_unanswered(const struct incident *incident)
{
    return incident->state == INCIDENT_OPEN && incident->condition == CONDITION_NORMAL &&
           incident->code[0] != '\0';
}

ms_t incident_escalates_at(const struct incident *incident)
{
    bool is_held = is_at_rest_unanswered(incident) && incident->severity != SEVERITY_CRITICAL;
    return is_held ? 0 : incident->escalate_at;
}

ms_t incident_repeats_at(const struct incident *incident)
{
    return is_at_rest_unanswered(incident) ? 0 : incident->repeat_at;
}
