/* demo.h - `huoyan demo [--for 60s] [--port N]`: the main job on simulated sensors.
 *
 * A town of three sites in a folder of its own, its sensors simulated over TCP and over a serial line, SMS printed
 * as the phone would show them. Within two minutes one alarm rises, escalates to the second level, is acknowledged
 * by a simulated reply and clears. Login demo/demo, loopback only. */
#pragma once

int cli_demo(int count, char **arguments);
