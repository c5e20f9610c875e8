#include "gateway/cli/read/read_print.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sensors/device/register_views.h"

static void print_hex(const char *head, const uint8_t *bytes, size_t length)
{
    (void) printf("  %s ", head);
    for (size_t i = 0; i < length; i++) {
        (void) printf(" %02X", bytes[i]);
    }
    (void) printf("\n");
}

/* The bytes. */

static void print_question(const struct link_settings *link, const struct read_question *question)
{
    const struct frame_request *request = &question->request;
    char where[TARGET_TEXT_MAX];
    target_describe(link, where);
    (void) printf("%s  站号 %d  功能码 %d  地址 %d (0x%04X)  数量 %d", where, (int) request->unit,
                  (int) request->function, (int) request->address, request->address,
                  (int) request->count);
    if (question->profile != NULL) {
        (void) printf("  [%s %s]", question->profile->id,
                      question->profile->read[question->read].name);
    }
    (void) printf("\n");
}

static void print_timing(const struct probe_answer *answer)
{
    if (answer->first_us < 0) {
        return;
    }
    (void) printf("  时间  发出后 %.1f ms 首字节", (double) answer->first_us / 1000);
    if (answer->whole_us >= 0) {
        (void) printf("，%.1f ms 收全", (double) answer->whole_us / 1000);
    }
    (void) printf("\n");
}

static void print_bytes(const struct probe_answer *answer)
{
    bool is_more = answer->arrived_count > answer->frame_length;
    print_hex("发送", answer->request, answer->request_length);
    if (answer->frame_length > 0) {
        print_hex("应答", answer->frame, answer->frame_length);
    }
    if (answer->arrived_count > 0 && (answer->frame_length == 0 || is_more)) {
        print_hex("全部收到", answer->arrived, answer->arrived_length);
    }
    if (answer->arrived_count > answer->arrived_length) {
        (void) printf("  （共 %zu 字节，只列前 %zu 个）\n", answer->arrived_count,
                      answer->arrived_length);
    }
    if (answer->is_echoed) {
        (void) printf("  转换器回显了请求：已剔除\n");
    }
    print_timing(answer);
}

/* The outcome. */

static const char *advice_on_exception(uint8_t code)
{
    switch (code) {
    case 1:
        return "换功能码：3 与 4 互换，开关量用 1 或 2";
    case 2:
        return "地址从 0 算起：手册上的 40001 是功能码 3 地址 0；或者数量越界";
    case 3:
        return "数量太多：减小 --count";
    case 5:
    case 6:
        return "过一会再读";
    case 10:
    case 11:
        return "网关在，它后面的设备不在：查站号、接线和网关的串口参数";
    default:
        return "看设备手册";
    }
}

static void print_silence(const struct link_settings *link, const struct read_question *question)
{
    (void) printf("  无应答：%lld ms 内一个字节也没有\n",
                  (long long) (question->timeout / US_PER_MS));
    if (link->kind == LINK_RTU) {
        (void) printf("  检查：供电；站号；A/B 两线对调；波特率和校验（huoyan scan --serial %s）\n",
                      link->address);
    } else {
        (void) printf("  检查：站号；网关下的接线和串口参数；是 Modbus TCP 还是透传的 RTU"
                      "（--tcp 与 --rtu-over-tcp）；慢就加 --timeout 3s\n");
    }
}

static void print_answer_noise(const struct link_settings *link, const struct probe_answer *answer)
{
    (void) printf("  收到 %zu 字节，其中没有应答", answer->arrived_count);
    if (answer->foreign_frames > 0) {
        (void) printf("（%u 帧是别的站号的、迟到的或长度不对的）",
                      (unsigned) answer->foreign_frames);
    }
    (void) printf("\n");
    if (answer->is_misnumbered) {
        (void) printf("  应答的事务号不是请求的：迟到的应答，或网关不回送事务号\n");
    }
    if (link->kind == LINK_RTU) {
        (void) printf("  检查：波特率和校验；有没有第二个主站；传感器是不是在自动上报\n");
    } else {
        (void) printf("  检查：是 Modbus TCP 还是透传的 RTU（--tcp 与 --rtu-over-tcp）；"
                      "DTU 的注册包和心跳\n");
    }
}

static void print_outcome(const struct link_settings *link, const struct read_question *question,
                          const struct probe_answer *answer)
{
    switch (answer->outcome) {
    case PROBE_REPLY:
        break;
    case PROBE_EXCEPTION:
        (void) printf("  异常 %d：%s\n  %s\n", (int) answer->exception,
                      frame_exception_text(answer->exception),
                      advice_on_exception(answer->exception));
        break;
    case PROBE_SILENT:
        print_silence(link, question);
        break;
    case PROBE_NOISE:
        print_answer_noise(link, answer);
        break;
    case PROBE_DAMAGED:
        (void) printf("  应答损坏：校验不对；检查屏蔽、接地、终端电阻、线长，或两台设备同一站号\n");
        break;
    case PROBE_CLOSED:
        (void) printf("  连接断开：转换器拔出，或对方只接受一个连接（守护进程正连着它？）\n");
        break;
    case PROBE_STOPPED:
        (void) printf("  提前结束\n");
        break;
    case PROBE_REFUSED:
        (void) printf("  没有发出：站号要在 1 到 247（TCP 可用 255），数量要放得进一帧\n");
        break;
    }
}

/* The values. */

static void print_model_value(const struct profile_point *point, const struct decode_value *value)
{
    (void) printf("    %-14s", point->key);
    if (quality_has_value(value->quality)) {
        (void) printf("%.*f %s", (int) point->decimals, value->value,
                      strcmp(point->unit, "1") == 0 ? "" : point->unit);
    } else {
        (void) printf("--");
    }
    (void) printf("  %s", quality_name(value->quality));
    if (value->reason != REASON_NONE) {
        (void) printf(": %s", reason_text(value->reason));
    }
    if (value->means != NULL) {
        (void) printf(" (%s)", value->means);
    }
    (void) printf("\n");
}

static void print_model_values(const struct read_question *question,
                               const struct decode_value *values)
{
    const struct profile *profile = question->profile;
    (void) printf("  按型号 %s：\n", profile->id);
    for (int32_t i = 0; i < profile->point_count; i++) {
        if (profile->point[i].read == question->read) {
            print_model_value(&profile->point[i], &values[i]);
        }
    }
}

static void print_bits(const struct read_question *question, const uint16_t *words)
{
    (void) printf("  位（从地址 %d 起）：", (int) question->request.address);
    for (int32_t i = 0; i < question->request.count; i++) {
        (void) printf("%s%d", i > 0 && i % 8 == 0 ? " " : "", words[i] != 0 ? 1 : 0);
    }
    (void) printf("\n");
}

static void print_words(const struct read_question *question, const uint16_t *words)
{
    (void) printf("  %-6s  %-6s  %8s  %8s  %10s  %10s\n", "addr", "hex", "uint16", "int16",
                  "uint16 BA", "int16 BA");
    for (int32_t i = 0; i < question->request.count; i++) {
        const struct register_views_16 number = register_views_of_word(words[i]);
        (void) printf("  %-6d  0x%04X  %8u  %8d  %10u  %10d\n", question->request.address + (int) i,
                      words[i], number.ab, number.signed_ab, number.ba, number.signed_ba);
    }
}

static void print_pairs(const struct read_question *question, const uint16_t *words)
{
    if (question->request.count < 2) {
        return;
    }
    (void) printf("  %-12s  %-5s  %11s  %12s  %15s\n", "addr", "order", "uint32", "int32",
                  "float32");
    for (int32_t i = 0; i + 1 < question->request.count; i++) {
        int address = question->request.address + (int) i;
        for (int order = 0; order < REGISTER_VIEWS_ORDERS; order++) {
            const struct register_views_32 number =
                register_views_of_pair(words + i, (enum byte_order) order);
            (void) printf("  %-5d %-6d  %-5s  %11lu  %12ld  %15.7g\n", address, address + 1,
                          register_views_order_name((enum byte_order) order),
                          (unsigned long) number.whole, (long) number.signed_whole,
                          (double) number.real);
        }
    }
}

void read_print(const struct link_settings *link, const struct read_question *question,
                const struct probe_answer *answer, const struct decode_value *values)
{
    print_question(link, question);
    print_bytes(answer);
    print_outcome(link, question, answer);
    if (answer->outcome == PROBE_REPLY) {
        if (values != NULL) {
            print_model_values(question, values);
        }
        if (question->request.function <= 2) {
            print_bits(question, answer->words);
        } else {
            print_words(question, answer->words);
            print_pairs(question, answer->words);
        }
    }
    (void) fflush(stdout);
}
