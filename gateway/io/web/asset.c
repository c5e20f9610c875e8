#include "gateway/io/web/asset.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/hash.h"
#include "gateway/io/system/gzip.h"

static const struct web_asset *find_asset_path(const struct web_asset *assets, int32_t count,
                                               const char *path)
{
    for (int32_t i = 0; i < count; i++) {
        if (strcmp(assets[i].path, path) == 0) {
            return &assets[i];
        }
    }
    return NULL;
}

const struct web_asset *asset_find(const struct web_asset *assets, int32_t count, const char *path)
{
    static const char folder[] = "/assets/";
    const struct web_asset *asset = find_asset_path(assets, count, path);
    const char *last = strrchr(path, '/');
    bool is_file =
        last == NULL || strchr(last, '.') != NULL || strncmp(path, folder, sizeof folder - 1) == 0;
    return asset != NULL || is_file ? asset : find_asset_path(assets, count, "/");
}

static bool unpack_asset(const struct web_asset *asset, struct text *ret_plain)
{
    if (asset->length < 18) { /* the header and trailer of gzip alone */
        return false;
    }
    /* The last four bytes are the plain length, lowest byte first (RFC 1952). */
    const unsigned char *end = asset->bytes + asset->length - 4;
    size_t size = end[0] | (size_t) end[1] << 8 | (size_t) end[2] << 16 | (size_t) end[3] << 24;
    if (size > ASSET_PLAIN_MAX) {
        return false;
    }
    char *bytes = malloc(size + 1);
    size_t length = 0;
    if (bytes == NULL || !gzip_unpack(asset->bytes, asset->length, bytes, size, &length)) {
        free(bytes);
        return false;
    }
    bytes[length] = '\0';
    *ret_plain =
        (struct text){.bytes = bytes, .size = size + 1, .length = length, .max = ret_plain->max};
    return true;
}

void asset_answer(const struct web_asset *asset, const struct request *request,
                  struct answer *answer)
{
    answer->status = 200;
    answer->type = asset->type;
    (void) snprintf(answer->tag, sizeof answer->tag, "W/\"%016" PRIx64 "\"",
                    hash_64(HASH64_START, asset->bytes, asset->length));
    if (strstr(request->if_none_match, answer->tag) != NULL) {
        answer->status = 304;
    } else if (request->accepts_gzip) {
        answer->is_packed = true;
        text_add_bytes(&answer->body, (const char *) asset->bytes, asset->length);
    } else if (!unpack_asset(asset, &answer->body)) {
        answer->tag[0] = '\0';
        answer_refuse(answer, 503, "这个文件已损坏");
    }
}
