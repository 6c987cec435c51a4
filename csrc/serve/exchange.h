/*
 * Requests and answers of given sizes without a format (`--tcp`), and the stream half of a sink, which answers nothing.
 */
#pragma once

#include "connection.h"

extern const struct stream exchange_stream;
extern const struct stream exchange_sink;
