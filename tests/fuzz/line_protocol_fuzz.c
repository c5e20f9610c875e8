/* line_protocol_fuzz.c - any ids, any value: what comes out is one line, and its value reads back
 * as the same double. */
#include "gateway/io/forward/line_protocol.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* The next id of the input: up to 32 bytes, ended by a NUL. */
static size_t take_id(const uint8_t *bytes, size_t length, char to[static ID_MAX])
{
    size_t used = 0;
    while (used < length && used + 1 < ID_MAX && bytes[used] != 0) {
        to[used] = (char) bytes[used];
        used++;
    }
    to[used] = '\0';
    return used < length ? used + 1 : used;
}

static uint64_t bits_of(double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static void check_value(double value, const char *line)
{
    const char *field = strstr(line, ",value=");
    while (field != NULL && strstr(field + 1, ",value=") != NULL) {
        field = strstr(field + 1, ",value=");
    }
    CHECK(field != NULL);
    CHECK(bits_of(strtod(field + strlen(",value="), NULL)) == bits_of(value));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct reading reading = {.point = 0, .at = 1763776800000};
    if (length < sizeof reading.value) {
        return 0;
    }
    memcpy(&reading.value, bytes, sizeof reading.value);
    char id[5][ID_MAX];
    for (size_t i = 0, at = sizeof reading.value; i < 5; i++) {
        at += take_id(bytes + at, length - at, id[i]);
    }
    if (id[1][0] == '\0') {
        return 0; /* no point is without a quantity */
    }
    struct policy_point point = {.id = "x", .key = id[0], .quantity = id[1]};
    struct policy_device device = {.id = id[2]};
    struct policy_site site = {.id = id[3]};
    struct policy policy = {
        .gateway_id = id[4], .point_count = 1, .point = &point, .device = &device, .site = &site};
    char line[LINE_PROTOCOL_MAX_BYTES + 1];
    struct text text = text_over(line, sizeof line);
    struct line_protocol_heads *heads = line_protocol_heads_new(&policy);
    line_protocol_add(&text, heads, &reading);
    line_protocol_heads_free(heads);
    CHECK(!text.is_cut && text.length > 0);
    CHECK(strchr(line, '\n') == line + text.length - 1);
    if (isfinite(reading.value)) {
        check_value(reading.value, line);
    }
    return 0;
}
