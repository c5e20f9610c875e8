/* user.h - `huoyan user` and `huoyan token`: who may log in, and keys for programs.
 *
 *   user add NAME --role ROLE [--person ID] [--password-stdin] -c DIR
 *   user passwd NAME [--password-stdin] -c DIR
 *   user list [--json] -c DIR
 *   token add NAME --role ROLE -c DIR          the token is the last word on stdout, shown once
 *   token list [--json] -c DIR
 *
 * Beside a running daemon they ask it over its control socket; without one they take the lock on data_dir (made when
 * missing) and do it themselves. A password is asked twice without echo. */
#pragma once

int cli_user(int count, char **arguments);  /* arguments[0] is "user" */
int cli_token(int count, char **arguments); /* arguments[0] is "token" */
