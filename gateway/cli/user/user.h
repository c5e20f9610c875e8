/* user.h - `huoyan user` and `huoyan token`: logins of people and keys of programs.
 *
 *   user add NAME --role ROLE [--person ID] [--password-stdin] -c DIR
 *   user passwd NAME [--password-stdin] -c DIR
 *   user list [--json] -c DIR
 *   token add NAME --role ROLE -c DIR          the token is the last word on stdout, shown once
 *   token list [--json] -c DIR
 *
 * A running daemon is asked over its control socket. Without one the command takes the lock on
 * data_dir, which it makes if needed, and changes state.db itself. A password is asked twice
 * without echo. */
#pragma once

int cli_user(int count, char **arguments);  /* arguments[0] is "user" */
int cli_token(int count, char **arguments); /* arguments[0] is "token" */
