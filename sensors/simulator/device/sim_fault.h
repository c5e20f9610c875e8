/* sim_fault.h - the ways in which a simulated device can be wrong, and when it is. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/text.h"
#include "gateway/base/units.h"
#include "sensors/modbus/frame.h"

enum slave_fault {
    SLAVE_WELL,
    SLAVE_SILENT,            /* no answer */
    SLAVE_LATE,              /* the right answer, when nobody waits for it any more */
    SLAVE_GARBAGE,           /* random bytes */
    SLAVE_CRC,               /* one bit flipped on the way; MBAP: a foreign transaction id */
    SLAVE_WRONG_UNIT,        /* a good frame of the next unit */
    SLAVE_EXCEPTION,         /* a refusal, with the code of the trouble */
    SLAVE_SPLIT,             /* the right answer in three pieces */
    SLAVE_GLUED,             /* a foreign frame and the right answer in one piece */
    SLAVE_SHORT,             /* the last bytes are missing */
    SLAVE_ECHO,              /* the request comes back before the answer: an adapter hears itself */
    SLAVE_ZEROS,             /* stray zero bytes before and behind the answer */
    SLAVE_HEARTBEAT_BEFORE,  /* the line's heartbeat glued to the front of the answer */
    SLAVE_HEARTBEAT_INSIDE,  /* the line's heartbeat in the middle of the answer */
    SLAVE_IMEI,              /* 15 digits in front of the answer */
    SLAVE_WRONG_COUNT,       /* the byte count lies; the check sum is that of the lie */
    SLAVE_FEWER,             /* a whole, sound frame with fewer values than were asked for */
    SLAVE_CRC_SWAPPED,       /* RTU: the two bytes of the CRC in the wrong order */
    SLAVE_WRONG_TRANSACTION, /* MBAP: the transaction id is always 0 */
    SLAVE_TRICKLE,           /* one byte at a time */
    SLAVE_CLOSE,      /* half of the answer, then the connection is closed (a pty: half only) */
    SLAVE_WRONG_ECHO, /* a write is done and acknowledged with another value; reads are well */
    SLAVE_NO_EFFECT,  /* a write is acknowledged and not done; reads are well */
    SLAVE_ANY,        /* each answer draws one of those above that fit its framing */
};

enum { SLAVE_EXCEPTION_CODE = 4 }; /* device failure, where the trouble names none */

#define SLAVE_LATE_US ((us_t) 1500000) /* where the trouble does not say how late */
#define SLAVE_SPLIT_US ((us_t) 5000)
#define SLAVE_TRICKLE_US ((us_t) 1000)

struct slave_trouble {
    us_t from, until;
    enum slave_fault fault;
    uint8_t code; /* of SLAVE_EXCEPTION; 0: SLAVE_EXCEPTION_CODE */
    us_t late_us; /* of SLAVE_LATE; 0: SLAVE_LATE_US */
    double share; /* of the answers, above 0 and below 1; 0: all of them */
};

/* "silent" "late" "heartbeat_before" ... and "none" or "well" for SLAVE_WELL. False: no such fault. */
bool slave_fault_find(const char *name, enum slave_fault *ret_fault);

/* False for what this framing cannot get wrong. */
bool slave_fault_fits(enum slave_fault fault, enum framing framing);

/* All names with a blank between them, for sentences. */
void slave_fault_add_names(struct text *text);

/* One of the faults that fit, by a random number. */
enum slave_fault slave_fault_draw(uint64_t random, enum framing framing);
