/* An IPv4 or IPv6 address as people write it. */
#pragma once

#include <sys/socket.h>

/* The length of the address, or 0 if the text is none; its port stays 0. */
socklen_t address_parse(const char *text, struct sockaddr_storage *address);
void address_set_port(struct sockaddr_storage *address, int port);
