#include "tests/unit/link_rig.h"

enum { UNITS = 4 };

static uint32_t draw(struct rig *rig)
{
    rig->seed ^= rig->seed << 13U;
    rig->seed ^= rig->seed >> 17U;
    rig->seed ^= rig->seed << 5U;
    return rig->seed;
}

static size_t append(uint8_t *to, size_t length, const uint8_t *from, size_t count)
{
    memcpy(to + length, from, count);
    return length + count;
}

static size_t append_noise(struct rig *rig, uint8_t *to, size_t length)
{
    for (uint32_t count = 1 + draw(rig) % 20; count > 0; count--) {
        to[length++] = (uint8_t) draw(rig);
    }
    return length;
}

/* One of the things that happen on a bad line, in front of the right answer or instead of it. */
static size_t append_evil(struct rig *rig, const uint8_t *good, size_t good_length, uint8_t *to,
                          size_t length)
{
    uint8_t evil[RIG_BYTES];
    size_t evil_length = rig_reply(rig, (uint8_t) (rig->request.unit % UNITS + 1), evil);
    switch (draw(rig) % 6) {
    case 0: /* another unit's reply */
        return append(to, length, evil, evil_length);
    case 1: { /* one bit flipped: RTU anywhere, MBAP where a header can tell */
        memcpy(evil, good, good_length);
        size_t bits = (rig->framing == FRAMING_RTU ? good_length : 9) * 8;
        uint32_t bit = draw(rig) % (uint32_t) bits;
        evil[bit / 8] ^= (uint8_t) (1U << bit % 8);
        evil[good_length - 5] =
            (uint8_t) (evil[good_length - 5] ^ (rig->framing == FRAMING_MBAP ? 1 : 0));
        return append(to, length, evil, good_length);
    }
    case 2: /* cut short; TCP loses nothing in the middle of a stream */
        return rig->framing == FRAMING_RTU
                   ? append(to, length, good, 1 + draw(rig) % (uint32_t) (good_length - 1))
                   : append(to, length, evil, evil_length);
    case 3:
        return append_noise(rig, to, length);
    case 4: { /* another count, whole and sound */
        uint8_t body[5] = {rig->request.unit, 3, 2, 0x66, 0x66};
        return append(to, length, evil, rig_frame(rig, body, sizeof(body), evil));
    }
    default: { /* another function */
        uint8_t body[7] = {rig->request.unit, 4, 4, 0x66, 0x66, 0x66, 0x66};
        return append(to, length, evil, rig_frame(rig, body, sizeof(body), evil));
    }
    }
}

/* Within a quarantine on a bus (later ones cannot be told apart there), at any time over tcp. */
static us_t late_of(struct rig *rig)
{
    us_t most = rig->framing == FRAMING_RTU ? 280 : 3000;
    return (105 + (us_t) draw(rig) % most) * RIG_MS;
}

static void send_in_pieces(struct rig *rig, us_t after, const uint8_t *bytes, size_t length)
{
    size_t cut = draw(rig) % 3 == 0 ? draw(rig) % (uint32_t) length : 0;
    if (cut > 0) {
        rig_send(rig, after, bytes, cut);
    }
    /* TCP keeps a stream in order: nothing comes between its pieces. */
    us_t pause = rig->framing == FRAMING_RTU ? 2 * RIG_MS : 0;
    rig_send(rig, after + pause, bytes + cut, length - cut);
}

static void respond_hostile(struct rig *rig)
{
    if (rig->chunk_count + 2 > RIG_QUEUE) {
        return;
    }
    uint8_t good[RIG_BYTES];
    size_t good_length = rig_reply(rig, rig->request.unit, good);
    uint8_t all[RIG_BYTES];
    size_t length = 0;
    uint32_t kind = draw(rig) % 8;
    if (kind == 0) {
        return; /* silence */
    }
    if (kind == 1) { /* late */
        send_in_pieces(rig, late_of(rig), good, good_length);
        return;
    }
    if (kind == 2) { /* cut short; over TCP then the far end has died, and nothing more comes */
        rig->chunk_count = rig->framing == FRAMING_MBAP ? 0 : rig->chunk_count;
        send_in_pieces(rig, 5 * RIG_MS, good, 1 + draw(rig) % (uint32_t) (good_length - 1));
        return;
    }
    for (uint32_t evil = kind < 5 ? 1 + draw(rig) % 3 : 0; evil > 0; evil--) {
        length = append_evil(rig, good, good_length, all, length);
    }
    if (kind != 3) {
        length = append(all, length, good, good_length);
    }
    if (kind == 7) { /* glued on */
        length = append(all, length, good, good_length);
    }
    send_in_pieces(rig, 5 * RIG_MS, all, length);
}

static void endure(enum link_kind kind, int32_t replies)
{
    struct rig rig;
    rig_start(&rig, kind, UNITS);
    for (int32_t i = 0; i < UNITS; i++) {
        rig.device[i].poll_ms = 1000;
    }
    rig.respond = respond_hostile;
    rig_open(&rig);
    while (rig.ask_count < replies) {
        rig_run(&rig, 60 * RIG_SECOND);
    }
    assert_int_equal(rig.wrong_count, 0);
    assert_true(rig.answered_count > replies / 4);
    assert_true(link_counters(rig.link)->foreign > 0);
    assert_true(link_counters(rig.link)->noise_bytes > 0);
    rig.respond = rig_respond_well;
    rig.chunk_count = 0;
    rig_run(&rig, 120 * RIG_SECOND); /* and it recovers */
    for (int32_t i = 0; i < UNITS; i++) {
        assert_int_equal(link_device_health(rig.link, i), DEVICE_OK);
    }
    rig_stop(&rig);
}

static void no_wrong_value_of_a_hundred_thousand_hostile_replies_on_a_bus(void **state)
{
    (void) state;
    endure(LINK_RTU, 100000);
}

static void no_wrong_value_of_a_hundred_thousand_hostile_replies_over_tcp(void **state)
{
    (void) state;
    endure(LINK_TCP, 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_wrong_value_of_a_hundred_thousand_hostile_replies_on_a_bus),
        cmocka_unit_test(no_wrong_value_of_a_hundred_thousand_hostile_replies_over_tcp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
