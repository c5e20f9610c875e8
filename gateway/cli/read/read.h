/* read.h - `huoyan read`: one device now, with every byte and every way to read it.
 *
 *   read SITE/DEVICE -c DIR
 *   read LINK -c DIR --unit N ...
 *   read --serial PATH [--baud 9600] [--parity none] [--stop-bits 1] --unit N ...
 *   read --tcp HOST:PORT | --rtu-over-tcp HOST:PORT --unit N ...
 *   ... is --profile ID [-c DIR], or [--fc 3] --address N [--count 1]
 *   [--timeout 1s] [--repeat N] [--interval 1s] [--json]
 *
 * Addresses are 0-based, decimal or 0x. It only reads (function codes 1 to 4). Exit 0 every answer was a good one, 1
 * an exception, silence or noise, 2 usage, 3 the port cannot be opened. --json: one object a transaction, a line
 * each. */
#pragma once

int cli_read(int count, char **arguments);
