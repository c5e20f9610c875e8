/* identity.h - an authenticated user or token. */
#pragma once

#include "gateway/io/state/state_users.h"

struct identity {
    char name[USER_NAME_MAX];
    enum role role;
    char person[ID_MAX]; /* the person of the config that this user is, "": none */
};
