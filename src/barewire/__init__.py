"""barewire: what container networks cost in latency and throughput against the bare host."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("barewire")
except PackageNotFoundError:  # run from a checkout that was never installed
    __version__ = "0+unknown"
