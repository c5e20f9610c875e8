/* hostile.c - hostile [COUNT [SEED]] - plays COUNT replies (a million when nothing is said) of all
 * kinds of damage, mixed with good ones, to a link of each kind, in virtual time and with
 * libmodbus's own judgement. One line of JSON a kind:
 *
 *   {"framing":"rtu","replies":N,"good":N,"hostile":{"late":N,...},"believed":N,"wrong":N}
 *
 * Each good value names its unit, block and round; `wrong` counts the believed ones that were not
 * what was asked for. `good` are those without anything wrong; a hostile reply may well have the
 * good one in it. Exit 1: a wrong one was believed. */
#include <stdio.h>
#include <stdlib.h>

#define RIG_BARE
#include "sensors/transport/libmodbus.h"
#include "tests/unit/sensors/link/link_hostile.h"

static struct libmodbus *codec;

static bool judge(void *context, enum framing framing, const struct frame_request *request,
                  const uint8_t *frame, size_t length, uint16_t *ret_words)
{
    (void) context;
    return libmodbus_judge(codec, framing, request, frame, length, ret_words);
}

static size_t encode(void *context, enum framing framing, const struct frame_request *request,
                     uint8_t *to)
{
    (void) context;
    return libmodbus_encode(codec, framing, request, to);
}

static void start(struct hostile *hostile, enum link_kind kind, uint32_t seed)
{
    struct rig *rig = &hostile->rig;
    rig_prepare(rig, kind, HOSTILE_UNITS, 1000);
    rig->seed = seed;
    struct link_callbacks callbacks = {
        .context = rig, .on_result = rig_on_result, .judge = judge, .encode = encode};
    rig->link = link_new(rig->arena, &rig->settings, &callbacks, rig->now);
    arena_freeze(rig->arena);
    rig->respond = hostile_respond;
    rig_open(rig);
}

static void print(const struct hostile *hostile, const char *name)
{
    const struct rig *rig = &hostile->rig;
    printf("{\"framing\":\"%s\",\"replies\":%d,\"good\":%lld,\"hostile\":{", name, rig->ask_count,
           (long long) hostile->good_count);
    for (int i = 0; i < HOSTILE_KINDS; i++) {
        printf("%s\"%s\":%lld", i > 0 ? "," : "", hostile_names[i], (long long) hostile->count[i]);
    }
    printf("},\"believed\":%d,\"wrong\":%d}\n", rig->answered_count, rig->wrong_count);
    (void) fflush(stdout);
}

static int32_t play(enum link_kind kind, const char *name, int32_t count, uint32_t seed)
{
    static struct hostile hostile;
    memset(&hostile, 0, sizeof hostile);
    start(&hostile, kind, seed);
    while (hostile.rig.ask_count < count) {
        rig_run(&hostile.rig, 60 * RIG_SECOND);
    }
    print(&hostile, name);
    rig_stop(&hostile.rig);
    return hostile.rig.wrong_count;
}

int main(int argument_count, char **argument)
{
    long count = argument_count > 1 ? strtol(argument[1], NULL, 10) : 1000000;
    long seed = argument_count > 2 ? strtol(argument[2], NULL, 10) : 77;
    struct error error;
    if (count < 1 || count > 100000000 || seed < 1 || seed > INT32_MAX ||
        !libmodbus_open(&codec, &error)) {
        (void) fprintf(stderr, "hostile [COUNT [SEED]]: COUNT is 1...100000000, SEED 1 or more\n");
        return 2;
    }
    int32_t wrong = play(LINK_RTU, "rtu", (int32_t) count, (uint32_t) seed);
    wrong += play(LINK_TCP, "tcp", (int32_t) count, (uint32_t) seed);
    wrong += play(LINK_RTU_OVER_TCP, "rtu_over_tcp", (int32_t) count, (uint32_t) seed);
    wrong += play(LINK_DTU, "dtu", (int32_t) count, (uint32_t) seed);
    libmodbus_close(codec);
    return wrong == 0 ? 0 : 1;
}
