#include "gateway/io/web/request/web_context.h"

#include <stdlib.h>

/* Judgements by the point their limit is compared with: counted, then placed. */
static void sort_limits(struct world *world, const struct policy *policy)
{
    size_t points = (size_t) policy->point_count;
    world->limit_first = calloc(points + 2, sizeof *world->limit_first);
    world->limit_judgement =
        calloc((size_t) policy->judgement_count + 1, sizeof *world->limit_judgement);
    CHECK(world->limit_first != NULL && world->limit_judgement != NULL);
    int32_t *place = world->limit_first + 1; /* one ahead: becomes `first` while placing */
    for (int32_t i = 0; i < policy->judgement_count; i++) {
        if (policy->judgement[i].has_limit) {
            place[policy->judgement[i].limit_point + 1]++;
        }
    }
    for (int32_t i = 1; i <= policy->point_count; i++) {
        place[i] += place[i - 1];
    }
    for (int32_t i = 0; i < policy->judgement_count; i++) {
        if (policy->judgement[i].has_limit) {
            world->limit_judgement[place[policy->judgement[i].limit_point]++] = i;
        }
    }
}

void world_open(struct world *world, const struct web_house *house, const struct web_parts *parts,
                ms_t now)
{
    CHECK(parts->forward_count == 0 || parts->store_id != NULL);
    CHECK(house->link_count == 0 || house->link != NULL);
    world->house = *house;
    world->parts = *parts;
    world->event_base = now * 1000; /* under a million changes a second it stays ahead */
    sort_limits(world, house->policy);
}

void world_close(struct world *world)
{
    free(world->limit_first);
    free(world->limit_judgement);
}
