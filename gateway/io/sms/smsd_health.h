/* smsd_health.h - is the way to the phones open? Looks at smsd's directories and says what to do, in one sentence. */
#pragma once

#include "gateway/base/text.h"
#include "gateway/io/sms/sms_driver.h"

enum smsd_trouble { SMSD_CANNOT_WRITE, SMSD_CANNOT_REMOVE };
enum { SMSD_TROUBLE_COUNT = 2 };

struct smsd_health {
    char trouble[SMSD_TROUBLE_COUNT][256]; /* what we tried and could not do, "" : could */
    char text[256];                        /* of the last check, "" when well */
};

/* A file could not be written or removed, because of `why`; told until one could. */
void smsd_health_blame(struct smsd_health *health, enum smsd_trouble trouble, const char *why);
void smsd_health_clear(struct smsd_health *health, enum smsd_trouble trouble);

/* True when all directories can be used and smsd takes and sends what we give it; else health->text says what
 * is wrong and what to do. */
bool smsd_health_check(struct smsd_health *health, const struct sms_settings *settings, ms_t wall);
