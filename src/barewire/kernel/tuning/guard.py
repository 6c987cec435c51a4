"""The process that puts settings back when the study that changed them dies: `python -m barewire.kernel.tuning.guard`.

It holds one end of a socket pair whose other end only the study has, and waits for its end; the kernel reports that whatever
ends the study, SIGKILL too. A study that ends in order has put everything back itself and leaves an empty ledger. The guard
has a session of its own and ignores the signals that a terminal or a logout send; it holds the ledger's lock together with the
study. Who kills both finds the settings put back by the next barewire that starts (`recover`).
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
from pathlib import Path

from barewire.errors import BarewireError
from barewire.kernel.tuning.ledger import Ledger
from barewire.kernel.tuning.machine import restore


def main() -> int:
    """`guard SOCKET LOCK FOLDER`: say that it is ready, wait, restore."""
    line, lock, folder = socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2]), Path(sys.argv[3])
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    os.chdir("/")
    with contextlib.suppress(OSError):
        line.sendall(b"ready")
    with contextlib.suppress(OSError):
        while line.recv(64):
            pass
    try:
        ledger = Ledger(folder)
        done = restore(ledger)
        ledger.unlock(lock)
    except BarewireError as error:
        _say(str(error))
        return error.exit_code
    count = sum(returned.state == "put back" for returned in done)
    if done:
        _say(f"the study has ended without restoring this machine's settings; {count} of {len(done)} are put back")
    return 0


def _say(text: str) -> None:
    with contextlib.suppress(OSError, ValueError):
        print(f"barewire: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
