#include "service.h"

const char *const service_names[SERVICE_KINDS] = {"http", "tcp", "udp", "sink"};
