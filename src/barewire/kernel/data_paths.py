"""Load and attach the BPF programs of data paths, and see whether they are still there.

A program is attached by tcx (`BPF_PROG_ATTACH`) where the kernel has it, from 6.6 on, and by a filter of clsact before; a
netkit pair has a hook of its own. Links keep their programs and programs their maps, so everything goes with the namespace;
but the kernel empties a map of programs with its last descriptor, so those stay open. What a data path holds is kept in
memory to compare it; whether each of its programs is still attached, the kernel is asked.

Hash maps have no random seed (BPF_F_ZERO_SEED), so that equal labs count equal instructions.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import signal
import struct
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from barewire.errors import KernelError
from barewire.kernel.bpf import bpf_call
from barewire.kernel.bpf_assembler import assemble, preprocess
from barewire.kernel.bpf_programs import source
from barewire.kernel.channel import Channel
from barewire.model.data_path import BpfDataPath, BpfMap, BpfProgram, Words

_MAP_CREATE, _MAP_UPDATE, _PROG_LOAD, _PROG_ATTACH, _PROG_DETACH = 0, 2, 5, 8, 9
_PROG_FD_BY_ID, _OBJ_INFO, _PROG_QUERY = 13, 15, 16
_SCHED_CLS = 3
_KINDS = {"hash": 1, "prog_array": 3, "lru_hash": 9, "lpm_trie": 11}
_NO_PREALLOC, _ZERO_SEED = 1, 1 << 6
_FLAGS = {"hash": _ZERO_SEED, "lru_hash": _ZERO_SEED, "lpm_trie": _NO_PREALLOC, "prog_array": 0}
_TCX_INGRESS, _NETKIT_PEER = 46, 55
_CLSACT_INGRESS = 0xFFFFFFF2
_LICENCE = b"Apache-2.0\0"
_LOG_BYTES = 1 << 16
_SAID_BYTES = 400
_MOST_PROGRAMS = 16


@dataclass(frozen=True, slots=True)
class _Attached:
    """A program on a link: the link's name, the hook (0 for a filter of clsact), the kernel's number of the program, its name."""

    dev: str
    hook: int
    number: int
    name: str


@dataclass(frozen=True, slots=True)
class _Loaded:
    wanted: BpfDataPath
    attached: tuple[_Attached, ...]
    held: ExitStack


class DataPaths:
    """The data paths in the namespaces of one engine. Every method is called within the namespace of its channel."""

    def __init__(self) -> None:
        self._loaded: dict[tuple[str, str], _Loaded] = {}

    def load(self, wanted: BpfDataPath, channel: Channel) -> None:
        """Load all programs and attach those that have a link, in place of an earlier data path of the same name."""
        self.remove(wanted.name, channel)
        with ExitStack() as opened, ExitStack() as kept:
            maps: dict[str, int] = {}
            for one in wanted.maps:
                maps[one.name] = _map(one, channel)
                (kept if one.kind == "prog_array" else opened).callback(os.close, maps[one.name])
            attached = []
            for program in wanted.programs:
                fd = _program(program, maps, channel)
                opened.callback(os.close, fd)
                for name, index in program.calls:
                    _update(maps[name], struct.pack("=I", index), struct.pack("=I", fd), channel.namespace)
                if program.dev:
                    attached.append(_attach(program, fd, channel))
            self._loaded[channel.namespace, wanted.name] = _Loaded(wanted, tuple(attached), kept.pop_all())

    def present(self, channel: Channel) -> frozenset[BpfDataPath]:
        """The data paths of a namespace of which every program is where it was attached."""
        return frozenset(
            one.wanted
            for (namespace, _), one in self._loaded.items()
            if namespace == channel.namespace and all(_is_attached(program, channel) for program in one.attached)
        )

    def names(self, namespace: str) -> frozenset[str]:
        """The names of all data paths that were loaded there."""
        return frozenset(name for where, name in self._loaded if where == namespace)

    def remove(self, name: str, channel: Channel) -> None:
        """Detach the programs of a data path; the kernel frees them and their maps."""
        loaded = self._loaded.pop((channel.namespace, name), None)
        if loaded is None:
            return
        with loaded.held:
            for one in loaded.attached:
                if _is_attached(one, channel):
                    _detach(one, channel)

    def forget(self, namespace: str) -> None:
        """A namespace is gone, and its links with their programs."""
        for key in [key for key in self._loaded if key[0] == namespace]:
            self._loaded.pop(key).held.close()


def _map(wanted: BpfMap, channel: Channel) -> int:
    fields = struct.pack(
        "=IIIIIII16s", _KINDS[wanted.kind], wanted.key_bytes, wanted.value_bytes, wanted.entries, _FLAGS[wanted.kind],
        0, 0, wanted.name.encode(),
    )  # fmt: skip
    try:
        fd = bpf_call(_MAP_CREATE, fields)
    except OSError as error:
        raise _refused(f"make the BPF map {wanted.name} ({wanted.kind})", channel.namespace, error) from error
    for key, value in wanted.items:
        _update(fd, _bytes(key, channel), _bytes(value, channel), channel.namespace)
    return fd


def instructions(program: BpfProgram, constants: Mapping[str, int], maps: Mapping[str, int]) -> bytes:
    """The program as the kernel takes it, with links' indexes and maps' descriptors in it."""
    text = preprocess(program.source, constants, source)
    return assemble(text, program.source, {alias: maps[name] for alias, name in program.maps})


def _program(wanted: BpfProgram, maps: Mapping[str, int], channel: Channel) -> int:
    constants = {name: _constant(value, channel) for name, value in wanted.constants}
    code = ctypes.create_string_buffer(instructions(wanted, constants, maps))
    licence = ctypes.create_string_buffer(_LICENCE)
    log = ctypes.create_string_buffer(_LOG_BYTES)

    def load(level: int) -> int:
        size, address = (_LOG_BYTES, ctypes.addressof(log)) if level else (0, 0)
        return bpf_call(
            _PROG_LOAD,
            struct.pack(
                "=IIQQIIQII16sII", _SCHED_CLS, (len(code) - 1) // 8, ctypes.addressof(code), ctypes.addressof(licence),
                level, size, address, 0, 0, wanted.name.encode()[:15], 0, 0,
            ),
        )  # fmt: skip

    try:
        return load(0)
    except OSError as error:
        tried = f"load the BPF program {wanted.name}"
        if error.errno == errno.EPERM:
            raise _refused(tried, channel.namespace, error) from error
    try:  # again, for what the verifier says of it
        return load(1)
    except OSError as error:
        end = log.value.decode(errors="replace").strip()[-_SAID_BYTES:]
        raise _refused(tried, channel.namespace, error, end) from error


def _attach(program: BpfProgram, fd: int, channel: Channel) -> _Attached:
    index = channel.index(program.dev)
    hooks = (_NETKIT_PEER, _TCX_INGRESS) if program.hook == "pod" else (_TCX_INGRESS,)
    for hook in hooks:
        try:
            bpf_call(_PROG_ATTACH, struct.pack("=IIIIIIQ", index, fd, hook, 0, 0, 0, 0))
            return _Attached(program.dev, hook, _number(fd), program.name)
        except OSError as error:
            # Another kind of link (ENXIO), or a kernel without this hook (EINVAL).
            if error.errno not in (errno.ENXIO, errno.EINVAL):
                tried = f"attach the BPF program {program.name} to {program.dev}"
                raise _refused(tried, channel.namespace, error) from error
    tried = f"tc qdisc add dev {program.dev} clsact"
    channel.call("tc", "add", tried, tolerate=(errno.EEXIST,), kind="clsact", index=index)
    tried = f"tc filter add dev {program.dev} ingress bpf da fd {fd}"
    channel.call(
        "tc", "add-filter", tried, kind="bpf", index=index, handle=":1", fd=fd, name=program.name,
        parent=_CLSACT_INGRESS, direct_action=True,
    )  # fmt: skip
    return _Attached(program.dev, 0, _number(fd), program.name)


def _is_attached(one: _Attached, channel: Channel) -> bool:
    try:
        index = channel.index(one.dev)
    except KernelError:
        return False
    if not one.hook:
        filters = channel.dump("get_filters", index=index, parent=_CLSACT_INGRESS)
        # The first message is of the filters' priority and has no options; of these the library knows no short names.
        return any(message.get(("options", "TCA_BPF_NAME")) == one.name for message in filters)
    numbers = (ctypes.c_uint32 * _MOST_PROGRAMS)()
    fields = ctypes.create_string_buffer(
        struct.pack("=IIIIQIIQQQQ", index, one.hook, 0, 0, ctypes.addressof(numbers), _MOST_PROGRAMS, 0, 0, 0, 0, 0)
    )
    try:
        bpf_call(_PROG_QUERY, fields)
    except OSError:
        return False
    return one.number in numbers


def _detach(one: _Attached, channel: Channel) -> None:
    index = channel.index(one.dev)
    if not one.hook:
        tried = f"tc qdisc del dev {one.dev} clsact"
        channel.call("tc", "del", tried, tolerate=(errno.ENOENT, errno.EINVAL), kind="clsact", index=index)
        return
    fd = bpf_call(_PROG_FD_BY_ID, struct.pack("=III", one.number, 0, 0))
    try:
        bpf_call(_PROG_DETACH, struct.pack("=IIIIIIQ", index, fd, one.hook, 0, 0, 0, 0))
    finally:
        os.close(fd)


def _number(fd: int) -> int:
    """The kernel's number of a program (`bpf_prog_info.id`)."""
    info = ctypes.create_string_buffer(8)
    bpf_call(_OBJ_INFO, struct.pack("=IIQ", fd, len(info), ctypes.addressof(info)))
    return int(struct.unpack_from("=I", info.raw, 4)[0])


def _update(fd: int, key: bytes, value: bytes, namespace: str) -> None:
    keys, values = ctypes.create_string_buffer(key, len(key)), ctypes.create_string_buffer(value, len(value))
    try:
        bpf_call(_MAP_UPDATE, struct.pack("=IIQQQ", fd, 0, ctypes.addressof(keys), ctypes.addressof(values), 0))
    except OSError as error:
        raise _refused(f"write {key.hex()} into a BPF map", namespace, error) from error


def _constant(value: int | str, channel: Channel) -> int:
    return channel.index(value[1:]) if isinstance(value, str) else value


def _bytes(words: Words, channel: Channel) -> bytes:
    return b"".join(_word(word, channel) for word in words)


def _word(word: str, channel: Channel) -> bytes:
    if word[0] == "@":
        return struct.pack("=I", channel.index(word[1:]))
    if word[0] == "~":
        dev, _, digits = word[1:].partition("=")
        return bytes.fromhex(digits) if channel.has_mac(dev) else bytes(len(digits) // 2)
    return bytes.fromhex(word)


def _refused(tried: str, where: str, error: OSError, said: str = "") -> KernelError:
    reason = error.strerror or str(error)
    return KernelError(
        f"cannot {tried}", where=where, said=f"{reason}: {said}" if said else reason,
        remedy="Be root: BPF programs need CAP_BPF outside of user namespaces" if error.errno == errno.EPERM else "",
    )  # fmt: skip


def _read(text: str) -> BpfDataPath:
    def tuples(value: Any) -> Any:
        return tuple(map(tuples, value)) if isinstance(value, list) else value

    document = json.loads(text)
    maps = (BpfMap(**{key: tuples(value) for key, value in one.items()}) for one in document["maps"])
    programs = (BpfProgram(**{key: tuples(value) for key, value in one.items()}) for one in document["programs"])
    return BpfDataPath(document["name"], tuple(maps), tuple(programs))


def main() -> None:
    """Load the data path that standard input has, as `lab up --dry-run` prints it, into the network namespace of this process.

    A child stays in the background and holds what must stay open, until it is ended."""
    loaded = DataPaths()
    loaded.load(_read(sys.stdin.read()), Channel("this namespace"))
    if os.fork() == 0:
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(null, stream)
        signal.pause()


if __name__ == "__main__":
    main()
