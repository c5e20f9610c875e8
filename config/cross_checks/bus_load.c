/* bus_load.c - the share of wire time that the configured polls need, shown with the warning. */
#include "config/cross_checks/cross_checks.h"
#include "gateway/base/text.h"
#include "sensors/link/link_timing.h"

enum {
    BUS_PERCENT = 70, /* above it retries and a dead device leave too little room */
    COST_BYTES = 256, /* the computation of one poll */
};

/* The device that needs the most time. NULL: none needs any. */
static const struct link_device *find_greediest(const struct link_settings *link)
{
    const struct link_device *greediest = NULL;
    double most = 0;
    for (int32_t i = 0; i < link->device_count; i++) {
        const struct link_device *device = &link->device[i];
        double share =
            device->poll_ms > 0 ? link_timing_poll_ms(link, device) / device->poll_ms : 0;
        if (share > most) {
            most = share;
            greediest = device;
        }
    }
    return greediest;
}

/* The average over polls of each part: a block that is read at every second poll counts half. */
static struct link_timing_cost compute_poll_cost(const struct link_settings *link,
                                                 const struct link_device *device)
{
    struct link_timing_cost sum = {.characters = 0};
    for (int32_t i = 0; i < device->profile->read_count; i++) {
        const struct profile_read *read = &device->profile->read[i];
        const struct link_timing_cost one = link_timing_read_cost(link, device, read);
        double part = read->every > 1 ? 1.0 / read->every : 1.0;
        sum.characters += one.characters;
        sum.characters_ms += one.characters_ms * part;
        sum.gaps_ms += one.gaps_ms * part;
        sum.latency_ms += one.latency_ms * part;
    }
    return sum;
}

static void add_cost_line(struct text *text, const struct link_settings *link,
                          const struct link_device *device)
{
    const struct link_timing_cost cost = compute_poll_cost(link, device);
    text_add(text, "%d characters %.1f + gaps %.1f + latency %.0f, assumed", (int) cost.characters,
             cost.characters_ms, cost.gaps_ms, cost.latency_ms);
}

/* The computation behind the warning, by the kind of the link. */
static void add_computation(struct text *text, const struct link_settings *link,
                            const struct link_device *device)
{
    switch (link->kind) {
    case LINK_RTU:
        add_cost_line(text, link, device);
        text_add(text, "; %d baud, 8%c%d", (int) link->baud, link->parity, (int) link->stop_bits);
        break;
    case LINK_RTU_OVER_TCP:
        add_cost_line(text, link, device);
        text_add(text, " with %d for the network; the line behind it at %d baud, 8%c%d",
                 LINK_TIMING_NETWORK_MS, (int) device->profile->baud, device->profile->parity,
                 (int) device->profile->stop_bits);
        break;
    case LINK_DTU:
        text_add(text, "%d for each of %d reads over the mobile network, assumed",
                 LINK_TIMING_MOBILE_MS, (int) device->profile->read_count);
        break;
    case LINK_TCP:
        break;
    }
}

static void check_bus_load(struct build *build, int32_t i)
{
    const struct link_settings *link = &build->link[i];
    const struct link_device *greediest = find_greediest(link);
    double share = link_timing_share(link);
    if (greediest == NULL || share * 100 <= BUS_PERCENT) {
        return;
    }
    char bytes[COST_BYTES];
    struct text computation = text_over(bytes, sizeof bytes);
    add_computation(&computation, link, greediest);
    double ms = link_timing_poll_ms(link, greediest);
    reader_warn(build->reader, build->links.item[i],
                "its %d devices need %.0f %% of its time, more than %d %%: a poll of '%s' takes "
                "%.1f ms (%s), every %d ms makes %.0f %%; poll less often or split the bus",
                (int) link->device_count, share * 100, BUS_PERCENT, greediest->id, ms, bytes,
                (int) greediest->poll_ms, ms / greediest->poll_ms * 100);
}

void build_bus_load(struct build *build)
{
    for (int32_t i = 0; i < build->links.count; i++) {
        const struct link_settings *link = &build->link[i];
        if (link->kind != LINK_RTU || link->baud > 0) { /* a wrong baud was refused */
            check_bus_load(build, i);
        }
    }
}
