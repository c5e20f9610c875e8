/* page_maintenance.c - begins and ends the maintenance of a device. */
#include "gateway/io/web/page/api_json.h"
#include "gateway/io/web/page/pages.h"
#include "gateway/io/web/request/request_body.h"
#include "gateway/io/web/request/time_argument.h"

void page_maintenance(const struct page_call *call, struct answer *answer)
{
    const struct web_context *context = call->context;
    const struct request *request = call->request;
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
    struct event_command command = {.device = request->match.id, .note = body.note};
    if (body.until[0] != '\0' && !time_argument_parse(&policy->zone, body.until, &command.until)) {
        answer_refuse(answer, 400, "until应当是一个时间，例如2026-07-18T14:20:00+08:00");
        return;
    }
    if (!page_give_command(call, &command, answer)) {
        return;
    }
    json_write_open(&answer->body, '{');
    api_json_add_maintenance(&answer->body, context, request->match.id);
    json_write_close(&answer->body, '}');
}
