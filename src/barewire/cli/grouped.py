"""Help in groups, one line an option, in plain text: what `rich_help_panel` names is a heading.

Typer draws such groups with rich alone, in boxes that cut lines at 80 columns and take a tenth of a second to import.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Any

from typer import BadParameter
from typer.core import TyperCommand

from barewire.errors import UsageError

RENAMED: Mapping[str, str] = {"--kinds": "--workloads"}
"""Options by the names that they had."""

_PLAIN: Mapping[str, str] = {
    "Input should be a valid integer, unable to parse string as an integer": "it must be a whole number",
    "Input should be a valid number, unable to parse string as a number": "it must be a number",
}
"""What the library says of values, without the words of its types."""

REST = "Other"
"""The group of what names none, where others do."""


class GroupedCommand(TyperCommand):
    """A command whose options are shown under the headings that they name, in the order in which these are first named.

    An empty word is refused: it is mostly a variable of a script that is not set, and an empty path would be this directory.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As every command; UsageError for an option or an argument that is empty, and for an option that was renamed."""
        _refuse_empty(args)
        _refuse_renamed(args, {name for one in self.get_params(ctx) for name in one.opts})
        try:
            return super().parse_args(ctx, args)
        except BadParameter as error:
            for said, plain in _PLAIN.items():
                error.message = error.message.replace(said, plain)
            raise

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the groups; those of an argument or of an option without a heading have Typer's names."""
        options = [one for one in self.get_params(ctx) if one.param_type_name == "option"]
        ungrouped = REST if any(_panel(one) for one in options) else "Options"
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in sorted(self.get_params(ctx), key=lambda one: one.param_type_name != "argument"):
            record = parameter.get_help_record(ctx)
            if record is not None:
                usual = "Arguments" if parameter.param_type_name == "argument" else ungrouped
                groups.setdefault(_panel(parameter) or usual, []).append(record)
        # One width for all of them, so that the descriptions stand below each other.
        widest = max((len(first) for rows in groups.values() for first, _ in rows), default=0)
        for title, rows in groups.items():
            with formatter.section(title):
                formatter.write_dl([(first.ljust(widest), second) for first, second in rows], col_max=widest)


def _refuse_empty(words: Sequence[str]) -> None:
    for before, word in pairwise(["", *words]):
        option = before if before.startswith("-") and "=" not in before else ""
        if word.startswith("--") and word.endswith("=") and word.count("=") == 1:
            option, word = word[:-1], ""
        if not word:
            raise UsageError(f"{option or 'an argument'} is empty", remedy="Give it a value, or leave it out")


def _refuse_renamed(words: Sequence[str], known: Collection[str]) -> None:
    for word in words:
        if word == "--":
            return
        name = RENAMED.get(word.partition("=")[0])
        if name in known:
            raise UsageError(f"{word.partition('=')[0]} is called {name} now", remedy=f"Write {name}")


def _panel(parameter: Any) -> str:
    return getattr(parameter, "rich_help_panel", None) or ""
