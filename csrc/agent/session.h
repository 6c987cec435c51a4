/* A client's hold on a pod, over standard input and output. */
#pragma once

/*
 * Serve requests until standard input ends, or none has come for `seconds`; then end everything that was started. Requests
 * are a line and as many bytes as it says:
 *
 *   start NUMBER LENGTH    NUL-terminated: CPUs (or nothing), then the words of a command line
 *   signal NUMBER SIGNAL
 *   read LENGTH            NUL-terminated paths; one that ends in / is a directory, whose names are the answer
 *   write LENGTH           a NUL-terminated path, and what is appended to that file
 *   ask PORT LENGTH        what goes to a server on the loopback address; answered like a file that is read
 *   ping
 *
 * Answers: "started NUMBER PID", "failed NUMBER ERRNO", "ended NUMBER STATUS OUT ERR" and bytes, "file LENGTH ERRNO" and
 * bytes for each path, "written ERRNO", "pong". The first line is "barewire-agent VERSION".
 */
int session_serve(int seconds);
