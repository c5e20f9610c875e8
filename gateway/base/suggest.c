#include "gateway/base/suggest.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/text.h"

static int min_int(int a, int b)
{
    return a < b ? a : b;
}

/* Three rows of the table of edit distances: two before the present one, because of swaps. */
struct rows {
    int before[SUGGEST_WORD_MAX + 1];
    int last[SUGGEST_WORD_MAX + 1];
    int now[SUGGEST_WORD_MAX + 1];
};

static void fill_row(struct rows *rows, const char *a, size_t i, const char *b)
{
    rows->now[0] = (int) i;
    for (size_t j = 1; b[j - 1] != '\0'; j++) {
        int change = rows->last[j - 1] + (a[i - 1] != b[j - 1]);
        rows->now[j] = min_int(change, min_int(rows->last[j], rows->now[j - 1]) + 1);
        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
            rows->now[j] = min_int(rows->now[j], rows->before[j - 2] + 1);
        }
    }
}

static int distance_of(const char *a, const char *b)
{
    struct rows rows = {0};
    size_t length = strlen(b);
    for (size_t j = 0; j <= length; j++) {
        rows.last[j] = (int) j;
    }
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        fill_row(&rows, a, i, b);
        memcpy(rows.before, rows.last, sizeof rows.last);
        memcpy(rows.last, rows.now, sizeof rows.now);
    }
    return rows.last[length];
}

void suggest_offer(struct suggest *suggest, const char *candidate)
{
    size_t length = strlen(suggest->word);
    if (length > SUGGEST_WORD_MAX || strlen(candidate) > SUGGEST_WORD_MAX) {
        return;
    }
    int allowed = length < 6 ? 1 + (length > 3) : (int) length / 3;
    int distance = distance_of(suggest->word, candidate);
    if (distance < (int) length && distance <= allowed &&
        (suggest->best[0] == '\0' || distance < suggest->distance)) {
        text_copy(suggest->best, sizeof suggest->best, candidate);
        suggest->distance = distance;
    }
}

const char *suggest_text(struct suggest *suggest)
{
    if (suggest->best[0] != '\0') {
        (void) snprintf(suggest->text, sizeof suggest->text, ", did you mean '%s'?", suggest->best);
    }
    return suggest->text;
}
