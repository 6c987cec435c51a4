/*
 * Requests of a connection and their answers: requests come with their intended time and wait while the connection is
 * busy; none is ever left out.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "connection.h"
#include "protocol.h"

/*
 * A request intended for `intended`: sent at once if the connection can, else it waits. This function and the next two
 * run out of memory with -1.
 */
int exchange_request(struct connection *c, struct worker *w, int64_t intended);
/* Do what can be done: open, send what waits as far as the pipeline allows, and in a closed loop ask for more. */
int exchange_go_on(struct connection *c, struct worker *w);
/* The socket has room again for what was not written. */
int exchange_write(struct connection *c, struct worker *w);
/*
 * The oldest request under way has its whole answer, right (`wrong` is NO_ERROR) or not; `closes`: the server announced
 * that it will close. What that means for a connection for one request, or for what waits, is done too; but with `more`
 * nothing is sent yet, because bytes are left that came before it. An answer that came before its request arrived is
 * another one's: the connection is gone, and the outcome says so, because only the caller can show its bytes.
 */
enum outcome exchange_complete(struct connection *c, struct worker *w, enum error_kind wrong, bool closes, bool more);
/* Bytes arrived that answer no request. */
enum outcome exchange_stray(struct connection *c, struct worker *w);
/*
 * Everything under way has failed; the connection is closed and, if it is needed, opened again. 0, or -1 without
 * memory: what goes wrong with a connection is counted.
 */
int exchange_abort(struct connection *c, struct worker *w, enum error_kind kind);
/* Where a connection cannot even begin to open, requests fail one by one, so that nothing waits forever. */
void exchange_fail_to_open(struct connection *c, struct worker *w);
/* exchange_abort() for code that is reading. */
enum outcome exchange_fail(struct connection *c, struct worker *w, enum error_kind kind);
/* The oldest request under way of a stream; there must be one. */
struct request exchange_take(struct connection *c, struct worker *w);
/* A request has waited for `timeout`. */
void exchange_time_out(struct worker *w, const struct request *request);
void exchange_count_error(struct worker *w, enum error_kind kind, int64_t intended);
/* Waiting has ended `now`: recorded requests without an answer are unfinished, and lost. */
void exchange_unfinished(const struct connection *c, struct worker *w, int64_t now);
/* With --timestamps, a request is answered: record the time between its stamps, or count that one is missing (-1). */
int64_t exchange_record_wire(struct connection *c, struct worker *w, int64_t intended);
