/* tzif_fuzz.c - any bytes either become a zone in order of time, or are refused. */
#include "gateway/io/system/tzif.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct zone zone;
    struct error error;
    if (!tzif_parse(bytes, length, &zone, &error)) {
        return 0;
    }
    if (zone.count < 1 || zone.count > ZONE_CHANGES_MAX) {
        abort();
    }
    for (int i = 1; i < zone.count; i++) {
        if (zone.change[i].from < zone.change[i - 1].from) {
            abort();
        }
        struct civil civil = zone_civil(&zone, zone.change[i].from);
        (void) zone_utc(&zone, &civil);
    }
    return 0;
}
