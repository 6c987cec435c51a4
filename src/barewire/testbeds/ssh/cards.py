"""The network card of a machine: claimed, moved to a lab and back (or lent where it is), and given back as it was.

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
from barewire.testbeds.ssh import own_namespace
from barewire.testbeds.ssh.shared import SharedPart
from barewire.testbeds.ssh.target import CARD, MACVLAN, SHARED

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
    guest: int = -1
    """In mode `shared` a pidfd of the first process of the lab that is in the machine's own namespace."""
    addresses: tuple[str, ...] = ()
    """What that lab has added to the card's."""

    def park(self) -> None:
        """Take the card out of the machine's own namespace."""
        if self.mode == CARD:
            nics.move(self.state.name, self.parking, _PARKED)

    def give(self, lab: int, mtu: int) -> None:
        """Move it into the namespace behind `lab` and set it up, with that MTU. Its descriptor is kept: while it is, the kernel
        cannot end the namespace, and a virtual device in it."""
        self.labs.append((lab, WIRE_DEV))
        if self.mode == CARD:
            with nics.entered(self.parking, self.home):
                nics.move(_PARKED, lab, WIRE_DEV)
        else:
            self._add_child(lab, mtu)
        with nics.entered(lab, self.home):
            nics.raise_up(WIRE_DEV, mtu)

    def share(self, guest: int, wanted: SharedPart, reached_by: Sequence[str]) -> None:
        """Lend it where it is to the lab whose first process is behind the pidfd `guest`, with the lab's addresses."""
        own_namespace.require_room(nics.read_state(self.state.name), wanted, reached_by)
        self.guest, self.addresses = guest, wanted.addresses
        _note_addresses(self.lock, wanted.addresses)
        own_namespace.add_addresses(self.state.name, wanted.addresses)

    def take_back(self) -> list[str]:
        """From the lab to where it waits; what could not be taken away of a lab in the machine's own namespace. Such a lab ends
        first, so that it adds nothing meanwhile."""
        left: list[str] = []
        if self.guest >= 0:
            own_namespace.end(self.guest)
            with nics.entered(self.home, self.home):
                left = own_namespace.clear(self.state.name, self.addresses)
            self.guest, self.addresses = -1, ()
        for lab, name in self.labs:
            with nics.entered(lab, self.home):
                if name in nics.names():
                    if self.mode == CARD:
                        nics.move(name, self.parking, _PARKED)
                    else:
                        nics.delete(name)
            os.close(lab)
        self.labs.clear()
        return left

    def has_carrier(self) -> bool:
        """Whether the lab's end of the wire has a link."""
        if self.guest >= 0:
            return nics.has_carrier(self.state.name)
        for lab, name in self.labs:
            with nics.entered(lab, self.home):
                return nics.has_carrier(name)
        return False

    def read_drops(self) -> dict[str, int]:
        """What it threw away so far, by counter; with all other traffic that it carries where the machine goes on using it."""
        if self.mode != CARD:
            return read_card_drops(self.state.name)
        for lab, name in self.labs:
            with nics.entered(lab, self.home):
                return read_card_drops(name)
        return {}

    def restore(self) -> list[str]:
        """Give it back and forget it; what could not be put back."""
        left: list[str] = []
        if self.mode == CARD:
            left = nics.put_back(self.state, [*self.labs, (self.parking, _PARKED)], self.home)
        else:
            left = self.take_back()
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

    PrerequisiteError without such a card, or if another study has it or it must not be touched."""
    sweep(home)
    LEDGERS.mkdir(parents=True, exist_ok=True)
    ledger = LEDGERS / f"{name}.json"
    lock = os.open(ledger, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _lock(lock, ledger, name)
        state = nics.read_state(name)
        held = [one for one in nics.addresses(state) if one in forbidden]
        if mode == CARD and held:
            raise PrerequisiteError(
                f"{name} is the card that this machine is reached by ({held[0]})",
                remedy=f"Name a spare card, or have a macvlan child of it: %{name}:macvlan",
            )
        if mode != CARD and not state.up:
            what = "a macvlan child of it" if mode == MACVLAN else "it"
            raise PrerequisiteError(f"{name} is down, so {what} has no link", remedy=f"ip link set {name} up")
        os.truncate(lock, 0)
        document = {"pid": os.getpid(), "folder": folder, "mode": mode, "state": state.document(), "addresses": []}
        os.pwrite(lock, json.dumps(document).encode(), 0)
        if mode == SHARED:
            _require_alone(ledger)
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
            if content and (found := json.loads(content))["mode"] == CARD:
                nics.put_back(NicState.of_document(found["state"]), (), home)
            elif content and found["mode"] == SHARED:
                own_namespace.clear(found["state"]["name"], found["addresses"])
            _forget(ledger, found["folder"] if content else "")
        except (BlockingIOError, KernelError, ValueError, KeyError, TypeError):
            continue
        finally:
            os.close(lock)


def _require_alone(ledger: Path) -> None:
    """PrerequisiteError where another study has a lab in this machine's own namespace: each would take away the other's."""
    for other in sorted(LEDGERS.glob("*.json")):
        with contextlib.suppress(OSError, ValueError, KeyError):
            if other != ledger and json.loads(other.read_bytes())["mode"] == SHARED:
                _forget(ledger)  # it would be taken for one of a dead study
                raise PrerequisiteError(
                    "another study has its labs in this machine's own namespace", said=f"by its card {other.stem}",
                    remedy="Wait until it has ended, or use a spare card",
                )  # fmt: skip


def _note_addresses(lock: int, addresses: Sequence[str]) -> None:
    """Write them into the ledger. One write, of no less than was there: a reader finds the old or the new."""
    content = os.pread(lock, 1 << 24, 0)
    document = {**json.loads(content), "addresses": list(addresses)}
    os.pwrite(lock, json.dumps(document).encode().ljust(len(content)), 0)


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
