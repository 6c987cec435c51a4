"""A machine as it is typed: `root@a%eth1`, `b%eth0:macvlan`, `b%eth0:shared`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from barewire.errors import PlanError

CARD, MACVLAN, SHARED = MODES = ("card", "macvlan", "shared")
"""How a lab gets its wire: the whole network card, a macvlan child of one that the machine goes on using, or the card where it
is, so that the node is the machine's own network namespace."""

_FORM = re.compile(r"(?P<host>[^%\s-][^%\s]*)%(?P<nic>[^:/\s]{1,15})(?::(?P<mode>\w+))?")
_EXAMPLE = "root@a%eth1,root@b%eth1"


@dataclass(frozen=True, slots=True)
class SshTarget:
    """`host` is what ssh takes (`root@a`, or a name of ~/.ssh/config), `nic` the card that is the wire."""

    host: str
    nic: str
    mode: str = CARD

    def __str__(self) -> str:
        return f"{self.host}%{self.nic}" + ("" if self.mode == CARD else f":{self.mode}")


def parse_target(text: str) -> SshTarget:
    """PlanError that says how a machine is written."""
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise PlanError(
            f"{text!r} is not a machine with a network card", where="machines",
            remedy=f"Write HOST%CARD, like --machines {_EXAMPLE}; HOST is what ssh takes",
        )  # fmt: skip
    mode = found["mode"] or CARD
    if mode not in MODES:
        raise PlanError(
            f"{text}: there is no mode {mode}", where="machines",
            remedy="Write HOST%CARD, HOST%CARD:macvlan or HOST%CARD:shared",
        )  # fmt: skip
    return SshTarget(found["host"], found["nic"], mode)


def parse_targets(texts: Sequence[str]) -> tuple[SshTarget, ...]:
    """Two machines or more, no card twice."""
    found = tuple(map(parse_target, texts))
    if len(found) < 2:
        raise PlanError(
            f"{len(found) or 'no'} machine is given, and a network needs two", where="machines",
            remedy=f"Name two or more: --machines {_EXAMPLE}",
        )  # fmt: skip
    hosts = [one.host for one in found if one.mode == SHARED]
    if again := next((host for number, host in enumerate(hosts) if host in hosts[:number]), ""):
        raise PlanError(
            f"{again} is named twice with :shared",
            where="machines",
            remedy="A machine has one network namespace of its own",
        )
    twice = [
        str(one) for number, one in enumerate(found) if (one.host, one.nic) in {(o.host, o.nic) for o in found[:number]}
    ]
    if twice:
        raise PlanError(f"{twice[0]} is named twice", where="machines", remedy="Each node needs its own card")
    return found
