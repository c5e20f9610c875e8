/* simulator.h - simulated sensors in a thread of their own: the lines of a plan (simulator_plan.h).
 *
 * It can be steered while it runs, by the functions here or by commands on its control socket:
 *   set LINE UNIT FC ADDRESS RAW     a register by hand, instead of the script's value
 *   fault LINE UNIT NAME [DETAIL]    a fault of sim_fault.h by hand, "none" ends it
 *   line LINE away|one_client|none   a fault of the whole line
 *   hang_up LINE                     closes its connections
 *   redial LINE                      a DTU connects anew and leaves its old connection open
 *   quit
 * LINE is the id of the line in the plan, or its number, or * for all. DETAIL is the code of an
 * exception, a delay, or the share of answers (0.3). Each command is answered by "ok" or
 * "error: sentence". */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/error.h"
#include "gateway/base/units.h"

enum {
    SIMULATOR_PEERS_MAX = 8192,  /* connections and serial lines at once; more are closed */
    SIMULATOR_CLIENTS_MAX = 16,  /* on the control socket */
    SIMULATOR_COMMAND_MAX = 256, /* bytes of a command */
    SIMULATOR_ANSWER_MAX = 512,
};

struct simulator;

/* Is the plan well-formed? The error begins with its line. */
MUST_CHECK bool simulator_check(const char *json_text, struct error *error);

/* Opens all lines and answers from then on. `now_us` is a monotonic clock, read by the simulator's
 * thread. The error names the address that is taken or cannot be opened. */
MUST_CHECK bool simulator_start(const char *json_text, us_t (*now_us)(void),
                                struct simulator **ret_simulator, struct error *error);
void simulator_stop(struct simulator *simulator); /* NULL is allowed; removes links and sockets */

/* Carries out one command; `answer` has no newline. */
void simulator_command(struct simulator *simulator, const char *command, char *answer,
                       size_t answer_size);

/* False: no such line or unit, or too many registers by hand. */
bool simulator_set(struct simulator *simulator, const char *line, uint8_t unit, uint8_t function,
                   uint16_t address, uint16_t raw);

/* The address of a line, for people: "bus1: 127.0.0.1:15020". NULL beyond the last one. */
const char *simulator_line_text(struct simulator *simulator, int32_t line);

/* The TCP port that a line listens on (0: none), and the path of its pty ("": none; a new one after
 * it was away). */
uint16_t simulator_line_port(struct simulator *simulator, int32_t line);
const char *simulator_line_path(struct simulator *simulator, int32_t line);

/* Readable after the command quit. */
int simulator_quit_fd(struct simulator *simulator);
