#include "sensors/simulator/simulator_control.h"

#include <string.h>

#include "gateway/base/parse.h"

enum { WORDS_MAX = 7, WORD_BYTES = 108 };

struct words {
    int count;
    char word[WORDS_MAX][WORD_BYTES];
};

/* Cuts at blanks; what is too long or too many makes the command unknown. */
static bool split_command(const char *command, struct words *words)
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

struct sim_plan_line *sim_control_find_line(struct sim_plan *plan, const char *name)
{
    int64_t number = -1;
    for (int32_t i = 0; i < plan->line_count; i++) {
        if (strcmp(plan->line[i].id, name) == 0) {
            return &plan->line[i];
        }
    }
    return parse_int(name, 0, plan->line_count - 1, &number) ? &plan->line[number] : NULL;
}

/* Each carries a command out on one line: true, or false with the error added. */

static bool obey_set(struct sim_plan_line *line, const struct words *words, struct text *answer)
{
    int64_t unit = 0;
    int64_t function = 0;
    int64_t address = 0;
    int64_t raw = 0;
    if (!parse_int(words->word[2], 1, 255, &unit) || !parse_int(words->word[3], 1, 4, &function) ||
        !parse_int(words->word[4], 0, 65535, &address) ||
        !parse_int(words->word[5], -32768, 65535, &raw)) {
        text_add(answer, "error: set LINE UNIT FC ADDRESS RAW, each a number in its range");
        return false;
    }
    if (!sim_line_set(&line->devices, (uint8_t) unit, (uint8_t) function, (uint16_t) address,
                      (uint16_t) (raw & 0xffff))) {
        text_add(answer, "error: line '%s' has no unit %s, or too many words by hand already",
                 line->id, words->word[2]);
        return false;
    }
    return true;
}

/* The detail of a fault: a code, a delay, or a share. */
static bool parse_detail(const char *word, struct sim_trouble *trouble)
{
    int64_t code = 0;
    ms_t late = 0;
    if (trouble->fault == SIM_EXCEPTION && parse_int(word, 1, 255, &code)) {
        trouble->code = (uint8_t) code;
        return true;
    }
    if (trouble->fault == SIM_LATE && parse_duration(word, &late)) {
        trouble->late_us = late * US_PER_MS;
        return true;
    }
    double share = 0;
    bool is_share = parse_double(word, &share) && share > 0 && share <= 1;
    trouble->share = share;
    return is_share;
}

static bool obey_fault(struct sim_plan_line *line, const struct words *words, struct text *answer)
{
    int64_t unit = 0;
    struct sim_trouble trouble = {0};
    const char *name = words->word[3];
    if (!sim_fault_find(name, &trouble.fault)) {
        text_add(answer, "error: no fault is called '%s', only ", name);
        sim_fault_add_names(answer);
        return false;
    }
    if (!sim_fault_fits(trouble.fault, line->devices.framing)) {
        text_add(answer, "error: '%s' is nothing that the framing of line '%s' can show", name,
                 line->id);
        return false;
    }
    if (words->count == 5 && !parse_detail(words->word[4], &trouble)) {
        text_add(answer, "error: behind 'exception' stands its code, behind 'late' a duration, "
                         "behind others a share between 0 and 1");
        return false;
    }
    if (!parse_int(words->word[2], 1, 255, &unit) ||
        !sim_line_force(&line->devices, (uint8_t) unit, &trouble)) {
        text_add(answer, "error: line '%s' has no unit '%s'", line->id, words->word[2]);
        return false;
    }
    return true;
}

static bool obey_line(struct sim_plan_line *line, const struct words *words, struct text *answer)
{
    const char *name = words->word[2];
    bool is_away = strcmp(name, "away") == 0;
    bool is_one_client = strcmp(name, "one_client") == 0;
    if (!is_away && !is_one_client && strcmp(name, "none") != 0) {
        text_add(answer, "error: a line can be 'away', 'one_client' or 'none', not '%s'", name);
        return false;
    }
    line->is_forced = is_away || is_one_client;
    line->forced = is_away ? SIM_LINE_AWAY : SIM_LINE_ONE_CLIENT;
    return true;
}

static bool obey_hang_up(struct sim_plan_line *line, const struct words *words, struct text *answer)
{
    (void) words;
    (void) answer;
    line->wanted[SIM_LINE_HANG_UP]++;
    return true;
}

static bool obey_redial(struct sim_plan_line *line, const struct words *words, struct text *answer)
{
    (void) words;
    if (line->dial == NULL) {
        text_add(answer, "error: line '%s' does not dial", line->id);
        return false;
    }
    line->wanted[SIM_LINE_REDIAL]++;
    return true;
}

static const struct order {
    const char *name;
    int words_min, words_max;
    bool (*obey)(struct sim_plan_line *line, const struct words *words, struct text *answer);
} orders[] = {
    {"set", 6, 6, obey_set},         {"fault", 4, 5, obey_fault},   {"line", 3, 3, obey_line},
    {"hang_up", 2, 2, obey_hang_up}, {"redial", 2, 2, obey_redial},
};

static const struct order *find_order(const struct words *words)
{
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        if (words->count >= orders[i].words_min && words->count <= orders[i].words_max &&
            strcmp(orders[i].name, words->word[0]) == 0) {
            return &orders[i];
        }
    }
    return NULL;
}

/* On one line, or with "*" on all, up to the first that fails. */
static bool obey_order(struct sim_plan *plan, const struct order *order, const struct words *words,
                       struct text *answer)
{
    bool is_all = strcmp(words->word[1], "*") == 0;
    struct sim_plan_line *line = is_all ? NULL : sim_control_find_line(plan, words->word[1]);
    if (!is_all && line == NULL) {
        text_add(answer, "error: no line is called '%s'", words->word[1]);
        return false;
    }
    if (line != NULL) {
        return order->obey(line, words, answer);
    }
    bool is_obeyed = true;
    for (int32_t i = 0; i < plan->line_count && is_obeyed; i++) {
        is_obeyed = order->obey(&plan->line[i], words, answer);
    }
    return is_obeyed;
}

bool sim_control_obey(struct sim_plan *plan, const char *command, struct text *answer)
{
    struct words words;
    bool is_split = split_command(command, &words);
    if (is_split && words.count == 1 && strcmp(words.word[0], "quit") == 0) {
        text_add(answer, "ok");
        return true;
    }
    const struct order *order = is_split ? find_order(&words) : NULL;
    if (order == NULL) {
        text_add(answer, "error: say 'set LINE UNIT FC ADDRESS RAW', 'fault LINE UNIT NAME', "
                         "'line LINE away', 'hang_up LINE', 'redial LINE' or 'quit'");
    } else if (obey_order(plan, order, &words, answer)) {
        text_add(answer, "ok");
    }
    return false;
}
