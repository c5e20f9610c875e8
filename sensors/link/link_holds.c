/* How long a device is asked nothing, since a late reply would pass for the answer to the next
 * request. */
#include "sensors/link/link_parts.h"
#include "sensors/link/link_timing.h"

void link_expect(struct link *link, bool is_soon, us_t now)
{
    us_t until = now + link_timing_lateness(link->settings->kind, link->timeout, is_soon);
    if (until > schedule_device(link->schedule, link->device)->held_until) {
        schedule_hold(link->schedule, link->device, until);
    }
}

void link_expect_late(struct link *link, us_t now)
{
    link_expect(link, frame_is_write(&link->request), now);
    /* A reply later than any hold may still answer the next request to its unit. The same block is
     * asked first then, so it answers the right question. */
    if (link->framing == FRAMING_RTU && link->current != LINK_NO_BLOCK) {
        schedule_owe(link->schedule, link->current, now);
    }
}

static void shorten_hold(struct link *link, int32_t device, us_t span, us_t now)
{
    if (schedule_device(link->schedule, device)->held_until > now + span) {
        schedule_hold(link->schedule, device, now + span);
    }
}

void link_shorten_holds(struct link *link, us_t now)
{
    const struct link_settings *settings = link->settings;
    /* The network's share of the lost reply is gone, and the device's own comes within an answer's
     * time. A device that was late before is not trusted so far. */
    if (settings->kind != LINK_DTU && link->has_lost) {
        shorten_hold(link, link->device, link_timing_lateness(settings->kind, link->timeout, true),
                     now);
    }
    /* A DTU that dials in again had lost its network. That was the silence, unless a device missed
     * more than once. */
    for (int32_t i = 0; settings->kind == LINK_DTU && i < settings->device_count; i++) {
        us_t poll = (us_t) settings->device[i].poll_ms * US_PER_MS;
        if (schedule_device(link->schedule, i)->missed_count <= 1) {
            shorten_hold(link, i, link_timing_lateness_redialled(poll), now);
        }
    }
    link->has_lost = false;
}
