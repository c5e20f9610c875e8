#include "gateway/io/sms/smsd_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "gateway/base/hash.h"
#include "gateway/base/parse.h"
#include "gateway/base/text.h"
#include "gateway/base/utf8.h"

enum alphabet { ALPHABET_UNKNOWN, ALPHABET_UCS2, ALPHABET_UTF8, ALPHABET_LATIN1, ALPHABET_BINARY };

/* Valid UTF-8 as it is, other bytes as Latin-1; a NUL in the middle becomes a blank. */
static void copy_as_utf8(const uint8_t *bytes, size_t length, char *to, size_t size)
{
    size_t used = length < size - 1 ? length : size - 1;
    if (utf8_is_valid((const char *) bytes, length)) {
        memcpy(to, bytes, used);
        to[used] = '\0';
    } else {
        used = utf8_from_latin1(bytes, length, to, size);
    }
    utf8_blank_controls(to, used);
    utf8_trim(to);
}

static void trim_blanks(char *text)
{
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == ' ') {
        text[--length] = '\0';
    }
}

static void copy_phone(const char *value, char to[static PHONE_MAX])
{
    char number[PHONE_MAX];
    char with_plus[PHONE_MAX];
    struct text text = text_over(with_plus, sizeof with_plus);
    text_add(&text, "+%s", value);
    /* smsd writes international numbers without +; parse_phone accepts a Chinese one either way. */
    bool is_number = parse_phone(value, number) ||
                     (strlen(value) >= 10 && value[0] != '0' && parse_phone(with_plus, number));
    text_copy(to, PHONE_MAX, is_number ? number : value);
}

static enum alphabet find_alphabet(const char *value)
{
    /* smsd itself looks at three letters only. */
    static const struct {
        const char *name;
        enum alphabet alphabet;
    } rows[] = {{"UCS", ALPHABET_UCS2},   {"UTF", ALPHABET_UTF8},   {"ISO", ALPHABET_LATIN1},
                {"LAT", ALPHABET_LATIN1}, {"GSM", ALPHABET_LATIN1}, {"BIN", ALPHABET_BINARY}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strncasecmp(value, rows[i].name, 3) == 0) {
            return rows[i].alphabet;
        }
    }
    return ALPHABET_UNKNOWN;
}

static int32_t parse_byte(const char *value)
{
    int64_t number = 0;
    return parse_int(value, 0, 255, &number) ? (int32_t) number : -1;
}

static void take_known_header(struct smsd_file *file, const char *name, const char *value,
                              enum alphabet *alphabet)
{
    if (strcasecmp(name, "From") == 0) {
        copy_phone(value, file->from);
    } else if (strcasecmp(name, "To") == 0) {
        copy_phone(value, file->to);
    } else if (strcasecmp(name, "Sent") == 0) {
        text_copy(file->sent, sizeof file->sent, value);
    } else if (strcasecmp(name, "Received") == 0) {
        text_copy(file->received, sizeof file->received, value);
    } else if (strcasecmp(name, "Fail_reason") == 0) {
        text_copy(file->fail_reason, sizeof file->fail_reason, value);
    } else if (strcasecmp(name, "Message_id") == 0) {
        file->message_id = parse_byte(value);
    } else if (strcasecmp(name, "Alphabet") == 0) {
        *alphabet = find_alphabet(value);
    }
}

/* "Name: value" of one line. */
static void take_header_line(struct smsd_file *file, const uint8_t *bytes, size_t length,
                             enum alphabet *alphabet)
{
    char line[256]; /* the headers that we read are shorter */
    copy_as_utf8(bytes, length, line, sizeof line);
    trim_blanks(line);
    char *colon = strchr(line, ':');
    if (colon != NULL) {
        *colon = '\0';
        take_known_header(file, line, colon + 1 + strspn(colon + 1, " "), alphabet);
    }
}

/* Takes in the headers; the body starts at *ret_body. False: there is no empty line. */
static bool read_all_headers(struct smsd_file *file, const uint8_t *bytes, size_t length,
                             enum alphabet *alphabet, size_t *ret_body)
{
    size_t at = 0;
    while (at < length) {
        const uint8_t *end = memchr(bytes + at, '\n', length - at);
        if (end == NULL) {
            return false;
        }
        size_t size = (size_t) (end - bytes) - at;
        if (size == 0 || (size == 1 && bytes[at] == '\r')) {
            *ret_body = at + size + 1;
            return true;
        }
        take_header_line(file, bytes + at, size, alphabet);
        at += size + 1;
    }
    return false;
}

static void read_file_body(struct smsd_file *file, const uint8_t *bytes, size_t length,
                           enum alphabet alphabet)
{
    size_t size = sizeof file->text;
    switch (alphabet) {
    case ALPHABET_UCS2:
        utf8_blank_controls(file->text, utf8_from_utf16be(bytes, length, file->text, size));
        break;
    case ALPHABET_LATIN1: /* with incoming_utf8 smsd may still say ISO: the bytes decide */
    case ALPHABET_UTF8:
    case ALPHABET_UNKNOWN:
        copy_as_utf8(bytes, length, file->text, size);
        break;
    case ALPHABET_BINARY:
        break;
    }
    trim_blanks(file->text);
}

/* The body of a status report: "SMS STATUS REPORT", then lines of its own. */
static void read_status_report(struct smsd_file *file, const uint8_t *bytes, size_t length)
{
    static const char title[] = "SMS STATUS REPORT";
    if (length < strlen(title) || memcmp(bytes, title, strlen(title)) != 0) {
        return;
    }
    file->is_report = true;
    file->status = -1;
    for (size_t at = 0; at < length;) {
        const uint8_t *end = memchr(bytes + at, '\n', length - at);
        size_t size = end == NULL ? length - at : (size_t) (end - bytes) - at;
        char line[160];
        copy_as_utf8(bytes + at, size, line, sizeof line);
        trim_blanks(line);
        if (strncmp(line, "Message_id: ", 12) == 0) {
            file->message_id = parse_byte(line + 12);
        } else if (strncmp(line, "Status: ", 8) == 0) {
            text_copy(file->text, sizeof file->text, line + 8);
            line[8 + strcspn(line + 8, ",")] = '\0';
            file->status = parse_byte(line + 8);
        }
        at += size + 1;
    }
}

bool smsd_file_parse(const uint8_t *bytes, size_t length, struct smsd_file *ret_file)
{
    struct smsd_file file = {.message_id = -1, .status = -1};
    enum alphabet alphabet = ALPHABET_UNKNOWN;
    size_t body = 0;
    if (!read_all_headers(&file, bytes, length, &alphabet, &body)) {
        return false;
    }
    read_file_body(&file, bytes + body, length - body, alphabet);
    read_status_report(&file, bytes + body, length - body);
    *ret_file = file;
    return true;
}

size_t smsd_file_format(const struct effect_message *message, uint8_t *to, size_t size)
{
    const char *digits = message->phone[0] == '+' ? message->phone + 1 : message->phone;
    char head[128]; /* the fixed text and 15 digits */
    int length = snprintf(head, sizeof head, "To: %s\nAlphabet: UCS2\nReport: yes\n\n", digits);
    if (length < 0 || (size_t) length >= sizeof head || (size_t) length >= size) {
        return 0;
    }
    memcpy(to, head, (size_t) length);
    size_t body = utf8_to_utf16be(message->text, to + length, size - (size_t) length);
    return body == 0 ? 0 : (size_t) length + body;
}

void smsd_file_name(const char *prefix, int64_t id, char to[static SMSD_NAME_MAX])
{
    (void) snprintf(to, SMSD_NAME_MAX, "%.*s-%" PRId64, ID_MAX - 1, prefix, id);
}

bool smsd_file_id(const char *prefix, const char *name, int64_t *ret_id)
{
    size_t length = strlen(prefix);
    int64_t id = 0;
    bool is_ours = strncmp(name, prefix, length) == 0 && name[length] == '-' &&
                   strspn(name + length + 1, "0123456789") == strlen(name + length + 1) &&
                   parse_int(name + length + 1, 1, INT64_MAX, &id);
    if (is_ours) {
        *ret_id = id;
    }
    return is_ours;
}

/* The zero byte keeps two strings apart. */
static uint64_t hash_with_nul(uint64_t hash, const char *string)
{
    return hash_64(hash, string, strlen(string) + 1);
}

void smsd_file_key(const struct smsd_file *file, const char *name, char to[static MESSAGE_KEY_MAX])
{
    bool has_stamp = file->sent[0] != '\0';
    uint64_t hash = hash_with_nul(HASH64_START, file->from);
    hash = hash_with_nul(hash, has_stamp ? file->sent : file->received);
    hash = hash_with_nul(hash, has_stamp ? "" : name);
    hash = hash_with_nul(hash, file->text);
    (void) snprintf(to, MESSAGE_KEY_MAX, "sms %s %016" PRIx64,
                    has_stamp ? file->sent : file->received, hash);
}

bool smsd_file_outcome(const struct smsd_file *report, enum outcome *ret_outcome)
{
    if (!report->is_report || (report->status != 0 && report->status < 64)) {
        return false;
    }
    *ret_outcome = report->status == 0 ? OUTCOME_DELIVERED : OUTCOME_FAILED;
    return true;
}
