/* simulator_clients.h - who sits at the control socket of a simulation: lines in, answers out. */
#pragma once

#include "sensors/simulator/simulator.h"
#include "sensors/simulator/simulator_connections.h"

struct clients {
    struct simulator *simulator; /* obeys */
    int epoll;
    int control; /* listening, -1: none */
    struct client {
        int fd; /* -1: free */
        size_t length;
        char bytes[SIMULATOR_COMMAND_MAX];
    } client[SIMULATOR_CLIENTS_MAX];
};

void clients_init(struct clients *clients, struct simulator *simulator);
void clients_accept(struct clients *clients);

/* Something has come from a client, or it has left. */
void clients_serve(struct clients *clients, int32_t index);
void clients_close(struct clients *clients);
