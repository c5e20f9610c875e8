/* read.h - `huoyan read`: reads one device now and shows every byte and every byte order.
 *
 *   read SITE/DEVICE -c DIR
 *   read LINK -c DIR --unit N ...
 *   read --serial PATH [--baud 9600] [--parity none] [--stop-bits 1] --unit N ...
 *   read --tcp HOST:PORT | --rtu-over-tcp HOST:PORT --unit N ...
 *   ... is --profile ID [-c DIR], or [--fc 3] --address N [--count 1]
 *   [--timeout 1s] [--repeat N] [--interval 1s] [--json]
 *
 * Addresses are 0-based, decimal or 0x. Only function codes 1 to 4 are sent. Exit 0: every answer
 * was good; 1: an exception, silence or noise; 2: usage; 3: the port cannot be opened. --json
 * prints one object on a line for each transaction. */
#pragma once

int cli_read(int count, char **arguments);
