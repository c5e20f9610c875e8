/* simulator_clients.h - the clients of a control socket: commands in, answers out. */
#pragma once

#include "sensors/simulator/simulator.h"
#include "sensors/transport/poller.h"

struct sim_clients {
    struct poller *poller;
    int32_t first_owner; /* of SIMULATOR_CLIENTS_MAX */
    void *context;
    /* Carries out one command; the answer without a newline. */
    void (*command)(void *context, const char *command, char *answer, size_t answer_size);
    struct sim_client {
        int fd; /* -1: free */
        size_t length;
        char bytes[SIMULATOR_COMMAND_MAX];
    } client[SIMULATOR_CLIENTS_MAX];
};

/* After the members before `client` were set. */
void sim_clients_init(struct sim_clients *clients);

/* A client connects to this listening socket. More than SIMULATOR_CLIENTS_MAX are closed. */
void sim_clients_accept(struct sim_clients *clients, int control);

/* A client has sent something, or has closed. */
void sim_clients_serve(struct sim_clients *clients, int32_t index);
void sim_clients_close(struct sim_clients *clients);
