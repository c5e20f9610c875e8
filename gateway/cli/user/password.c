#include "gateway/cli/user/password.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "gateway/io/auth/secret.h"

enum { CTRL_C = 3, CTRL_D = 4 };

enum end { END_LINE, END_LONG, END_GONE };

/* Reads byte by byte: later lines stay in the pipe, and no copy stays in a buffer of stdio. */
static enum end read_password_line(char to[static PASSWORD_TEXT_MAX])
{
    size_t length = 0;
    char byte = 0;
    while (read(STDIN_FILENO, &byte, 1) == 1 && byte != '\n') {
        if (byte == CTRL_C || byte == CTRL_D || length + 1 == PASSWORD_TEXT_MAX) {
            return length + 1 == PASSWORD_TEXT_MAX ? END_LONG : END_GONE;
        }
        to[length++] = byte;
    }
    length -= length > 0 && to[length - 1] == '\r' ? 1 : 0;
    to[length] = '\0';
    return byte == '\n' || length > 0 ? END_LINE : END_GONE;
}

static bool read_password_text(char to[static PASSWORD_TEXT_MAX], struct error *error)
{
    switch (read_password_line(to)) {
    case END_LINE:
        return true;
    case END_LONG:
        return error_set(error, "the password is too long");
    case END_GONE:
        return error_set(error, "no password was given");
    }
    CHECK(false);
    return false;
}

/* Ctrl-C comes as a byte meanwhile; a signal would leave the terminal without echo. */
static bool ask_password(const char *question, char to[static PASSWORD_TEXT_MAX],
                         struct error *error)
{
    struct termios before;
    if (tcgetattr(STDIN_FILENO, &before) != 0) {
        return error_set(error, "there is no terminal to ask for the password; use "
                                "--password-stdin");
    }
    struct termios silent = before;
    silent.c_lflag &= ~(tcflag_t) (ECHO | ISIG);
    (void) fprintf(stderr, "%s", question);
    if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) != 0) {
        return error_set(error, "the terminal cannot hide the password; use --password-stdin");
    }
    bool is_read = read_password_text(to, error);
    (void) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    (void) fprintf(stderr, "\n");
    return is_read;
}

bool password_read(bool from_stdin, char ret_password[static PASSWORD_TEXT_MAX],
                   struct error *error)
{
    if (from_stdin) {
        return read_password_text(ret_password, error);
    }
    char again[PASSWORD_TEXT_MAX];
    bool is_read = ask_password("Password 密码：", ret_password, error) &&
                   ask_password("Again 再输一次：", again, error) &&
                   (strcmp(ret_password, again) == 0 ||
                    error_set(error, "the two passwords differ; nothing was changed"));
    secret_wipe(again, sizeof again);
    return is_read;
}
