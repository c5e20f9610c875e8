/* run.h - `huoyan run -c DIR`: the daemon. */
#pragma once

int cli_run(int count, char **arguments);
