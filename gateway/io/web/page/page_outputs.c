#include "gateway/io/web/page/api_json.h"
#include "gateway/io/web/page/pages.h"

void page_outputs(const struct web_context *context, const struct permission *permission,
                  struct answer *answer)
{
    json_write_open(&answer->body, '[');
    for (int32_t i = 0; i < context->callbacks.output_count; i++) {
        if (permission_sees_output(permission, i)) {
            context->callbacks.add_output(context->callbacks.context, i, &answer->body);
        }
    }
    json_write_close(&answer->body, ']');
}
