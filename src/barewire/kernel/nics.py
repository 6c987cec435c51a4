"""A network card as it was before a lab: read, moved between namespaces, and put back with everything that it had.

The kernel forgets a device's addresses, routes and per-device sysctls when it changes its namespace, and sets it down. Addresses
and routes are kept as the very messages of the kernel's dump and sent again, as `ip address save` and `ip route restore` do, so
nothing of them is lost in translation. Limits: routes with several next hops, permanent neighbours and a root qdisc that is not
the default are not put back.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from barewire.errors import KernelError, PrerequisiteError
from barewire.kernel import nic_settings, rtnetlink, syscalls
from barewire.kernel.rtnetlink import RequestError, RouteRequest, attribute, attributes
from barewire.model.objects import Address, IPInterface

_LINK, _NUMBER = struct.Struct("=BxHiII"), struct.Struct("=I")
_NEWLINK, _DELLINK, _GETLINK, _NEWADDR, _GETADDR, _NEWROUTE, _GETROUTE = 16, 17, 18, 20, 22, 24, 26
_IFLA_ADDRESS, _IFLA_IFNAME, _IFLA_MTU, _IFLA_NET_NS_FD = 1, 3, 4, 28
_UP, _LOWER_UP = 0x1, 0x10000
_IFA_BYTES, _IFA_ADDRESS, _IFA_LOCAL = 8, 1, 2
_RTM_BYTES, _RTA_DST, _RTA_OIF, _RTA_GATEWAY, _RTA_MULTIPATH, _RTA_CACHEINFO, _ONLINK = 12, 1, 4, 5, 9, 12, 4
_PROTO_KERNEL, _UNICAST = 2, 1
_CREATE, _APPEND = 0x400, 0x800
_EEXIST = 17


@dataclass(frozen=True, slots=True)
class NicState:
    """What a device was like. `addresses` and `routes` are messages of the kernel's dumps."""

    name: str
    index: int
    mac: str
    mtu: int
    up: bool
    addresses: tuple[bytes, ...] = ()
    routes: tuple[bytes, ...] = ()
    offloads: Mapping[str, bool] = field(default_factory=dict)
    sysctls: Mapping[str, str] = field(default_factory=dict)
    steering: Mapping[str, str] = field(default_factory=dict)
    """Of its queues (`rx-0/rps_cpus`), as the kernel writes it."""

    def document(self) -> dict[str, object]:
        """As JSON has it, for a ledger."""
        return {
            "name": self.name,
            "index": self.index,
            "mac": self.mac,
            "mtu": self.mtu,
            "up": self.up,
            "addresses": [one.hex() for one in self.addresses],
            "routes": [one.hex() for one in self.routes],
            "offloads": dict(self.offloads),
            "sysctls": dict(self.sysctls),
            "steering": dict(self.steering),
        }

    @classmethod
    def of_document(cls, found: Mapping[str, object]) -> NicState:
        """The state that `document` was made from."""
        fields = dict(found)
        for key in ("addresses", "routes"):
            fields[key] = tuple(bytes.fromhex(one) for one in fields[key])  # type: ignore[attr-defined]
        return cls(**fields)  # type: ignore[arg-type]


def read_state(name: str) -> NicState:
    """The device `name` of the caller's namespace; PrerequisiteError without one."""
    with rtnetlink.open_socket() as link:
        found = _links(link).get(name)
        if found is None:
            raise PrerequisiteError(
                f"there is no network card {name}", said=f"there are {', '.join(sorted(_links(link)))}",
                remedy="Name one of them after the %",
            )  # fmt: skip
        index, flags, mac, mtu = found
        addresses = tuple(
            one for one in rtnetlink.dumped(link, _GETADDR, bytes(_IFA_BYTES)) if _address_dev(one) == index
        )
        routes = tuple(one for one in _routes(link) if _kept(one, index))
    return NicState(
        name, index, mac, mtu, bool(flags & _UP), addresses, routes, nic_settings.read_offloads(name),
        dict(nic_settings.read_sysctls(name)), dict(nic_settings.read_steering(name)),
    )  # fmt: skip


def addresses(state: NicState) -> list[str]:
    """The IP addresses that it had."""
    found = []
    for one in state.addresses:
        inside = dict(attributes(one, _IFA_BYTES, len(one)))
        packed = inside.get(_IFA_LOCAL) or inside.get(_IFA_ADDRESS)
        if packed:
            found.append(str(ip_address(packed)))
    return found


def names() -> list[str]:
    """Every device of the caller's namespace."""
    with rtnetlink.open_socket() as link:
        return sorted(_links(link))


def networks() -> list[tuple[IPv4Network | IPv6Network, str]]:
    """What the caller's namespace has addresses in or routes to, defaults and multicast left out, each with its device."""
    found = []
    with rtnetlink.open_socket() as link:
        by_index = {index: name for name, (index, _, _, _) in _links(link).items()}
        for one in rtnetlink.dumped(link, _GETADDR, bytes(_IFA_BYTES)):
            inside = dict(attributes(one, _IFA_BYTES, len(one)))
            packed = inside.get(_IFA_LOCAL) or inside.get(_IFA_ADDRESS)
            if packed:
                found.append((ip_network((packed, one[1]), strict=False), by_index.get(_address_dev(one), "")))
        for one in _routes(link):
            inside = dict(attributes(one, _RTM_BYTES, len(one)))
            if one[1] and one[7] == _UNICAST and _RTA_DST in inside:
                dev = _NUMBER.unpack(inside[_RTA_OIF])[0] if _RTA_OIF in inside else 0
                found.append((ip_network((inside[_RTA_DST], one[1]), strict=False), by_index.get(dev, "a route")))
    return found


def change_address(name: str, interface: IPInterface, *, remove: bool = False) -> None:
    """`ip address add INTERFACE dev NAME` or `del`."""
    with rtnetlink.open_socket() as link:
        request = rtnetlink.address(Address(name, interface), _index(link, name), remove=remove)
        _send(link, request, f"ip address {'del' if remove else 'add'} {interface} dev {name}")


def has_carrier(name: str) -> bool:
    """Whether `name` in the caller's namespace is up and has a link."""
    with rtnetlink.open_socket() as link:
        found = _links(link).get(name)
    return found is not None and bool(found[1] & _LOWER_UP)


def move(name: str, target: int, new_name: str) -> None:
    """`ip link set NAME netns TARGET name NEW_NAME`, in one request; from then on it is down and has nothing."""
    with rtnetlink.open_socket() as link:
        body = _LINK.pack(0, 0, _index(link, name), 0, _UP)
        _send(link, RouteRequest(_NEWLINK, 0, body), f"ip link set {name} down")
        body = _LINK.pack(0, 0, _index(link, name), 0, 0)
        body += attribute(_IFLA_NET_NS_FD, _NUMBER.pack(target)) + attribute(_IFLA_IFNAME, new_name.encode() + b"\0")
        _send(link, RouteRequest(_NEWLINK, 0, body), f"ip link set {name} netns TARGET name {new_name}")


def raise_up(name: str, mtu: int) -> None:
    """`ip link set NAME mtu MTU up`."""
    with rtnetlink.open_socket() as link:
        body = _LINK.pack(0, 0, _index(link, name), 0, 0) + attribute(_IFLA_MTU, _NUMBER.pack(mtu))
        _send(link, RouteRequest(_NEWLINK, 0, body), f"ip link set {name} mtu {mtu}")
        _send(link, rtnetlink.link_up(_index(link, name)), f"ip link set {name} up")


def delete(name: str) -> None:
    """`ip link del NAME`; one that has gone is done."""
    with rtnetlink.open_socket() as link, suppress(KernelError):
        _send(link, RouteRequest(_DELLINK, 0, _LINK.pack(0, 0, _index(link, name), 0, 0)), f"ip link del {name}")


def put_back(state: NicState, places: Sequence[tuple[int, str]], home: int) -> list[str]:
    """Move the device to namespace `home` from where it is, and give it everything it had; what could not be done.

    `places` are namespaces with the name that it has there. The kernel itself gives a card back to the first namespace when its
    own ends; there it is known by its index or its MAC."""
    for fd, name in places:
        with entered(fd, home):
            if name in names():
                move(name, home, state.name)
                break
    with entered(home, home):
        return _restore(state)


@contextmanager
def entered(fd: int, home: int) -> Iterator[None]:
    """In the network namespace behind `fd` for the body of the `with`; afterwards in `home`."""
    syscalls.setns(fd, syscalls.CLONE_NEWNET)
    try:
        yield
    finally:
        syscalls.setns(home, syscalls.CLONE_NEWNET)


def _restore(state: NicState) -> list[str]:
    left: list[str] = []
    with rtnetlink.open_socket() as link:
        found = _links(link)
        if state.name not in found:
            same = [name for name, (index, _, mac, _) in found.items() if index == state.index and mac == state.mac]
            same += [name for name, (_, _, mac, _) in found.items() if mac == state.mac and name not in same]
            if not same:
                return [f"{state.name} is gone"]
            _rename(link, same[0], state.name)
        index = _index(link, state.name)
        _try(
            left,
            link,
            RouteRequest(_NEWLINK, 0, _LINK.pack(0, 0, index, 0, 0) + attribute(_IFLA_MTU, _NUMBER.pack(state.mtu))),
            "its MTU",
        )
        left += nic_settings.write_offloads(state.name, state.offloads)
        left += nic_settings.write_steering(state.name, state.steering)
        nic_settings.write_sysctls(state.name, state.sysctls)
        if state.up:
            _try(left, link, rtnetlink.link_up(index), "to set it up")
        for one in state.addresses:
            body = one[:4] + _NUMBER.pack(index) + one[_IFA_BYTES:]
            _try(left, link, RouteRequest(_NEWADDR, _CREATE, body), "an address")
        for one in sorted(state.routes, key=lambda one: _RTA_GATEWAY in dict(attributes(one, _RTM_BYTES, len(one)))):
            flags = _NUMBER.unpack_from(one, 8)[0] & _ONLINK
            changed = _changed(one, _RTM_BYTES, {_RTA_OIF: _NUMBER.pack(index), _RTA_CACHEINFO: None})
            body = one[:8] + _NUMBER.pack(flags) + changed
            _try(left, link, RouteRequest(_NEWROUTE, _CREATE | _APPEND, body), "a route")
    return left


def _rename(link: socket.socket, name: str, new_name: str) -> None:
    _send(link, RouteRequest(_NEWLINK, 0, _LINK.pack(0, 0, _index(link, name), 0, _UP)), f"ip link set {name} down")
    body = _LINK.pack(0, 0, _index(link, name), 0, 0) + attribute(_IFLA_IFNAME, new_name.encode() + b"\0")
    _send(link, RouteRequest(_NEWLINK, 0, body), f"ip link set {name} name {new_name}")


def _try(left: list[str], link: socket.socket, request: RouteRequest, what: str) -> None:
    try:
        rtnetlink.send(link, request)
    except RequestError as error:
        if error.code != _EEXIST:
            left.append(f"{what}: {error.said or os.strerror(error.code)}")


def _send(link: socket.socket, request: RouteRequest, tried: str) -> None:
    try:
        rtnetlink.send(link, request)
    except RequestError as error:
        raise KernelError(f"cannot do `{tried}`", said=error.said or os.strerror(error.code)) from error


def _links(link: socket.socket) -> dict[str, tuple[int, int, str, int]]:
    """Index, flags, MAC and MTU of every link by name."""
    found = {}
    for message in rtnetlink.dumped(link, _GETLINK, _LINK.pack(0, 0, 0, 0, 0)):
        _, _, index, flags, _ = _LINK.unpack_from(message)
        inside = dict(attributes(message, _LINK.size, len(message)))
        name = inside[_IFLA_IFNAME].rstrip(b"\0").decode()
        found[name] = index, flags, inside.get(_IFLA_ADDRESS, b"").hex(":"), _NUMBER.unpack(inside[_IFLA_MTU])[0]
    return found


def _index(link: socket.socket, name: str) -> int:
    found = _links(link).get(name)
    if found is None:
        raise KernelError(f"there is no network card {name}")
    return found[0]


def _address_dev(message: bytes) -> int:
    return int(_NUMBER.unpack_from(message, 4)[0])


def _routes(link: socket.socket) -> Iterator[bytes]:
    for family in (socket.AF_INET, socket.AF_INET6):
        yield from rtnetlink.dumped(link, _GETROUTE, bytes([family]) + bytes(_RTM_BYTES - 1))


def _kept(message: bytes, index: int) -> bool:
    """Whether a route leads through the device and is not one that the kernel makes with an address."""
    inside = dict(attributes(message, _RTM_BYTES, len(message)))
    protocol, kind = message[5], message[7]
    return inside.get(_RTA_OIF) == _NUMBER.pack(index) and protocol != _PROTO_KERNEL and kind == _UNICAST


def _changed(message: bytes, offset: int, changes: Mapping[int, bytes | None]) -> bytes:
    """The attributes of a message with others' contents; None leaves one out."""
    found = b""
    for kind, content in attributes(message, offset, len(message)):
        wanted = changes.get(kind, content)
        if wanted is not None:
            found += attribute(kind, wanted)
    return found
