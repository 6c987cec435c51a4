"""Language that a program can judge: class names defined twice, words of the old register, long lines of prose, long modules
and long names of tests.

`scripts/lint` runs it. What was there before a rule is counted in `language.toml`, by folder or by class name, and may only
shrink: `python tools/language.py --shrink` writes the smaller counts down.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
ALLOWED = Path(__file__).with_name("language.toml")
COLUMNS = 100
MODULE_LINES = 300
NAME_LETTERS = 60
WORDS = re.compile(r"(?<![a-z])(tell|tells|told|telling|whoever|besides)(?![a-z])", re.IGNORECASE)
"""Also between underscores, in names."""
INSTEAD = "write report, print, show, state or raise; anyone who; also"
TOO_LONG = f"over {COLUMNS} columns; wrap it, or write one sentence a line"
FOLDERS = {"src", "csrc", "docs", "README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"}
WORDED = {"tests", "benchmarks", "tools"}
"""Folders of which the words alone are looked at."""

NAMES_THE_WORDS = {"tools/language.py", "tests/unit/test_language.py"}
SUFFIXES = {".py", ".c", ".h", ".md", ".toml", ".j2", ".js", ".sh", ".build"}
MODULES = {("src", ".py"), ("csrc", ".c"), ("csrc", ".h")}
GENERATED = "docs/commands.md"

Counts = dict[str, dict[str, int]]


def tracked() -> list[str]:
    """The files that git knows and that are here."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return sorted(name for name in listed.split("\0") if name and (ROOT / name).is_file())


def class_names(modules: Mapping[str, str]) -> dict[str, list[str]]:
    """Names that more than one class of the package has, with the modules. A name that begins with _ is its module's own."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path, text in modules.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(path)
    return {name: paths for name, paths in sorted(found.items()) if len(paths) > 1}


def words(text: str) -> list[tuple[int, str]]:
    """Words of the old register, with their lines."""
    return [(number, word[0]) for number, line in enumerate(text.splitlines(), 1) for word in WORDS.finditer(line)]


def long_test_names(text: str) -> list[tuple[int, str]]:
    """Names of tests of more than 60 letters, with their lines."""
    return [
        (node.lineno, node.name)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and len(node.name) > NAME_LETTERS
    ]


def long_lines(text: str) -> list[int]:
    """Lines of prose in Markdown over 100 columns. One sentence a line may be longer; tables, code, links alone and
    generated parts are no prose."""
    found = []
    for number, line in _prose(text):
        if len(line) > COLUMNS and len(_sentences(line)) > 1:
            found.append(number)
    return found


def _prose(text: str) -> Iterator[tuple[int, str]]:
    fenced = generated = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        if line.startswith("<!-- table:"):
            generated = True
        if line.startswith("<!-- end"):
            generated = False
        if not (fenced or generated or line.lstrip().startswith(("|", "<!--", "![")) or re.match(r" {4,}[^ -]", line)):
            yield number, line


def _sentences(line: str) -> list[str]:
    return re.split(r"(?<=[.!?])\s+(?=[A-Z`*\[(\"])", re.sub(r"\b(e\.g|i\.e|vs|cf)\.", r"\1", line.strip()))


def check() -> tuple[Counts, list[str]]:
    """What is counted, by rule and by folder (classes: by name); and the findings where a count is over the allowed one."""
    names = [name for name in tracked() if name.partition("/")[0] in FOLDERS and Path(name).suffix in SUFFIXES]
    names += [str(path.relative_to(ROOT)) for path in (ROOT / "scripts").iterdir()]
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in sorted(set(names) - {GENERATED})}
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, text in texts.items():
        folder = name.partition("/")[0]
        found["words", folder] += [f"{name}:{number}: {word!r}: {INSTEAD}" for number, word in words(text)]
        if name.endswith(".md"):
            found["columns", folder] += [f"{name}:{number}: {TOO_LONG}" for number in long_lines(text)]
        if (folder, Path(name).suffix) in MODULES and (length := text.count("\n")) > MODULE_LINES:
            found["modules", folder].append(
                f"{name}: {length} lines where {MODULE_LINES} are allowed; split it by topic"
            )
    for name in tracked():
        folder, _, rest = name.partition("/")
        if folder in WORDED and Path(rest).suffix in SUFFIXES and name not in NAMES_THE_WORDS:
            text = (ROOT / name).read_text(encoding="utf-8")
            found["words", folder] += [f"{name}:{number}: {word!r}: {INSTEAD}" for number, word in words(text)]
        if name.startswith("tests/") and name.endswith(".py"):
            long = long_test_names((ROOT / name).read_text(encoding="utf-8"))
            found["names", "/".join(name.split("/")[:2])] += [
                f"{name}:{number}: {test}: {len(test)} letters where {NAME_LETTERS} are allowed"
                for number, test in long
            ]
    modules = {name: text for name, text in texts.items() if name.startswith("src/") and name.endswith(".py")}
    for name, paths in class_names(modules).items():
        found["classes", name] += [f"{path}: class {name} is defined {len(paths)} times" for path in paths]
    counts: Counts = {rule: {} for rule in ("words", "columns", "classes", "modules", "names")}
    said = []
    allowed = read()
    for (rule, key), lines in found.items():
        if lines:
            counts[rule][key] = len(lines)
        most = allowed.get(rule, {}).get(key, 0)
        if len(lines) > most:
            said += [*lines, *([f"{key}: {rule}: {len(lines)} where {most} are allowed"] if most else [])]
    return counts, said


def read() -> Counts:
    """The counts that are allowed."""
    return tomllib.loads(ALLOWED.read_text(encoding="utf-8")) if ALLOWED.exists() else {}


def shrink() -> None:
    """Allow no more than is there."""
    counts, _ = check()
    text = "# What tools/language.py still finds: these numbers only shrink.\n"
    for rule, allowed in read().items():
        lower = {key: min(most, counts[rule].get(key, 0)) for key, most in allowed.items()}
        text += f"\n[{rule}]\n" + "".join(f'"{key}" = {most}\n' for key, most in sorted(lower.items()) if most)
    ALLOWED.write_text(text, encoding="utf-8")


def main() -> int:
    """The findings on standard error; 1 if there are any."""
    if "--shrink" in sys.argv:
        shrink()
    _, said = check()
    print(*said, sep="\n", end="\n" if said else "", file=sys.stderr)
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
