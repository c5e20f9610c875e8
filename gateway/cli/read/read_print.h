/* read_print.h - prints one transaction, for people or as JSON. */
#pragma once

#include "gateway/cli/shared/target.h"
#include "sensors/device/decode.h"

/* One request, and the block of the model it reads (NULL: given by hand). */
struct read_question {
    struct frame_request request;
    const struct profile *profile;
    int32_t read; /* index of the block */
    us_t timeout;
};

/* `values` by point of the profile; NULL without a profile. */
void read_print(const struct link_settings *link, const struct read_question *question,
                const struct probe_answer *answer, const struct decode_value *values);

/* One JSON object on a line of stdout. */
void read_print_json(const struct link_settings *link, const struct read_question *question,
                     const struct probe_answer *answer, const struct decode_value *values);
