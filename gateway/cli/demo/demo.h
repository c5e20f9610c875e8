/* demo.h - `huoyan demo [--for 60s] [--port N]`: the main job on simulated sensors.
 *
 * A town of four sites in a folder of its own, its sensors simulated over TCP, a serial line and a DTU, SMS printed
 * as the phone would show them. Within two minutes one alarm rises and a siren sounds, it escalates to the second
 * level, is acknowledged by a simulated reply, which ends the siren, and clears. Login demo/demo, loopback only. */
#pragma once

int cli_demo(int count, char **arguments);
