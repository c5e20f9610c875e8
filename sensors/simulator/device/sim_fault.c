#include "sensors/simulator/device/sim_fault.h"

#include <string.h>

static const struct {
    const char *name;
    enum sim_fault fault;
} known[] = {
    {"silent", SIM_SILENT},
    {"late", SIM_LATE},
    {"garbage", SIM_GARBAGE},
    {"crc", SIM_CRC},
    {"wrong_unit", SIM_WRONG_UNIT},
    {"exception", SIM_EXCEPTION},
    {"split", SIM_SPLIT},
    {"glued", SIM_GLUED},
    {"short", SIM_SHORT},
    {"echo", SIM_ECHO},
    {"zeros", SIM_ZEROS},
    {"heartbeat_before", SIM_HEARTBEAT_BEFORE},
    {"heartbeat_inside", SIM_HEARTBEAT_INSIDE},
    {"imei", SIM_IMEI},
    {"wrong_count", SIM_WRONG_COUNT},
    {"fewer", SIM_FEWER},
    {"crc_swapped", SIM_CRC_SWAPPED},
    {"wrong_transaction", SIM_WRONG_TRANSACTION},
    {"trickle", SIM_TRICKLE},
    {"close", SIM_CLOSE},
    {"wrong_echo", SIM_WRONG_ECHO},
    {"no_effect", SIM_NO_EFFECT},
    {"any", SIM_ANY},
    {"none", SIM_NO_FAULT},
    {"well", SIM_NO_FAULT},
};

bool sim_fault_find(const char *name, enum sim_fault *ret_fault)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].name, name) == 0) {
            *ret_fault = known[i].fault;
            return true;
        }
    }
    return false;
}

void sim_fault_add_names(struct text *text)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].fault != SIM_NO_FAULT) {
            text_add(text, "%s%s", i == 0 ? "" : " ", known[i].name);
        }
    }
}

bool sim_fault_fits(enum sim_fault fault, enum framing framing)
{
    if (fault == SIM_ECHO || fault == SIM_CRC_SWAPPED) {
        return framing == FRAMING_RTU;
    }
    return fault != SIM_WRONG_TRANSACTION || framing == FRAMING_MBAP;
}

enum sim_fault sim_fault_draw(uint64_t random, enum framing framing)
{
    enum sim_fault fault = (enum sim_fault)(SIM_SILENT + random % (SIM_ANY - SIM_SILENT));
    return sim_fault_fits(fault, framing) ? fault : SIM_GARBAGE;
}
