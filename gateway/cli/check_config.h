/* check_config.h - `huoyan check`: finds all mistakes of a config.
 *
 *   check -c DIR [--print] [--json]
 *   check --keys | --schema
 *
 * Prints one line for each mistake or warning to stdout, and a summary. Exit 0 also with warnings,
 * 1 with mistakes. With --print stdout is the config with all defaults, as JSON that can be read
 * again, and the lines go to stderr. --keys lists every key of the config, --schema prints
 * config/huoyan.schema.json. */
#pragma once

int cli_check(int count, char **arguments);
