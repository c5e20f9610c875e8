#include "sensors/simulator/simulator_clients.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void sim_clients_init(struct sim_clients *clients)
{
    for (int32_t i = 0; i < SIMULATOR_CLIENTS_MAX; i++) {
        clients->client[i].fd = -1;
    }
}

void sim_clients_accept(struct sim_clients *clients, int control)
{
    int fd = accept4(control, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    for (int32_t i = 0; i < SIMULATOR_CLIENTS_MAX && fd >= 0; i++) {
        struct sim_client *client = &clients->client[i];
        if (client->fd < 0 &&
            poller_watch(clients->poller, clients->first_owner + i, fd, POLLER_FOR_ANY_BYTES)) {
            client->fd = fd;
            client->length = 0;
            return;
        }
    }
    if (fd >= 0) {
        (void) close(fd);
    }
}

/* Carries out all whole lines that have come. */
static void obey_commands(const struct sim_clients *clients, struct sim_client *client)
{
    char *end = memchr(client->bytes, '\n', client->length);
    while (end != NULL) {
        char answer[SIMULATOR_ANSWER_MAX];
        *end = '\0';
        clients->command(clients->context, client->bytes, answer, sizeof answer - 1);
        size_t length = strlen(answer);
        answer[length] = '\n';
        (void) send(client->fd, answer, length + 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        size_t used = (size_t) (end - client->bytes) + 1;
        client->length -= used;
        memmove(client->bytes, client->bytes + used, client->length);
        end = memchr(client->bytes, '\n', client->length);
    }
}

void sim_clients_serve(struct sim_clients *clients, int32_t index)
{
    struct sim_client *client = &clients->client[index];
    size_t room = sizeof client->bytes - client->length;
    ssize_t got = room > 0 ? read(client->fd, client->bytes + client->length, room) : 0;
    if (got <= 0) { /* closed, or a line without an end */
        poller_forget(clients->poller, clients->first_owner + index);
        (void) close(client->fd);
        client->fd = -1;
        return;
    }
    client->length += (size_t) got;
    obey_commands(clients, client);
}

void sim_clients_close(struct sim_clients *clients)
{
    for (int32_t i = 0; i < SIMULATOR_CLIENTS_MAX; i++) {
        if (clients->client[i].fd >= 0) {
            (void) close(clients->client[i].fd);
        }
    }
}
