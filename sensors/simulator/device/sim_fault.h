/* sim_fault.h - the faults of a simulated device. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/units.h"
#include "sensors/modbus/frame.h"

enum sim_fault {
    SIM_NO_FAULT,
    SIM_SILENT,            /* no answer */
    SIM_LATE,              /* the right answer, after the timeout */
    SIM_GARBAGE,           /* random bytes */
    SIM_CRC,               /* one bit flipped on the way; MBAP: a foreign transaction id */
    SIM_WRONG_UNIT,        /* a good frame of the next unit */
    SIM_EXCEPTION,         /* a refusal, with the code of the trouble */
    SIM_SPLIT,             /* the right answer in three pieces */
    SIM_GLUED,             /* a foreign frame and the right answer in one piece */
    SIM_SHORT,             /* the last bytes are missing */
    SIM_ECHO,              /* the request comes back before the answer: an adapter hears itself */
    SIM_ZEROS,             /* stray zero bytes before and behind the answer */
    SIM_HEARTBEAT_BEFORE,  /* the line's heartbeat glued to the front of the answer */
    SIM_HEARTBEAT_INSIDE,  /* the line's heartbeat in the middle of the answer */
    SIM_IMEI,              /* 15 digits in front of the answer */
    SIM_WRONG_COUNT,       /* the byte count lies; the check sum is that of the lie */
    SIM_FEWER,             /* a whole, sound frame with fewer values than were asked for */
    SIM_CRC_SWAPPED,       /* RTU: the two bytes of the CRC in the wrong order */
    SIM_WRONG_TRANSACTION, /* MBAP: the transaction id is always 0 */
    SIM_TRICKLE,           /* one byte at a time */
    SIM_CLOSE,      /* half of the answer, then the connection is closed (a pty: half only) */
    SIM_WRONG_ECHO, /* a write is done and acknowledged with another value; reads are right */
    SIM_NO_EFFECT,  /* a write is acknowledged and not done; reads are right */
    SIM_ANY,        /* each answer draws one of those above that fit its framing */
};

enum { SIM_EXCEPTION_CODE = 4 }; /* device failure, where the trouble names none */

#define SIM_LATE_US ((us_t) 1500000) /* where the trouble does not say how late */
#define SIM_SPLIT_US ((us_t) 5000)
#define SIM_TRICKLE_US ((us_t) 1000)

struct sim_trouble {
    us_t from, until;
    enum sim_fault fault;
    uint8_t code; /* of SIM_EXCEPTION; 0: SIM_EXCEPTION_CODE */
    us_t late_us; /* of SIM_LATE; 0: SIM_LATE_US */
    double share; /* of the answers, above 0 and below 1; 0: all of them */
};

/* "silent" "late" ... and "none" or "well" for SIM_NO_FAULT. False: no such fault. */
bool sim_fault_find(const char *name, enum sim_fault *ret_fault);

/* False: this framing cannot have the fault. */
bool sim_fault_fits(enum sim_fault fault, enum framing framing);

/* All names with a blank between them, for sentences. */
struct sim_fault_names {
    char text[384];
};
struct sim_fault_names sim_fault_names(void);

/* One of the faults that fit, by a random number. */
enum sim_fault sim_fault_draw(uint64_t random, enum framing framing);
