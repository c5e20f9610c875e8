#include "gateway/cli/scan/scan_print.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/net_address.h"
#include "gateway/base/text.h"

enum {
    SHOWN_MAX = 3,     /* models with other values than the best one */
    WHY_BYTES = 4096,  /* the reasons of a model with all its points */
    LIST_BYTES = 1200, /* 248 units */
    BAR_WIDTH = 24,
    EVERYBODY_MIN = 8, /* if all of so many units answer, one device ignores the unit id */
};

#define NEAR_POINTS \
    15.0 /* two models within this distance cannot be told apart by their readings */
#define GOOD_POINTS 50.0 /* below it no model is likely */
#define BAR_US ((us_t) 100000)

void scan_format_span(us_t span, char to[static SCAN_SPAN_TEXT])
{
    struct text text = text_over(to, SCAN_SPAN_TEXT);
    int64_t seconds = (span + US_PER_SECOND / 2) / US_PER_SECOND;
    if (span < 10 * US_PER_SECOND) {
        text_add(&text, "%.1f 秒", (double) span / (double) US_PER_SECOND);
    } else if (seconds < 60) {
        text_add(&text, "%lld 秒", (long long) seconds);
    } else if (seconds < 3600) {
        text_add(&text, "%lld 分 %lld 秒", (long long) seconds / 60, (long long) seconds % 60);
    } else {
        text_add(&text, "%lld 小时 %lld 分", (long long) seconds / 3600,
                 (long long) seconds % 3600 / 60);
    }
}

/* "9600 8N1 "; "" over TCP. */
static void add_line_settings(struct text *text, const struct scan *scan,
                              const struct scan_line *line)
{
    if (line->baud > 0) {
        text_add(text, "%d 8%c%d ", (int) line->baud, line->parity, (int) scan->plan.stop_bits);
    }
}

static void print_scan_line(const struct scan *scan, const struct scan_line *line)
{
    char bytes[32]; /* "115200 8N1 " */
    struct text text = text_over(bytes, sizeof bytes);
    add_line_settings(&text, scan, line);
    (void) printf("%s", bytes);
}

/* "1-32 80" */
static void add_units(struct text *text, const struct scan_plan *plan)
{
    for (int32_t i = 0; i < plan->unit_count; i++) {
        int32_t last = i;
        while (last + 1 < plan->unit_count && plan->unit[last + 1] == plan->unit[last] + 1) {
            last++;
        }
        text_add(text, "%s%d", i == 0 ? "" : " ", (int) plan->unit[i]);
        if (last > i) {
            text_add(text, "-%d", (int) plan->unit[last]);
        }
        i = last;
    }
}

/* Before the scan. */

static void print_questions(const struct scan_plan *plan)
{
    (void) printf("  问：");
    for (int32_t i = 0; i < plan->question_count; i++) {
        const struct scan_question *question = &plan->question[i];
        (void) printf("%s功能码 %d 地址 %d 数量 %d", i == 0 ? "" : "；", (int) question->function,
                      (int) question->address, (int) question->count);
    }
    (void) printf("\n");
}

void scan_print_plan(const struct scan *scan)
{
    const struct scan_plan *plan = &scan->plan;
    char bytes[LIST_BYTES];
    char span[SCAN_SPAN_TEXT];
    us_t left = 0;
    struct text text = text_over(bytes, sizeof bytes);
    int64_t count = scan_plan_left(plan, &left);
    scan_format_span(left, span);
    const struct link_settings *link = &scan->target->link;
    text_add(&text, "扫描 %s",
             plan->kind == LINK_RTU ? link->address : net_name(link->address, link->port).text);
    for (int32_t i = 0; plan->kind == LINK_RTU && i < plan->line_count; i++) {
        text_add(&text, "%s%d 8%c%d", i == 0 ? "，先后用 " : " ", (int) plan->line[i].baud,
                 plan->line[i].parity, (int) plan->stop_bits);
    }
    text_add(&text, "，站号 ");
    add_units(&text, plan);
    (void) printf("%s\n", bytes);
    print_questions(plan);
    (void) printf("  只读不写；最多 %lld 问，没人应答要 %s；Ctrl-C 提前结束\n", (long long) count,
                  span);
    (void) fflush(stdout);
}

/* A hit. */

static void print_fit_value(const struct profile_point *point, const struct decode_value *value)
{
    (void) printf("      %-14s", point->key);
    if (!quality_has_value(value->quality)) {
        (void) printf("--");
    } else {
        (void) printf("%.*f %s", (int) point->decimals, value->value,
                      strcmp(point->unit, "1") == 0 ? "" : point->unit);
    }
    if (value->reason != REASON_NONE) {
        (void) printf("（%s，原始值 0x%04X）", reason_text(value->reason), (unsigned) value->raw);
    }
    (void) printf("\n");
}

static void print_fit_values(const struct model_match *fit)
{
    enum { VALUES_MAX = 16 }; /* more are relays of the same board */
    const struct profile *profile = fit->profile;
    int32_t count = profile->point_count < VALUES_MAX ? profile->point_count : VALUES_MAX;
    for (int32_t i = 0; i < count; i++) {
        print_fit_value(&profile->point[i], &fit->value[i]);
    }
}

static void print_fit(const struct model_match *fit, const char *head)
{
    char bytes[WHY_BYTES];
    struct text text = text_over(bytes, sizeof bytes);
    model_match_explain(fit, &text);
    const char *maker = fit->profile->maker;
    (void) printf("    %s %s（%s%s%s），%.0f 分：%s\n", head, fit->profile->id, maker,
                  maker[0] == '\0' ? "" : " ", fit->profile->model, fit->score, bytes);
    print_fit_values(fit);
}

/* Models with the same register map as the best one. */
static void print_same(const struct scan_hit *hit)
{
    bool is_first = true;
    for (int32_t i = 1; i < hit->fit_count; i++) {
        if (model_match_is_same(&hit->fit[0], &hit->fit[i])) {
            (void) printf("%s%s", is_first ? "      寄存器表相同：" : " ", hit->fit[i].profile->id);
            is_first = false;
        }
    }
    (void) printf("%s", is_first ? "" : "\n");
}

static bool has_humidity(const struct model_match *fit)
{
    for (int32_t i = 0; i < fit->profile->point_count; i++) {
        if (strcmp(fit->profile->point[i].unit, "%RH") == 0) {
            return true;
        }
    }
    return false;
}

/* Advice for two models that both fit. */
static void print_doubt(const struct model_match *one, const struct model_match *other)
{
    bool has_both = has_humidity(one) && has_humidity(other);
    (void) printf("    单凭读数分不清 %s 和 %s：%s与现场的仪表比一比\n", one->profile->id,
                  other->profile->id, has_both ? "对着传感器哈气，升得快的是湿度；或" : "");
}

/* Models with other register maps, each map once. */
static void print_others(const struct scan_hit *hit)
{
    const struct model_match *shown[SHOWN_MAX + 1] = {&hit->fit[0]};
    int32_t count = 1;
    for (int32_t i = 1; i < hit->fit_count && count <= SHOWN_MAX; i++) {
        bool is_shown = false;
        for (int32_t k = 0; k < count; k++) {
            is_shown = is_shown || model_match_is_same(shown[k], &hit->fit[i]);
        }
        if (!is_shown) {
            shown[count++] = &hit->fit[i];
            print_fit(&hit->fit[i], "也可能");
        }
    }
    if (count > 1 && hit->fit[0].score - shown[1]->score < NEAR_POINTS) {
        print_doubt(shown[0], shown[1]);
    }
}

static void print_config_line(const struct scan *scan, const struct scan_hit *hit)
{
    const char *link = scan->target->link.id;
    (void) printf("    写进配置：{\"id\": \"...\", \"link\": \"%s\", \"unit\": %d, \"profile\": "
                  "\"%s\"}\n",
                  link == NULL ? "..." : link, (int) hit->unit, hit->fit[0].profile->id);
}

void scan_print_hit(const struct scan *scan, const struct scan_hit *hit)
{
    print_scan_line(scan, &hit->line);
    (void) printf("站号 %d：有应答，%.0f ms%s", (int) hit->unit, (double) hit->rtt_us / 1000,
                  hit->is_late ? "，超时之后才来：它比限定的时间慢" : "");
    if (hit->exception != 0) {
        (void) printf("，异常 %d（%s）", (int) hit->exception,
                      frame_exception_text(hit->exception));
    }
    (void) printf("\n");
    if (hit->fit_count == 0) {
        (void) printf("    %d 个型号都不符：用 huoyan read 看原始值，自己写一个型号文件\n",
                      (int) hit->ruled_out);
    } else {
        bool is_good = hit->fit[0].score >= GOOD_POINTS;
        print_fit(&hit->fit[0], is_good ? "最像" : "没有像的型号，勉强是");
        print_same(hit);
        print_others(hit);
        if (is_good) {
            print_config_line(scan, hit);
        }
    }
    (void) fflush(stdout);
}

/* After the scan. */

static void print_line_noise(const struct scan *scan)
{
    for (int32_t i = 0; i < scan->plan.line_count; i++) {
        const struct scan_noise *noise = &scan->noise[i];
        if (noise->count == 0) {
            continue;
        }
        print_scan_line(scan, &scan->plan.line[i]);
        (void) printf("有 %d 次收到不成应答的字节", (int) noise->count);
        if (noise->damaged > 0) {
            (void) printf("（%d 次校验不对）", (int) noise->damaged);
        }
        (void) printf("，首次在问站号 %d 时：", (int) noise->first_unit);
        for (size_t k = 0; k < noise->length; k++) {
            (void) printf("%s%02X", k == 0 ? "" : " ", noise->sample[k]);
        }
        (void) printf("\n");
    }
}

static bool has_noise(const struct scan *scan)
{
    for (int32_t i = 0; i < scan->plan.line_count; i++) {
        if (scan->noise[i].count > 0) {
            return true;
        }
    }
    return false;
}

/* The settings of the line, unless the link comes from a config, which has them already. */
static void print_config_link(const struct scan *scan)
{
    const struct link_settings *link = &scan->target->link;
    if (scan->plan.kind != LINK_RTU || link->id != NULL || scan->hit_count == 0) {
        return;
    }
    const struct scan_line *line = &scan->hit[0].line;
    (void) printf("总线写进配置：{\"id\": \"...\", \"type\": \"rtu\", \"device\": \"%s\", "
                  "\"baud\": %d, \"parity\": \"%s\"%s}\n",
                  link->address, (int) line->baud, target_parity_name(line->parity),
                  scan->plan.stop_bits == 2 ? ", \"stop_bits\": 2" : "");
}

static void print_advice(const struct scan *scan)
{
    if (has_noise(scan)) {
        (void) printf("线上有人说话但听不懂：换波特率和校验（--bauds --parities），"
                      "查有没有第二个主站或干扰\n");
    } else if (scan->plan.kind == LINK_TCP) {
        (void) printf("检查：网关下的站号和串口参数；更多站号 --units 1-247；"
                      "更多寄存器 --thorough；慢的网关 --timeout 3s；"
                      "若是透明传输的串口服务器，换 --rtu-over-tcp\n");
    } else {
        (void) printf("检查：供电；A/B 两线对调试试；终端电阻；转换器是不是 RS-485；"
                      "更多站号 --units 1-247；更多寄存器 --thorough\n");
    }
}

void scan_print_end(const struct scan *scan)
{
    char span[SCAN_SPAN_TEXT];
    scan_format_span(scan->ended_at - scan->began_at, span);
    print_line_noise(scan);
    if (scan->is_echoed) {
        (void) printf("转换器会回显自己发的字节：已剔除\n");
    }
    if (scan->absent > 0) {
        (void) printf("网关说有 %lld 个站号不在\n", (long long) scan->absent);
    }
    if (scan->plan.kind != LINK_RTU && scan->hit_count >= EVERYBODY_MIN &&
        scan->hit_count == scan->plan.unit_count) {
        (void) printf("每个站号都应答：多半是一台不看站号的设备\n");
    }
    (void) printf("%s：问了 %lld 次，%d 台应答，用时 %s\n",
                  scan->is_stopped ? "提前结束" : "扫描完", (long long) scan->asked,
                  (int) scan->hit_count, span);
    print_config_link(scan);
    if (scan->hit_count == 0 && !scan->is_stopped) {
        print_advice(scan);
    }
}

/* The progress bar. */

void scan_bar_draw(struct scan_bar *bar, const struct scan *scan, us_t now)
{
    if (bar->is_drawn && now - bar->drawn_at < BAR_US) {
        return;
    }
    us_t left = 0;
    int64_t count = scan_plan_left(&scan->plan, &left) + 1;
    int64_t done = scan->asked;
    int32_t filled = (int32_t) (done * BAR_WIDTH / (done + count));
    char line[32];
    char span[SCAN_SPAN_TEXT];
    struct text text = text_over(line, sizeof line);
    add_line_settings(&text, scan, &scan->plan.line[scan->step.line]);
    scan_format_span(left, span);
    (void) fprintf(stderr, "\r\033[K[");
    for (int32_t i = 0; i < BAR_WIDTH; i++) {
        (void) fputc(i < filled ? '#' : '-', stderr);
    }
    (void) fprintf(stderr, "] %lld %% %s站号 %d%s，%d 台应答，还要 %s",
                   (long long) (done * 100 / (done + count)), line,
                   (int) scan->plan.unit[scan->step.unit],
                   scan->identifying != 0 ? " 辨认型号" : "", (int) scan->hit_count, span);
    (void) fflush(stderr);
    bar->is_drawn = true;
    bar->drawn_at = now;
}

void scan_bar_wipe(struct scan_bar *bar)
{
    if (bar->is_drawn) {
        (void) fprintf(stderr, "\r\033[K");
        (void) fflush(stderr);
    }
    bar->is_drawn = false;
}
