/* The names of enums in the API, in files and in the database, which never change, and in Chinese
 * for people. */
#include "gateway/base/check.h"
#include "gateway/core/model/effect.h"
#include "gateway/core/model/incident.h"
#include "gateway/core/model/policy.h"

struct names {
    const char *name, *text;
};

static const struct names *names_of(const struct names *names, int count, int value)
{
    CHECK(value >= 0 && value < count);
    return &names[value];
}

static const struct names severities[SEVERITY_COUNT] = {
    [SEVERITY_CRITICAL] = {"critical", "一级（红）"},
    [SEVERITY_MAJOR] = {"major", "二级（橙）"},
    [SEVERITY_MINOR] = {"minor", "三级（黄）"},
    [SEVERITY_NOTICE] = {"notice", "四级（蓝）"},
};

const char *severity_name(enum severity severity)
{
    return names_of(severities, SEVERITY_COUNT, (int) severity)->name;
}

const char *severity_text(enum severity severity)
{
    return names_of(severities, SEVERITY_COUNT, (int) severity)->text;
}

static const struct names incident_states[INCIDENT_STATE_COUNT] = {
    [INCIDENT_OPEN] = {"open", "未确认"},
    [INCIDENT_ACKED] = {"acked", "已确认"},
    [INCIDENT_RECTIFYING] = {"rectifying", "整改中"},
    [INCIDENT_REINSPECT] = {"reinspect", "待复查"},
    [INCIDENT_FALSE_CLAIM] = {"false_claim", "误报待核"},
    [INCIDENT_CLOSED] = {"closed", "已销号"},
};

const char *incident_state_name(enum incident_state state)
{
    return names_of(incident_states, INCIDENT_STATE_COUNT, (int) state)->name;
}

const char *incident_state_text(enum incident_state state)
{
    return names_of(incident_states, INCIDENT_STATE_COUNT, (int) state)->text;
}

static const struct names entry_kinds[ENTRY_KIND_COUNT] = {
    [ENTRY_OPENED] = {"opened", "发生"},
    [ENTRY_RAISED] = {"raised", "再次超限"},
    [ENTRY_WORSENED] = {"worsened", "级别上升"},
    [ENTRY_CLEARED] = {"cleared", "恢复正常"},
    [ENTRY_RETURNED] = {"returned", "已恢复，尚未确认"},
    [ENTRY_DATA_LOST] = {"data_lost", "数据中断"},
    [ENTRY_DATA_BACK] = {"data_back", "数据恢复"},
    [ENTRY_ACKED] = {"acked", "已确认"},
    [ENTRY_ARRIVED] = {"arrived", "已到场"},
    [ENTRY_RECTIFIED] = {"rectified", "整改完成"},
    [ENTRY_FALSE_CLAIM] = {"false_claim", "报为误报，待核"},
    [ENTRY_REINSPECTED] = {"reinspected", "复查合格"},
    [ENTRY_ESCALATED] = {"escalated", "转上级"},
    [ENTRY_MESSAGE] = {"message", "短信"},
    [ENTRY_CANCELLED] = {"cancelled", "短信已取消"},
    [ENTRY_SENT] = {"sent", "短信已发出"},
    [ENTRY_DELIVERED] = {"delivered", "短信已送达"},
    [ENTRY_FAILED] = {"failed", "短信发送失败"},
    [ENTRY_REPLY] = {"reply", "短信回复"},
    [ENTRY_COMMENT] = {"comment", "备注"},
    [ENTRY_CLOSED] = {"closed", "销号"},
    [ENTRY_REFUSED] = {"refused", "未予受理"},
    [ENTRY_OUTPUT] = {"output", "警示设备"},
    [ENTRY_MAINTENANCE] = {"maintenance", "检修"},
};

const char *entry_kind_name(enum entry_kind kind)
{
    return names_of(entry_kinds, ENTRY_KIND_COUNT, (int) kind)->name;
}

const char *entry_kind_text(enum entry_kind kind)
{
    return names_of(entry_kinds, ENTRY_KIND_COUNT, (int) kind)->text;
}

const char *condition_name(enum condition condition)
{
    static const char *const names[CONDITION_COUNT] = {"normal", "active", "unknown"};
    CHECK((int) condition >= 0 && (int) condition < CONDITION_COUNT);
    return names[condition];
}

const char *message_kind_name(enum message_kind kind)
{
    static const char *const names[MESSAGE_KIND_COUNT] = {
        "alarm", "repeat", "escalation", "handed_on", "recovery", "confirmation", "help", "test"};
    CHECK((int) kind >= 0 && (int) kind < MESSAGE_KIND_COUNT);
    return names[kind];
}
