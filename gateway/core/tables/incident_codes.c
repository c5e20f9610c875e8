#include "gateway/core/tables/incident_codes.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/mix.h"

enum {
    SHORT_FIRST = 100, /* payload of three digits: 100...999 */
    SHORT_COUNT = 900,
    LONG_FIRST = 1000, /* of four digits: 1000...9999 */
    LONG_COUNT = 9000,
    CODE_COUNT = SHORT_COUNT + LONG_COUNT,
};

#define HELD INT64_MAX /* by an open incident */

struct code {
    ms_t free_since; /* HELD, or when its incident was closed; 0: never given */
    int64_t incident;
};

struct incident_codes {
    struct code code[CODE_COUNT];
};

struct incident_codes *incident_codes_new(struct arena *arena)
{
    return arena_take(arena, 1, sizeof(struct incident_codes));
}

/* The totally anti-symmetric quasigroup of order 10 in Damm's thesis. */
static int damm_of(const char *digits, size_t length)
{
    static const char table[10][11] = {"0317598642", "7092154863", "4206871359", "1750983426",
                                       "6123045978", "3674209581", "5869720134", "8945362017",
                                       "9438617205", "2581436790"};
    int interim = 0;
    for (size_t i = 0; i < length; i++) {
        interim = table[interim][digits[i] - '0'] - '0';
    }
    return interim;
}

static void write_code(int32_t index, char ret_code[static CODE_MAX])
{
    int32_t payload = index < SHORT_COUNT ? index + SHORT_FIRST : index - SHORT_COUNT + LONG_FIRST;
    int length = snprintf(ret_code, CODE_MAX, "%d", payload);
    CHECK(length > 0 && length < CODE_MAX - 1);
    ret_code[length] = (char) ('0' + damm_of(ret_code, (size_t) length));
    ret_code[length + 1] = '\0';
}

/* -1: not a valid code. */
static int32_t index_of_code(const char *code)
{
    size_t length = strspn(code, "0123456789");
    if (code[length] != '\0' || (length != 4 && length != 5) || code[0] == '0' ||
        damm_of(code, length) != 0) {
        return -1;
    }
    int32_t payload = 0;
    for (size_t i = 0; i + 1 < length; i++) {
        payload = payload * 10 + (code[i] - '0');
    }
    return length == 4 ? payload - SHORT_FIRST : payload - LONG_FIRST + SHORT_COUNT;
}

static bool is_free(const struct code *code, ms_t now)
{
    return code->free_since == 0 ||
           (code->free_since != HELD && now - code->free_since >= INCIDENT_CODES_REST_MS);
}

/* The first free code of a range, beginning at a place that depends on the incident; -1: none. */
static int32_t find_free(const struct incident_codes *codes, int32_t first, int32_t count,
                         uint64_t seed, ms_t now)
{
    int32_t start = (int32_t) (seed % (uint64_t) count);
    for (int32_t i = 0; i < count; i++) {
        int32_t index = first + (start + i) % count;
        if (is_free(&codes->code[index], now)) {
            return index;
        }
    }
    return -1;
}

static int32_t longest_free(const struct incident_codes *codes)
{
    int32_t best = SHORT_COUNT;
    for (int32_t i = SHORT_COUNT; i < CODE_COUNT; i++) {
        if (codes->code[i].free_since < codes->code[best].free_since) {
            best = i;
        }
    }
    return best;
}

void incident_codes_give(struct incident_codes *codes, int64_t incident, ms_t now,
                         char ret_code[static CODE_MAX])
{
    /* Spreads neighbouring ids over the range, so that codes of one evening look different. */
    uint64_t seed = mix_64((uint64_t) incident);
    int32_t index = find_free(codes, 0, SHORT_COUNT, seed, now);
    if (index < 0) {
        index = find_free(codes, SHORT_COUNT, LONG_COUNT, seed, now);
    }
    if (index < 0) {
        index = longest_free(codes);
    }
    codes->code[index] = (struct code){.free_since = HELD, .incident = incident};
    write_code(index, ret_code);
}

void incident_codes_hold(struct incident_codes *codes, const char *code, int64_t incident)
{
    int32_t index = index_of_code(code);
    if (index >= 0) {
        codes->code[index] = (struct code){.free_since = HELD, .incident = incident};
    }
}

void incident_codes_rest(struct incident_codes *codes, const char *code, ms_t at)
{
    int32_t index = index_of_code(code);
    if (index >= 0) {
        codes->code[index].free_since = max_ms(1, at);
    }
}

int64_t incident_codes_find(const struct incident_codes *codes, const char *code)
{
    int32_t index = index_of_code(code);
    return index < 0 ? 0 : codes->code[index].incident;
}
