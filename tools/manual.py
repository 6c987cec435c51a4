"""The reference from the program's own help: docs/commands.md, the manual pages, and completion scripts for three shells.

`scripts/docs` writes all of them. They are tracked, so that a build needs nothing of what barewire imports, and a test
compares them with what this module returns. Typer's own generator cuts the descriptions of commands and has no groups.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from typer._completion_shared import get_completion_script

from barewire.cli.every import app

ROOT = Path(__file__).parents[1]
REFERENCE = "docs/commands.md"
PAGES = "share/man/man1"
COMPLETIONS = {
    "bash": "share/bash-completion/completions/barewire",
    "zsh": "share/zsh/site-functions/_barewire",
    "fish": "share/fish/vendor_completions.d/barewire.fish",
}
# The file is autoloaded as the completion function itself, so its first call has to complete, too.
ZSH_FIRST_CALL = 'if [ "$funcstack[1]" = "_barewire" ]; then\n  _barewire_completion "$@"\nfi\n'


@dataclass(frozen=True, slots=True)
class Entry:
    """One command as `--help` shows it: groups of options under their headings, in order."""

    name: str
    usage: str
    help: str
    groups: dict[str, list[tuple[str, str]]]
    below: tuple[Entry, ...] = ()

    @property
    def summary(self) -> str:
        """The first sentence of the help."""
        return self.help.partition("\n\n")[0].replace("\n", " ")


def read(command: Any, name: str = "barewire", parent: Any = None) -> Entry:
    """Read a command, and those under it, as `--help` would show them."""
    context = command.context_class(
        command, info_name=name.rpartition(" ")[2], parent=parent, **command.context_settings
    )
    groups: dict[str, list[tuple[str, str]]] = {}
    for parameter in sorted(command.get_params(context), key=lambda one: one.param_type_name != "argument"):
        record = parameter.get_help_record(context)
        if record is not None:
            usual = "Arguments" if parameter.param_type_name == "argument" else "Options"
            groups.setdefault(getattr(parameter, "rich_help_panel", None) or usual, []).append(record)
    below = tuple(read(one, f"{name} {key}", context) for key, one in getattr(command, "commands", {}).items())
    usage = " ".join(command.collect_usage_pieces(context))
    return Entry(name, usage, re.sub(r"[ \t]*\n[ \t]*", "\n", (command.help or "").strip()), groups, below)


def markdown(entry: Entry) -> str:
    """The reference as one page."""
    return "\n".join(["# Commands", "", *_markdown(entry, "")]).rstrip() + "\n"


def _markdown(entry: Entry, heading: str) -> Iterator[str]:
    if heading:
        yield from (f"{heading} `{entry.name}`", "")
    yield from (entry.help, "", f"    {entry.name} {entry.usage}", "")
    for title, rows in entry.groups.items():
        yield from (f"**{title}**", "")
        yield from (f"- `{first}`: {_prose(second)}" for first, second in rows)
        yield ""
    if entry.below:
        yield from ("**Commands**", "")
        yield from (f"- `{one.name.rpartition(' ')[2]}`: {one.summary}" for one in entry.below)
        yield ""
    for one in entry.below:
        yield from _markdown(one, f"#{heading or '#'}")


def _prose(text: str) -> str:
    return re.sub(r"(?<!\\)([<*_])", r"\\\1", text)


def manual(entry: Entry, others: tuple[Entry, ...] = ()) -> str:
    """One manual page: a command with the commands under it, or the program, which refers to the pages of the others."""
    title = entry.name.replace(" ", "-")
    lines = [f'.TH {title.upper()} 1 "" "barewire" "User Commands"', ".SH NAME"]
    lines += [f"{_roff(title)} \\- {_roff(entry.summary.rstrip('.?'))}", ".SH SYNOPSIS"]
    lines += [f".B {_roff(one.name)}\n{_roff(one.usage)}" + ("\n.br" if one.below else "") for one in (entry,)]
    lines += [".SH DESCRIPTION", *_paragraphs(entry.help)]
    for one in (entry, *(() if others else entry.below)):
        if one is not entry:
            lines += [
                f'.SH "{one.name.upper()}"',
                *_paragraphs(one.help),
                f".PP\n.B {_roff(one.name)}\n{_roff(one.usage)}",
            ]
        for group, rows in one.groups.items():
            lines.append(f'.SH "{group.upper()}"' if one is entry else f'.SS "{group}"')
            lines += [f".TP\n.B {_roff(first)}\n{_roff(second)}" for first, second in rows]
    if others:
        lines.append(".SH COMMANDS")
        lines += [f".TP\n.BR {_roff(one.name.replace(' ', '-'))} (1)\n{_roff(one.summary)}" for one in others]
    lines.append('.SH "EXIT STATUS"')
    lines += [f".TP\n.B {code}\n{_roff(what)}" for code, what in exit_codes()]
    seen = others or (read(typer.main.get_command(app)),)
    lines.append(".SH SEE ALSO")
    lines.append(",\n".join(f".BR {_roff(one.name.replace(' ', '-'))} (1)" for one in seen))
    return "\n".join(lines) + "\n"


def exit_codes() -> list[tuple[str, str]]:
    """Each exit code with what it says, from the table of docs/exit-codes.md."""
    rows = re.findall(
        r"^\| (\d+) \| ([^|]+) \|", (ROOT / "docs/exit-codes.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    return [(code, what.strip()) for code, what in rows]


def _paragraphs(text: str) -> list[str]:
    return [f".PP\n{_roff(part.replace(chr(10), ' '))}" for part in text.split("\n\n")]


def _roff(text: str) -> str:
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "")
    return re.sub(r"^(?=[.'])", r"\\&", escaped, flags=re.MULTILINE)


def completion(shell: str) -> str:
    """The script by which a shell asks barewire for what Tab offers."""
    script = get_completion_script(prog_name="barewire", complete_var="_BAREWIRE_COMPLETE", shell=shell).strip() + "\n"
    return script + ("\n" + ZSH_FIRST_CALL if shell == "zsh" else "")


def files() -> dict[str, str]:
    """Every generated file: its text by its path below the root."""
    program = read(typer.main.get_command(app))
    found = {REFERENCE: markdown(program), f"{PAGES}/barewire.1": manual(program, program.below)}
    found |= {f"{PAGES}/{one.name.replace(' ', '-')}.1": manual(one) for one in program.below}
    return found | {path: completion(shell) for shell, path in COMPLETIONS.items()}


def main() -> None:
    """Write every generated file; a page whose command is gone goes, too."""
    shutil.rmtree(ROOT / PAGES, ignore_errors=True)
    for name, text in files().items():
        path = ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
