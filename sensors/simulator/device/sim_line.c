#include "sensors/simulator/device/sim_line.h"

#include <string.h>

#include "sensors/simulator/device/sim_frame.h"

enum { CHARACTER_BITS = 10 };

void sim_line_feed(struct sim_port *port, const uint8_t *bytes, size_t length)
{
    size_t size = sizeof port->bytes;
    size_t taken = length < size ? length : size;
    size_t kept = port->length < size - taken ? port->length : size - taken;
    memmove(port->bytes, port->bytes + port->length - kept, kept);
    memcpy(port->bytes + kept, bytes + length - taken, taken);
    port->length = kept + taken;
}

/* The time of request and answer on the line, with the silence between them. */
static us_t measure_line_us(const struct sim_line *line, size_t bytes)
{
    if (line->baud <= 0) {
        return 0;
    }
    us_t character = CHARACTER_BITS * US_PER_SECOND / line->baud;
    us_t gap = line->baud > 19200 ? 1750 : character * 7 / 2;
    return character * (us_t) bytes + gap;
}

static void cut_answer(struct sim_answer *answer, enum sim_fault fault, us_t after)
{
    size_t size = answer->length;
    us_t step = 0;
    if (fault == SIM_SPLIT) {
        size = (answer->length + 2) / 3;
        step = SIM_SPLIT_US;
    } else if (fault == SIM_TRICKLE) {
        size = 1;
        step = SIM_TRICKLE_US;
    }
    for (size_t from = 0; from < answer->length; from += size) {
        size_t rest = answer->length - from;
        bool is_last = rest <= size || answer->piece_count == SIM_PIECES_MAX - 1;
        answer->piece[answer->piece_count] = (struct sim_piece){
            .after_us = after + answer->piece_count * step,
            .from = (uint16_t) from,
            .length = (uint16_t) (is_last ? rest : size),
        };
        answer->piece_count++;
        if (is_last) {
            return;
        }
    }
}

static struct sim_unit *find_unit(struct sim_line *line, uint8_t unit)
{
    for (int32_t i = 0; i < line->unit_count; i++) {
        if (line->unit[i].unit == unit) {
            return &line->unit[i];
        }
    }
    return NULL;
}

static void answer_broadcast(struct sim_line *line, const struct sim_question *question,
                             const struct sim_now *now)
{
    struct sim_pdu unheard;
    for (int32_t i = 0; i < line->unit_count && sim_is_write(question->function); i++) {
        sim_unit_answer(&line->unit[i], question, now, &unheard);
    }
}

static void answer_unit(struct sim_line *line, struct sim_unit *unit,
                        const struct sim_question *question, struct sim_now *now,
                        struct sim_answer *answer)
{
    struct sim_trouble trouble = sim_unit_trouble(unit, now->at, line->framing, &line->random);
    if (trouble.fault == SIM_SILENT) {
        return;
    }
    now->is_idle = trouble.fault == SIM_NO_EFFECT;
    struct sim_pdu pdu;
    sim_unit_answer(unit, question, now, &pdu);
    sim_frame_make(line, question, &trouble, &pdu, answer);
    us_t late = trouble.late_us > 0 ? trouble.late_us : SIM_LATE_US;
    cut_answer(answer, trouble.fault,
               unit->latency_us + (trouble.fault == SIM_LATE ? late : 0) +
                   measure_line_us(line, question->wire_bytes + answer->length));
}

bool sim_line_next(struct sim_line *line, struct sim_port *port, us_t now,
                   struct sim_answer *ret_answer)
{
    struct sim_question question;
    if (!sim_frame_take(port, line->framing, &question)) {
        return false;
    }
    ret_answer->piece_count = 0;
    ret_answer->length = 0;
    ret_answer->must_close = false;
    struct sim_now at = {.at = now, .line = line->number, .random = &line->random};
    struct sim_unit *unit = find_unit(line, question.unit);
    if (unit != NULL) {
        answer_unit(line, unit, &question, &at, ret_answer);
    } else if (question.unit == 0) {
        answer_broadcast(line, &question, &at);
    }
    return true;
}

bool sim_line_set(struct sim_line *line, uint8_t unit, uint8_t function, uint16_t address,
                  uint16_t raw)
{
    struct sim_unit *found = find_unit(line, unit);
    const struct sim_word word = {.function = function, .address = address, .raw = raw};
    return found != NULL && sim_unit_set(found, word);
}

bool sim_line_force(struct sim_line *line, uint8_t unit, const struct sim_trouble *trouble)
{
    struct sim_unit *found = find_unit(line, unit);
    if (found == NULL) {
        return false;
    }
    found->is_forced = trouble->fault != SIM_NO_FAULT;
    found->forced = *trouble;
    return true;
}
