"""A run that goes on must have the networks that it began with, and a file that builds one may have been edited since."""

from __future__ import annotations

from collections.abc import Sequence

from barewire.errors import RunError
from barewire.networks.network import Network
from barewire.records import RunRecord


def refuse_changed_programs(record: RunRecord, networks: Sequence[Network], where: str) -> None:
    """Raise RunError if a file that builds a network is not what run.json, the `record`, has of it."""
    before = {one.name: one.program for one in record.networks}
    for network in networks:
        if network.program and network.program.content != before.get(network.name):
            raise RunError(
                f"{network.program.file} has changed since the run began", where=where,
                said=f"{network.name} would be another network", remedy="Put the file back, or begin a new run",
            )  # fmt: skip
