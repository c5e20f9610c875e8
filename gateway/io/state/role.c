#include "gateway/io/state/role.h"

#include <string.h>

#include "gateway/base/check.h"

static const char *const role_names[ROLE_COUNT] = {"viewer",     "grid",  "inspector",
                                                   "technician", "admin", "source"};

const char *role_name(enum role role)
{
    CHECK((int) role >= 0 && (int) role < ROLE_COUNT);
    return role_names[role];
}

bool role_find(const char *name, enum role *ret_role)
{
    for (int i = 0; i < ROLE_COUNT; i++) {
        if (strcmp(role_names[i], name) == 0) {
            *ret_role = (enum role) i;
            return true;
        }
    }
    return false;
}
