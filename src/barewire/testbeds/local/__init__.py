"""Nodes as network namespaces of this machine."""

from __future__ import annotations

from barewire.testbeds.local.testbed import LocalNamespaces, LocalTestbed

__all__ = ["LocalNamespaces", "LocalTestbed"]
