"""Nodes as network namespaces of this machine, in a sandbox of namespaces of its own."""

from __future__ import annotations

from barewire.places.local.sandbox import LocalPlace, LocalSandbox

__all__ = ["LocalPlace", "LocalSandbox"]
