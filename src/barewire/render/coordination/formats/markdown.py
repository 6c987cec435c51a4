"""The tables as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from barewire.records.coordination import CostDocument
from barewire.render.coordination.tables import notes, tables, title
from barewire.render.format import Format


def markdown(document: CostDocument) -> str:
    """The document as Markdown."""
    return "".join(f"{line}\n" for line in _lines(document))


def _lines(document: CostDocument) -> Iterator[str]:
    yield f"## {title(document)}"
    for network in document.networks:
        yield from ("", f"### {_escaped(network.network)}")
        for one in tables(network):
            yield ""
            yield f"| {' | '.join(one.titles)} |"
            yield "|" + "|".join("--:" if place in one.numbers else "---" for place in range(len(one.titles))) + "|"
            for row in one.rows:
                yield f"| {' | '.join(map(_escaped, row))} |"
        for note in notes(network):
            yield from ("", f"> {_escaped(note)}")


def _escaped(text: str) -> str:
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>|#" else sign for sign in text).replace("\n", " ")


FORMAT = Format("markdown", "cost.md", "the same tables for a page", markdown)
