/* profile.h - one device model as data: registers, types, scales, ranges, and frames that prove it.
 *
 * A profile is a JSON file (PROFILES.md shows how to write one). Addresses are 0-based PDU
 * addresses. Unknown members are errors, except those that begin with x_.
 *
 * "outputs" lists all that may be written while the gateway runs. "commission" is for a person with
 * a tool: only its shape is checked. A block with a "trigger" (write, wait, read) is refused,
 * because without the write its registers would be old. Limits: the PROFILE_*_MAX below; more is a
 * mistake with its path. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/error.h"
#include "gateway/base/json.h"
#include "gateway/base/units.h"
#include "sensors/modbus/frame.h"

enum {
    PROFILE_READS_MAX = 16,
    PROFILE_POINTS_MAX = 64,
    PROFILE_BAD_MAX = 8, /* sentinels of one point */
    PROFILE_JOINTS_MAX = 8,
    PROFILE_ALIASES_MAX = 32,
    PROFILE_VECTORS_MAX = 32,
    PROFILE_VALID_MAX = 4,  /* conditions of one point */
    PROFILE_EXPECT_MAX = 8, /* points that one vector proves */
    PROFILE_OUTPUTS_MAX = 16,
};

/* Where the register map comes from. */
enum profile_status {
    PROFILE_HARDWARE, /* seen on a device */
    PROFILE_MANUAL,   /* the maker's manual was read */
    PROFILE_TEXT,     /* another text was read */
    PROFILE_RECALLED, /* memory only: refused unless the config says allow_unverified */
};

struct profile_read {
    const char *name;
    uint8_t function; /* 1 2 3 4 */
    uint16_t address;
    uint16_t count;     /* registers 1...125, bits 1...2000 */
    int32_t timeout_ms; /* of this block, 0: the profile's */
    int32_t every;      /* asked at every n-th poll only; 1: at each */
};

enum value_type {
    TYPE_BOOL, /* a coil or discrete input */
    TYPE_BIT,  /* one bit of a register */
    TYPE_UINT16,
    TYPE_INT16,
    TYPE_UINT32,
    TYPE_INT32,
    TYPE_FLOAT32,
    TYPE_SM10000, /* sign-magnitude: below 10000 positive, from 10000 on minus (raw - 10000) */
};

/* Of 16 bits: AB is ABCD, BA is BADC. */
enum byte_order { ORDER_ABCD, ORDER_CDAB, ORDER_BADC, ORDER_DCBA };

struct profile_point {
    const char *key;
    const char *name;     /* for people; NULL: the device's name is enough */
    const char *quantity; /* default: the key */
    const char *unit;     /* "degC" "%RH" "m" "1" */
    int32_t read;         /* index of its block */
    uint16_t at;          /* offset in the block */
    enum value_type type;
    enum byte_order order;
    uint8_t bit;          /* of TYPE_BIT, 0 is the lowest */
    double scale, offset; /* value = raw * scale + offset */
    int32_t decimals;
    bool has_range, has_rated;
    double range[2]; /* outside: bad. What the element can report physically. */
    double rated[2]; /* outside: uncertain, still compared with limits: 65 degC may be a fire */
    int32_t bad_count;
    struct profile_bad {
        uint32_t raw; /* compared before scaling */
        const char *means;
    } bad[PROFILE_BAD_MAX];
    int32_t valid_count;
    /* Bad unless another point of the same block lies within: an echo's strength. */
    struct profile_valid {
        int32_t point;
        double min, max;
    } valid[PROFILE_VALID_MAX];
    /* The maker's figures for a sensor that has failed, in the profile's scale; 0: not given. For
     * plausibility.h and flatline.h; decode does not use them. */
    struct profile_fault {
        double roc_per_s, flat_s, flat_tol;
    } fault;
};

struct profile_joint { /* when one point is bad the other, also of another block, is suspect */
    int32_t if_bad, suspect;
};

/* The relay of a siren or a beacon. It has no unit id: only the device's own unit is ever written
 * to. A coil is written with function 5 (on and off are 0xFF00 and 0, in either order) or 15 (one
 * coil: 1 and 0), a register with 6 or 16 (one register: any two different values). */
struct profile_output {
    const char *key;  /* may be that of a point: mostly the coil that is read back */
    const char *name; /* for people; default: the key */
    struct profile_write {
        uint8_t function; /* 5 6 15 16 */
        uint16_t address;
        uint16_t on, off;
    } write;
    bool has_pulse, has_verify;
    struct profile_pulse { /* on for a while, by the board's own clock */
        uint8_t function;  /* 5 6: the value is the number of units, also with 5 */
        uint16_t address;
        int32_t unit_ms; /* 1...60000 */
        uint16_t max;    /* units, at least 1 */
    } pulse;
    struct profile_verify { /* the read-back */
        uint8_t function;   /* 1 2: bits, 3 4: registers; one of them */
        uint16_t address;
        uint16_t on, off;  /* need not be the values that were written */
        int32_t within_ms; /* of the write's answer, 10...60000 */
    } verify;
    bool is_safe_on; /* the state for a stop or a lost master: on */
};

struct profile_vector { /* a captured or composed frame pair (RTU) and what it must decode to */
    uint8_t request[MBAP_FRAME_MAX], reply[MBAP_FRAME_MAX];
    size_t request_length, reply_length;
    int32_t expect_count;
    struct profile_expect {
        int32_t point;
        bool is_null;
        double value;
    } expect[PROFILE_EXPECT_MAX];
};

struct profile {
    const char *id;
    int32_t rev;
    const char *maker, *model, *kind;
    enum profile_status status;
    int32_t alias_count;
    const char *const *alias;
    int32_t baud;
    char parity; /* 'N' 'E' 'O' */
    int32_t stop_bits;
    int32_t timeout_ms, gap_ms, min_poll_ms, poll_ms, warmup_ms;
    int32_t read_count, point_count, joint_count, output_count, vector_count;
    struct profile_read read[PROFILE_READS_MAX];
    struct profile_point point[PROFILE_POINTS_MAX];
    struct profile_joint joint[PROFILE_JOINTS_MAX];
    const struct profile_output *output; /* output_count of them, at most PROFILE_OUTPUTS_MAX */
    const struct profile_vector *vector;
};

/* Takes every mistake of one file: its value, or the object that lacks one, and a sentence. */
struct profile_problems {
    void *context;
    void (*add)(void *context, const struct json *at, const char *sentence);
};

/* Reads the JSON tree of one profile. False: there were mistakes, and each was given to `problems`.
 * The profile and its strings are the arena's. */
MUST_CHECK bool profile_parse(struct arena *arena, const struct json *root,
                              const struct profile_problems *problems,
                              const struct profile **ret_profile);

/* The index of the point or output with this key, of the block with this name; -1: none. */
int32_t profile_find_point(const struct profile *profile, const char *key);
int32_t profile_find_output(const struct profile *profile, const char *key);
int32_t profile_find_read(const struct profile *profile, const char *name);
