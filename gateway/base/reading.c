#include "gateway/base/reading.h"

#include "gateway/base/check.h"

const char *quality_name(enum quality quality)
{
    static const char *const names[QUALITY_COUNT] = {"good", "uncertain", "bad", "no_answer"};
    CHECK((int) quality >= 0 && (int) quality < QUALITY_COUNT);
    return names[quality];
}

const char *reason_text(enum reason reason)
{
    static const char *const texts[REASON_COUNT] = {"",
                                                    "传感器无有效值",
                                                    "超出物理量程",
                                                    "超出标称范围",
                                                    "同设备其他量异常",
                                                    "数值不是数",
                                                    "无应答",
                                                    "链路中断",
                                                    "设备返回异常",
                                                    "报文损坏",
                                                    "变化过快待确认",
                                                    "上电初值待确认",
                                                    "长时间不变",
                                                    "数据过期"};
    CHECK((int) reason >= 0 && (int) reason < REASON_COUNT);
    return texts[reason];
}
