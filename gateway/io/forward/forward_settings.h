/* forward_settings.h - one time-series store, as the config names it. */
#pragma once

#include "gateway/core/model/policy.h"

enum { FORWARD_LINES_MAX = 5000 /* in one request */, STORES_MAX = 8 };

struct forward_settings {
    char id[ID_MAX];
    char url[256]; /* http://127.0.0.1:8086 */
    char database[64];
    char user[64];        /* "": none */
    char token_file[256]; /* password or token, read at start; never in the config */
};
