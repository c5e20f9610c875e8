/* scan.h - `huoyan scan`: who answers on a bus, at which baud, parity and unit, and which device model fits.
 *
 *   scan LINK -c DIR
 *   scan --serial PATH | --tcp HOST:PORT | --rtu-over-tcp HOST:PORT  [-c DIR]
 *        [--bauds 9600,4800] [--parities none,even] [--units 1-32,80] [--timeout 200ms]
 *        [--first] [--thorough] [--json]
 *
 * It only reads. Without --bauds those of the device models are tried, the most frequent first. With -c DIR the
 * config's own models are tried too. --first stops at the first answer, --thorough asks every register block of every
 * model, for devices that are silent to what they do not know. A progress bar on a terminal. Exit 0 somebody answered,
 * 1 nobody, 2 usage, 3 the port cannot be opened or was lost. */
#pragma once

int cli_scan(int count, char **arguments);
