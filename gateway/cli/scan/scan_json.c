/* scan_json.c - a scan as one JSON object; the other half of scan_print.h. */
#include <stdio.h>

#include "gateway/base/text.h"
#include "gateway/cli/scan/scan_print.h"
#include "gateway/cli/shared/json_print.h"

enum { WHY_BYTES = 4096, HEX_BYTES = 3 * SCAN_SAMPLE };

static void put_line(const struct scan_line *line)
{
    if (line->baud > 0) {
        (void) printf("\"baud\":%d,\"parity\":\"%s\",", (int) line->baud,
                      target_parity_name(line->parity));
    }
}

static void put_fit(const struct model_match *fit)
{
    char why[WHY_BYTES];
    struct text text = text_over(why, sizeof why);
    model_match_explain(fit, &text);
    (void) printf("{\"profile\":\"%s\",\"score\":%.1f,\"why\":", fit->profile->id, fit->score);
    json_out_string(why);
    (void) printf(",\"values\":");
    json_out_values(fit->profile, -1, fit->value);
    (void) printf("}");
}

static void put_hit(const struct scan_hit *hit)
{
    (void) printf("{");
    put_line(&hit->line);
    (void) printf("\"unit\":%d,\"rtt_ms\":%.1f,\"late\":%s,\"exception\":%d,\"ruled_out\":%d,"
                  "\"candidates\":[",
                  (int) hit->unit, (double) hit->rtt_us / 1000, hit->is_late ? "true" : "false",
                  (int) hit->exception, (int) hit->ruled_out);
    for (int32_t i = 0; i < hit->fit_count; i++) {
        (void) printf("%s\n   ", i == 0 ? "" : ",");
        put_fit(&hit->fit[i]);
    }
    (void) printf("]}");
}

static void put_noise(const struct scan *scan)
{
    bool is_first = true;
    for (int32_t i = 0; i < scan->plan.line_count; i++) {
        const struct scan_noise *noise = &scan->noise[i];
        if (noise->count == 0) {
            continue;
        }
        (void) printf("%s{", is_first ? "" : ",");
        put_line(&scan->plan.line[i]);
        (void) printf("\"count\":%d,\"damaged\":%d,\"unit\":%d,\"sample\":", (int) noise->count,
                      (int) noise->damaged, (int) noise->first_unit);
        json_out_hex(noise->sample, noise->length);
        (void) printf("}");
        is_first = false;
    }
}

void scan_print_json(const struct scan *scan, const char *failure)
{
    (void) printf("{\"link\":");
    json_out_link(&scan->target->link);
    (void) printf(",\"asked\":%lld,\"absent\":%lld,\"elapsed_ms\":%lld,\"stopped\":%s,\"echo\":%s,"
                  "\"found\":[",
                  (long long) scan->asked, (long long) scan->absent,
                  (long long) ((scan->ended_at - scan->began_at) / US_PER_MS),
                  scan->is_stopped ? "true" : "false", scan->is_echoed ? "true" : "false");
    for (int32_t i = 0; i < scan->hit_count; i++) {
        (void) printf("%s\n ", i == 0 ? "" : ",");
        put_hit(&scan->hit[i]);
    }
    (void) printf("],\"noise\":[");
    put_noise(scan);
    (void) printf("]");
    if (failure != NULL) {
        (void) printf(",\"error\":");
        json_out_string(failure);
    }
    (void) printf("}\n");
}
