"""An nginx that is none, put before the real one on the path, and bad in the way that is asked for.

    nginx -c CONFIGURATION ...      with BAD_NGINX=KIND; if it is empty, or only the version is asked, the real one

It takes address and port from the configuration that barewire has written. Kinds: `absent` (does not start), `closes`, `garbage`,
`sizes` (answers of another size), `stalls` (reads and never answers), `dies` (with the first request).
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import sys
import threading
from pathlib import Path

ANSWERS = {"garbage": b"\x00what is this\r\n\r\n", "sizes": b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n1234567"}


def main() -> None:
    real = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    assert real
    kind = os.environ["BAD_NGINX"]
    if "-c" not in sys.argv or not kind:
        os.execv(real, [real, *sys.argv[1:]])
    if kind == "absent":
        sys.exit("nginx: [emerg] it does not start today")
    text = Path(sys.argv[sys.argv.index("-c") + 1]).read_text()
    found = re.search(r"listen (\S+):(\d+)", text)
    assert found
    with socket.create_server((found[1], int(found[2])), backlog=4096) as listener:
        while True:
            threading.Thread(target=treat, args=(listener.accept()[0], kind), daemon=True).start()


def treat(connection: socket.socket, kind: str) -> None:
    held = b""
    try:
        while more := connection.recv(65536):
            held += more
            while b"\r\n\r\n" in held:
                _, _, held = held.partition(b"\r\n\r\n")
                if kind == "dies":
                    os._exit(1)
                if kind == "closes":
                    connection.close()
                    return
                if kind != "stalls":
                    connection.sendall(ANSWERS[kind])
    except OSError:
        pass  # the client has had enough


if __name__ == "__main__":
    main()
