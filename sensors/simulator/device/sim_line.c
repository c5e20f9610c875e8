#include "sensors/simulator/device/sim_line.h"

#include <string.h>

#include "sensors/simulator/device/sim_frame.h"

enum { CHARACTER_BITS = 10 };

void slave_feed(struct slave_port *port, const uint8_t *bytes, size_t length)
{
    if (length > sizeof port->bytes) {
        bytes += length - sizeof port->bytes;
        length = sizeof port->bytes;
    }
    size_t room = sizeof port->bytes - port->length;
    if (length > room) {
        size_t drop = length - room;
        memmove(port->bytes, port->bytes + drop, port->length - drop);
        port->length -= drop;
    }
    memcpy(port->bytes + port->length, bytes, length);
    port->length += length;
}

/* How long the question and the answer take on the line, with the silence between them. */
static us_t line_us(const struct slave *slave, size_t bytes)
{
    if (slave->baud <= 0) {
        return 0;
    }
    us_t character = CHARACTER_BITS * US_PER_SECOND / slave->baud;
    us_t gap = slave->baud > 19200 ? 1750 : character * 7 / 2;
    return character * (us_t) bytes + gap;
}

static void cut(struct slave_answer *answer, enum slave_fault fault, us_t after)
{
    size_t size = answer->length;
    us_t step = 0;
    if (fault == SLAVE_SPLIT) {
        size = (answer->length + 2) / 3;
        step = SLAVE_SPLIT_US;
    } else if (fault == SLAVE_TRICKLE) {
        size = 1;
        step = SLAVE_TRICKLE_US;
    }
    for (size_t from = 0; from < answer->length; from += size) {
        size_t rest = answer->length - from;
        bool is_last = rest <= size || answer->piece_count == SLAVE_PIECES_MAX - 1;
        answer->piece[answer->piece_count] = (struct slave_piece){
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

static struct slave_unit *unit_find(struct slave *slave, uint8_t unit)
{
    for (int32_t i = 0; i < slave->unit_count; i++) {
        if (slave->unit[i].unit == unit) {
            return &slave->unit[i];
        }
    }
    return NULL;
}

static bool is_write(uint8_t function)
{
    return function == 5 || function == 6 || function == 15 || function == 16;
}

static void broadcast(struct slave *slave, const struct slave_question *question,
                      const struct slave_now *now)
{
    struct slave_pdu unheard;
    for (int32_t i = 0; i < slave->unit_count && is_write(question->function); i++) {
        slave_unit_answer(&slave->unit[i], question, now, &unheard);
    }
}

static void answer_for(struct slave *slave, struct slave_unit *unit,
                       const struct slave_question *question, struct slave_now *now,
                       struct slave_answer *answer)
{
    struct slave_trouble trouble =
        slave_unit_trouble(unit, now->at, slave->framing, &slave->random);
    if (trouble.fault == SLAVE_SILENT) {
        return;
    }
    now->is_idle = trouble.fault == SLAVE_NO_EFFECT;
    struct slave_pdu pdu;
    slave_unit_answer(unit, question, now, &pdu);
    slave_frame_make(slave, question, &trouble, &pdu, answer);
    us_t late = trouble.late_us > 0 ? trouble.late_us : SLAVE_LATE_US;
    cut(answer, trouble.fault,
        unit->latency_us + (trouble.fault == SLAVE_LATE ? late : 0) +
            line_us(slave, question->wire_bytes + answer->length));
}

bool slave_next(struct slave *slave, struct slave_port *port, us_t now,
                struct slave_answer *ret_answer)
{
    struct slave_question question;
    if (!slave_frame_take(port, slave->framing, &question)) {
        return false;
    }
    ret_answer->piece_count = 0;
    ret_answer->length = 0;
    ret_answer->must_close = false;
    struct slave_now at = {.at = now, .line = slave->line, .random = &slave->random};
    struct slave_unit *unit = unit_find(slave, question.unit);
    if (unit != NULL) {
        answer_for(slave, unit, &question, &at, ret_answer);
    } else if (question.unit == 0) {
        broadcast(slave, &question, &at);
    }
    return true;
}

bool slave_set(struct slave *slave, uint8_t unit, uint8_t function, uint16_t address, uint16_t raw)
{
    struct slave_unit *found = unit_find(slave, unit);
    const struct slave_word word = {.function = function, .address = address, .raw = raw};
    return found != NULL && slave_unit_set(found, word);
}

bool slave_force_trouble(struct slave *slave, uint8_t unit, const struct slave_trouble *trouble)
{
    struct slave_unit *found = unit_find(slave, unit);
    if (found == NULL) {
        return false;
    }
    found->is_forced = trouble->fault != SLAVE_WELL;
    found->forced = *trouble;
    return true;
}

bool slave_force(struct slave *slave, uint8_t unit, enum slave_fault fault)
{
    return slave_force_trouble(slave, unit, &(struct slave_trouble){.fault = fault});
}
