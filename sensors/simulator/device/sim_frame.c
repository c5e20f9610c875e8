#include "sensors/simulator/device/sim_frame.h"

#include <string.h>

enum {
    RTU_REQUEST_BYTES = 8,
    RTU_MANY_BYTES = 9, /* of a write of many, without its data */
    MBAP_HEADER_BYTES = 7,
    GARBAGE_BYTES = 16,
    IMEI_BYTES = 15,
    COUNT_LIE = 2,
};

static void drop_port_bytes(struct sim_port *port, size_t count)
{
    memmove(port->bytes, port->bytes + count, port->length - count);
    port->length -= count;
}

/* Requests. */

/* The data bytes of a write of many; 0: count and byte count differ. `at` is its function. */
static size_t count_data_bytes(const uint8_t *at)
{
    size_t count = frame_word_at(at + 3);
    size_t bytes = at[0] == 15 ? (count + 7) / 8 : 2 * count;
    return at[5] == bytes ? bytes : 0;
}

static bool is_multiple_write(uint8_t function)
{
    return function == 15 || function == 16;
}

/* The length of the request that may begin here; `there` bytes have arrived. */
static size_t measure_rtu(const uint8_t *frame, size_t there)
{
    if (!is_multiple_write(frame[1])) {
        return RTU_REQUEST_BYTES;
    }
    size_t data = there < RTU_MANY_BYTES ? 0 : count_data_bytes(frame + 1);
    return data == 0 ? RTU_MANY_BYTES : RTU_MANY_BYTES + data;
}

static void fill_question(struct sim_question *question, const uint8_t *pdu, size_t length)
{
    question->function = pdu[0];
    bool has_fields = length >= 5;
    question->address = has_fields ? frame_word_at(pdu + 1) : 0;
    question->count = has_fields ? frame_word_at(pdu + 3) : 0;
    bool has_data = is_multiple_write(pdu[0]) && length > 6 && length == 6 + count_data_bytes(pdu);
    question->data = has_data ? pdu + 6 : NULL;
    question->is_whole = is_multiple_write(pdu[0]) ? has_data : length == 5;
}

static void keep_wire(struct sim_question *question, const uint8_t *frame, size_t length)
{
    memcpy(question->wire, frame, length);
    question->wire_bytes = length;
}

/* Scans for bytes with a good CRC: noise before a request is skipped. */
static bool take_rtu(struct sim_port *port, struct sim_question *question)
{
    size_t keep_from = port->length; /* perhaps the front of a request */
    for (size_t at = 0; at < port->length; at++) {
        const uint8_t *frame = port->bytes + at;
        size_t there = port->length - at;
        size_t length = there < 2 ? RTU_REQUEST_BYTES : measure_rtu(frame, there);
        if (length > there) {
            keep_from = at < keep_from ? at : keep_from;
            continue;
        }
        if (length > RTU_FRAME_MAX || !frame_is_crc_good(frame, length)) {
            continue;
        }
        keep_wire(question, frame, length);
        question->unit = frame[0];
        question->transaction = 0;
        fill_question(question, question->wire + 1, length - 3);
        drop_port_bytes(port, at + length);
        return true;
    }
    drop_port_bytes(port, keep_from);
    return false;
}

static bool take_mbap(struct sim_port *port, struct sim_question *question)
{
    if (port->length < MBAP_HEADER_BYTES + 1) {
        return false;
    }
    const uint8_t *frame = port->bytes;
    size_t length = 6 + (size_t) frame_word_at(frame + 4);
    if (frame_word_at(frame + 2) != 0 || length < MBAP_HEADER_BYTES + 1 ||
        length > MBAP_FRAME_MAX) {
        port->length = 0; /* no Modbus: a real device closes or stays silent */
        return false;
    }
    if (port->length < length) {
        return false;
    }
    keep_wire(question, frame, length);
    question->transaction = frame_word_at(frame);
    question->unit = frame[6];
    fill_question(question, question->wire + MBAP_HEADER_BYTES, length - MBAP_HEADER_BYTES);
    drop_port_bytes(port, length);
    return true;
}

bool sim_frame_take(struct sim_port *port, enum framing framing, struct sim_question *ret_question)
{
    return framing == FRAMING_RTU ? take_rtu(port, ret_question) : take_mbap(port, ret_question);
}

/* Answers. */

struct address {
    uint8_t unit;
    uint16_t transaction;
};

/* Appends a whole frame. */
static void add_frame(struct sim_answer *answer, enum framing framing, struct address from,
                      const struct sim_pdu *pdu)
{
    uint8_t *frame = answer->bytes + answer->length;
    switch (framing) {
    case FRAMING_RTU: {
        frame[0] = from.unit;
        memcpy(frame + 1, pdu->bytes, pdu->length);
        uint16_t crc = frame_crc(frame, 1 + pdu->length);
        frame[1 + pdu->length] = (uint8_t) crc;
        frame[2 + pdu->length] = (uint8_t) (crc >> 8);
        answer->length += pdu->length + 3;
        break;
    }
    case FRAMING_MBAP:
        frame_put_word(frame, from.transaction);
        frame_put_word(frame + 2, 0);
        frame_put_word(frame + 4, (uint16_t) (pdu->length + 1));
        frame[6] = from.unit;
        memcpy(frame + MBAP_HEADER_BYTES, pdu->bytes, pdu->length);
        answer->length += pdu->length + MBAP_HEADER_BYTES;
        break;
    }
}

static void append_bytes(struct sim_answer *answer, const void *bytes, size_t length)
{
    memcpy(answer->bytes + answer->length, bytes, length);
    answer->length += length;
}

static uint8_t get_next_unit(uint8_t unit)
{
    return (uint8_t) (unit % 247 + 1);
}

/* A foreign exception frame: whole, valid and not what was asked for. */
static void add_foreign(struct sim_answer *answer, enum framing framing,
                        const struct sim_question *question)
{
    struct sim_pdu refusal;
    sim_unit_refuse(question, SIM_EXCEPTION_CODE, &refusal);
    const struct address other = {.unit = get_next_unit(question->unit),
                                  .transaction = (uint16_t) (question->transaction - 1)};
    add_frame(answer, framing, other, &refusal);
}

static bool is_read_reply(const struct sim_pdu *pdu)
{
    return pdu->bytes[0] >= 1 && pdu->bytes[0] <= 4;
}

/* One register or eight bits less; a reply of one gets one more. */
static void take_fewer(struct sim_pdu *pdu)
{
    size_t step = pdu->bytes[0] <= 2 ? 1 : 2;
    bool is_longer = pdu->bytes[1] <= step;
    if (is_longer) {
        memset(pdu->bytes + pdu->length, 0, step);
    }
    pdu->length = is_longer ? pdu->length + step : pdu->length - step;
    pdu->bytes[1] = (uint8_t) (pdu->length - 2);
}

/* Applies the fault to the answer before it is framed. */
static void spoil_pdu(const struct sim_question *question, const struct sim_trouble *trouble,
                      struct sim_pdu *pdu)
{
    enum sim_fault fault = trouble->fault;
    if (fault == SIM_EXCEPTION) {
        sim_unit_refuse(question, trouble->code == 0 ? SIM_EXCEPTION_CODE : trouble->code, pdu);
    } else if (fault == SIM_WRONG_COUNT && is_read_reply(pdu)) {
        pdu->bytes[1] = (uint8_t) (pdu->bytes[1] + COUNT_LIE);
    } else if (fault == SIM_FEWER && is_read_reply(pdu)) {
        take_fewer(pdu);
    } else if (fault == SIM_WRONG_ECHO && !is_read_reply(pdu) && pdu->length == 5) {
        pdu->bytes[4] ^= 1;
    }
}

/* The bytes before the answer. */
static void add_before(struct sim_line *line, const struct sim_question *question,
                       enum sim_fault fault, struct sim_answer *answer)
{
    static const uint8_t zeros[] = {0, 0, 0};
    append_bytes(answer, line->prefix.bytes, line->prefix.length);
    if (fault == SIM_ECHO) {
        append_bytes(answer, question->wire, question->wire_bytes);
    } else if (fault == SIM_ZEROS) {
        append_bytes(answer, zeros, sizeof zeros);
    } else if (fault == SIM_IMEI) {
        append_bytes(answer, "861234050061234", IMEI_BYTES);
    } else if (fault == SIM_GLUED) {
        add_foreign(answer, line->framing, question);
    }
}

/* Applies the fault to the frame that begins at `from`. */
static void spoil_frame(const struct sim_line *line, enum sim_fault fault, size_t from,
                        struct sim_answer *answer)
{
    bool is_rtu = line->framing == FRAMING_RTU;
    uint8_t *end = answer->bytes + answer->length;
    if (fault == SIM_CRC) {
        answer->bytes[is_rtu ? answer->length - 3 : from + 1] ^= 0x10;
    } else if (fault == SIM_SHORT) {
        answer->length -= 2;
    } else if (fault == SIM_ZEROS) {
        append_bytes(answer, "\0", 1);
    } else if (fault == SIM_CRC_SWAPPED && is_rtu) {
        uint8_t low = end[-2];
        end[-2] = end[-1];
        end[-1] = end[-2] == low ? (uint8_t) ~low : low; /* two equal ones cannot be swapped */
    } else if (fault == SIM_WRONG_TRANSACTION && !is_rtu) {
        frame_put_word(answer->bytes + from, 0);
    } else if (fault == SIM_CLOSE) {
        answer->length = from + (answer->length - from) / 2;
        answer->must_close = true;
    }
}

void sim_frame_make(struct sim_line *line, const struct sim_question *question,
                    const struct sim_trouble *trouble, struct sim_pdu *pdu,
                    struct sim_answer *answer)
{
    static const struct sim_bytes ping = {.length = 4, .bytes = "ping"};
    const struct sim_bytes *heartbeat = line->heartbeat.length > 0 ? &line->heartbeat : &ping;
    enum sim_fault fault = trouble->fault;
    answer->must_close = false;
    answer->length = 0;
    if (fault == SIM_GARBAGE) {
        for (int32_t i = 0; i < GARBAGE_BYTES; i++) {
            answer->bytes[answer->length++] = (uint8_t) sim_random(&line->random);
        }
        return;
    }
    spoil_pdu(question, trouble, pdu);
    add_before(line, question, fault, answer);
    if (fault == SIM_HEARTBEAT_BEFORE) {
        append_bytes(answer, heartbeat->bytes, heartbeat->length);
    }
    size_t from = answer->length;
    struct address self = {.unit = question->unit, .transaction = question->transaction};
    if (fault == SIM_WRONG_UNIT) {
        self.unit = get_next_unit(question->unit);
    }
    add_frame(answer, line->framing, self, pdu);
    spoil_frame(line, fault, from, answer);
    if (fault == SIM_HEARTBEAT_INSIDE) {
        uint8_t *middle = answer->bytes + from + (answer->length - from) / 2;
        memmove(middle + heartbeat->length, middle,
                (size_t) (answer->bytes + answer->length - middle));
        memcpy(middle, heartbeat->bytes, heartbeat->length);
        answer->length += heartbeat->length;
    }
}
