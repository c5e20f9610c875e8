/* smsd_health.h - whether SMS can be sent: looks at smsd's directories and says in one sentence
 * what to do. */
#pragma once

#include "gateway/base/text.h"
#include "gateway/io/sms/sms_driver.h"

enum smsd_trouble { SMSD_CANNOT_WRITE, SMSD_CANNOT_REMOVE };
enum { SMSD_TROUBLE_COUNT = 2 };

struct smsd_health {
    char trouble[SMSD_TROUBLE_COUNT][256]; /* what failed last, "": it works */
    char text[256];                        /* of the last check, "" when all is well */
};

/* A file could not be written or removed, because of `why`; reported until it works again. */
void smsd_health_blame(struct smsd_health *health, enum smsd_trouble trouble, const char *why);
void smsd_health_clear(struct smsd_health *health, enum smsd_trouble trouble);

/* Removes DIRECTORY/NAME and blames or clears SMSD_CANNOT_REMOVE. */
bool smsd_health_remove(struct smsd_health *health, const char *directory, const char *name);

/* True when all directories can be used and smsd takes and sends our messages; else health->text
 * says what is wrong and what to do. */
bool smsd_health_check(struct smsd_health *health, const struct sms_settings *settings, ms_t wall);
