"""WireGuard interfaces of a lab over generic netlink: keys, listen ports, peers.

An engine draws a private key for each interface from the kernel's random numbers and keeps it in memory only: an interface that
is made anew keeps its key, so its peers stay right, and no key reaches a plan, a record or a file. A public key is what the
kernel computed from it, read back from the interface.

The interface of a peer may be on another machine, whose engine has another set of keys: `public_keys` is what this engine
publishes, `learn` takes what another one did.
"""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Iterable, Mapping
from contextlib import suppress
from ipaddress import ip_address, ip_network
from typing import Any

from barewire.errors import KernelError
from barewire.kernel import pyroute
from barewire.kernel.channel import kernel_words
from barewire.kernel.namespaces import Namespaces
from barewire.model.commands import command
from barewire.model.objects import WireguardInterface, WireguardPeer

KIND = "wireguard"
_KEY_BYTES = 32

Owner = tuple[str, str]
"""Namespace and device of an interface."""


class WireguardInterfaces:
    """The WireGuard interfaces in the namespaces of one lab."""

    def __init__(self, namespaces: Namespaces) -> None:
        self._namespaces = namespaces
        self._private: dict[Owner, str] = {}
        self._public: dict[Owner, str] = {}
        self._sockets: dict[str, Any] = {}

    def configure(self, wanted: WireguardInterface, namespace: str) -> None:
        """Give an interface its private key, its listen port and the mark of its packets."""
        key = self._private.setdefault((namespace, wanted.dev), b64encode(os.urandom(_KEY_BYTES)).decode())
        settings = {"private_key": key, "listen_port": wanted.port, "fwmark": wanted.mark}
        self._set(namespace, wanted.dev, command(wanted), **settings)

    def add(self, peer: WireguardPeer, namespace: str) -> None:
        """Add a peer, or change it to what is wanted."""
        wanted = {
            "public_key": self._public_key(peer.node, peer.dev),
            "endpoint_addr": str(peer.endpoint),
            "endpoint_port": peer.port,
            "replace_allowed_ips": True,
            "allowed_ips": [str(network) for network in peer.allowed],
        }
        self._set(namespace, peer.dev, command(peer), peer=wanted)

    def public_keys(self) -> dict[Owner, str]:
        """The public keys of the interfaces that this engine has configured; those that are gone are left out."""
        found = {}
        for owner in self._private:
            with suppress(KernelError):
                found[owner] = self._public_key(*owner)
        return found

    def learn(self, keys: Mapping[Owner, str]) -> None:
        """Take in the public keys of interfaces on other machines."""
        self._public |= {owner: key for owner, key in keys.items() if owner not in self._private}

    def remove(self, peer: WireguardPeer, namespace: str) -> None:
        """Remove a peer; `node` is its public key where it is no node of this lab."""
        key = self._public.get((peer.node, peer.dev), peer.node)
        self._set(namespace, peer.dev, f"wg set {peer.dev} peer {key} remove", peer={"public_key": key, "remove": True})

    def present(self, namespace: str, devs: Iterable[str]) -> frozenset[WireguardInterface | WireguardPeer]:
        """What interfaces `devs` of a namespace hold. An interface without this engine's key counts as not configured."""
        found: set[WireguardInterface | WireguardPeer] = set()
        for dev in devs:
            owners = {key: node for (node, other), key in self._public.items() if other == dev}
            for message in self._info(namespace, dev):
                if (namespace, dev) in self._private and _key(message, "WGDEVICE_A_PUBLIC_KEY"):
                    port, mark = (message.get_attr(f"WGDEVICE_A_{name}") for name in ("LISTEN_PORT", "FWMARK"))
                    found.add(WireguardInterface(dev, port, mark or 0))
                found |= {_peer(dev, one, owners) for one in message.get_attr("WGDEVICE_A_PEERS") or ()}
        return frozenset(found)

    def forget(self, namespace: str) -> None:
        """A namespace is gone, and its keys with it."""
        if namespace in self._sockets:
            self._sockets.pop(namespace).close()
        for keys in (self._private, self._public):
            for owner in [owner for owner in keys if owner[0] == namespace]:
                del keys[owner]

    def _public_key(self, node: str, dev: str) -> str:
        if (node, dev) not in self._public:
            if node not in self._namespaces.names:
                raise KernelError(f"{dev} has no key", where=node, said="no machine has published its public key")
            found = [key for message in self._info(node, dev) if (key := _key(message, "WGDEVICE_A_PUBLIC_KEY"))]
            if not found:
                raise KernelError(f"{dev} has no key", where=node, said="the kernel reports no public key")
            self._public[node, dev] = found[0]
        return self._public[node, dev]

    def _socket(self, namespace: str) -> Any:
        if namespace not in self._sockets:
            with self._namespaces.enter(namespace):
                self._sockets[namespace] = pyroute.WireGuard()
        return self._sockets[namespace]

    def _info(self, namespace: str, dev: str) -> list[Any]:
        try:
            return list(self._socket(namespace).info(dev))
        except pyroute.NetlinkError as error:
            raise KernelError(f"cannot read {dev}", where=namespace, said=kernel_words(error)) from error

    def _set(self, namespace: str, dev: str, tried: str, **wanted: Any) -> None:
        try:
            self._socket(namespace).set(dev, **wanted)
        except pyroute.NetlinkError as error:
            raise KernelError(f"cannot do `{tried}`", where=namespace, said=kernel_words(error)) from error


def _key(message: Any, attribute: str) -> str:
    found = message.get_attr(attribute)
    return bytes(found).decode() if found else ""


def _peer(dev: str, message: Any, owners: dict[str, str]) -> WireguardPeer:
    key, endpoint = _key(message, "WGPEER_A_PUBLIC_KEY"), message.get_attr("WGPEER_A_ENDPOINT")
    networks = (ip_network(one["addr"]) for one in message.get_attr("WGPEER_A_ALLOWEDIPS") or ())
    return WireguardPeer(
        dev,
        owners.get(key, key),
        ip_address(endpoint["addr"] if endpoint else "0.0.0.0"),
        endpoint["port"] if endpoint else 0,
        tuple(networks),
    )
