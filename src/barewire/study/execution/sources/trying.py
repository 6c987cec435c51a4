"""Whether a path carries anything: some requests and answers before it is measured.

A cluster has its own time for making a way: rules of Services, policies and routes come some time after the pods. What does not
carry within that time is reported as unmeasurable, with the last words of the generator.
"""

from __future__ import annotations

import time

from barewire.errors import LoadError
from barewire.workloads.definition.path import PathUnderTest
from barewire.workloads.generator import load
from barewire.workloads.generator.load import LoadSpec
from barewire.workloads.servers.service import tcp

SECONDS = 20.0
_SHORT_NS, _TIMEOUT_NS, _BYTES = 100_000_000, 1_000_000_000, 64


def try_path(path: PathUnderTest, port: int) -> None:
    """Return once requests to `port` are answered; LoadError if they are not within `SECONDS`."""
    deadline = time.monotonic() + SECONDS
    running = path.serve("serve", [tcp(port, _BYTES, _BYTES)], ())
    try:
        while not _answered(path, port, last=time.monotonic() > deadline):
            time.sleep(0.2)
    finally:
        running.stop()


def _answered(path: PathUnderTest, port: int, *, last: bool) -> bool:
    target = path.target(port)
    spec = LoadSpec(
        protocol="tcp", target=str(target.address), port=target.port, path="", rate_per_s=None, duration_ns=_SHORT_NS,
        warmup_ns=0, connections=1, threads=1, arrivals="even", seed=1, timeout_ns=_TIMEOUT_NS, timing="sleep",
        request_bytes=_BYTES, response_bytes=_BYTES,
    )  # fmt: skip
    try:
        result = load.run(path.client.node, path.client.namespace, spec)
    except LoadError:
        if last:
            raise
        return False
    if result.completed == 0 and last:
        raise LoadError(f"{path.name} carries nothing", where=path.server,
                        said=f"no request to {target.address} port {target.port} was answered within {SECONDS:g} s")  # fmt: skip
    return result.completed > 0
