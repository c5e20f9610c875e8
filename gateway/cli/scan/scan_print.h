/* scan_print.h - a scan for people, and as JSON. */
#pragma once

#include "gateway/cli/scan/scan_state.h"

/* What is going to be asked, and how long that takes at most. */
void scan_print_plan(const struct scan *scan);

/* Somebody answered: what it says in the words of the models that fit, best first. */
void scan_print_hit(const struct scan *scan, const struct scan_hit *hit);

/* The closing line; what to look at when nobody answered. */
void scan_print_end(const struct scan *scan);

/* All of it as one JSON object on stdout. `failure`: why it could not go on, NULL: it could. */
void scan_print_json(const struct scan *scan, const char *failure);

/* One line that is drawn over: [####------] 42 % ... Drawing a second time within 100 ms is left out. */
struct scan_bar {
    us_t drawn_at;
    bool is_drawn;
};
void scan_bar_draw(struct scan_bar *bar, const struct scan *scan, us_t now);
void scan_bar_wipe(struct scan_bar *bar);

/* "1 小时 5 分", "1 分 20 秒", "0.8 秒". */
enum { SCAN_SPAN_TEXT = 48 };
void scan_format_span(us_t span, char to[static SCAN_SPAN_TEXT]);
