/* What leaves a link: one result for each transaction, with the state of its device. */
#include "sensors/link/link_parts.h"

enum device_health link_device_health(const struct link *link, int32_t device)
{
    const struct schedule_device *known = schedule_device(link->schedule, device);
    enum device_health if_up = known->missed_count > 0 ? DEVICE_SUSPECT : DEVICE_OK;
    return known->is_down ? DEVICE_DOWN : if_up;
}

void link_delay(struct link *link, us_t until)
{
    link->delays++;
    link->delay_until = max_us(link->delay_until, until);
}

void link_report_values(struct link *link, const struct link_block *block,
                        struct link_result *result)
{
    result->device = block->device;
    result->read = block->read;
    result->is_mute = !result->is_answered && schedule_is_mute(link->schedule);
    result->health = link_device_health(link, block->device);
    result->probe_at = schedule_probe_at(link->schedule, block->device);
    result->suspicion = link_suspicion(link);
    result->counters = &link->counters;
    us_t room_at = link->callbacks.on_result(link->callbacks.context, result);
    if (room_at > 0) {
        link_delay(link, room_at);
    }
}

void link_report_nothing(struct link *link, const struct link_block *block,
                         struct link_result *result)
{
    struct decode_value values[PROFILE_POINTS_MAX] = {0};
    /* A frame that is no answer is bad; a frame that did not come is no answer. */
    bool is_silence = result->reason == REASON_TIMEOUT || result->reason == REASON_LINK;
    decode_nothing(link_device_of(link, block)->profile, block->read,
                   is_silence ? QUALITY_NO_ANSWER : QUALITY_BAD, result->reason, values);
    result->values = values;
    link_report_values(link, block, result);
}

void link_report_silence(struct link *link, int32_t block, enum reason reason, us_t now)
{
    struct link_result silence = {.at = now, .reason = reason};
    link_report_nothing(link, &link->block[block], &silence);
}

void link_report_refusal(struct link *link, int32_t block, us_t now)
{
    struct link_result refusal = {.at = now,
                                  .reason = REASON_EXCEPTION,
                                  .exception = link->block[block].exception,
                                  .is_repeated = true};
    link_report_nothing(link, &link->block[block], &refusal);
}
