#include "gateway/core/chain/incident_facts.h"

struct message_facts incident_facts_read(const struct engine *engine,
                                         const struct incident *incident)
{
    struct message_facts facts = {
        .policy = engine->policy, .incident = incident, .now = engine->now};
    if (incident->judgement >= 0) {
        const struct policy_judgement *judgement = &engine->policy->judgement[incident->judgement];
        int32_t point = judgement->has_limit && judgement->limit_point >= 0 ? judgement->limit_point
                                                                            : judgement->point;
        const struct reading *reading = &engine->point[point].reading;
        facts.has_value = engine->point[point].good_at != 0 && reading_has_value(reading);
        facts.value = facts.has_value ? reading->value : 0;
    }
    return facts;
}
