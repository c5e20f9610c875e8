/* The names of enums in the API, in files and in the database: they never change. */
#include "gateway/base/check.h"
#include "gateway/core/model/effect.h"
#include "gateway/core/model/incident.h"
#include "gateway/core/model/policy.h"

static const char *name_of_value(const char *const *words, int count, int value)
{
    CHECK(value >= 0 && value < count);
    return words[value];
}

const char *severity_name(enum severity severity)
{
    static const char *const names[SEVERITY_COUNT] = {"critical", "major", "minor", "notice"};
    return name_of_value(names, SEVERITY_COUNT, (int) severity);
}

const char *incident_state_name(enum incident_state state)
{
    static const char *const names[INCIDENT_STATE_COUNT] = {
        "open", "acked", "rectifying", "reinspect", "false_claim", "closed"};
    return name_of_value(names, INCIDENT_STATE_COUNT, (int) state);
}

const char *condition_name(enum condition condition)
{
    static const char *const names[CONDITION_COUNT] = {"normal", "active", "unknown"};
    return name_of_value(names, CONDITION_COUNT, (int) condition);
}

const char *entry_kind_name(enum entry_kind kind)
{
    static const char *const names[ENTRY_KIND_COUNT] = {
        [ENTRY_OPENED] = "opened",
        [ENTRY_RAISED] = "raised",
        [ENTRY_WORSENED] = "worsened",
        [ENTRY_CLEARED] = "cleared",
        [ENTRY_RETURNED] = "returned",
        [ENTRY_DATA_LOST] = "data_lost",
        [ENTRY_DATA_BACK] = "data_back",
        [ENTRY_ACKED] = "acked",
        [ENTRY_ARRIVED] = "arrived",
        [ENTRY_RECTIFIED] = "rectified",
        [ENTRY_FALSE_CLAIM] = "false_claim",
        [ENTRY_REINSPECTED] = "reinspected",
        [ENTRY_ESCALATED] = "escalated",
        [ENTRY_MESSAGE] = "message",
        [ENTRY_CANCELLED] = "cancelled",
        [ENTRY_SENT] = "sent",
        [ENTRY_DELIVERED] = "delivered",
        [ENTRY_FAILED] = "failed",
        [ENTRY_REPLY] = "reply",
        [ENTRY_COMMENT] = "comment",
        [ENTRY_CLOSED] = "closed",
        [ENTRY_REFUSED] = "refused",
        [ENTRY_OUTPUT] = "output",
        [ENTRY_MAINTENANCE] = "maintenance",
    };
    return name_of_value(names, ENTRY_KIND_COUNT, (int) kind);
}

const char *message_kind_name(enum message_kind kind)
{
    static const char *const names[MESSAGE_KIND_COUNT] = {
        "alarm", "repeat", "escalation", "handed_on", "recovery", "confirmation", "help", "test"};
    return name_of_value(names, MESSAGE_KIND_COUNT, (int) kind);
}
