#include <string.h>

#include "gateway/io/web/page/api_json.h"
#include "gateway/io/web/page/pages.h"
#include "gateway/io/web/request/request_body.h"
#include "gateway/io/web/request/time_argument.h"

void page_maintenance(const struct web_context *context, const struct request *request,
                      const struct identity *identity, struct answer *answer)
{
    const struct policy *policy = context->policy;
    struct request_maintenance body;
    struct error error;
    if (policy_find_device(policy, request->match.id) < 0) {
        answer_refuse(answer, 404, "没有这个设备");
        return;
    }
    if (!request_body_read_maintenance(request->body.bytes, request->body.length, &body, &error)) {
        answer_refuse(answer, 400, error.text);
        return;
    }
    struct event_command command = {.verb = COMMAND_MAINTAIN,
                                    .device = request->match.id,
                                    .actor = identity->name,
                                    .person = identity->person,
                                    .channel = "web",
                                    .note = body.note};
    if (body.until[0] != '\0' && !time_argument_parse(&policy->zone, body.until, &command.until)) {
        answer_refuse(answer, 400, "until应当是一个时间,例如2026-07-18T14:20:00+08:00");
        return;
    }
    char text[ANSWER_MAX] = "";
    int status = context->callbacks.command(context->callbacks.context, &command, text);
    if (status != 200) {
        answer_refuse(answer, status, text);
        return;
    }
    json_write_open(&answer->body, '{');
    api_json_add_maintenance(&answer->body, context, request->match.id);
    json_write_close(&answer->body, '}');
}
