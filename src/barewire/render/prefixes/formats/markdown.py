"""The plan as Markdown: a section and a table for each network."""

from __future__ import annotations

from collections.abc import Iterator

from barewire.addresses.romana.plan import PrefixPlan
from barewire.render.format import Format
from barewire.render.prefixes.rows import ADDRESS_TITLES, NUMBERS, TITLES, addresses, heading, rows, summary

_INDENT = "&nbsp;" * 4


def markdown(plan: PrefixPlan) -> str:
    """The plan as Markdown."""
    return "".join(f"{line}\n" for line in _lines(plan))


def _lines(plan: PrefixPlan) -> Iterator[str]:
    for number, network in enumerate(plan.networks):
        if number:
            yield ""
        yield f"### {_escaped(heading(network))}"
        yield ""
        yield f"{summary(network)}."
        for note in network.notes:
            yield ""
            yield f"> {_escaped(note)}"
        if network.top is None:
            continue
        yield ""
        yield f"| {' | '.join(TITLES)} |"
        yield "|" + "|".join("--:" if column in NUMBERS else "---" for column in range(len(TITLES))) + "|"
        for row in rows(network):
            first, *rest = map(_escaped, row.cells)
            yield f"| {_INDENT * row.depth}{first} | {' | '.join(rest)} |"
    if plan.addresses:
        yield from _addresses(plan)


def _addresses(plan: PrefixPlan) -> Iterator[str]:
    yield ""
    yield f"| {' | '.join(ADDRESS_TITLES)} |"
    yield "|---|---|---|"
    for row in addresses(plan):
        yield f"| {' | '.join(map(_escaped, row))} |"


def _escaped(text: str) -> str:
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>|#" else sign for sign in text).replace("\n", " ")


FORMAT = Format("markdown", "prefixes.md", "the same tables for a page", markdown)
