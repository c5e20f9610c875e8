#include "sensors/simulator/simulator_control.h"

#include <string.h>

#include "gateway/base/parse.h"

enum { WORDS_MAX = 7, WORD_BYTES = 108 };

struct words {
    int count;
    char word[WORDS_MAX][WORD_BYTES];
};

/* Cuts at blanks. A command with a word too long or too many becomes one of no words, which is
 * unknown. */
static void split_command(const char *command, struct words *words)
{
    static const char blanks[] = " \t\r\n";
    words->count = 0;
    for (const char *at = command + strspn(command, blanks); *at != '\0';) {
        size_t length = strcspn(at, blanks);
        if (words->count == WORDS_MAX || length >= WORD_BYTES) {
            words->count = 0;
            return;
        }
        memcpy(words->word[words->count], at, length);
        words->word[words->count++][length] = '\0';
        at += length;
        at += strspn(at, blanks);
    }
}

static struct sim_plan_line *find_plan_line(struct sim_plan *plan, const char *name)
{
    int64_t number = -1;
    for (int32_t i = 0; i < plan->line_count; i++) {
        if (strcmp(plan->line[i].id, name) == 0) {
            return &plan->line[i];
        }
    }
    return parse_int(name, 0, plan->line_count - 1, &number) ? &plan->line[number] : NULL;
}

/* Each obeys for one line. */

static bool obey_set(struct sim_plan_line *line, const struct words *words, struct error *error)
{
    int64_t unit = 0;
    int64_t function = 0;
    int64_t address = 0;
    int64_t raw = 0;
    if (!parse_int(words->word[2], 1, 255, &unit) || !parse_int(words->word[3], 1, 4, &function) ||
        !parse_int(words->word[4], 0, 65535, &address) ||
        !parse_int(words->word[5], -32768, 65535, &raw)) {
        return error_set(error, "set LINE UNIT FC ADDRESS RAW, each a number in its range");
    }
    return sim_line_set(&line->devices, (uint8_t) unit, (uint8_t) function, (uint16_t) address,
                        (uint16_t) (raw & 0xffff)) ||
           error_set(error, "line '%s' has no unit %s, or too many words by hand already", line->id,
                     words->word[2]);
}

/* The word behind the fault's name: a code, a delay or a share. */
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
    return parse_double(word, &trouble->share) && trouble->share > 0 && trouble->share <= 1;
}

static bool obey_fault(struct sim_plan_line *line, const struct words *words, struct error *error)
{
    int64_t unit = 0;
    struct sim_trouble trouble = {0};
    const char *name = words->word[3];
    if (!sim_fault_find(name, &trouble.fault)) {
        return error_set(error, "no fault is called '%s', only %s", name, sim_fault_names().text);
    }
    if (!sim_fault_fits(trouble.fault, line->devices.framing)) {
        return error_set(error, "'%s' is nothing that the framing of line '%s' can show", name,
                         line->id);
    }
    if (words->count == 5 && !parse_detail(words->word[4], &trouble)) {
        return error_set(error, "behind 'exception' stands its code, behind 'late' a duration, "
                                "behind others a share between 0 and 1");
    }
    return (parse_int(words->word[2], 1, 255, &unit) &&
            sim_line_force(&line->devices, (uint8_t) unit, &trouble)) ||
           error_set(error, "line '%s' has no unit '%s'", line->id, words->word[2]);
}

static bool obey_line(struct sim_plan_line *line, const struct words *words, struct error *error)
{
    const char *name = words->word[2];
    bool is_away = strcmp(name, "away") == 0;
    bool is_one_client = strcmp(name, "one_client") == 0;
    if (!is_away && !is_one_client && strcmp(name, "none") != 0) {
        return error_set(error, "a line can be 'away', 'one_client' or 'none', not '%s'", name);
    }
    line->is_forced = is_away || is_one_client;
    line->forced = is_away ? SIM_LINE_AWAY : SIM_LINE_ONE_CLIENT;
    return true;
}

static bool obey_act(struct sim_plan_line *line, const struct words *words, struct error *error)
{
    bool is_redial = strcmp(words->word[0], "redial") == 0;
    if (is_redial && line->dial == NULL) {
        return error_set(error, "line '%s' does not dial", line->id);
    }
    line->is_wanted[is_redial ? SIM_LINE_REDIAL : SIM_LINE_HANG_UP] = true;
    return true;
}

static const struct order {
    const char *name;
    int words_min, words_max;
    bool (*obey)(struct sim_plan_line *line, const struct words *words, struct error *error);
} orders[] = {
    {"set", 6, 6, obey_set},     {"fault", 4, 5, obey_fault}, {"line", 3, 3, obey_line},
    {"hang_up", 2, 2, obey_act}, {"redial", 2, 2, obey_act},
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

/* For one line, or with "*" for all of them up to the first that cannot. */
static bool obey_order(struct sim_plan *plan, const struct words *words, struct error *error)
{
    const struct order *order = find_order(words);
    if (order == NULL) {
        return error_set(error, "say 'set LINE UNIT FC ADDRESS RAW', 'fault LINE UNIT NAME', "
                                "'line LINE away', 'hang_up LINE', 'redial LINE' or 'quit'");
    }
    if (strcmp(words->word[1], "*") != 0) {
        struct sim_plan_line *line = find_plan_line(plan, words->word[1]);
        return line != NULL ? order->obey(line, words, error)
                            : error_set(error, "no line is called '%s'", words->word[1]);
    }
    bool is_obeyed = true;
    for (int32_t i = 0; i < plan->line_count && is_obeyed; i++) {
        is_obeyed = order->obey(&plan->line[i], words, error);
    }
    return is_obeyed;
}

bool sim_control_obey(struct sim_plan *plan, const char *command, struct text *answer)
{
    struct words words;
    struct error error;
    split_command(command, &words);
    bool is_quit = words.count == 1 && strcmp(words.word[0], "quit") == 0;
    if (is_quit || obey_order(plan, &words, &error)) {
        text_add(answer, "ok");
    } else {
        text_add(answer, "error: %s", error.text);
    }
    return is_quit;
}
