"""barewire: what container networks cost in latency and throughput against the bare host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    __version__: str


def __getattr__(name: str) -> Any:
    """`__version__`, looked up when it is asked for: a fifth of what a lab needs to start went into that."""
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("barewire")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "0+unknown"
