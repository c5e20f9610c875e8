#include "gateway/io/web/page/api_json.h"
#include "gateway/io/web/page/pages.h"

struct output_writer {
    const struct web_callbacks *house;
    int32_t output;
};

static void write_output(void *context, struct text *text)
{
    const struct output_writer *writer = context;
    writer->house->add_output(writer->house->context, writer->output, text);
}

void page_outputs(const struct web_context *context, const struct permission *permission,
                  struct answer *answer)
{
    buffer_add(&answer->body, "[");
    for (int32_t i = 0; i < context->house.output_count; i++) {
        struct output_writer writer = {.house = &context->house, .output = i};
        if (permission_sees_output(permission, i)) {
            json_add_comma(&answer->body);
            buffer_add_text(&answer->body, write_output, &writer);
        }
    }
    buffer_add(&answer->body, "]");
}
