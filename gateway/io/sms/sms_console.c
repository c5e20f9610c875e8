#include "gateway/io/sms/sms_console.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/memory.h"
#include "gateway/base/utf8.h"
#include "gateway/io/system/clock.h"

enum { LINE_BYTES = REPLY_TEXT_MAX, BOX_BYTES = 4096, IDLE_MS = 60000, RETRY_MS = 1000 };

struct console {
    struct sms_callbacks callbacks;
    int reply_fd; /* -1: none, or it has ended */
    size_t length;
    char input[LINE_BYTES]; /* typed, not yet a whole line */
    us_t started_at;        /* keeps the keys of this run apart from those of the last */
    int64_t reply_count;
};

/* The wide ranges of Unicode's East Asian Width (UAX #11), as far as an SMS may hold them. */
static int columns_of(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } wide[] = {{0x1100, 0x115F},   {0x2E80, 0x303E},  {0x3041, 0xA4CF}, {0xAC00, 0xD7A3},
                {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},  {0xFF01, 0xFF60}, {0xFFE0, 0xFFE6},
                {0x1F300, 0x1FAFF}, {0x20000, 0x3FFFD}};
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++) {
        if (code >= wide[i].first && code <= wide[i].last) {
            return 2;
        }
    }
    return 1;
}

/* The number of bytes from `at` that fit into `room` columns, and the columns they take. */
static size_t fit_columns(const char *at, int room, int *ret_columns)
{
    size_t length = strlen(at);
    size_t used = 0;
    int columns = 0;
    while (used < length && at[used] != '\n') {
        uint32_t code = 0;
        size_t step = utf8_decode(at + used, length - used, &code);
        int width = columns_of(code);
        if (step == 0 || columns + width > room) {
            break;
        }
        used += step;
        columns += width;
    }
    *ret_columns = columns;
    return used;
}

static void add_repeated(struct text *text, const char *string, int count)
{
    for (int i = 0; i < count; i++) {
        text_add(text, "%s", string);
    }
}

static void add_row(struct text *text, const char *bytes, size_t length, int columns)
{
    text_add(text, "│ ");
    text_add_bytes(text, bytes, length);
    add_repeated(text, " ", CONSOLE_COLUMNS - columns);
    text_add(text, " │\n");
}

void sms_console_draw(struct text *text, const struct effect_message *message)
{
    char title[PHONE_MAX + ID_MAX + 32];
    struct text head = text_over(title, sizeof title);
    text_add(&head, " 短信 → %s %s ", message->person, message->phone);
    int columns = 0;
    (void) fit_columns(title, CONSOLE_COLUMNS + 2, &columns);
    text_add(text, "┌%s", title);
    add_repeated(text, "─", CONSOLE_COLUMNS + 2 - columns);
    text_add(text, "┐\n");
    for (const char *at = message->text; *at != '\0';) {
        size_t used = fit_columns(at, CONSOLE_COLUMNS, &columns);
        add_row(text, at, used, columns);
        at += used;
        if (*at != '\0' && (*at == '\n' || used == 0)) {
            at++; /* the newline, or a byte that is not UTF-8 */
        }
    }
    text_add(text, "└");
    add_repeated(text, "─", CONSOLE_COLUMNS + 2);
    text_add(text, "┘\n");
}

static bool open_console(const struct sms_settings *settings, const struct sms_callbacks *callbacks,
                         void **ret_self, struct error *error)
{
    (void) error; /* opening a terminal cannot fail */
    struct console *console = memory_take(1, sizeof *console);
    console->callbacks = *callbacks;
    console->reply_fd = settings->reply_fd;
    console->started_at = clock_us();
    *ret_self = console;
    return true;
}

static enum sms_taken print_message(void *self, const struct effect_message *message,
                                    bool may_have_left, struct error *error)
{
    (void) may_have_left; /* a terminal keeps no record */
    (void) error;
    struct console *console = self;
    char box[BOX_BYTES];
    struct text text = text_over(box, sizeof box);
    sms_console_draw(&text, message);
    (void) fputs(box, stdout);
    (void) fflush(stdout);
    console->callbacks.on_outcome(console->callbacks.context, message->id, OUTCOME_SENT, "");
    console->callbacks.on_outcome(console->callbacks.context, message->id, OUTCOME_DELIVERED, "");
    return SMS_TAKEN;
}

static void cancel_printed(void *self, int64_t message)
{
    (void) self, (void) message; /* a printed message cannot be recalled */
}

static int console_input_fd(void *self)
{
    const struct console *console = self;
    bool has_room = console->length < sizeof console->input;
    return has_room ? console->reply_fd : -1;
}

/* "<phone or person> <text>". True: the line is done, also when it is no reply. */
static bool take_reply_line(struct console *console, char *line)
{
    line += strspn(line, " \t\r");
    line[strcspn(line, "\r")] = '\0';
    size_t who = strcspn(line, " \t");
    if (line[who] == '\0' || !utf8_is_valid(line, strlen(line))) {
        return true;
    }
    line[who] = '\0';
    char key[MESSAGE_KEY_MAX];
    (void) snprintf(key, sizeof key, "console %" PRId64 " %" PRId64, console->started_at,
                    console->reply_count);
    const char *text = line + who + 1;
    bool is_taken = console->callbacks.on_reply(console->callbacks.context, line,
                                                text + strspn(text, " \t"), key);
    line[who] = ' ';
    return is_taken;
}

static void read_input(struct console *console)
{
    struct pollfd ready = {.fd = console_input_fd(console), .events = POLLIN};
    if (ready.fd < 0 || poll(&ready, 1, 0) <= 0) {
        return;
    }
    ssize_t count =
        read(ready.fd, console->input + console->length, sizeof console->input - console->length);
    if (count > 0) {
        console->length += (size_t) count;
    } else if (count == 0 || (errno != EINTR && errno != EAGAIN)) {
        console->reply_fd = -1;
    }
}

static ms_t read_replies(void *self, ms_t wall)
{
    (void) wall;
    struct console *console = self;
    read_input(console);
    for (;;) {
        char *end = memchr(console->input, '\n', console->length);
        if (end == NULL) {
            /* A line that fills the buffer is no reply. */
            console->length = console->length == sizeof console->input ? 0 : console->length;
            return IDLE_MS;
        }
        *end = '\0';
        bool is_taken = take_reply_line(console, console->input);
        if (!is_taken) {
            *end = '\n';
            return RETRY_MS;
        }
        console->reply_count++;
        size_t used = (size_t) (end - console->input) + 1;
        console->length -= used;
        memmove(console->input, end + 1, console->length);
    }
}

const struct sms_driver sms_console_driver = {.open = open_console,
                                              .close = free,
                                              .send = print_message,
                                              .cancel = cancel_printed,
                                              .fd = console_input_fd,
                                              .turn = read_replies};
