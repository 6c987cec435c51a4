"""nginx as the server under test: a file of fixed size over keep-alive connections, as in the 2016 study.

A 100 B body comes with about 240 B of headers, the study's 350 B. One worker per pinned CPU; nothing is logged; files stay
open; a connection is never closed by count or time.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from barewire.model.objects import IPAddress
from barewire.testbeds.testbed import Command, ProgramNode

_START_SECONDS = 10.0

_CONFIGURATION = """\
daemon off;
user root;
pid {root}/pid;
worker_processes {workers};
error_log stderr warn;
events {{ worker_connections 16384; }}
http {{
  access_log off;
  sendfile on;
  tcp_nodelay on;
  keepalive_timeout 3600s;
  keepalive_requests 1000000000;
  open_file_cache max=64 inactive=3600s;
  open_file_cache_valid 3600s;
  default_type text/plain;
  client_body_temp_path {root}/body;
  proxy_temp_path {root}/proxy;
  fastcgi_temp_path {root}/fastcgi;
  uwsgi_temp_path {root}/uwsgi;
  scgi_temp_path {root}/scgi;
  server {{ listen {listen} backlog=16384; root {root}/www; }}
}}
"""


def start(
    node: ProgramNode, namespace: str, address: IPAddress, port: int, cpus: tuple[int, ...], sizes: Sequence[int]
) -> int:
    """Start nginx in `namespace` and wait until it listens; the process's number. `/N` answers with N bytes."""
    files = [node.write_file(f"nginx/www/{size}", b"x" * size) for size in sizes]
    root = str(PurePosixPath(files[0]).parents[1])
    listen = f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"
    text = _CONFIGURATION.format(root=root, workers=len(cpus) or 1, listen=listen)
    configuration = node.write_file("nginx/nginx.conf", text.encode())
    argv = ("nginx", "-p", root, "-c", configuration, "-e", "stderr")
    process = node.spawn(Command(namespace, argv, cpus, listens=port))
    node.wait_listening(process, _START_SECONDS)
    return process
