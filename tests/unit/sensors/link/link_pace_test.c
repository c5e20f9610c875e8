#include "tests/unit/sensors/link/link_rig.h"

/* A serial line in virtual time: bytes come at the pace of the baud rate and gather while the link
 * wants quiet. */

enum { LINE_BYTES = 128, REGISTERS = 10, REQUEST = 8, REPLY = 5 + 2 * REGISTERS };

struct transport {
    struct rig rig; /* the first: respond gets no more */
    us_t turnaround, jitter;
    int64_t char_ns;
    size_t count, read; /* of what was said */
    us_t at[LINE_BYTES];
    uint8_t bytes[LINE_BYTES];
    us_t end; /* of the last reply */
    bool is_watched;
    int32_t wakes;
};

static us_t span_of(const struct transport *line, size_t characters)
{
    return (line->char_ns * (int64_t) characters + 999) / 1000;
}

/* Says them one behind the other, the first from `from` on. */
static us_t say(struct transport *line, us_t from, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        CHECK(line->count < LINE_BYTES);
        line->at[line->count] = from + span_of(line, i + 1);
        line->bytes[line->count++] = bytes[i];
    }
    return from + span_of(line, length);
}

static uint32_t chance(struct transport *line, uint32_t below)
{
    line->rig.seed = (uint32_t) (((uint64_t) line->rig.seed * 1664525U + 1013904223U) & UINT32_MAX);
    return (line->rig.seed >> 8U) % below;
}

static us_t reply_begin(struct transport *line)
{
    us_t off = line->jitter > 0 ? (us_t) chance(line, (uint32_t) (2 * line->jitter)) : 0;
    return line->rig.now + span_of(line, REQUEST) + line->turnaround - line->jitter + off;
}

static void respond(struct rig *rig)
{
    struct transport *line = (struct transport *) rig;
    uint8_t frame[RIG_BYTES];
    size_t length = rig_reply(rig, rig->request.unit, frame);
    line->end = say(line, reply_begin(line), frame, length);
}

static void respond_behind_an_echo(struct rig *rig)
{
    struct transport *line = (struct transport *) rig;
    (void) say(line, rig->now, rig->step.send, rig->step.send_length);
    respond(rig);
}

static void respond_in_noise(struct rig *rig)
{
    struct transport *line = (struct transport *) rig;
    uint8_t noise[6];
    size_t length = chance(line, sizeof noise + 1);
    for (size_t i = 0; i < length; i++) {
        noise[i] = (uint8_t) chance(line, 256);
    }
    if (length > 1) { /* the worst: it begins like the answer */
        noise[length - 1] = chance(line, 2) == 0 ? rig->request.unit : noise[length - 1];
    }
    us_t from = rig->now + (us_t) chance(line, 12) * RIG_MS;
    us_t over = say(line, from, noise, length);
    uint8_t frame[RIG_BYTES];
    us_t begin = reply_begin(line);
    line->end =
        say(line, begin > over ? begin : over, frame, rig_reply(rig, rig->request.unit, frame));
}

static void refuse(struct rig *rig)
{
    struct transport *line = (struct transport *) rig;
    uint8_t frame[RIG_BYTES];
    uint8_t body[3] = {rig->request.unit, (uint8_t) (rig->request.function | 0x80U), 4};
    line->end = say(line, reply_begin(line), frame, rig_frame(rig, body, sizeof body, frame));
}

/* The line goes dead in the middle of the reply. */
static void respond_by_half(struct rig *rig)
{
    struct transport *line = (struct transport *) rig;
    respond(rig);
    line->count -= REPLY / 2;
}

/* A converter that hands over each reply in one piece, some time after it has ended. */
static void respond_in_one_piece(struct rig *rig)
{
    struct transport *line = (struct transport *) rig;
    size_t before = line->count;
    respond(rig);
    line->end += 8 * RIG_MS;
    for (size_t i = before; i < line->count; i++) {
        line->at[i] = line->end;
    }
}

/* Of eight devices one is always due. */
static void line_start(struct transport *line, int32_t devices, int32_t baud, us_t turnaround,
                       us_t jitter)
{
    memset(line, 0, sizeof *line);
    rig_prepare(&line->rig, LINK_RTU, devices, 40);
    struct profile *profile = rig_profile();
    profile->read_count = profile->point_count = 1;
    profile->read[0].count = REGISTERS;
    line->rig.settings.baud = baud;
    line->rig.settings.parity = 'E';
    line->rig.respond = respond;
    line->turnaround = turnaround;
    line->jitter = jitter;
    line->char_ns = INT64_C(11000000000) / baud;
    rig_make_link(&line->rig);
    rig_open(&line->rig);
}

static void obey(struct transport *line, struct link_step step)
{
    rig_obey(&line->rig, step);
    line->is_watched = line->rig.step.quiet_until <= line->rig.now;
}

/* All that has come so far. False: nothing. */
static bool take_in(struct transport *line)
{
    size_t end = line->read;
    while (end < line->count && line->at[end] <= line->rig.now) {
        end++;
    }
    size_t from = line->read;
    line->read = end;
    if (end == line->count) {
        line->read = line->count = 0;
    }
    if (end > from) {
        uint8_t bytes[LINE_BYTES];
        memcpy(bytes, line->bytes + from, end - from);
        obey(line, link_received(line->rig.link, bytes, end - from, line->rig.now));
    }
    return end > from;
}

/* As port.c does it: one wake. */
static void wake(struct transport *line)
{
    struct rig *rig = &line->rig;
    us_t byte_at = line->read < line->count ? line->at[line->read] : INT64_MAX;
    us_t look_at = line->is_watched ? byte_at : rig->step.quiet_until;
    us_t at = look_at < rig->step.wake_at ? look_at : rig->step.wake_at;
    rig->now = at > rig->now ? at : rig->now;
    line->wakes++;
    if (look_at <= rig->now) {
        line->is_watched = true;
        (void) take_in(line);
    }
    if (rig->step.wake_at <= rig->now) {
        obey(line, link_tick(rig->link, rig->now));
    }
}

struct pace {
    double wakes; /* a transaction, mean */
    us_t late;    /* reply's end to when it was taken, mean */
    us_t most_late;
    us_t cycle; /* request and reply, mean */
    int32_t answered;
};

/* So many transactions, one after the other. */
static struct pace run(struct transport *line, int32_t count)
{
    struct pace pace = {.wakes = 0};
    int32_t wakes = line->wakes;
    for (int32_t i = 0; i < count; i++) {
        int32_t before = line->rig.result_count;
        while (line->rig.result_count == before) {
            wake(line);
        }
        us_t late = line->rig.now - line->end;
        pace.answered += line->rig.result.is_answered ? 1 : 0;
        pace.late += late;
        pace.most_late = late > pace.most_late ? late : pace.most_late;
        pace.cycle += line->rig.now - line->rig.asked_at;
    }
    pace.wakes = (double) (line->wakes - wakes) / count;
    pace.late /= count;
    pace.cycle /= count;
    return pace;
}

static void a_transaction_costs_few_wakes_and_no_time(void **state)
{
    (void) state;
    static const struct {
        int32_t baud;
        us_t turnaround, jitter;
        double wakes;
    } cases[] = {
        {9600, 3 * RIG_MS, 0, 3.0},
        {9600, 3 * RIG_MS, 1 * RIG_MS, 3.4},
        {9600, 3 * RIG_MS, 2 * RIG_MS, 3.6},
        {9600, 20 * RIG_MS, 2 * RIG_MS, 3.6},
        {115200, 3 * RIG_MS, 0, 3.0},
        {115200, 3 * RIG_MS, 1 * RIG_MS, 3.7},
        {115200, 4 * RIG_MS, 2 * RIG_MS, 4.0},
        {19200, 50 * RIG_MS, 5 * RIG_MS, 3.6},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct transport line;
        line_start(&line, 8, cases[i].baud, cases[i].turnaround, cases[i].jitter);
        (void) run(&line, 400);
        struct pace pace = run(&line, 4000);
        assert_true(pace.wakes <= cases[i].wakes);
        assert_true(pace.late <= pace.cycle / 200);
        assert_int_equal(pace.answered, 4000);
        assert_int_equal(line.rig.wrong_count, 0);
        rig_stop(&line.rig);
    }
}

static void a_device_that_has_become_fast_is_read_in_time_again(void **state)
{
    (void) state;
    struct transport line;
    line_start(&line, 1, 9600, 80 * RIG_MS, 0);
    (void) run(&line, 20);
    line.turnaround = 2 * RIG_MS;
    assert_true(run(&line, 1).late > 50 * RIG_MS);
    (void) run(&line, 120);
    assert_true(run(&line, 100).late < 500);
    rig_stop(&line.rig);
}

static void one_slow_reply_does_not_delay_the_next(void **state)
{
    (void) state;
    struct transport line;
    line_start(&line, 1, 9600, 3 * RIG_MS, 0);
    (void) run(&line, 100);
    line.turnaround = 80 * RIG_MS;
    (void) run(&line, 1);
    line.turnaround = 3 * RIG_MS;
    assert_true(run(&line, 1).late < 1 * RIG_MS);
    rig_stop(&line.rig);
}

static void a_refusal_waits_no_longer_than_a_reply(void **state)
{
    (void) state;
    struct transport line;
    line_start(&line, 1, 9600, 20 * RIG_MS, 1 * RIG_MS);
    (void) run(&line, 100);
    line.rig.respond = refuse;
    struct pace pace = run(&line, 50);
    assert_true(pace.most_late <= span_of(&line, REPLY));
    assert_int_equal(link_counters(line.rig.link)->failures, 50);
    assert_int_equal(link_counters(line.rig.link)->timeouts, 0);
    line.rig.respond = respond;
    assert_true(run(&line, 50).late < 500);
    rig_stop(&line.rig);
}

static void expect_replies_behind_echoes(int32_t baud, us_t turnaround)
{
    struct transport line;
    line_start(&line, 8, baud, turnaround, 1 * RIG_MS);
    line.rig.respond = respond_behind_an_echo;
    (void) run(&line, 100);
    struct pace pace = run(&line, 500);
    assert_int_equal(pace.answered, 500);
    assert_true(pace.late <= pace.cycle / 200);
    assert_true(pace.wakes <= 4);
    assert_int_equal(link_counters(line.rig.link)->echoes, 600);
    assert_int_equal(line.rig.wrong_count, 0);
    rig_stop(&line.rig);
}

static void an_echo_costs_no_reply(void **state)
{
    (void) state;
    expect_replies_behind_echoes(19200, 5 * RIG_MS);
    expect_replies_behind_echoes(115200, 20 * RIG_MS); /* at first the echo is all that is there */
}

static void noise_costs_wakes_but_no_reply(void **state)
{
    (void) state;
    struct transport line;
    line_start(&line, 1, 9600, 8 * RIG_MS, 3 * RIG_MS);
    line.rig.respond = respond_in_noise;
    struct pace pace = run(&line, 3000);
    assert_int_equal(line.rig.wrong_count, 0);
    assert_true(pace.answered > 2990); /* noise that begins like a frame may have eaten one */
    assert_true(pace.most_late <= span_of(&line, REPLY) + 8 * RIG_MS || pace.answered < 3000);
    rig_stop(&line.rig);
}

static void half_a_reply_times_out_in_time(void **state)
{
    (void) state;
    struct transport line;
    line_start(&line, 1, 9600, 90 * RIG_MS, 0);
    (void) run(&line, 10);
    line.turnaround = 99 * RIG_MS; /* of 100 */
    line.rig.respond = respond_by_half;
    (void) run(&line, 1);
    assert_false(line.rig.result.is_answered);
    us_t most = span_of(&line, REQUEST + REPLY) + 100 * RIG_MS;
    assert_int_equal(line.rig.now - line.rig.asked_at, most);
    rig_stop(&line.rig);
}

static void a_reply_at_the_last_moment_is_taken(void **state)
{
    (void) state;
    struct transport line;
    line_start(&line, 1, 9600, 99900, 0);
    assert_int_equal(run(&line, 100).answered, 100);
    rig_stop(&line.rig);
}

static void a_converter_that_waits_is_read_when_it_speaks(void **state)
{
    (void) state;
    struct transport line;
    line_start(&line, 1, 9600, 3 * RIG_MS, 0);
    line.rig.respond = respond_in_one_piece;
    (void) run(&line, 100);
    struct pace pace = run(&line, 100);
    assert_true(pace.wakes <= 4); /* one of them when the gap is over and nothing is due */
    assert_true(pace.late <= 500);
    rig_stop(&line.rig);
}

static void a_stream_is_never_quiet(void **state)
{
    (void) state;
    static const enum link_kind kinds[] = {LINK_TCP, LINK_RTU_OVER_TCP, LINK_DTU};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct rig rig;
        rig_start(&rig, kinds[i], 1);
        rig_open(&rig);
        rig_await(&rig);
        rig.respond = rig_respond_never;
        rig_await_ask(&rig);
        assert_int_equal(rig.step.quiet_until, 0);
        uint8_t frame[RIG_BYTES];
        (void) rig_reply(&rig, rig.request.unit, frame);
        rig_obey(&rig, link_received(rig.link, frame, 4, rig.now + RIG_MS));
        assert_int_equal(rig.step.quiet_until, 0);
        rig_stop(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_transaction_costs_few_wakes_and_no_time),
        cmocka_unit_test(a_device_that_has_become_fast_is_read_in_time_again),
        cmocka_unit_test(one_slow_reply_does_not_delay_the_next),
        cmocka_unit_test(a_refusal_waits_no_longer_than_a_reply),
        cmocka_unit_test(an_echo_costs_no_reply),
        cmocka_unit_test(noise_costs_wakes_but_no_reply),
        cmocka_unit_test(half_a_reply_times_out_in_time),
        cmocka_unit_test(a_reply_at_the_last_moment_is_taken),
        cmocka_unit_test(a_converter_that_waits_is_read_when_it_speaks),
        cmocka_unit_test(a_stream_is_never_quiet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
