/* http_peer.h - a web server of a test, on loopback, in its own thread: one connection at a time,
 * the answer to each request comes from the test. */
#pragma once

#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/check.h"

enum { PEER_HEAD_MAX = 4096, PEER_BODY_MAX = 1 << 20, PEER_REPLY_MAX = 8192 };

struct http_peer_request {
    char head[PEER_HEAD_MAX];
    unsigned char body[PEER_BODY_MAX];
    size_t length;
};

struct http_peer {
    void *context;
    /* Writes the whole reply, status line and all; nothing: the request stays unanswered until the
     * caller gives up. In the server's thread. */
    void (*answer)(void *context, const struct http_peer_request *request,
                   char reply[static PEER_REPLY_MAX]);
    int listener;
    int port;
    pthread_t thread;
    struct http_peer_request request;
};

/* Reads one request. False: the caller has gone. */
static inline bool http_peer_read(struct http_peer *peer, int fd)
{
    size_t used = 0;
    const char *end = NULL;
    struct http_peer_request *request = &peer->request;
    while (end == NULL) {
        ssize_t count = recv(fd, request->head + used, 1, 0);
        if (count <= 0 || used + 2 > PEER_HEAD_MAX) {
            return false;
        }
        used++;
        request->head[used] = '\0';
        end = strstr(request->head, "\r\n\r\n");
    }
    const char *field = strcasestr(request->head, "\r\nContent-Length: ");
    request->length = field == NULL ? 0 : strtoul(field + strlen("\r\nContent-Length: "), NULL, 10);
    CHECK(request->length <= PEER_BODY_MAX);
    return request->length == 0 ||
           recv(fd, request->body, request->length, MSG_WAITALL) == (ssize_t) request->length;
}

static inline void http_peer_serve(struct http_peer *peer, int fd)
{
    while (http_peer_read(peer, fd)) {
        char reply[PEER_REPLY_MAX] = "";
        peer->answer(peer->context, &peer->request, reply);
        size_t length = strlen(reply);
        if (length > 0 && send(fd, reply, length, MSG_NOSIGNAL) != (ssize_t) length) {
            return;
        }
    }
}

static inline void *http_peer_run(void *context)
{
    struct http_peer *peer = context;
    for (;;) {
        int fd = accept4(peer->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0) {
            return NULL;
        }
        http_peer_serve(peer, fd);
        (void) close(fd);
    }
}

/* Fill `context` and `answer` first. */
static inline void http_peer_start(struct http_peer *peer)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(peer->listener >= 0);
    CHECK(bind(peer->listener, (struct sockaddr *) &address, length) == 0);
    CHECK(getsockname(peer->listener, (struct sockaddr *) &address, &length) == 0);
    CHECK(listen(peer->listener, 8) == 0);
    peer->port = ntohs(address.sin_port);
    CHECK(pthread_create(&peer->thread, NULL, http_peer_run, peer) == 0);
}

/* The caller's connection must be closed by then. */
static inline void http_peer_stop(struct http_peer *peer)
{
    (void) shutdown(peer->listener, SHUT_RDWR);
    CHECK(pthread_join(peer->thread, NULL) == 0);
    (void) close(peer->listener);
}
