#include "sensors/simulator/device/sim_fault.h"

#include <string.h>

static const struct {
    const char *name;
    enum slave_fault fault;
} known[] = {
    {"silent", SLAVE_SILENT},
    {"late", SLAVE_LATE},
    {"garbage", SLAVE_GARBAGE},
    {"crc", SLAVE_CRC},
    {"wrong_unit", SLAVE_WRONG_UNIT},
    {"exception", SLAVE_EXCEPTION},
    {"split", SLAVE_SPLIT},
    {"glued", SLAVE_GLUED},
    {"short", SLAVE_SHORT},
    {"echo", SLAVE_ECHO},
    {"zeros", SLAVE_ZEROS},
    {"heartbeat_before", SLAVE_HEARTBEAT_BEFORE},
    {"heartbeat_inside", SLAVE_HEARTBEAT_INSIDE},
    {"imei", SLAVE_IMEI},
    {"wrong_count", SLAVE_WRONG_COUNT},
    {"fewer", SLAVE_FEWER},
    {"crc_swapped", SLAVE_CRC_SWAPPED},
    {"wrong_transaction", SLAVE_WRONG_TRANSACTION},
    {"trickle", SLAVE_TRICKLE},
    {"close", SLAVE_CLOSE},
    {"wrong_echo", SLAVE_WRONG_ECHO},
    {"no_effect", SLAVE_NO_EFFECT},
    {"any", SLAVE_ANY},
    {"none", SLAVE_WELL},
    {"well", SLAVE_WELL},
};

bool slave_fault_find(const char *name, enum slave_fault *ret_fault)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].name, name) == 0) {
            *ret_fault = known[i].fault;
            return true;
        }
    }
    return false;
}

void slave_fault_add_names(struct text *text)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].fault != SLAVE_WELL) {
            text_add(text, "%s%s", i == 0 ? "" : " ", known[i].name);
        }
    }
}

bool slave_fault_fits(enum slave_fault fault, enum framing framing)
{
    if (fault == SLAVE_ECHO || fault == SLAVE_CRC_SWAPPED) {
        return framing == FRAMING_RTU;
    }
    return fault != SLAVE_WRONG_TRANSACTION || framing == FRAMING_MBAP;
}

enum slave_fault slave_fault_draw(uint64_t random, enum framing framing)
{
    enum slave_fault fault = (enum slave_fault)(SLAVE_SILENT + random % (SLAVE_ANY - SLAVE_SILENT));
    return slave_fault_fits(fault, framing) ? fault : SLAVE_GARBAGE;
}
