/* scan_json.c - a scan as one JSON object; the other half of scan_print.h. */
#include "gateway/cli/scan/scan_print.h"
#include "gateway/cli/shared/json_print.h"

enum { WHY_BYTES = 4096 };

static void add_scan_line(struct text *text, const struct scan_line *line)
{
    if (line->baud > 0) {
        json_write_key_int(text, "baud", line->baud);
        json_write_key_string(text, "parity", target_parity_name(line->parity));
    }
}

/* A line of its own for each item of a long array. */
static void begin_item(struct text *text, const char *indent)
{
    json_write_comma(text);
    text_add(text, "\n%s", indent);
    json_write_open(text, '{');
}

static void add_candidate(struct text *text, const struct model_match *fit)
{
    char why[WHY_BYTES];
    struct text explained = text_over(why, sizeof why);
    model_match_explain(fit, &explained);
    begin_item(text, "   ");
    json_write_key_string(text, "profile", fit->profile->id);
    json_write_key_decimals(text, "score", fit->score, 1);
    json_write_key_string(text, "why", why);
    json_print_values(text, fit->profile, -1, fit->value);
    json_write_close(text, '}');
}

static void add_hit(struct text *text, const struct scan_hit *hit)
{
    begin_item(text, " ");
    add_scan_line(text, &hit->line);
    json_write_key_int(text, "unit", hit->unit);
    json_write_key_decimals(text, "rtt_ms", (double) hit->rtt_us / 1000, 1);
    json_write_key_bool(text, "late", hit->is_late);
    json_write_key_int(text, "exception", hit->exception);
    json_write_key_int(text, "ruled_out", hit->ruled_out);
    json_write_key_open(text, "candidates", '[');
    for (int32_t i = 0; i < hit->fit_count; i++) {
        add_candidate(text, &hit->fit[i]);
    }
    json_write_close(text, ']');
    json_write_close(text, '}');
}

static void add_noise(struct text *text, const struct scan *scan)
{
    json_write_key_open(text, "noise", '[');
    for (int32_t i = 0; i < scan->plan.line_count; i++) {
        const struct scan_noise *noise = &scan->noise[i];
        if (noise->count == 0) {
            continue;
        }
        json_write_open(text, '{');
        add_scan_line(text, &scan->plan.line[i]);
        json_write_key_int(text, "count", noise->count);
        json_write_key_int(text, "damaged", noise->damaged);
        json_write_key_int(text, "unit", noise->first_unit);
        json_write_key_hex(text, "sample", noise->sample, noise->length);
        json_write_close(text, '}');
    }
    json_write_close(text, ']');
}

static void add_progress(struct text *text, const struct scan *scan)
{
    json_write_key_int(text, "asked", scan->asked);
    json_write_key_int(text, "absent", scan->absent);
    json_write_key_int(text, "elapsed_ms", (scan->ended_at - scan->began_at) / US_PER_MS);
    json_write_key_bool(text, "stopped", scan->is_stopped);
    json_write_key_bool(text, "echo", scan->is_echoed);
}

void scan_print_json(const struct scan *scan, const char *failure)
{
    struct text text = json_print_begin();
    json_write_open(&text, '{');
    json_print_link(&text, &scan->target->link);
    add_progress(&text, scan);
    json_write_key_open(&text, "found", '[');
    for (int32_t i = 0; i < scan->hit_count; i++) {
        add_hit(&text, &scan->hit[i]);
    }
    json_write_close(&text, ']');
    add_noise(&text, scan);
    if (failure != NULL) {
        json_write_key_string(&text, "error", failure);
    }
    json_write_close(&text, '}');
    json_print_end(&text);
}
