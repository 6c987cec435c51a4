"""What can be wrong with a machine or the connection to it: a sentence and a remedy for each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from barewire.errors import BarewireError, MeasurementError, PrerequisiteError
from barewire.kernel.features import Feature
from barewire.model.network import WIRE_DEV
from barewire.model.objects import DesiredState, Link

_SSH_FAILED, _NOT_FOUND = 255, 127
_OLDEST = (3, 11)

_REASONS = (
    (r"Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED", "its host key is not known",
     "Connect once by hand and compare the fingerprint: ssh {host} true"),
    (r"Permission denied", "it accepts none of your keys",
     "Log in without a password first: ssh-copy-id {host}, or ssh-add for a key with a passphrase"),
    (r"Could not resolve hostname", "the name is not known",
     "Check it, or add it to ~/.ssh/config"),
    (r"Connection refused", "nothing answers on its ssh port", "Start sshd there, or name its port in ~/.ssh/config"),
    (r"timed out|No route to host|Network is unreachable", "it cannot be reached",
     "Check that `ssh {host} true` works; a jump host belongs into ~/.ssh/config"),
)  # fmt: skip
_BROKEN = r"Connection (reset|closed)|Broken pipe|not responding|closed by remote host"


def of_ssh(host: str, status: int | None, said: str) -> BarewireError:
    """The error for an ssh that has ended with `status` and `said` that."""
    words = " ".join(said.split())
    if status == _NOT_FOUND or re.search(r"python3: (command )?not found|No such file.*python3", words):
        return no_python(host, words)
    for pattern, reason, remedy in _REASONS:
        if re.search(pattern, words):
            return PrerequisiteError(f"cannot log in to {host}: {reason}", said=words, remedy=remedy.format(host=host))
    if status in (_SSH_FAILED, None) and (not words or re.search(_BROKEN, words)):
        return broken(host, words)
    return MeasurementError(
        f"the program on {host} ended unexpectedly", said=words or f"ssh ended with status {status}",
        remedy="The machine gives everything back by itself; start again, with --resume for a study",
    )  # fmt: skip


def no_connection(host: str, said: str) -> PrerequisiteError:
    """Nothing was ever heard."""
    return PrerequisiteError(f"cannot log in to {host}", said=said, remedy=f"Check that `ssh {host} true` works")


def no_ssh(program: str, error: OSError) -> PrerequisiteError:
    """There is no ssh here."""
    return PrerequisiteError(
        f"cannot run {program}", said=error.strerror or str(error),
        remedy="Install an OpenSSH client (Debian: apt-get install openssh-client), or name one in BAREWIRE_SSH",
    )  # fmt: skip


def no_python(host: str, said: str) -> PrerequisiteError:
    """The machine has none."""
    return PrerequisiteError(
        f"{host} has no python3", said=said,
        remedy=f"Install Python {_OLDEST[0]}.{_OLDEST[1]} or newer there (Debian: apt-get install python3-minimal)",
    )  # fmt: skip


def broken(host: str, said: str = "") -> MeasurementError:
    """The connection was there, and has ended."""
    return MeasurementError(
        f"the connection to {host} broke", said=said,
        remedy="The machine gives its network card back within 30 s; start again, with --resume for a study",
    )  # fmt: skip


def silent(host: str) -> MeasurementError:
    """The connection is there, and nothing comes."""
    return broken(host, "nothing was heard for 30 s")


def lost_lab(host: str, how: str) -> MeasurementError:
    """A lab has ended while the machine goes on."""
    return MeasurementError(
        f"the lab on {host} ended unexpectedly", said=how,
        remedy="Nothing is left behind; start again, with --resume for a study",
    )  # fmt: skip


def no_carrier(where: str) -> MeasurementError:
    """The card has no link."""
    return MeasurementError(
        f"{where} has no link", said="no carrier within 15 s",
        remedy="Check the cable and the switch port, and that both cards are on one segment",
    )  # fmt: skip


def refuse_unfit(host: str, facts: Mapping[str, Any]) -> None:
    """PrerequisiteError for a machine that cannot hold a lab."""
    version = tuple(facts["python"])
    if version < _OLDEST:
        raise PrerequisiteError(
            f"Python on {host} is too old", said=f"it is {'.'.join(map(str, version))}",
            remedy=f"Install Python {_OLDEST[0]}.{_OLDEST[1]} or newer there, as python3 of the login shell's PATH",
        )  # fmt: skip
    if facts["uid"] != 0:
        raise PrerequisiteError(
            f"you are not root on {host}, and only root can move network cards", said=f"the user's id is {facts['uid']}",
            remedy=f"Log in as root: root@{host.rpartition('@')[2]}",
        )  # fmt: skip


def refuse_unlike(hosts: Sequence[str], facts: Sequence[Mapping[str, Any]]) -> None:
    """PrerequisiteError for machines with different kernels: their two sides would be measured as one."""
    kernels = [(one["release"], one["machine"]) for one in facts]
    if len(set(kernels)) > 1:
        listed = ", ".join(
            f"{host} has Linux {release} on {machine}" for host, (release, machine) in zip(hosts, kernels, strict=True)
        )
        raise PrerequisiteError(
            "the machines have different kernels", said=listed, remedy="Boot the same kernel on all of them"
        )


def of_children(name: str, desired: DesiredState, nodes: Sequence[str]) -> Feature | None:
    """Why the network `name` cannot be on `nodes`, whose wire is a macvlan child of the machine's card; None if it can.

    A child of that child would be one of the card: its packets would pass by the wire."""
    wires = [(node, WIRE_DEV) for node in nodes]
    if any(isinstance(one, Link) and one.parent in wires for some in desired.objects.values() for one in some):
        reason = "its pods are children of the wire, which is itself a child of the machine's card"
        return Feature(name, False, reason, "Use a spare card (%CARD)")
    return None


def placed(error: BarewireError, host: str) -> BarewireError:
    """The error of a machine, with the machine's name."""
    return type(error)(
        error.what, where=f"{error.where} on {host}" if error.where else host, said=error.said, remedy=error.remedy
    )
