"""The process of `forked_holders`: imports what a holder of a lab takes, and forks one for each request.

    python holder_server.py FD        FD is a stream socket

A request is `f` with the socket of a lab, then folder, environment and whether the network is shared: the answer is the holder's
pid. Or it is `s`, then the pid of one that has ended: the answer is its exit status.
"""

from __future__ import annotations

import gc
import os
import socket
import sys
from multiprocessing.connection import Connection

from barewire.testbeds.inside import holder


def main() -> None:
    gc.freeze()  # else every child would copy, at its end, all that it shares with this process
    control = socket.socket(fileno=int(sys.argv[1]))
    connection = Connection(os.dup(control.fileno()))
    while True:
        kind, fds, _, _ = socket.recv_fds(control, 1, 1)
        if not kind:
            return
        if kind == b"s":
            connection.send(os.waitstatus_to_exitcode(os.waitpid(connection.recv(), 0)[1]))
            continue
        request = connection.recv()
        pid = os.fork()
        if not pid:
            control.close()
            connection.close()
            _hold(fds[0], *request)
        os.close(fds[0])
        connection.send(pid)


def _hold(fd: int, folder: str, environment: dict[str, str], shared: bool) -> None:
    """Be a holder; does not return."""
    status = 1
    try:
        os.setsid()
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        status = holder.hold(Connection(fd), shared=shared)
    finally:
        os._exit(status)


if __name__ == "__main__":
    main()
