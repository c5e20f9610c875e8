#include "gateway/cli/simulator_control.h"

#include <string.h>

#include "gateway/base/parse.h"

enum { WORDS_MAX = 7, WORD_BYTES = 108 };

struct words {
    int count;
    char word[WORDS_MAX][WORD_BYTES];
};

/* Cuts at blanks; what is too long or too many makes the command unknown. */
static bool split(const char *command, struct words *words)
{
    static const char blanks[] = " \t\r\n";
    words->count = 0;
    for (const char *at = command + strspn(command, blanks); *at != '\0';) {
        size_t length = strcspn(at, blanks);
        if (words->count == WORDS_MAX || length >= WORD_BYTES) {
            return false;
        }
        memcpy(words->word[words->count], at, length);
        words->word[words->count++][length] = '\0';
        at += length;
        at += strspn(at, blanks);
    }
    return true;
}

struct simulator_line *simulator_find_line(struct simulator_plan *plan, const char *name)
{
    int64_t number = -1;
    for (int32_t i = 0; i < plan->line_count; i++) {
        if (strcmp(plan->line[i].id, name) == 0) {
            return &plan->line[i];
        }
    }
    return parse_int(name, 0, plan->line_count - 1, &number) ? &plan->line[number] : NULL;
}

static void obey_set(struct simulator_line *line, const struct words *words, struct text *answer)
{
    int64_t unit = 0;
    int64_t function = 0;
    int64_t address = 0;
    int64_t raw = 0;
    if (!parse_int(words->word[2], 1, 255, &unit) || !parse_int(words->word[3], 1, 4, &function) ||
        !parse_int(words->word[4], 0, 65535, &address) ||
        !parse_int(words->word[5], -32768, 65535, &raw)) {
        text_add(answer, "error: set LINE UNIT FC ADDRESS RAW, each a number in its range");
    } else if (!slave_set(&line->slave, (uint8_t) unit, (uint8_t) function, (uint16_t) address,
                          (uint16_t) (raw & 0xffff))) {
        text_add(answer, "error: line '%s' has no unit %s, or %d words by hand already",
                 words->word[1], words->word[2], SLAVE_FORCED_MAX);
    } else {
        text_add(answer, "ok");
    }
}

static void obey_fault(struct simulator_line *line, const struct words *words, struct text *answer)
{
    int64_t unit = 0;
    enum slave_fault fault = SLAVE_WELL;
    if (!slave_fault_find(words->word[3], &fault)) {
        text_add(answer, "error: no fault is called '%s'", words->word[3]);
    } else if (!parse_int(words->word[2], 1, 255, &unit) ||
               !slave_force(&line->slave, (uint8_t) unit, fault)) {
        text_add(answer, "error: line '%s' has no unit '%s'", words->word[1], words->word[2]);
    } else {
        text_add(answer, "ok");
    }
}

bool simulator_obey(struct simulator_plan *plan, const char *command, struct text *answer)
{
    struct words words;
    bool is_split = split(command, &words);
    bool is_set = is_split && words.count == 6 && strcmp(words.word[0], "set") == 0;
    bool is_fault = is_split && words.count == 4 && strcmp(words.word[0], "fault") == 0;
    if (is_split && words.count == 1 && strcmp(words.word[0], "quit") == 0) {
        text_add(answer, "ok");
        return true;
    }
    if (!is_set && !is_fault) {
        text_add(answer, "error: say 'set LINE UNIT FC ADDRESS RAW', 'fault LINE UNIT NAME' or "
                         "'quit'");
        return false;
    }
    struct simulator_line *line = simulator_find_line(plan, words.word[1]);
    if (line == NULL) {
        text_add(answer, "error: no line is called '%s'", words.word[1]);
    } else if (is_set) {
        obey_set(line, &words, answer);
    } else {
        obey_fault(line, &words, answer);
    }
    return false;
}
