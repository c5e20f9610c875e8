#include "sensors/simulator/device/sim_unit.h"

#include <string.h>

#include "gateway/base/check.h"
#include "gateway/base/mix.h"

enum {
    WORDS_MAX = 125,
    BITS_MAX = 2000,
    WRITE_BITS_MAX = 1968,
    WRITE_WORDS_MAX = 123,
    COIL_ON = 0xff00,
    ILLEGAL_FUNCTION = 1,
    ILLEGAL_ADDRESS = 2,
    ILLEGAL_VALUE = 3,
    DEVICE_FAILURE = 4,
};

uint64_t sim_random(uint64_t *state)
{
    uint64_t drawn = mix_64(*state);
    *state += MIX64_STEP;
    return drawn;
}

/* 0 <= x < 1 */
static double draw_share(uint64_t *state)
{
    return (double) (sim_random(state) >> 11) / 9007199254740992.0; /* 2^53 */
}

/* Reading. */

struct range {
    uint8_t function;
    uint16_t address, count;
};

/* A part of the device's memory. */
struct image {
    struct range of;
    bool is_known; /* at least one address has a register */
    uint16_t word[BITS_MAX];
};

static void put_image_word(struct image *image, int32_t address, uint16_t word, bool is_or)
{
    int32_t at = address - image->of.address;
    if (at < 0 || at >= image->of.count) {
        return;
    }
    image->word[at] = is_or ? (uint16_t) (image->word[at] | word) : word;
    image->is_known = true;
}

static void make_words(const struct sim_register *reg, const struct sim_unit *unit,
                       const struct sim_now *now, uint16_t ret_words[2])
{
    double noise = 0;
    switch (reg->kind) {
    case SIM_CODE:
        ret_words[0] = (uint16_t) (unit->unit << 8 | (reg->address & 0xff));
        ret_words[1] = unit->round;
        break;
    case SIM_LINE:
        ret_words[0] = now->line;
        break;
    case SIM_VALUE:
        noise = reg->noise > 0 ? reg->noise * (2 * draw_share(now->random) - 1) : 0;
        (void) sim_register_words(reg, sim_value(reg, now->at) + noise, ret_words);
        break;
    }
}

static void put_image_register(struct image *image, const struct sim_unit *unit,
                               const struct sim_register *reg, const struct sim_now *now)
{
    uint16_t words[2] = {0, 0};
    int32_t count = sim_register_width(reg);
    if (reg->function != image->of.function || reg->address + count <= image->of.address ||
        reg->address >= image->of.address + image->of.count) {
        return;
    }
    CHECK(count <= 2);
    make_words(reg, unit, now, words);
    for (int32_t i = 0; i < count; i++) {
        put_image_word(image, reg->address + i, words[i], reg->type == TYPE_BIT);
    }
}

/* Registers beyond the range are not cleared: that would cost more than the answer. */
static void fill_image(struct image *image, struct range of, const struct sim_unit *unit,
                       const struct sim_now *now)
{
    image->of = of;
    uint16_t fill = (uint16_t) (unit->fill < 0 ? 0 : unit->fill);
    for (int32_t i = 0; i < image->of.count; i++) {
        image->word[i] = fill;
    }
    image->is_known = unit->fill >= 0;
    for (int32_t i = 0; i < unit->register_count; i++) {
        put_image_register(image, unit, &unit->registers[i], now);
    }
    for (int32_t i = 0; i < unit->word_count; i++) {
        const struct sim_word *word = &unit->word[i];
        if (word->function == image->of.function) {
            bool is_over = word->is_pulse && now->at >= word->until;
            put_image_word(image, word->address, is_over ? !word->raw : word->raw, false);
        }
    }
}

static void pack_words(struct sim_pdu *pdu, const struct image *image)
{
    pdu->bytes[1] = (uint8_t) (2 * image->of.count);
    for (int32_t i = 0; i < image->of.count; i++) {
        frame_put_word(pdu->bytes + 2 + (ptrdiff_t) 2 * i, image->word[i]);
    }
    pdu->length = 2 + 2 * (size_t) image->of.count;
}

static void pack_bits(struct sim_pdu *pdu, const struct image *image)
{
    size_t bytes = ((size_t) image->of.count + 7) / 8;
    memset(pdu->bytes + 2, 0, bytes);
    for (int32_t i = 0; i < image->of.count; i++) {
        unsigned bit = image->word[i] != 0 ? 1U << (i % 8) : 0U;
        pdu->bytes[2 + i / 8] = (uint8_t) (pdu->bytes[2 + i / 8] | bit);
    }
    pdu->bytes[1] = (uint8_t) bytes;
    pdu->length = 2 + bytes;
}

/* The exception of a request, 0: it is answered. */
static uint8_t answer_read(struct sim_unit *unit, const struct sim_question *question,
                           const struct sim_now *now, struct sim_pdu *pdu)
{
    bool is_bits = question->function <= 2;
    if (question->count < 1 || question->count > (is_bits ? BITS_MAX : WORDS_MAX)) {
        return ILLEGAL_VALUE;
    }
    struct image image;
    const struct range of = {question->function, question->address, question->count};
    unit->round++;
    fill_image(&image, of, unit, now);
    if (!image.is_known) {
        return ILLEGAL_ADDRESS;
    }
    pdu->bytes[0] = question->function;
    if (is_bits) {
        pack_bits(pdu, &image);
    } else {
        pack_words(pdu, &image);
    }
    return 0;
}

/* Writing. */

static struct sim_word *find_word(struct sim_unit *unit, uint8_t function, uint16_t address)
{
    for (int32_t i = 0; i < unit->word_count; i++) {
        if (unit->word[i].function == function && unit->word[i].address == address) {
            return &unit->word[i];
        }
    }
    return NULL;
}

bool sim_unit_set(struct sim_unit *unit, struct sim_word word)
{
    struct sim_word *found = find_word(unit, word.function, word.address);
    if (found == NULL && unit->word_count == unit->word_max) {
        return false;
    }
    if (found == NULL) {
        found = &unit->word[unit->word_count++];
    }
    *found = word;
    return true;
}

static uint16_t read_address(struct sim_unit *unit, uint8_t function, uint16_t address,
                             const struct sim_now *now, bool *ret_is_known)
{
    struct image image;
    fill_image(&image, (struct range){function, address, 1}, unit, now);
    *ret_is_known = image.is_known;
    return image.word[0];
}

/* Does the device have all of these addresses? */
static bool has_addresses(struct sim_unit *unit, uint8_t function, int32_t address, int32_t count,
                          const struct sim_now *now)
{
    bool is_there = address + count <= 65536;
    for (int32_t i = 0; i < count && is_there; i++) {
        (void) read_address(unit, function, (uint16_t) (address + i), now, &is_there);
    }
    return is_there;
}

/* The exception of what was done, 0: none. */
static uint8_t carry_out_order(struct sim_unit *unit, const struct sim_order *order,
                               uint16_t address, uint16_t word, const struct sim_now *now)
{
    int32_t first = order->target_count > 0 ? 0 : address - order->address;
    int32_t count = order->target_count > 0 ? order->target_count : 1;
    us_t units = order->mask == UINT16_MAX ? 1 : word & ~order->mask & UINT16_MAX;
    bool is_done = true;
    for (int32_t i = first; i < first + count; i++) {
        uint16_t target = (uint16_t) (order->target_address + i);
        struct sim_word to = {
            .function = order->target_function, .address = target, .raw = order->value};
        if (order->act == SIM_ACT_TOGGLE) {
            bool is_there = false;
            to.raw = (uint16_t) !read_address(unit, order->target_function, target, now, &is_there);
        }
        if (order->act == SIM_ACT_PULSE) {
            to.is_pulse = true;
            to.until = now->at + units * order->unit_us;
        }
        is_done = sim_unit_set(unit, to) && is_done;
    }
    return is_done ? 0 : DEVICE_FAILURE;
}

static const struct sim_order *order_find(const struct sim_unit *unit,
                                          const struct sim_question *question)
{
    for (int32_t i = 0; i < unit->order_count; i++) {
        const struct sim_order *order = &unit->order[i];
        if (order->function == question->function && question->address >= order->address &&
            question->address - order->address < order->count &&
            (question->count & order->mask) == order->raw) {
            return order;
        }
    }
    return NULL;
}

/* What a write wants of its address number `index`. */
static uint16_t get_written_word(const struct sim_question *question, int32_t index)
{
    switch (question->function) {
    case 5:
        return question->count == COIL_ON;
    case 15:
        return question->data[index / 8] >> (index % 8) & 1;
    case 16:
        return frame_word_at(question->data + (ptrdiff_t) 2 * index);
    default:
        return question->count;
    }
}

static uint8_t write_addresses(struct sim_unit *unit, const struct sim_question *question,
                               const struct sim_now *now)
{
    bool is_coil = question->function == 5 || question->function == 15;
    uint8_t function = is_coil ? 1 : 3;
    int32_t count = question->function <= 6 ? 1 : question->count;
    bool is_half_on = question->function == 5 && question->count != 0 && question->count != COIL_ON;
    if (is_half_on || count < 1 || count > (is_coil ? WRITE_BITS_MAX : WRITE_WORDS_MAX)) {
        return ILLEGAL_VALUE;
    }
    if (!has_addresses(unit, function, question->address, count, now)) {
        return ILLEGAL_ADDRESS;
    }
    bool is_done = true;
    for (int32_t i = 0; i < count && !now->is_idle; i++) {
        struct sim_word word = {.function = function,
                                .address = (uint16_t) (question->address + i),
                                .raw = get_written_word(question, i)};
        is_done = sim_unit_set(unit, word) && is_done;
    }
    return is_done ? 0 : DEVICE_FAILURE;
}

static uint8_t answer_write(struct sim_unit *unit, const struct sim_question *question,
                            const struct sim_now *now, struct sim_pdu *pdu)
{
    pdu->bytes[0] = question->function;
    frame_put_word(pdu->bytes + 1, question->address);
    frame_put_word(pdu->bytes + 3, question->count);
    pdu->length = 5;
    const struct sim_order *order = order_find(unit, question);
    if (order != NULL) {
        return now->is_idle ? 0
                            : carry_out_order(unit, order, question->address, question->count, now);
    }
    if (!unit->is_writable) {
        return unit->order_count > 0 ? ILLEGAL_ADDRESS : ILLEGAL_FUNCTION;
    }
    return write_addresses(unit, question, now);
}

void sim_unit_refuse(const struct sim_question *question, uint8_t code, struct sim_pdu *ret_pdu)
{
    ret_pdu->bytes[0] = (uint8_t) (question->function | 0x80);
    ret_pdu->bytes[1] = code;
    ret_pdu->length = 2;
}

void sim_unit_answer(struct sim_unit *unit, const struct sim_question *question,
                     const struct sim_now *now, struct sim_pdu *ret_pdu)
{
    bool is_read = question->function >= 1 && question->function <= 4;
    uint8_t code = ILLEGAL_FUNCTION;
    if (is_read || sim_is_write(question->function)) {
        code = !question->is_whole ? ILLEGAL_VALUE
               : is_read           ? answer_read(unit, question, now, ret_pdu)
                                   : answer_write(unit, question, now, ret_pdu);
    }
    if (code != 0) {
        sim_unit_refuse(question, code, ret_pdu);
    }
}

/* Faults. */

static const struct sim_trouble *trouble_at(const struct sim_unit *unit, us_t now)
{
    if (unit->is_forced) {
        return &unit->forced;
    }
    for (int32_t i = 0; i < unit->trouble_count; i++) {
        if (unit->trouble[i].from <= now && now < unit->trouble[i].until) {
            return &unit->trouble[i];
        }
    }
    return NULL;
}

struct sim_trouble sim_unit_trouble(const struct sim_unit *unit, us_t now, enum framing framing,
                                    uint64_t *random)
{
    const struct sim_trouble *found = trouble_at(unit, now);
    struct sim_trouble trouble = {.fault = SIM_NO_FAULT};
    if (found != NULL) {
        trouble = *found;
    }
    if (trouble.share > 0 && draw_share(random) >= trouble.share) {
        trouble.fault = SIM_NO_FAULT;
    }
    if (trouble.fault == SIM_ANY) {
        trouble.fault = sim_fault_draw(sim_random(random), framing);
    }
    return trouble;
}
