/* page_links.c - the links and outputs, as the callbacks describe them. */
#include "gateway/io/web/page/pages.h"

void page_links(const struct page_call *call, struct answer *answer)
{
    const struct web_callbacks *callbacks = &call->context->callbacks;
    json_write_open(&answer->body, '[');
    for (int32_t i = 0; i < callbacks->link_count; i++) {
        json_write_open(&answer->body, '{');
        callbacks->add_link(callbacks->context, i, &answer->body);
        json_write_close(&answer->body, '}');
    }
    json_write_close(&answer->body, ']');
}
