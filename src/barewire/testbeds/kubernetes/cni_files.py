"""What a node's CNI configuration files say: networks, plugin types in order, MTUs. Of a file only harmless keys are kept.

A runtime takes the first file by name that is a configuration (libcni). Files with other endings than `ENDINGS` are never
opened: beside the configuration lie kubeconfigs with tokens. Of a plugin its type is kept, the types of its IPAM and of what it
delegates to, its MTU, and the settings in `_SETTINGS` whose values are a word, a number or a flag; any other key may hold a
secret. Limit: a runtime that looks into another folder is not noticed.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from barewire.errors import PlanError
from barewire.records.environment import CniFileRecord, CniPluginRecord

if TYPE_CHECKING:
    from barewire.testbeds.kubernetes.session import FileAnswer

ENDINGS = (".conf", ".conflist")
_ANYTHING = ".json"
"""A runtime takes such a file, too, but its ending promises nothing about what is in it."""
MOST_FILES, MOST_BYTES, MOST_PLUGINS = 32, 1 << 16, 32
NONE, ROOT = "none", ":root"

_SETTINGS = (
    "mode",
    "master",
    "bridge",
    "vlan",
    "isGateway",
    "isDefaultGateway",
    "ipMasq",
    "hairpinMode",
    "promiscMode",
)
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,62}")
_LARGEST_MTU = 1 << 16
_NO_JSON, _NO_OBJECT, _NO_PLUGIN = "it is not JSON", "it is not an object of JSON", "it names no plugin"
_PASSED_BY = (_NO_JSON, _NO_OBJECT, _NO_PLUGIN)
"""What a runtime does not take, and looks at the next file."""


@dataclass(frozen=True, slots=True)
class CniFolder:
    """Where a node's runtime has its CNI configuration; `as_root`: files that are closed to other users are read too."""

    path: str
    as_root: bool = False


def parse_folder(text: str) -> CniFolder | None:
    """`PATH`, `PATH:root`, or `none` for None; PlanError with what is wrong."""
    if text == NONE:
        return None
    path = text.removesuffix(ROOT)
    normal = PurePosixPath(path)
    if not normal.is_absolute() or str(normal) != path or ".." in normal.parts or len(normal.parts) < 3 or ":" in path:
        raise PlanError(
            f"{text!r} is no folder of CNI configurations: an absolute path below the root's folders, such as "
            f"/etc/cni/net.d, {ROOT} after it to read files that only root may read, or {NONE}"
        )
    return CniFolder(path, text.endswith(ROOT))


def choose_files(names: Iterable[str]) -> list[str]:
    """Those of a folder that a runtime may take, in the order in which it does."""
    return sorted(name for name in names if name.endswith((*ENDINGS, _ANYTHING)))[:MOST_FILES]


def describe_file(name: str, answer: FileAnswer | None) -> CniFileRecord:
    """What a file says, or why it says nothing. Without an answer it was not opened."""
    if answer is None:
        return {"file": name, "unread": f"only files that end in {' or '.join(ENDINGS)} are opened"}
    if answer.error:
        return {"file": name, "unread": os.strerror(answer.error)}
    if len(answer.content) > MOST_BYTES:
        return {"file": name, "unread": f"it has {len(answer.content)} bytes, more than {MOST_BYTES}"}
    try:
        document = json.loads(answer.content)
    except (ValueError, RecursionError):
        return {"file": name, "unread": _NO_JSON}  # the parser's own words may quote the file
    if not isinstance(document, dict):
        return {"file": name, "unread": _NO_OBJECT}
    listed = document.get("plugins") if name.endswith(".conflist") else [document]
    plugins = [_plugin(one) for one in listed if _is_plugin(one)] if isinstance(listed, list) else []
    if not plugins or len(plugins) > MOST_PLUGINS:
        return {"file": name, "unread": _NO_PLUGIN if not plugins else "it names too many plugins"}
    found: CniFileRecord = {"file": name, "plugins": plugins}
    if word := _word(document.get("name")):
        found["name"] = word
    if word := _word(document.get("cniVersion")):
        found["cni_version"] = word
    return found


def find_effective(files: Iterable[CniFileRecord]) -> CniFileRecord | None:
    """The file that a runtime takes: the first one by name that is a configuration. None where it is not known which."""
    first = next((one for one in files if one.get("unread") not in _PASSED_BY), None)
    return first if first is not None and "plugins" in first else None


def list_types(file: CniFileRecord | None) -> list[str]:
    """Of the plugins, in the order in which they are called."""
    return [one["type"] for one in file.get("plugins", [])] if file else []


def state_plugin(plugin: CniPluginRecord) -> str:
    """A plugin as evidence shows it: `multus (delegates to calico)`, `bridge (MTU 1450)`."""
    delegates, mtu = plugin.get("delegates", []), plugin.get("mtu", 0)
    said = [f"delegates to {', '.join(delegates)}"] if delegates else []
    said += [f"MTU {mtu}"] if mtu else []
    return plugin["type"] + (f" ({'; '.join(said)})" if said else "")


def _is_plugin(one: Any) -> bool:
    return isinstance(one, dict) and bool(_word(one.get("type")))


def _plugin(one: Mapping[str, Any]) -> CniPluginRecord:
    found: CniPluginRecord = {"type": _word(one.get("type"))}
    if mtu := _mtu(one):
        found["mtu"] = mtu
    if word := _word(_inner(one, "ipam").get("type")):
        found["ipam"] = word
    several = one.get("delegates")
    delegates = [one.get("delegate"), *(several[:MOST_PLUGINS] if isinstance(several, list) else [])]
    if named := [each["type"] for each in delegates if _is_plugin(each)]:
        found["delegates"] = named
    settings = {key: value for key in _SETTINGS if (value := _harmless(one.get(key))) is not None}
    if settings:
        found["settings"] = settings
    return found


def _inner(one: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = one.get(key)
    return found if isinstance(found, dict) else {}


def _mtu(one: Mapping[str, Any]) -> int:
    """In figures or, by some installers, as text."""
    found = one.get("mtu")
    if isinstance(found, str) and re.fullmatch(r"[0-9]{1,5}", found):
        found = int(found)
    return found if type(found) is int and 0 < found < _LARGEST_MTU else 0


def _harmless(value: object) -> str | int | bool | None:
    if isinstance(value, bool) or (isinstance(value, int) and 0 <= value <= _LARGEST_MTU):
        return value
    return _word(value) or None


def _word(value: object) -> str:
    return value if isinstance(value, str) and _WORD.fullmatch(value) else ""
