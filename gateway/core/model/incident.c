#include "gateway/core/model/incident.h"

#include <assert.h>

#include "gateway/base/text.h"

#define IN(state) (1U << INCIDENT_##state)

enum { STAYS = INCIDENT_STATE_COUNT };

/* By move: the states that allow it, where it leads, and from where `by` answers for the incident
 * from now on. */
static const struct {
    unsigned from;
    int to; /* enum incident_state, or STAYS */
    unsigned signs_from;
} moves[] = {
    [MOVE_ACKNOWLEDGE] = {IN(OPEN) | IN(FALSE_CLAIM), INCIDENT_ACKED, ~0U},
    [MOVE_ARRIVE] = {IN(ACKED), INCIDENT_RECTIFYING, 0},
    [MOVE_RECTIFY] = {IN(OPEN) | IN(ACKED) | IN(RECTIFYING), INCIDENT_REINSPECT, IN(OPEN)},
    [MOVE_CLAIM_FALSE] = {IN(OPEN) | IN(ACKED), INCIDENT_FALSE_CLAIM, ~0U},
    [MOVE_CONFIRM_FALSE] = {IN(FALSE_CLAIM), STAYS, 0},
    [MOVE_REINSPECT] = {IN(REINSPECT) | IN(FALSE_CLAIM), STAYS, 0},
    [MOVE_CLOSE] = {~IN(CLOSED), INCIDENT_CLOSED, 0},
    [MOVE_REOPEN] = {IN(FALSE_CLAIM) | IN(RECTIFYING) | IN(REINSPECT), INCIDENT_OPEN, 0},
};
static_assert(sizeof moves / sizeof moves[0] == MOVE_COUNT, "a row a move");

bool incident_move(struct incident *incident, enum incident_move move, const char *by, ms_t now)
{
    unsigned state = 1U << incident->state;
    bool is_closing = move == MOVE_CLOSE;
    if ((moves[move].from & state) == 0 ||
        (is_closing && incident->condition != CONDITION_NORMAL)) {
        return false;
    }
    if ((moves[move].signs_from & state) != 0) {
        text_copy(incident->acked_by, sizeof incident->acked_by, by);
        incident->acked_at = now;
    }
    if (moves[move].to != STAYS) {
        incident->state = (enum incident_state) moves[move].to;
    }
    incident->closed_at = is_closing ? now : incident->closed_at;
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
