/* check_config.h - `huoyan check -c DIR [--print] [--json]`, `huoyan check --keys`, `huoyan check
 * --schema`.
 *
 * One line a mistake or warning on stdout, a summary last. Exit 0 also with warnings, 1 with
 * mistakes. With --print stdout is the config as understood, as JSON that can be read again, and
 * the lines go to stderr. --keys lists every key of the config, --schema is
 * config/huoyan.schema.json. */
#pragma once

int cli_check(int count, char **arguments);
