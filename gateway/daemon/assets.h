/* assets.h - the dashboard built into the binary (dashboards/web, bundled and packed at build
 * time). */
#pragma once

#include "gateway/io/web/web.h"

extern const struct web_asset assets[];
extern const int assets_count;
