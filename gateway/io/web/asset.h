/* asset.h - the files of the dashboard, compressed by gzip inside the binary. */
#pragma once

#include "gateway/io/web/request/request.h"

enum { ASSET_PLAIN_MAX = 16 * 1024 * 1024 };

struct web_asset {    /* built into the binary, compressed by gzip */
    const char *path; /* "/" "/assets/app.js" */
    const char *type;
    const unsigned char *bytes;
    size_t length;
};

/* Finds the file of a path. A path names no file when its last part has no dot and it is not below
 * /assets/. Such a path is a view of the dashboard and gets the front page. NULL: there is none. */
const struct web_asset *asset_find(const struct web_asset *assets, int32_t count, const char *path);

/* Answers with the file: compressed, or plain if the client does not accept gzip; 304 if the client
 * has it already. */
void asset_answer(const struct web_asset *asset, const struct request *request,
                  struct answer *answer);
