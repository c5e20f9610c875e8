#include "sensors/slave.h"

#include <string.h>

enum {
    RTU_REQUEST_BYTES = 8,
    MBAP_HEADER_BYTES = 7,
    WORDS_MAX = 125,
    BITS_MAX = 2000,
    GARBAGE_BYTES = 16,
    CHARACTER_BITS = 10,
    ILLEGAL_FUNCTION = 1,
    ILLEGAL_ADDRESS = 2,
    ILLEGAL_COUNT = 3,
    DEVICE_FAILURE = 4,
};

/* A request without its framing. */
struct question {
    uint8_t unit, function;
    uint16_t address, count, transaction;
    size_t wire_bytes;
};

struct pdu {
    size_t length;
    uint8_t bytes[2 + BITS_MAX / 8 + 1];
};

bool slave_fault_find(const char *name, enum slave_fault *ret_fault)
{
    static const struct {
        const char *name;
        enum slave_fault fault;
    } known[] = {
        {"none", SLAVE_WELL},
        {"well", SLAVE_WELL},
        {"silent", SLAVE_SILENT},
        {"late", SLAVE_LATE},
        {"garbage", SLAVE_GARBAGE},
        {"crc", SLAVE_CRC},
        {"wrong_unit", SLAVE_WRONG_UNIT},
        {"exception", SLAVE_EXCEPTION},
        {"split", SLAVE_SPLIT},
        {"glued", SLAVE_GLUED},
        {"short", SLAVE_SHORT},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].name, name) == 0) {
            *ret_fault = known[i].fault;
            return true;
        }
    }
    return false;
}

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

static void port_drop(struct slave_port *port, size_t count)
{
    memmove(port->bytes, port->bytes + count, port->length - count);
    port->length -= count;
}

static uint16_t word_at(const uint8_t *bytes)
{
    return (uint16_t) (bytes[0] << 8 | bytes[1]);
}

static void put_word(uint8_t *bytes, uint16_t word)
{
    bytes[0] = (uint8_t) (word >> 8);
    bytes[1] = (uint8_t) word;
}

/* Scans for eight bytes whose CRC fits: noise before a request is stepped over. */
static bool take_rtu(struct slave_port *port, struct question *ret_question)
{
    size_t at = 0;
    for (; at + RTU_REQUEST_BYTES <= port->length; at++) {
        const uint8_t *frame = port->bytes + at;
        uint16_t crc = (uint16_t) (frame[6] | frame[7] << 8);
        if (frame_crc(frame, 6) != crc) {
            continue;
        }
        *ret_question = (struct question){
            .unit = frame[0],
            .function = frame[1],
            .address = word_at(frame + 2),
            .count = word_at(frame + 4),
            .wire_bytes = RTU_REQUEST_BYTES,
        };
        port_drop(port, at + RTU_REQUEST_BYTES);
        return true;
    }
    port_drop(port, at);
    return false;
}

static bool take_mbap(struct slave_port *port, struct question *ret_question)
{
    if (port->length < MBAP_HEADER_BYTES + 1) {
        return false;
    }
    const uint8_t *frame = port->bytes;
    size_t length = 6 + (size_t) word_at(frame + 4);
    if (word_at(frame + 2) != 0 || length < MBAP_HEADER_BYTES + 1 || length > MBAP_FRAME_MAX) {
        port->length = 0; /* no Modbus: a real device closes or keeps quiet */
        return false;
    }
    if (port->length < length) {
        return false;
    }
    bool is_read_sized = length >= MBAP_HEADER_BYTES + 5;
    *ret_question = (struct question){
        .transaction = word_at(frame),
        .unit = frame[6],
        .function = frame[7],
        .address = is_read_sized ? word_at(frame + 8) : 0,
        .count = is_read_sized ? word_at(frame + 10) : 0,
        .wire_bytes = length,
    };
    port_drop(port, length);
    return true;
}

static uint64_t next_random(struct slave *slave)
{
    slave->random += 0x9e3779b97f4a7c15U;
    uint64_t mix = slave->random;
    mix = (mix ^ (mix >> 30)) * 0xbf58476d1ce4e5b9U;
    mix = (mix ^ (mix >> 27)) * 0x94d049bb133111ebU;
    return mix ^ (mix >> 31);
}

/* The part of the device's memory that is asked for. */
struct image {
    const struct question *question;
    bool is_known; /* at least one address has a register */
    uint16_t word[BITS_MAX];
};

static void image_put(struct image *image, uint8_t function, int32_t address, uint16_t word,
                      bool is_or)
{
    int32_t at = address - image->question->address;
    if (function != image->question->function || at < 0 || at >= image->question->count) {
        return;
    }
    image->word[at] = is_or ? (uint16_t) (image->word[at] | word) : word;
    image->is_known = true;
}

static void image_put_register(struct image *image, struct slave *slave,
                               const struct slave_register *reg, us_t now)
{
    if (reg->function != image->question->function ||
        reg->address + slave_register_width(reg) <= image->question->address ||
        reg->address >= image->question->address + image->question->count) {
        return;
    }
    double value = slave_value(reg, now);
    if (reg->noise > 0) {
        double part = (double) (next_random(slave) >> 11) / 9007199254740992.0; /* 2^53 */
        value += reg->noise * (2 * part - 1);
    }
    uint16_t words[2];
    int32_t count = slave_register_words(reg, value, words);
    for (int32_t i = 0; i < count; i++) {
        image_put(image, reg->function, reg->address + i, words[i], reg->type == TYPE_BIT);
    }
}

static void image_fill(struct image *image, struct slave *slave, const struct slave_unit *unit,
                       us_t now)
{
    uint16_t fill = (uint16_t) (unit->fill < 0 ? 0 : unit->fill);
    for (int32_t i = 0; i < image->question->count; i++) {
        image->word[i] = fill;
    }
    image->is_known = unit->fill >= 0;
    for (int32_t i = 0; i < unit->register_count; i++) {
        image_put_register(image, slave, &unit->registers[i], now);
    }
    for (int32_t i = 0; i < unit->word_count; i++) {
        const struct slave_word *word = &unit->word[i];
        image_put(image, word->function, word->address, word->raw, false);
    }
}

static void refuse(struct pdu *pdu, const struct question *question, uint8_t code)
{
    pdu->bytes[0] = (uint8_t) (question->function | 0x80);
    pdu->bytes[1] = code;
    pdu->length = 2;
}

static void pack_words(struct pdu *pdu, const struct image *image)
{
    int32_t count = image->question->count;
    pdu->bytes[1] = (uint8_t) (2 * count);
    for (int32_t i = 0; i < count; i++) {
        put_word(pdu->bytes + 2 + (ptrdiff_t) 2 * i, image->word[i]);
    }
    pdu->length = 2 + 2 * (size_t) count;
}

static void pack_bits(struct pdu *pdu, const struct image *image)
{
    int32_t count = image->question->count;
    size_t bytes = ((size_t) count + 7) / 8;
    memset(pdu->bytes + 2, 0, bytes);
    for (int32_t i = 0; i < count; i++) {
        unsigned bit = image->word[i] != 0 ? 1U << (i % 8) : 0U;
        pdu->bytes[2 + i / 8] = (uint8_t) (pdu->bytes[2 + i / 8] | bit);
    }
    pdu->bytes[1] = (uint8_t) bytes;
    pdu->length = 2 + bytes;
}

static void answer_pdu(struct slave *slave, const struct slave_unit *unit,
                       const struct question *question, us_t now, struct pdu *pdu)
{
    bool is_bits = question->function == 1 || question->function == 2;
    if (!is_bits && question->function != 3 && question->function != 4) {
        refuse(pdu, question, ILLEGAL_FUNCTION);
        return;
    }
    if (question->count < 1 || question->count > (is_bits ? BITS_MAX : WORDS_MAX)) {
        refuse(pdu, question, ILLEGAL_COUNT);
        return;
    }
    struct image image = {.question = question};
    image_fill(&image, slave, unit, now);
    if (!image.is_known) {
        refuse(pdu, question, ILLEGAL_ADDRESS);
        return;
    }
    pdu->bytes[0] = question->function;
    if (is_bits) {
        pack_bits(pdu, &image);
    } else {
        pack_words(pdu, &image);
    }
}

/* Adds a whole frame behind what is there. */
static void add_frame(struct slave_answer *answer, enum framing framing,
                      const struct question *question, const struct pdu *pdu)
{
    uint8_t *frame = answer->bytes + answer->length;
    switch (framing) {
    case FRAMING_RTU: {
        frame[0] = question->unit;
        memcpy(frame + 1, pdu->bytes, pdu->length);
        uint16_t crc = frame_crc(frame, 1 + pdu->length);
        frame[1 + pdu->length] = (uint8_t) crc;
        frame[2 + pdu->length] = (uint8_t) (crc >> 8);
        answer->length += pdu->length + 3;
        break;
    }
    case FRAMING_MBAP:
        put_word(frame, question->transaction);
        put_word(frame + 2, 0);
        put_word(frame + 4, (uint16_t) (pdu->length + 1));
        frame[6] = question->unit;
        memcpy(frame + MBAP_HEADER_BYTES, pdu->bytes, pdu->length);
        answer->length += pdu->length + MBAP_HEADER_BYTES;
        break;
    }
}

static enum slave_fault fault_of(const struct slave_unit *unit, us_t now)
{
    if (unit->is_forced) {
        return unit->forced;
    }
    for (int32_t i = 0; i < unit->trouble_count; i++) {
        if (unit->trouble[i].from <= now && now < unit->trouble[i].until) {
            return unit->trouble[i].fault;
        }
    }
    return SLAVE_WELL;
}

/* A foreign exception frame: whole, valid and not what was asked for. */
static void add_foreign(struct slave_answer *answer, enum framing framing,
                        const struct question *question)
{
    struct question other = *question;
    other.unit = (uint8_t) (question->unit % 247 + 1);
    other.transaction = (uint16_t) (question->transaction - 1);
    struct pdu refusal;
    refuse(&refusal, &other, DEVICE_FAILURE);
    add_frame(answer, framing, &other, &refusal);
}

static void add_garbage(struct slave *slave, struct slave_answer *answer)
{
    for (int i = 0; i < GARBAGE_BYTES; i++) {
        answer->bytes[answer->length++] = (uint8_t) next_random(slave);
    }
}

static void add_answer(struct slave *slave, struct slave_answer *answer, enum slave_fault fault,
                       struct question *question, struct pdu *pdu)
{
    switch (fault) {
    case SLAVE_GARBAGE:
        add_garbage(slave, answer);
        return;
    case SLAVE_EXCEPTION:
        refuse(pdu, question, DEVICE_FAILURE);
        break;
    case SLAVE_WRONG_UNIT:
        question->unit = (uint8_t) (question->unit % 247 + 1);
        break;
    case SLAVE_GLUED:
        add_foreign(answer, slave->framing, question);
        break;
    case SLAVE_WELL:
    case SLAVE_SILENT:
    case SLAVE_LATE:
    case SLAVE_CRC:
    case SLAVE_SPLIT:
    case SLAVE_SHORT:
        break;
    }
    add_frame(answer, slave->framing, question, pdu);
    if (fault == SLAVE_CRC) {
        size_t at = slave->framing == FRAMING_RTU ? answer->length - 3 : 1;
        answer->bytes[at] ^= 0x10;
    }
    if (fault == SLAVE_SHORT) {
        answer->length -= 2;
    }
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
    size_t piece = fault == SLAVE_SPLIT ? (answer->length + 2) / 3 : answer->length;
    for (size_t from = 0; from < answer->length; from += piece) {
        size_t rest = answer->length - from;
        answer->piece[answer->piece_count] = (struct slave_piece){
            .after_us = after + answer->piece_count * SLAVE_SPLIT_US,
            .from = from,
            .length = rest < piece ? rest : piece,
        };
        answer->piece_count++;
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

bool slave_next(struct slave *slave, struct slave_port *port, us_t now,
                struct slave_answer *ret_answer)
{
    struct question question;
    bool is_there =
        slave->framing == FRAMING_RTU ? take_rtu(port, &question) : take_mbap(port, &question);
    if (!is_there) {
        return false;
    }
    ret_answer->piece_count = 0;
    ret_answer->length = 0;
    struct slave_unit *unit = unit_find(slave, question.unit);
    enum slave_fault fault = unit == NULL ? SLAVE_SILENT : fault_of(unit, now);
    if (unit == NULL || fault == SLAVE_SILENT) {
        return true;
    }
    struct pdu pdu;
    answer_pdu(slave, unit, &question, now, &pdu);
    add_answer(slave, ret_answer, fault, &question, &pdu);
    us_t late = fault == SLAVE_LATE ? SLAVE_LATE_US : 0;
    us_t line = line_us(slave, question.wire_bytes + ret_answer->length);
    cut(ret_answer, fault, unit->latency_us + late + line);
    return true;
}

static struct slave_word *word_find(struct slave_unit *unit, uint8_t function, uint16_t address)
{
    for (int32_t i = 0; i < unit->word_count; i++) {
        if (unit->word[i].function == function && unit->word[i].address == address) {
            return &unit->word[i];
        }
    }
    if (unit->word_count == SLAVE_FORCED_MAX) {
        return NULL;
    }
    return &unit->word[unit->word_count++];
}

bool slave_set(struct slave *slave, uint8_t unit, uint8_t function, uint16_t address, uint16_t raw)
{
    struct slave_unit *found = unit_find(slave, unit);
    struct slave_word *word = found == NULL ? NULL : word_find(found, function, address);
    if (word == NULL) {
        return false;
    }
    *word = (struct slave_word){.function = function, .address = address, .raw = raw};
    return true;
}

bool slave_force(struct slave *slave, uint8_t unit, enum slave_fault fault)
{
    struct slave_unit *found = unit_find(slave, unit);
    if (found == NULL) {
        return false;
    }
    found->is_forced = fault != SLAVE_WELL;
    found->forced = fault;
    return true;
}
