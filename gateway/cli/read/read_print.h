/* read_print.h - one transaction for people, and as JSON: every byte, every way to read it. */
#pragma once

#include "gateway/cli/shared/target.h"
#include "sensors/device/decode.h"

/* What was asked for, and by which block of which model (NULL: by hand). */
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
