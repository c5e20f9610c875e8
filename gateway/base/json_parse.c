/* json_parse.c - text to the tree of json.h in one strict walk, not recursive and with linear work.
 * The mistake that comes first in the text is reported. */
#include <stdlib.h>
#include <string.h>

#include "gateway/base/json.h"
#include "gateway/base/json_scalar.h"
#include "gateway/base/utf8.h"

enum step { STEP_VALUE, STEP_FIRST_ITEM, STEP_FIRST_KEY, STEP_KEY, STEP_AFTER, STEP_DONE };

/* An array or object whose end has not come yet. */
struct level {
    struct json *node;
    struct json *last; /* child */
};

/* What lives only while one text is read. */
struct walk {
    struct json_room room; /* the caller's */
    struct arena *scratch; /* ours */
    struct json_cursor text;
    bool has_comments;
    size_t mark; /* the place was counted up to here */
    int32_t line, column;
    struct json member; /* key and place of the value that comes; no key: none came */
    struct level open[JSON_DEPTH_MAX];
    int32_t depth;
    struct json *root;
    int32_t twice_line; /* of a key that stands there twice, else 0 */
};

static int32_t line_at(const struct walk *walk, size_t offset)
{
    int32_t line = 1;
    for (size_t i = 0; i < offset; i++) {
        line += walk->text.bytes[i] == '\n';
    }
    return line;
}

/* Notes the place of the value at hand; columns count characters. */
static void mark_place(struct walk *walk)
{
    for (; walk->mark < walk->text.at; walk->mark++) {
        unsigned char byte = (unsigned char) walk->text.bytes[walk->mark];
        if (byte == '\n') {
            walk->line++;
            walk->column = 1;
        } else if ((byte & 0xC0U) != 0x80U) {
            walk->column++;
        }
    }
    walk->member.line = walk->line;
    walk->member.column = walk->column;
}

/* Adds the value at hand to its container, with the key and place that were noted for it. */
static struct json *add_node(struct walk *walk, enum json_type type)
{
    struct json *node = arena_take(walk->room.tree, 1, sizeof *node);
    *node = walk->member;
    node->type = type;
    walk->member = (struct json){0};
    if (walk->depth == 0) {
        walk->root = node;
        return node;
    }
    struct level *level = &walk->open[walk->depth - 1];
    if (level->last == NULL) {
        level->node->child = node;
    } else {
        level->last->next = node;
    }
    level->last = node;
    level->node->count++;
    node->parent = level->node;
    return node;
}

static bool read_literal(struct walk *walk)
{
    static const struct {
        const char *word;
        enum json_type type;
    } words[] = {{"true", JSON_BOOL}, {"false", JSON_BOOL}, {"null", JSON_NULL}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t length = strlen(words[i].word);
        if (walk->text.length - walk->text.at >= length &&
            memcmp(walk->text.bytes + walk->text.at, words[i].word, length) == 0) {
            walk->text.at += length;
            add_node(walk, words[i].type)->boolean = i == 0;
            return true;
        }
    }
    return json_refuse(&walk->text, "a value");
}

static bool open_container(struct walk *walk, enum step *ret_step)
{
    if (walk->depth == JSON_DEPTH_MAX) {
        return error_set(walk->text.error, "nested deeper than %d", JSON_DEPTH_MAX);
    }
    bool is_object = json_peek(&walk->text) == '{';
    struct json *node = add_node(walk, is_object ? JSON_OBJECT : JSON_ARRAY);
    walk->open[walk->depth++] = (struct level){.node = node};
    walk->text.at++;
    *ret_step = is_object ? STEP_FIRST_KEY : STEP_FIRST_ITEM;
    return true;
}

static bool read_scalar(struct walk *walk)
{
    char first = json_peek(&walk->text);
    if (first == '"') {
        const char *string = NULL;
        if (!json_read_string(&walk->text, walk->room.strings, &string)) {
            return false;
        }
        add_node(walk, JSON_STRING)->string = string;
        return true;
    }
    if (first != '-' && (first < '0' || first > '9')) {
        return read_literal(walk);
    }
    double number = 0;
    if (!json_read_number(&walk->text, &number)) {
        return false;
    }
    add_node(walk, JSON_NUMBER)->number = number;
    return true;
}

static bool read_value(struct walk *walk, enum step *ret_step)
{
    if (walk->member.key == NULL) {
        mark_place(walk);
    }
    char first = json_peek(&walk->text);
    if (first == '{' || first == '[') {
        return open_container(walk, ret_step);
    }
    *ret_step = STEP_AFTER;
    return read_scalar(walk);
}

/* Blanks, line ends and, where they are allowed, comments up to the end of their line. */
static void skip_blanks(struct walk *walk)
{
    struct json_cursor *text = &walk->text;
    while (text->at < text->length) {
        const char *here = text->bytes + text->at;
        size_t left = text->length - text->at;
        if (strchr(" \t\r\n", *here) != NULL) {
            text->at++;
        } else if (walk->has_comments && left >= 2 && memcmp(here, "//", 2) == 0) {
            const char *end = memchr(here, '\n', left);
            text->at = end == NULL ? text->length : (size_t) (end - text->bytes);
        } else {
            return;
        }
    }
}

static bool read_member_key(struct walk *walk, enum step *ret_step)
{
    if (json_peek(&walk->text) != '"') {
        return json_refuse(&walk->text, "a key in double quotes");
    }
    mark_place(walk);
    if (!json_read_string(&walk->text, walk->room.tree, &walk->member.key)) {
        return false;
    }
    skip_blanks(walk);
    if (json_peek(&walk->text) != ':') {
        return json_refuse(&walk->text, "':'");
    }
    walk->text.at++;
    *ret_step = STEP_VALUE;
    return true;
}

static int compare_keys(const void *a, const void *b)
{
    const struct json *one = *(const struct json *const *) a;
    const struct json *other = *(const struct json *const *) b;
    int order = strcmp(one->key, other->key);
    if (order != 0) {
        return order;
    }
    return one->line != other->line ? (one->line > other->line) - (one->line < other->line)
                                    : (one->column > other->column) - (one->column < other->column);
}

/* Sorting keeps the work of an object with many members near linear. */
static bool check_keys(struct walk *walk, const struct json *object)
{
    if (object->type != JSON_OBJECT || object->count < 2) {
        return true;
    }
    size_t count = (size_t) object->count;
    const struct json **members = arena_take(walk->scratch, count, sizeof(const struct json *));
    size_t i = 0;
    for (const struct json *member = object->child; member != NULL; member = member->next) {
        members[i++] = member;
    }
    qsort(members, count, sizeof(const struct json *), compare_keys);
    for (i = 1; i < count; i++) {
        if (strcmp(members[i - 1]->key, members[i]->key) == 0) {
            walk->twice_line = members[i]->line;
            return error_set(walk->text.error, "the key '%s' stands there twice, first in line %d",
                             members[i]->key, (int) members[i - 1]->line);
        }
    }
    return true;
}

static bool close_container(struct walk *walk, enum step *ret_step)
{
    walk->text.at++;
    walk->depth--;
    *ret_step = STEP_AFTER;
    return check_keys(walk, walk->open[walk->depth].node);
}

/* After a value: a comma, the end of its container, or the end of all. */
static bool read_after(struct walk *walk, enum step *ret_step)
{
    if (walk->depth == 0) {
        *ret_step = STEP_DONE;
        return walk->text.at == walk->text.length ||
               error_set(walk->text.error, "there is text after the end of the document");
    }
    bool is_object = walk->open[walk->depth - 1].node->type == JSON_OBJECT;
    if (json_peek(&walk->text) == (is_object ? '}' : ']')) {
        return close_container(walk, ret_step);
    }
    if (json_peek(&walk->text) != ',') {
        return json_refuse(&walk->text, is_object ? "',' or '}'" : "',' or ']'");
    }
    walk->text.at++;
    *ret_step = is_object ? STEP_KEY : STEP_VALUE;
    return true;
}

static bool take_step(struct walk *walk, enum step *step)
{
    skip_blanks(walk);
    switch (*step) {
    case STEP_FIRST_ITEM:
        if (json_peek(&walk->text) == ']') {
            return close_container(walk, step);
        }
        return read_value(walk, step);
    case STEP_FIRST_KEY:
        if (json_peek(&walk->text) == '}') {
            return close_container(walk, step);
        }
        return read_member_key(walk, step);
    case STEP_VALUE:
        return read_value(walk, step);
    case STEP_KEY:
        return read_member_key(walk, step);
    case STEP_AFTER:
        return read_after(walk, step);
    case STEP_DONE:
        break;
    }
    return true;
}

/* The whole text must be UTF-8 without NUL, comments too. */
static bool check_text(const struct walk *walk, int32_t *ret_line)
{
    for (size_t at = 0; at < walk->text.length;) {
        uint32_t code = 0;
        size_t size = utf8_decode(walk->text.bytes + at, walk->text.length - at, &code);
        if (size == 0 || code == 0) {
            *ret_line = line_at(walk, at);
            return error_set(walk->text.error,
                             "byte %zu (0x%02X) is not text: save the file as UTF-8", at + 1,
                             (unsigned) (unsigned char) walk->text.bytes[at]);
        }
        at += size;
    }
    return true;
}

static bool walk_text(struct walk *walk, int32_t *ret_line)
{
    if (!check_text(walk, ret_line)) {
        return false;
    }
    for (enum step step = STEP_VALUE; step != STEP_DONE;) {
        if (!take_step(walk, &step)) {
            size_t at = walk->text.at < walk->text.length ? walk->text.at : walk->text.length;
            *ret_line = walk->twice_line != 0 ? walk->twice_line : line_at(walk, at);
            return false;
        }
    }
    return true;
}

/* The text and what it is are four inputs that no caller has as one struct.
 * NOLINTNEXTLINE(readability-function-size) */
bool json_parse_into(struct json_room room, const char *bytes, size_t length, bool has_comments,
                     const struct json **ret_root, int32_t *ret_line, struct error *error)
{
    if (length > JSON_BYTES_MAX) {
        *ret_line = 1;
        return error_set(error, "the text is longer than %d MiB", JSON_BYTES_MAX / 1024 / 1024);
    }
    /* Some editors write a byte order mark. */
    size_t mark = length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    struct walk walk = {.room = room,
                        .scratch = arena_new(),
                        .text = {.bytes = length == 0 ? "" : bytes + mark, /* may be NULL then */
                                 .length = length - mark,
                                 .error = error},
                        .has_comments = has_comments,
                        .line = 1,
                        .column = 1};
    bool is_good = walk_text(&walk, ret_line);
    arena_free(walk.scratch);
    if (is_good) {
        *ret_root = walk.root;
    }
    return is_good;
}
