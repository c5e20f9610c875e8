/* role.h - the roles of users and tokens, and their names in state.db and the API. */
#pragma once

#include <stdbool.h>

enum role { ROLE_VIEWER, ROLE_GRID, ROLE_INSPECTOR, ROLE_TECHNICIAN, ROLE_ADMIN, ROLE_SOURCE };
enum { ROLE_COUNT = 6 };

const char *role_name(enum role role);

/* False: no role has this name. */
bool role_find(const char *name, enum role *ret_role);
