/* page_outputs.c - the outputs, as the callbacks describe them. */
#include "gateway/io/web/page/pages.h"

void page_outputs(const struct page_call *call, struct answer *answer)
{
    const struct web_callbacks *callbacks = &call->context->callbacks;
    json_write_open(&answer->body, '[');
    for (int32_t i = 0; i < callbacks->output_count; i++) {
        if (permission_sees_output(&call->permission, i)) {
            callbacks->add_output(callbacks->context, i, &answer->body);
        }
    }
    json_write_close(&answer->body, ']');
}
