/* What people read, in Chinese: severities, states and entries. */
#include "gateway/base/check.h"
#include "gateway/core/model/effect.h"
#include "gateway/core/model/incident.h"
#include "gateway/core/model/policy.h"

static const char *chinese_of_value(const char *const *texts, int count, int value)
{
    CHECK(value >= 0 && value < count);
    return texts[value];
}

const char *severity_text(enum severity severity)
{
    static const char *const texts[SEVERITY_COUNT] = {"一级（红）", "二级（橙）", "三级（黄）",
                                                      "四级（蓝）"};
    return chinese_of_value(texts, SEVERITY_COUNT, (int) severity);
}

const char *incident_state_text(enum incident_state state)
{
    static const char *const texts[INCIDENT_STATE_COUNT] = {"未确认", "已确认",   "整改中",
                                                            "待复查", "误报待核", "已销号"};
    return chinese_of_value(texts, INCIDENT_STATE_COUNT, (int) state);
}

const char *entry_kind_text(enum entry_kind kind)
{
    static const char *const texts[ENTRY_KIND_COUNT] = {
        [ENTRY_OPENED] = "发生",
        [ENTRY_RAISED] = "再次超限",
        [ENTRY_WORSENED] = "级别上升",
        [ENTRY_CLEARED] = "恢复正常",
        [ENTRY_RETURNED] = "已恢复，尚未确认",
        [ENTRY_DATA_LOST] = "数据中断",
        [ENTRY_DATA_BACK] = "数据恢复",
        [ENTRY_ACKED] = "已确认",
        [ENTRY_ARRIVED] = "已到场",
        [ENTRY_RECTIFIED] = "整改完成",
        [ENTRY_FALSE_CLAIM] = "报为误报，待核",
        [ENTRY_REINSPECTED] = "复查合格",
        [ENTRY_ESCALATED] = "转上级",
        [ENTRY_MESSAGE] = "短信",
        [ENTRY_CANCELLED] = "短信已取消",
        [ENTRY_SENT] = "短信已发出",
        [ENTRY_DELIVERED] = "短信已送达",
        [ENTRY_FAILED] = "短信发送失败",
        [ENTRY_REPLY] = "短信回复",
        [ENTRY_COMMENT] = "备注",
        [ENTRY_CLOSED] = "销号",
        [ENTRY_REFUSED] = "未予受理",
        [ENTRY_OUTPUT] = "警示设备",
        [ENTRY_MAINTENANCE] = "检修",
    };
    return chinese_of_value(texts, ENTRY_KIND_COUNT, (int) kind);
}
