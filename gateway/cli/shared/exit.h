/* exit.h - the exit codes of huoyan. */
#pragma once

enum {
    EXIT_DONE = 0,
    EXIT_NO = 1, /* the answer is no: config wrong, chain broken */
    EXIT_USAGE = 2,
    EXIT_SYSTEM = 3, /* the system failed: no disk, no port */
};
