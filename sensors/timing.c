#include "sensors/timing.h"

#include "gateway/base/check.h"

#define NS_PER_SECOND INT64_C(1000000000)
#define QUARANTINE_SERIAL (300 * US_PER_MS)
#define QUARANTINE_DTU (2 * US_PER_SECOND)

enum framing timing_framing(enum link_kind kind)
{
    switch (kind) {
    case LINK_TCP:
        return FRAMING_MBAP;
    case LINK_RTU:
    case LINK_RTU_OVER_TCP:
    case LINK_DTU:
        break;
    }
    return FRAMING_RTU;
}

int64_t timing_character_ns(const struct link_settings *settings)
{
    if (settings->kind != LINK_RTU) {
        return 0;
    }
    CHECK(settings->baud > 0);
    int64_t bits = 1 + 8 + (settings->parity == 'N' ? 0 : 1) + settings->stop_bits;
    return bits * NS_PER_SECOND / settings->baud;
}

us_t timing_silence(const struct link_settings *settings)
{
    if (settings->kind != LINK_RTU) {
        return 0;
    }
    CHECK(settings->baud > 0);
    return settings->baud > 19200 ? 1750 : (38500000 + settings->baud - 1) / settings->baud;
}

static us_t longer(us_t a, us_t b)
{
    return a > b ? a : b;
}

us_t timing_quarantine(enum link_kind kind, us_t timeout)
{
    switch (kind) {
    case LINK_TCP:
        break;
    case LINK_RTU:
        return QUARANTINE_SERIAL;
    case LINK_RTU_OVER_TCP:
        return longer(timeout, QUARANTINE_SERIAL);
    case LINK_DTU:
        return longer(timeout, QUARANTINE_DTU);
    }
    return 0;
}
