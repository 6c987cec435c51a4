"""Quantities as people type them after an option, in the form that a plan keeps: `--sizes 4k`, `--budget 10m`, `--loads 50`.

A plan file stays strict, because it is kept and read again: there a share has its `%` and a size its number of bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from barewire.errors import UsageError

CLOCKS = ("wall", "counted", "auto")

_KIB = 1024
_SIZES = {
    "": 1, "b": 1, "k": _KIB, "kib": _KIB, "kb": 1000, "m": _KIB**2, "mib": _KIB**2, "mb": 1000**2, "g": _KIB**3, "gib": _KIB**3,
    "gb": 1000**3,
}  # fmt: skip
"""As fio, dd and the kernel read them: k is 1024, and kB 1000."""

_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_QUANTITY = re.compile(r"\s*(-?[0-9]+(?:\.[0-9]+)?)\s*([a-zµ]*)\s*", re.IGNORECASE)


def options(given: Mapping[str, object]) -> dict[str, object]:
    """The options of a study by the plan's keys, quantities in the plan's form; UsageError that names the option."""
    found = dict(given)
    if (clock := found.get("clock")) is not None and clock not in CLOCKS:
        raise UsageError(
            f"--clock cannot be {clock!r}",
            remedy="Write wall, counted (instructions of an emulated CPU) or auto (counted where this machine is not fit)",
        )
    for key, parse in _PARSERS.items():
        if isinstance(text := found.get(key), str):
            found[key] = parse(f"--{key.replace('_', '-')}", text)
    return found


def _shares(option: str, text: str) -> str:
    """`50` is `50%`; below 1 it may be meant as a share of 1, so that is refused with the others."""
    parts = _parts(text)
    return ",".join(
        f"{part}%" if re.fullmatch(r"[0-9]+(\.[0-9]+)?", part) and float(part) >= 1 else part for part in parts
    )


def _targets(option: str, text: str) -> str:
    """`p50=2` is `p50=2%`."""
    pairs = [part.partition("=") for part in _parts(text)]
    return ",".join(
        f"{name}{equals}{_shares(option, value) if value.strip() else value}" for name, equals, value in pairs
    )


def _sizes(option: str, text: str) -> str:
    return ",".join(str(_size(option, part)) for part in _parts(text))


def _mebibytes(option: str, text: str) -> int:
    return int(text) if text.isdecimal() else _size(option, text) // _KIB**2


def _minutes(option: str, text: str) -> float:
    return _time(option, text, 60.0, "minutes like 10, or 10m, 600s, 1h")


def _seconds(option: str, text: str) -> float:
    return _time(option, text, 1.0, "seconds like 2, or 2s, 500ms, 1m")


def _warmup(option: str, text: str) -> str | float:
    return text if text == "auto" else _time(option, text, 1.0, "auto, or seconds like 2, 500ms")


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _size(option: str, text: str) -> int:
    match = _QUANTITY.fullmatch(text)
    factor = _SIZES.get(match[2].lower()) if match else None
    if match is None or factor is None or (number := float(match[1]) * factor) != int(number):
        raise UsageError(
            f"{option} cannot be {text!r}", remedy="Write bytes like 4096, or 4k, 4KiB (both 4096), 4kB (4000), 1MiB"
        )
    return int(number)


def _time(option: str, text: str, unit: float, example: str) -> float:
    match = _QUANTITY.fullmatch(text)
    factor = unit if match and not match[2] else _SECONDS.get(match[2].lower()) if match else None
    if match is None or factor is None:
        raise UsageError(f"{option} cannot be {text!r}", remedy=f"Write {example}")
    return float(match[1]) * factor / unit


_PARSERS: Mapping[str, Callable[[str, str], object]] = {
    "loads": _shares,
    "own_loads": _shares,
    "margin": _shares,
    "until": _targets,
    "sizes": _sizes,
    "request_bytes": _size,
    "response_bytes": _size,
    "memory": _mebibytes,
    "budget": _minutes,
    "seconds": _seconds,
    "warmup": _warmup,
}
