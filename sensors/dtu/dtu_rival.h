/* dtu_rival.h - the sockets of one DTU's connections besides the one in use: the rival, which is
 * asked whether it is a second device, and the newest, which waits to be taken. What to do with
 * them dtu_takeover.h decides. */
#pragma once

#include "sensors/dtu/dtu_takeover.h"
#include "sensors/transport/transport.h"

/* A DTU has connected, and said `bytes` after its registration. `in_use`: the link's open
 * connection, or NULL; its fd is taken out of it when it becomes the rival. The fd is the
 * takeover's from now on. */
void dtu_rival_add(struct dtu_takeover *takeover, struct transport *in_use, int fd,
                   const uint8_t *bytes, size_t length, us_t now);

/* Reads from the rival, and asks it when that is due. True: look again at dtu_takeover_next. False:
 * it is closed, or there is none. */
bool dtu_rival_watch(struct dtu_takeover *takeover, us_t now);

void dtu_rival_close(struct dtu_takeover *takeover);

/* Closes the rival and the connection that waits. */
void dtu_rival_close_all(struct dtu_takeover *takeover);
