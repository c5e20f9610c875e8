#include "sensors/simulator/device/sim_fault.h"

#include <assert.h>
#include <string.h>

#include "gateway/base/text.h"

static const char *const names[] = {"none",
                                    "silent",
                                    "late",
                                    "garbage",
                                    "crc",
                                    "wrong_unit",
                                    "exception",
                                    "split",
                                    "glued",
                                    "short",
                                    "echo",
                                    "zeros",
                                    "heartbeat_before",
                                    "heartbeat_inside",
                                    "imei",
                                    "wrong_count",
                                    "fewer",
                                    "crc_swapped",
                                    "wrong_transaction",
                                    "trickle",
                                    "close",
                                    "wrong_echo",
                                    "no_effect",
                                    "any"};
static_assert(sizeof names / sizeof names[0] == SIM_ANY + 1, "a name for each fault");

bool sim_fault_find(const char *name, enum sim_fault *ret_fault)
{
    const char *wanted = strcmp(name, "well") == 0 ? names[SIM_NO_FAULT] : name;
    for (unsigned i = SIM_NO_FAULT; i <= SIM_ANY; i++) {
        if (strcmp(names[i], wanted) == 0) {
            *ret_fault = (enum sim_fault) i;
            return true;
        }
    }
    return false;
}

struct sim_fault_names sim_fault_names(void)
{
    struct sim_fault_names all = {0};
    struct text text = text_over(all.text, sizeof all.text);
    for (unsigned i = SIM_SILENT; i <= SIM_ANY; i++) {
        text_add(&text, "%s%s", i == SIM_SILENT ? "" : " ", names[i]);
    }
    return all;
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
