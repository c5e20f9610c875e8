/* simulate.h - `huoyan simulate FILE`: simulated sensors until SIGINT, SIGTERM or quit. Commands
 * come as lines on stdin or on the control socket (simulator.h). */
#pragma once

int cli_simulate(int count, char **arguments);
