/* read_json.c - one transaction as JSON; the other half of read_print.h. */
#include <math.h>

#include "gateway/cli/read/read_print.h"
#include "gateway/cli/shared/json_print.h"
#include "sensors/device/register_views.h"

static const char *probe_outcome_name(enum probe_outcome outcome)
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

/* A span that was not measured is null. */
static void add_span(struct text *text, const char *key, us_t span)
{
    json_write_key_decimals(text, key, span < 0 ? (double) NAN : (double) span / 1000, 3);
}

static void add_register_words(struct text *text, const struct read_question *question,
                               const uint16_t *words)
{
    json_write_key_open(text, "words", '[');
    for (int32_t i = 0; i < question->request.count; i++) {
        json_write_int(text, words[i]);
    }
    json_write_close(text, ']');
}

static void add_pair(struct text *text, const uint16_t *words, int address)
{
    json_write_open(text, '{');
    json_write_key_int(text, "address", address);
    for (int i = 0; i < REGISTER_VIEWS_ORDERS; i++) {
        enum byte_order order = (enum byte_order) i;
        const struct register_views_32 number = register_views_of_pair(words, order);
        json_write_key_open(text, register_views_order_name(order), '{');
        json_write_key_int(text, "uint32", number.whole);
        json_write_key_int(text, "int32", number.signed_whole);
        json_print_number(text, "float32", (double) number.real);
        json_write_close(text, '}');
    }
    json_write_close(text, '}');
}

static void add_pairs(struct text *text, const struct read_question *question,
                      const uint16_t *words)
{
    json_write_key_open(text, "pairs", '[');
    for (int32_t i = 0; i + 1 < question->request.count; i++) {
        add_pair(text, words + i, question->request.address + (int) i);
    }
    json_write_close(text, ']');
}

static void add_request(struct text *text, const struct frame_request *request)
{
    json_write_key_int(text, "unit", request->unit);
    json_write_key_int(text, "function", request->function);
    json_write_key_int(text, "address", request->address);
    json_write_key_int(text, "count", request->count);
}

static void add_answer_members(struct text *text, const struct probe_answer *answer)
{
    json_write_key_string(text, "outcome", probe_outcome_name(answer->outcome));
    json_write_key_int(text, "exception", answer->exception);
    json_write_key_bool(text, "echo", answer->is_echoed);
    json_write_key_hex(text, "request", answer->request, answer->request_length);
    json_write_key_hex(text, "reply", answer->frame, answer->frame_length);
    json_write_key_hex(text, "arrived", answer->arrived, answer->arrived_length);
    add_span(text, "first_ms", answer->first_us);
    add_span(text, "whole_ms", answer->whole_us);
}

void read_print_json(const struct link_settings *link, const struct read_question *question,
                     const struct probe_answer *answer, const struct decode_value *values)
{
    struct text text = json_print_begin();
    json_write_open(&text, '{');
    json_print_link(&text, link);
    add_request(&text, &question->request);
    add_answer_members(&text, answer);
    if (answer->outcome == PROBE_REPLY) {
        add_register_words(&text, question, answer->words);
    }
    if (answer->outcome == PROBE_REPLY && question->request.function >= 3) {
        add_pairs(&text, question, answer->words);
    }
    if (values != NULL) {
        json_write_key_string(&text, "profile", question->profile->id);
        json_print_values(&text, question->profile, question->read, values);
    }
    json_write_close(&text, '}');
    json_print_end(&text);
}
