/* read_json.c - one transaction as JSON; the other half of read_print.h. */
#include <stdio.h>

#include "gateway/cli/read/read_print.h"
#include "gateway/cli/shared/json_print.h"
#include "sensors/device/register_views.h"

static const char *outcome_name(enum probe_outcome outcome)
{
    switch (outcome) {
    case PROBE_REPLY:
        return "reply";
    case PROBE_EXCEPTION:
        return "exception";
    case PROBE_SILENT:
        return "silent";
    case PROBE_NOISE:
        return "noise";
    case PROBE_DAMAGED:
        return "damaged";
    case PROBE_CLOSED:
        return "closed";
    case PROBE_STOPPED:
        return "stopped";
    case PROBE_REFUSED:
        break;
    }
    return "refused";
}

static void put_ms(const char *key, us_t span)
{
    (void) printf(",\"%s\":", key);
    if (span < 0) {
        (void) printf("null");
    } else {
        (void) printf("%.3f", (double) span / 1000);
    }
}

static void put_words(const struct read_question *question, const uint16_t *words)
{
    (void) printf(",\"words\":[");
    for (int32_t i = 0; i < question->request.count; i++) {
        (void) printf("%s%u", i == 0 ? "" : ",", (unsigned) words[i]);
    }
    (void) printf("]");
}

static void put_pair(const uint16_t *words, int address)
{
    (void) printf("{\"address\":%d", address);
    for (int i = 0; i < REGISTER_VIEWS_ORDERS; i++) {
        enum byte_order order = (enum byte_order) i;
        const struct register_views_32 number = register_views_of_pair(words, order);
        (void) printf(
            ",\"%s\":{\"uint32\":%lu,\"int32\":%ld,\"float32\":", register_views_order_name(order),
            (unsigned long) number.whole, (long) number.signed_whole);
        json_out_number((double) number.real);
        (void) printf("}");
    }
    (void) printf("}");
}

static void put_pairs(const struct read_question *question, const uint16_t *words)
{
    (void) printf(",\"pairs\":[");
    for (int32_t i = 0; i + 1 < question->request.count; i++) {
        (void) printf("%s", i == 0 ? "" : ",");
        put_pair(words + i, question->request.address + (int) i);
    }
    (void) printf("]");
}

void read_print_json(const struct link_settings *link, const struct read_question *question,
                     const struct probe_answer *answer, const struct decode_value *values)
{
    const struct frame_request *request = &question->request;
    (void) printf("{\"link\":");
    json_out_link(link);
    (void) printf(",\"unit\":%d,\"function\":%d,\"address\":%d,\"count\":%d,\"outcome\":\"%s\","
                  "\"exception\":%d,\"echo\":%s,\"request\":",
                  (int) request->unit, (int) request->function, (int) request->address,
                  (int) request->count, outcome_name(answer->outcome), (int) answer->exception,
                  answer->is_echoed ? "true" : "false");
    json_out_hex(answer->request, answer->request_length);
    (void) printf(",\"reply\":");
    json_out_hex(answer->frame, answer->frame_length);
    (void) printf(",\"arrived\":");
    json_out_hex(answer->arrived, answer->arrived_length);
    put_ms("first_ms", answer->first_us);
    put_ms("whole_ms", answer->whole_us);
    if (answer->outcome == PROBE_REPLY) {
        put_words(question, answer->words);
    }
    if (answer->outcome == PROBE_REPLY && request->function >= 3) {
        put_pairs(question, answer->words);
    }
    if (values != NULL) {
        (void) printf(",\"profile\":\"%s\",\"values\":", question->profile->id);
        json_out_values(question->profile, question->read, values);
    }
    (void) printf("}\n");
    (void) fflush(stdout);
}
