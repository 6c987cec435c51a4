"""What every format states about a run whose nodes were machines of their own: which, and the cards that joined them."""

from __future__ import annotations

from barewire.records.environment import NodeMachineRecord
from barewire.render.run.data import ReportData


def sentence(data: ReportData) -> str:
    """`root@a by eth1 (ixgbe, 10,000 Mbit/s) and root@b by a macvlan child of eth0`; empty for labs on one machine."""
    return " and ".join(map(_machine, data.run.environment.get("nodes", {}).values()))


def _machine(record: NodeMachineRecord) -> str:
    card = record.get("card", {})
    speed = card.get("link_mbit_per_s")
    known = [card.get("driver", ""), f"{speed:,} Mbit/s" if speed else ""]
    child = "a macvlan child of " if card.get("mode") == "macvlan" else ""
    said = ", ".join(word for word in known if word)
    return f"{record.get('host', '')} by {child}{card.get('name', '')}" + (f" ({said})" if said else "")
