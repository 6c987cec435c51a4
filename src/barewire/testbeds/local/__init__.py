"""Nodes as network namespaces of this machine, in a sandbox of namespaces of its own."""

from __future__ import annotations

from barewire.testbeds.local.sandbox import LocalSandbox, LocalTestbed

__all__ = ["LocalSandbox", "LocalTestbed"]
