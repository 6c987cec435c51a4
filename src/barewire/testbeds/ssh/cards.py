"""The network card of a machine: claimed, moved to a lab and back, and given back as it was.

Everything that is needed to give it back is in a ledger under /run before it is touched. The ledger's file is locked by agent and
guard together, so that a study that died leaves one which nobody holds: the next study gives that card back first.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from barewire.errors import KernelError, PrerequisiteError
from barewire.kernel import nics
from barewire.kernel.card_drops import read_card_drops
from barewire.kernel.channel import Channel
from barewire.kernel.links import add_link
from barewire.kernel.nics import NicState
from barewire.model.network import WIRE_DEV
from barewire.model.objects import Link

LEDGERS = Path("/run/barewire/cards")
_PARKED = "card"
"""The card's name while no lab has it."""


@dataclass(slots=True)
class Card:
    """A claimed card. `home` is the machine's namespace, `parking` one where the card waits between two labs: outside of the
    machine's own, where its programs would configure it anew. Both are descriptors, held by agent and guard."""

    state: NicState
    mode: str
    folder: str
    ledger: Path
    lock: int
    home: int
    parking: int
    broom: int
    """What keeps the study's folder from being removed (`broom`)."""

    labs: list[tuple[int, str]] = field(default_factory=list)
    """Namespaces of labs that have it, with the name that it has there."""

    def park(self) -> None:
        """Take the card out of the machine's own namespace."""
        if self.mode == "card":
            nics.move(self.state.name, self.parking, _PARKED)

    def give(self, lab: int, mtu: int) -> None:
        """Move it into the namespace behind `lab` and set it up, with that MTU. Its descriptor is kept: while it is, the kernel
        cannot end the namespace, and a virtual device in it."""
        self.labs.append((lab, WIRE_DEV))
        if self.mode == "card":
            with nics.entered(self.parking, self.home):
                nics.move(_PARKED, lab, WIRE_DEV)
        else:
            self._add_child(lab, mtu)
        with nics.entered(lab, self.home):
            nics.raise_up(WIRE_DEV, mtu)

    def take_back(self) -> None:
        """From the lab to where it waits."""
        for lab, name in self.labs:
            with nics.entered(lab, self.home):
                if name in nics.names():
                    if self.mode == "card":
                        nics.move(name, self.parking, _PARKED)
                    else:
                        nics.delete(name)
            os.close(lab)
        self.labs.clear()

    def has_carrier(self) -> bool:
        """Whether the lab's end of the wire has a link."""
        for lab, name in self.labs:
            with nics.entered(lab, self.home):
                return nics.has_carrier(name)
        return False

    def read_drops(self) -> dict[str, int]:
        """What it threw away so far, by counter; of a macvlan child the card's, with all other traffic that it carries."""
        if self.mode == "macvlan":
            return read_card_drops(self.state.name)
        for lab, name in self.labs:
            with nics.entered(lab, self.home):
                return read_card_drops(name)
        return {}

    def restore(self) -> list[str]:
        """Give it back and forget it; what could not be put back."""
        left: list[str] = []
        if self.mode == "card":
            left = nics.put_back(self.state, [*self.labs, (self.parking, _PARKED)], self.home)
        else:
            self.take_back()
        _forget(self.ledger)
        return left

    def _add_child(self, lab: int, mtu: int) -> None:
        if mtu > self.state.mtu:
            raise KernelError(
                f"{self.state.name} carries packets of {self.state.mtu} B, and the wire's are {mtu} B",
                remedy=f"Choose a smaller MTU for the wire: --wire mtu={self.state.mtu}",
            )
        link = Link(WIRE_DEV, "macvlan", mtu, parent=("", self.state.name), attributes=(("macvlan_mode", "bridge"),))
        origin = Channel("the machine", lambda: nics.entered(self.home, self.home))
        target = Channel("the lab", lambda: nics.entered(lab, self.home))
        with contextlib.closing(origin), contextlib.closing(target):
            add_link(link, origin, target, lab, None, -1)


def claim(name: str, mode: str, folder: str, forbidden: Sequence[str], home: int, parking: int, broom: int) -> Card:
    """Take hold of the card `name`, which has none of the addresses `forbidden`: those that this machine is reached by.

    KernelError without such a card, PrerequisiteError if another study has it or it must not be touched."""
    sweep(home)
    LEDGERS.mkdir(parents=True, exist_ok=True)
    ledger = LEDGERS / f"{name}.json"
    lock = os.open(ledger, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _lock(lock, ledger, name)
        state = nics.read_state(name)
        held = [one for one in nics.addresses(state) if one in forbidden]
        if mode == "card" and held:
            raise PrerequisiteError(
                f"{name} is the card that this machine is reached by ({held[0]})",
                remedy=f"Name a spare card, or have a macvlan child of it: %{name}:macvlan",
            )
        if mode == "macvlan" and not state.up:
            raise PrerequisiteError(
                f"{name} is down, so a macvlan child of it has no link", remedy=f"ip link set {name} up"
            )
        os.truncate(lock, 0)
        document = {"pid": os.getpid(), "folder": folder, "mode": mode, "state": state.document()}
        os.pwrite(lock, json.dumps(document).encode(), 0)
    except BaseException:
        os.close(lock)
        raise
    return Card(state, mode, folder, ledger, lock, home, parking, broom)


def sweep(home: int) -> None:
    """Give back the cards of studies that have died with their guards."""
    for ledger in sorted(LEDGERS.glob("*.json")):
        try:
            lock = os.open(ledger, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            content = os.pread(lock, 1 << 24, 0)
            if content and (found := json.loads(content))["mode"] == "card":
                nics.put_back(NicState.of_document(found["state"]), (), home)
            _forget(ledger, found["folder"] if content else "")
        except (BlockingIOError, KernelError, ValueError, KeyError, TypeError):
            continue
        finally:
            os.close(lock)


def _lock(lock: int, ledger: Path, name: str) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        try:
            pid = str(json.loads(ledger.read_text())["pid"])
        except (OSError, ValueError, KeyError):
            pid = "unknown"
        raise PrerequisiteError(
            f"{name} belongs to another study", said=f"its agent is process {pid}",
            remedy="Wait until that study has ended, or name another card",
        ) from None  # fmt: skip


def _forget(ledger: Path, folder: str = "") -> None:
    with contextlib.suppress(OSError):
        ledger.unlink()
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
