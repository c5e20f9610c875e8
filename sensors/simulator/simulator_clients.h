/* simulator_clients.h - who sits at the control socket of a simulation: lines in, answers out. */
#pragma once

#include "sensors/simulator/simulator.h"
#include "sensors/simulator/simulator_connections.h"

struct sim_clients {
    struct simulator *simulator; /* obeys */
    int epoll;
    int control; /* listening, -1: none */
    struct sim_client {
        int fd; /* -1: free */
        size_t length;
        char bytes[SIMULATOR_COMMAND_MAX];
    } client[SIMULATOR_CLIENTS_MAX];
};

void sim_clients_init(struct sim_clients *clients, struct simulator *simulator);
void sim_clients_accept(struct sim_clients *clients);

/* Something has come from a client, or it has left. */
void sim_clients_serve(struct sim_clients *clients, int32_t index);
void sim_clients_close(struct sim_clients *clients);
