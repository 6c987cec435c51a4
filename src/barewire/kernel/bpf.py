"""The `bpf` system call, and probes of this kernel's BPF features with the smallest possible program: one that returns 0.

The call is made directly, because what barewire does with it needs no library; attributes and numbers are those of the kernel's
include/uapi/linux/bpf.h. Nothing stays of a probe: a program or an attachment is gone with its descriptor.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from contextlib import suppress
from pathlib import Path

from barewire.errors import KernelError

_NUMBER = {"x86_64": 321, "aarch64": 280}
_PROG_LOAD, _LINK_CREATE = 5, 28
_SCHED_CLS, _XDP = 3, 6
_ATTACH_XDP, _ATTACH_TCX_INGRESS, _ATTACH_NETKIT_PRIMARY = 37, 46, 54
_RETURN_0 = struct.pack("<BBhiBBhi", 0xB7, 0, 0, 0, 0x95, 0, 0, 0)
_BTF = Path("/sys/kernel/btf/vmlinux")

WORDS = {
    "load": "BPF programs for traffic control",
    "xdp": "BPF programs on a link's driver (XDP)",
    "tcx": "BPF programs on a link by tcx",
    "netkit": "BPF programs of a netkit link",
    "btf": "BPF type information",
}
"""The features, as a sentence calls them."""


def attempt(feature: str, index: int) -> None:
    """Try one of `WORDS` on the link with that index, in the calling thread's namespace. KernelError if the kernel refuses."""
    try:
        if feature == "btf":
            if not _BTF.exists():
                raise OSError(2, f"there is no {_BTF}")
            return
        program = _load(*_PROGRAMS[feature])
        try:
            if feature != "load":
                os.close(_attach(program, index, _PROGRAMS[feature][1]))
        finally:
            os.close(program)
    except OSError as error:
        raise KernelError(f"cannot use {WORDS[feature]}", said=error.strerror or str(error)) from error


_PROGRAMS = {
    "load": (_SCHED_CLS, 0),
    "xdp": (_XDP, _ATTACH_XDP),
    "tcx": (_SCHED_CLS, _ATTACH_TCX_INGRESS),
    "netkit": (_SCHED_CLS, _ATTACH_NETKIT_PRIMARY),
}
"""The type of the program and where it goes."""


def _load(kind: int, attach: int) -> int:
    instructions, licence = ctypes.create_string_buffer(_RETURN_0), ctypes.create_string_buffer(b"GPL")
    addresses = ctypes.addressof(instructions), ctypes.addressof(licence)
    fields = struct.pack("=IIQQIIQII16sII", kind, 2, *addresses, 0, 0, 0, 0, 0, b"", 0, attach)
    with suppress(OSError):
        return bpf_call(_PROG_LOAD, fields)
    # Kernels that do not know the attachment refuse it here; the link's answer is the one that counts.
    return bpf_call(_PROG_LOAD, struct.pack("=IIQQIIQII16sII", kind, 2, *addresses, 0, 0, 0, 0, 0, b"", 0, 0))


def _attach(program: int, index: int, attach: int) -> int:
    return bpf_call(_LINK_CREATE, struct.pack("=IIII32x", program, index, attach, 0))


def bpf_call(command: int, fields: bytes | ctypes.Array[ctypes.c_char]) -> int:
    """`bpf(2)`; into an array the kernel writes its answer. OSError with its errno."""
    number = _NUMBER.get(platform.machine())
    if number is None:
        raise OSError(38, f"the number of the call bpf is not known on {platform.machine()}")
    libc = ctypes.CDLL(None, use_errno=True)
    buffer = ctypes.create_string_buffer(fields, len(fields)) if isinstance(fields, bytes) else fields
    result = int(libc.syscall(ctypes.c_long(number), ctypes.c_int(command), buffer, ctypes.c_uint(len(fields))))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
