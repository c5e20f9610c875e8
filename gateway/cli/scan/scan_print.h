/* scan_print.h - prints a scan, for people or as JSON. */
#pragma once

#include "gateway/cli/scan/scan_state.h"

/* The questions that follow, and how long they take at most. */
void scan_print_plan(const struct scan *scan);

/* A unit that answered: its values as the models that fit read them, best first. */
void scan_print_hit(const struct scan *scan, const struct scan_hit *hit);

/* The closing line, with advice when no unit answered. */
void scan_print_end(const struct scan *scan);

/* The scan as one JSON object on stdout. `failure`: the reason for its early end, or NULL. */
void scan_print_json(const struct scan *scan, const char *failure);

/* One line that is drawn over: [####------] 42 % ... It is drawn at most every 100 ms. */
struct scan_bar {
    us_t drawn_at;
    bool is_drawn;
};
void scan_bar_draw(struct scan_bar *bar, const struct scan *scan, us_t now);
void scan_bar_wipe(struct scan_bar *bar);

/* "1 小时 5 分", "1 分 20 秒", "0.8 秒". */
enum { SCAN_SPAN_TEXT = 48 };
void scan_format_span(us_t span, char to[static SCAN_SPAN_TEXT]);
