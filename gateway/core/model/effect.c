#include "gateway/core/model/effect.h"

#include "gateway/base/check.h"

bool effect_is_stored(const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_INCIDENT:
    case EFFECT_ENTRY:
    case EFFECT_ALARM:
    case EFFECT_MESSAGE:
    case EFFECT_CANCEL:
    case EFFECT_SETTLED:
    case EFFECT_REPLY:
    case EFFECT_MAINTENANCE:
        return true;
    case EFFECT_ANSWER:
    case EFFECT_NOTE:
    case EFFECT_OUTPUT:
    case EFFECT_HEALTH:
        return false;
    }
    CHECK(false);
    return false;
}
