/* asset.h - the dashboard's files, as they lie gzip'd in the binary. */
#pragma once

#include "gateway/io/web/request/request.h"

enum { ASSET_PLAIN_MAX = 16 * 1024 * 1024 };

struct web_asset {    /* built into the binary, already gzip */
    const char *path; /* "/" "/assets/app.js" */
    const char *type;
    const unsigned char *bytes;
    size_t length;
};

/* The file of this path. A path that names no file (no dot in its last part, and not below /assets/) is a place
 * within the dashboard, so it gets the front page. NULL: there is none. */
const struct web_asset *asset_find(const struct web_asset *assets, int32_t count, const char *path);

/* The answer with it: packed or, for who does not take gzip, plain; 304 to who has it already. */
void asset_answer(const struct web_asset *asset, const struct request *request,
                  struct answer *answer);
