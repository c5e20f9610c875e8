/* demo.h - `huoyan demo [--for 60s] [--port N]`: the main job on simulated sensors.
 *
 * The demo makes a config of four sites in a temporary folder. The sensors are simulated over TCP,
 * a serial line and a DTU; SMS are printed as a phone shows them. Within two minutes an alarm
 * rises, a siren sounds and the alarm escalates to the second level. A simulated reply acknowledges
 * it, the siren stops, and the alarm clears. Login demo/demo, loopback only. */
#pragma once

int cli_demo(int count, char **arguments);
