/* scan.h - `huoyan scan`: finds the devices on a bus, their baud, parity and unit, and the models
 * that fit.
 *
 *   scan LINK -c DIR
 *   scan --serial PATH | --tcp HOST:PORT | --rtu-over-tcp HOST:PORT  [-c DIR]
 *        [--bauds 9600,4800] [--parities none,even] [--units 1-32,80] [--timeout 200ms]
 *        [--first] [--thorough] [--json]
 *
 * The scan only reads. Without --bauds it tries the bauds of the device models, the most frequent
 * first. With -c DIR it also tries the config's own models. --first stops at the first answer.
 * --thorough asks every register block of every model, for devices that ignore unknown requests. A
 * terminal shows a progress bar. Exit 0: a device answered; 1: none; 2: usage; 3: the port cannot
 * be opened or was lost. */
#pragma once

int cli_scan(int count, char **arguments);
