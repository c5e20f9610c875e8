#include "gateway/io/system/clock.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/text.h"
#include "gateway/io/system/file.h"
#include "gateway/io/system/tzif.h"

enum { ZONE_FILE_MAX = 65536 }; /* bytes; the largest of the database has 3.6 kB */

/* Gateway time minus boot clock, 0 until it is fixed. A process has one clock, so this is a
 * global. */
static _Atomic us_t start_offset_us;

static us_t read_us(clockid_t id)
{
    struct timespec now;
    int outcome = clock_gettime(id, &now);
    CHECK(outcome == 0);
    return now.tv_sec * US_PER_SECOND + now.tv_nsec / 1000;
}

bool clock_start(ms_t last_stamp)
{
    us_t wall = read_us(CLOCK_REALTIME);
    us_t stamp = last_stamp * US_PER_MS;
    atomic_store(&start_offset_us, (wall < stamp ? stamp : wall) - read_us(CLOCK_BOOTTIME));
    return wall >= stamp;
}

us_t clock_us(void)
{
    us_t boot = read_us(CLOCK_BOOTTIME);
    us_t offset = atomic_load_explicit(&start_offset_us, memory_order_relaxed);
    if (offset == 0) {
        us_t first = read_us(CLOCK_REALTIME) - boot;
        /* Two threads may come first together: one fixes the clock, the other uses its value. */
        offset = atomic_compare_exchange_strong(&start_offset_us, &offset, first) ? first : offset;
    }
    return boot + offset;
}

ms_t clock_ms(void)
{
    return clock_us() / US_PER_MS;
}

ms_t clock_drift(void)
{
    return (read_us(CLOCK_REALTIME) - clock_us()) / US_PER_MS;
}

double clock_cpu_seconds(void)
{
    us_t spent = read_us(CLOCK_PROCESS_CPUTIME_ID);
    return (double) spent / (double) US_PER_SECOND;
}

struct timespec clock_deadline(ms_t span)
{
    CHECK(span >= 0);
    us_t at = read_us(CLOCK_MONOTONIC) + span * US_PER_MS;
    return (struct timespec){.tv_sec = at / US_PER_SECOND, .tv_nsec = at % US_PER_SECOND * 1000};
}

bool clock_zone(const char *name, struct zone *ret_zone, struct error *error)
{
    struct zone zone;
    if (name[0] == '\0' || name[0] == '/' || strstr(name, "..") != NULL ||
        strlen(name) >= sizeof zone.name) {
        return error_set(error, "'%s' is no time zone, write one like 'Asia/Shanghai'", name);
    }
    char path[sizeof "/usr/share/zoneinfo/" + sizeof zone.name];
    (void) snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);
    char *bytes = NULL;
    size_t length = 0;
    struct error why;
    if (!file_read(path, ZONE_FILE_MAX, &bytes, &length, &why)) {
        return error_set(error, "cannot read the time zone '%s': %s", name, why.text);
    }
    bool is_zone = tzif_parse((const uint8_t *) bytes, length, &zone, &why);
    free(bytes);
    if (!is_zone) {
        return error_set(error, "cannot use the time zone '%s': %s", name, why.text);
    }
    text_copy(zone.name, sizeof zone.name, name);
    *ret_zone = zone;
    return true;
}
