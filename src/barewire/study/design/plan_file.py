"""From TOML and options to a plan, or to one sentence that says which key on which line is wrong.

`tomllib` reports the line of a syntax error but not of a value. The line of a value is found by the parser itself: the
shortest run of lines from the top that is valid TOML and holds the key ends where the value ends; it begins after the
longest shorter run that is valid and does not hold it. No second parser, and multi-line arrays, dotted keys and tables
come out right. It is quadratic, so plans are limited to 64 KiB, and it runs only when something is wrong.

Later sources win: defaults (of the clock that the plan has), the file, `--quick`, single options.
"""

from __future__ import annotations

import difflib
import re
import secrets
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from barewire import tuning
from barewire.errors import NetworkError, PlanError, UsageError
from barewire.model.typed_file import LARGEST_FILE
from barewire.networks import catalogue
from barewire.records import PlanRecord
from barewire.results import BASELINE
from barewire.results.clock import COUNTED
from barewire.study.design.options import ALL
from barewire.study.design.options.clusters import KUBERNETES
from barewire.study.design.plan import StudyPlan, WirePlan
from barewire.study.design.presets import CLUSTER_DEFAULTS, COUNTED_DEFAULTS, COUNTED_QUICK, MOST_BLOCKS_UNTIL, QUICK
from barewire.testbeds.kubernetes import ways
from barewire.testbeds.vm import kernels

Key = tuple[str | int, ...]


def load_plan(path: Path | None = None, overrides: Mapping[str, object] | None = None) -> StudyPlan:
    """The plan from an optional TOML file and from options (`None` values are options not given; `quick` a preset).

    Raises `PlanError` naming the file and line or the option, the key, what was wrong and what to write.
    """
    text = _read(path) if path else ""
    given = {key: value for key, value in (overrides or {}).items() if value is not None}
    quick = bool(given.pop("quick", False))
    locate = _locator(path, text, given, quick)
    written = _parse(path, text)
    counted = given.get("clock", written.get("clock")) == COUNTED
    preset = (COUNTED_QUICK if counted else QUICK) if quick else {}
    in_cluster = given.get("testbed", written.get("testbed")) == KUBERNETES
    defaults = CLUSTER_DEFAULTS if in_cluster else COUNTED_DEFAULTS if counted else {}
    data: dict[str, object] = {**defaults, **written, **preset, **given}
    if in_cluster:
        _complete_for_cluster(data)
    if data.get("until") and "blocks" not in {**written, **given}:
        data["blocks"] = MOST_BLOCKS_UNTIL
    if data.get("endpoints"):
        if "networks" in {**written, **given}:
            raise PlanError(
                "the networks of a study with a peer are its endpoints", where=locate(("networks",)),
                remedy="Leave networks out, and name each address in endpoints",
            )  # fmt: skip
        data["networks"] = _endpoint_names(data["endpoints"])
    data.setdefault("networks", [spec.name for spec in catalogue.default_presets()])
    data.setdefault("seed", secrets.randbits(32))
    plan = _validated(data, locate)
    for name in plan.tune:
        try:
            profile = tuning.find(name)
        except UsageError as error:
            raise PlanError(
                error.what, where=error.where or locate(("tune",)), said=error.said, remedy=error.remedy
            ) from error
        if plan.in_vm and profile.machine:
            raise PlanError(
                f"the tuning {name} sets {', '.join(profile.machine)} of the machine, and labs in a VM have none to set",
                where=locate(("tune",)),
                remedy="Give a tuning with [lab] alone, or leave out --kernel and --clock",
            )
    # Only what was given: a plan knows which of its keys were.
    settled = {"kernel": tuple(map(kernels.settled, plan.kernel))} if "kernel" in plan.model_fields_set else {}
    networks = plan.networks if plan.in_cluster or plan.with_peer else _resolved(plan.networks, locate)
    return plan.model_copy(update={"networks": networks, **settled})


def _complete_for_cluster(data: dict[str, object]) -> None:
    """The ways of a cluster, more for each number of policies and IP version, and a group of blocks for each pair of nodes."""
    networks = data.get("networks", [ALL])
    names = [name.strip() for name in networks.split(",")] if isinstance(networks, str) else networks
    counts = data.get("policies", ())
    counts = [part.strip() for part in counts.split(",") if part.strip()] if isinstance(counts, str) else counts
    if isinstance(names, list | tuple) and isinstance(counts, list | tuple):
        names = ways.DEFAULT if list(names) == [ALL] else names
        whole = [int(count) for count in counts if str(count).isdecimal()]
        found = (BASELINE, *(name for name in ways.with_policies(names, whole) if name != BASELINE))
        data["networks"] = ways.over_both(found) if data.get("family") == ways.BOTH else found
    pairs = data.get("pairs")
    if isinstance(pairs, int) and pairs > 0:
        data.setdefault("restarts", pairs)


def _endpoint_names(endpoints: object) -> list[str]:
    """The names of endpoints as they were given, the baseline first; what is wrong with them is the plan's to say."""
    texts = endpoints.split(",") if isinstance(endpoints, str) else endpoints if isinstance(endpoints, list) else []
    names = [str(text).partition("=")[0].strip() for text in texts if str(text).strip()]
    return sorted(dict.fromkeys(names), key=lambda name: name != BASELINE) or [BASELINE]


def plan_of(record: PlanRecord, where: str) -> StudyPlan:
    """The plan that a `run.json` holds; raises `PlanError` naming `where` and the key."""
    return _validated(record, lambda _key: where)


def key_line(text: str, key: Key) -> int | None:
    """The line (from 1) on which the value of `key` begins in a valid TOML text, or None if it is not there."""
    lines = text.splitlines(keepends=True)
    before = 0
    for end in range(1, len(lines) + 1):
        try:
            held = _holds(tomllib.loads("".join(lines[:end])), key)
        except tomllib.TOMLDecodeError:
            continue
        if held:
            start = next((i for i in range(before, end) if re.match(r"\s*[^#\s]", lines[i])), end - 1)
            return start + 1
        before = end
    return None


def _holds(data: object, key: Key) -> bool:
    for part in key:
        if isinstance(part, int):
            return True  # an element of an array: the line of the array is near enough
        if not isinstance(data, dict) or part not in data:
            return False
        data = data[part]
    return True


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise PlanError(
                f"{path} is larger than {LARGEST_FILE // 1024} KiB", remedy="Give a plan, a small TOML file"
            )
        return path.read_text(encoding="utf-8-sig")  # with or without the mark that Windows editors write
    except OSError as error:
        raise PlanError(
            f"the plan {path} cannot be read", said=error.strerror or str(error), remedy="Give the path of a TOML file"
        ) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise PlanError(
            f"the plan is not UTF-8 text: {error.reason}", where=f"{path}, line {line}", remedy="Save it as UTF-8"
        ) from error


def _parse(path: Path | None, text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        # At the end of the document there is no line; the last one is where the reader should look.
        place = f"line {match[1]}, column {match[2]}" if match else f"line {max(1, len(text.splitlines()))}"
        said = re.sub(r"\s*\(at .*\)$", "", str(error))
        raise PlanError(
            "the plan is not TOML", where=f"{path}, {place}", said=said, remedy="Correct the line"
        ) from error


def _locator(path: Path | None, text: str, given: Mapping[str, object], quick: bool) -> Callable[[Key], str]:
    def locate(key: Key) -> str:
        name = str(key[0])
        if name in given:
            return f"--{name.replace('_', '-')}"
        if quick and name in QUICK:
            return "--quick"
        line = key_line(text, key) or key_line(text, key[:1])
        return f"{path}, line {line}" if path and line else str(path or "")

    return locate


def _validated(data: Mapping[str, object], locate: Callable[[Key], str]) -> StudyPlan:
    try:
        return StudyPlan.model_validate(data)
    except ValidationError as error:
        raise _plan_error(error.errors(include_url=False), locate) from None


def _fitting(errors: Sequence[ErrorDetails]) -> ErrorDetails:
    """The first error; of a value that is no word, where a word may be, what is wrong with the value: a negative number of
    seconds is not refused for not being `auto`."""
    first = errors[0]
    if first["type"] != "literal_error":
        return first
    others = (one for one in errors if one["loc"][:1] == first["loc"][:1] and one is not first)
    return next((one for one in others if not one["type"].endswith("_type")), first)


def _plan_error(errors: Sequence[ErrorDetails], locate: Callable[[Key], str]) -> PlanError:
    """One error for the user: the first, and how many more there are."""
    first = _fitting(errors)
    context = first.get("ctx", {})
    key: Key = (str(context["key"]),) if "key" in context else _key(first["loc"])
    name = ".".join(str(part) for part in key if isinstance(part, str))
    name += "".join(f"[{part}]" for part in key if isinstance(part, int))
    fields = WirePlan.model_fields if key[0] == "wire" and len(key) > 1 else StudyPlan.model_fields
    leaf = str(key[1] if fields is WirePlan.model_fields else key[0])
    option = place if (place := locate(key)).startswith("--") else ""
    others = len({one["loc"][:1] for one in errors}) - 1
    more = f" ({others} more to correct after it)" if others else ""
    if first["type"] == "extra_forbidden":
        if option:
            listed = difflib.get_close_matches(leaf, fields, n=1) or list(fields)
            return PlanError(f"{option} takes no {leaf}{more}", remedy=f"It takes {', '.join(listed)}")
        near = difflib.get_close_matches(leaf, fields, n=1)
        remedy = f"The nearest key is {near[0]}" if near else f"There are: {', '.join(fields)}"
        return PlanError(f"{name} is not a key of a plan{more}", where=locate(key), remedy=remedy)
    said = first["msg"][:1].lower() + first["msg"][1:]
    if option:
        named = f"{option} {leaf}" if leaf != key[0] else option
        what = f"{named} cannot be {_shown(first['input'])}" if "key" not in context else f"{named} does not fit"
        return PlanError(what + more, said=_plain(said), remedy=f"Write {_typed(str(fields[leaf].description))}")
    what = f"{name} cannot be {_shown(first['input'])}" if "key" not in context else f"{name} does not fit"
    return PlanError(what + more, where=locate(key), said=said, remedy=f"{leaf} takes {fields[leaf].description}")


def _typed(description: str) -> str:
    """What a key takes, as an option takes it: lists joined by commas, words without quotes."""
    filled = re.sub(r', or (\[\]|"" for [^;]*)', "", description)
    joined = re.sub(r"\[([^\]]*)\]", lambda found: found[1].replace(", ", ","), filled)
    return joined.removeprefix("a table, or text like ").replace('"', "")


def _plain(said: str) -> str:
    """The checker's words, without those of its own types."""
    return re.sub(r"^input should be ", "it must be ", said).replace("valid integer", "whole number")


def _key(location: tuple[int | str, ...]) -> Key:
    """Pydantic's location without the branches of a union, which are its own words and not the user's."""
    known = [*StudyPlan.model_fields, *WirePlan.model_fields]
    head, rest = location[:1], location[1:]
    if head == ("wire",):
        return location[:2]
    return (*head, *(part for part in rest if isinstance(part, int) or part in known))


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _resolved(networks: Sequence[str], locate: Callable[[Key], str]) -> tuple[str, ...]:
    """The networks, if all of them exist, the host first: it is in every study. `all` alone stands for every preset."""
    if list(networks) == [ALL]:
        networks = [spec.name for spec in catalogue.presets()]
    names: list[str] = []
    where = locate(("networks",))
    for index, text in enumerate(networks):
        if text == ALL:
            raise PlanError(
                "all stands for every network, alone", where=where, remedy="Leave the other names out, or all"
            )
        try:
            name = catalogue.parse(text).name
        except NetworkError as error:
            what = error.what if where.startswith("--") else f"networks[{index}]: {error.what}"
            raise PlanError(what, where=where, said=error.said, remedy=error.remedy) from error
        if name in names:
            raise PlanError(f"two networks have the name {name}", where=where, remedy="Leave one out")
        names.append(name)
    return (BASELINE, *(name for name in names if name != BASELINE))
