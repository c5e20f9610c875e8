/* What leaves a link: one result for each transaction, with the state of its device. */
#include "sensors/link/link_parts.h"

enum device_health link_device_health(const struct link *link, int32_t device)
{
    if (schedule_is_down(link->schedule, device)) {
        return DEVICE_DOWN;
    }
    return schedule_is_suspect(link->schedule, device) ? DEVICE_SUSPECT : DEVICE_OK;
}

void link_delay(struct link *link, us_t until)
{
    link->delays++;
    link->delay_until = max_us(link->delay_until, until);
}

void link_report_values(struct link *link, const struct link_block *block,
                        const struct link_outcome *outcome, const struct decode_value *values)
{
    bool is_mute = !outcome->is_answered && schedule_is_mute(link->schedule);
    struct link_result result = {.device = block->device,
                                 .read = block->read,
                                 .at = outcome->at,
                                 .rtt_us = outcome->rtt,
                                 .is_answered = outcome->is_answered,
                                 .is_repeated = outcome->is_repeated,
                                 .is_mute = is_mute,
                                 .reason = outcome->reason,
                                 .exception = outcome->exception,
                                 .values = values,
                                 .health = link_device_health(link, block->device),
                                 .probe_at = schedule_probe_at(link->schedule, block->device),
                                 .suspicion = link_suspicion(link),
                                 .counters = &link->counters};
    us_t room_at = link->callbacks.on_result(link->callbacks.context, &result);
    if (room_at > 0) {
        link_delay(link, room_at);
    }
}

void link_report_nothing(struct link *link, const struct link_block *block,
                         const struct link_outcome *outcome)
{
    struct decode_value values[PROFILE_POINTS_MAX] = {0};
    decode_nothing(link_device_of(link, block)->profile, block->read, outcome->quality,
                   outcome->reason, values);
    link_report_values(link, block, outcome, values);
}

void link_report_silence(struct link *link, int32_t block, enum reason reason, us_t now)
{
    struct link_outcome outcome = {.at = now, .quality = QUALITY_NO_ANSWER, .reason = reason};
    link_report_nothing(link, &link->block[block], &outcome);
}

void link_report_refusal(struct link *link, int32_t block, us_t now)
{
    struct link_outcome outcome = {.at = now,
                                   .quality = QUALITY_BAD,
                                   .reason = REASON_EXCEPTION,
                                   .exception = link->block[block].exception,
                                   .is_repeated = true};
    link_report_nothing(link, &link->block[block], &outcome);
}
