"""What holds for the whole project: the package is complete, modules are small and explained, no page has a dead link."""

from __future__ import annotations

import ast
import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import PackageNotFoundError, distribution, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import barewire

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "barewire"
MODULES = sorted(SOURCE.rglob("*.py"))
C_FILES = sorted(path for path in (ROOT / "csrc").rglob("*") if path.suffix in {".c", ".h"})
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "news").glob("README.md")])
SAYS_NOTHING = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")

BUILD_VERSION = re.findall(r"version: '([^']+)'", (ROOT / "meson.build").read_text())[0]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.fixture(scope="module")
def installed() -> set[str]:
    """The files that the installed package says it has, relative to `site-packages`."""
    try:
        files = distribution("barewire").files
    except PackageNotFoundError:
        pytest.skip("barewire is not installed here (scripts/test installs it)")
    return {str(file) for file in files or ()}


def test_the_version_is_stated_once() -> None:
    assert "version" in PROJECT["project"]["dynamic"]
    try:
        assert barewire.__version__ == version("barewire") == BUILD_VERSION
    except PackageNotFoundError:
        assert barewire.__version__ == "0+unknown"


def test_every_file_of_the_source_is_in_the_installed_package(installed: set[str]) -> None:
    wanted = {str(path.relative_to(SOURCE.parent)) for path in SOURCE.rglob("*") if path.is_file()}
    wanted = {path for path in wanted if "__pycache__" not in path}
    assert sorted(wanted - installed) == []


def test_the_load_generator_is_installed_and_may_be_run(installed: set[str]) -> None:
    assert "barewire/libexec/barewire-load" in installed
    assert os.access(str(distribution("barewire").locate_file("barewire/libexec/barewire-load")), os.X_OK)


def test_every_module_is_explained() -> None:
    texts = {short(module): module.read_text() for module in MODULES}
    assert [name for name, text in texts.items() if text.strip() and not ast.get_docstring(ast.parse(text))] == []


def test_every_module_has_a_name_that_says_something() -> None:
    """Their length is judged by `tools/language.py`."""
    assert [short(path) for path in (*MODULES, *C_FILES) if SAYS_NOTHING & {path.stem, path.parent.name}] == []


def test_nothing_is_installed_by_a_name_that_is_not_ours() -> None:
    """Anyone could register `barewire` on a package index; it is installed from the repository or from a file."""
    by_name = re.compile(r"(?:pipx? install|uvx)(?: -\S+)* ['\"]?barewire\b(?! @)")
    files = [*PAGES, *MODULES, *(path for path in (ROOT / "examples").rglob("*") if path.is_file())]
    named = [f"{short(path)}: {found[0]}" for path in files if (found := by_name.search(path.read_text()))]
    assert named == []


@pytest.mark.parametrize("page", PAGES, ids=short)
def test_no_link_of_a_page_is_dead(page: Path) -> None:
    targets = [link.partition("#")[0] for link in LINK.findall(page.read_text()) if "://" not in link]
    assert [target for target in targets if target and not (page.parent / target).exists()] == []


def test_every_page_of_the_docs_is_in_their_index() -> None:
    linked = set(LINK.findall((ROOT / "docs" / "index.md").read_text()))
    assert {page.name for page in (ROOT / "docs").glob("*.md")} - linked == {"index.md"}


def test_every_dependency_is_imported_and_the_other_way_round() -> None:
    names = {
        "hdrhistogram": "hdrh",
        "mlrsearch": "MLRsearch",
        "resvg-py": "resvg_py",
        "typing-extensions": "typing_extensions",
    }
    brought = {
        "httpx2": "lightkube",
        "markupsafe": "jinja2",
        "msgspec": "lightkube",
        "pydantic_core": "pydantic",
        "yaml": "lightkube",
    }
    run = {"virtme-ng": ("kernels/initramfs.py", '"virtme.commands.run"')}  # as programs, not imported
    lines = [*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["kubernetes"]]
    wanted = {re.split(r"[<>=!~ ]", line)[0] for line in lines}
    imported = set()
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                imported.add(node.module.partition(".")[0])
    theirs = {brought.get(name, name) for name in imported - sys.stdlib_module_names - {"barewire"}}
    for path, command in run.values():
        assert command in (ROOT / "src" / "barewire" / path).read_text()
    assert {names.get(name, name) for name in wanted - set(run)} == theirs


def test_every_dependency_says_what_for_and_how_big_it_is() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    block = text[text.index("\ndependencies = [") : text.index("\n[project.optional-dependencies]")]
    lines = [line for line in block.splitlines() if line.startswith('  "')]
    assert len(lines) == len(PROJECT["project"]["dependencies"])
    assert [line for line in lines if not re.search(r"# \w.*; \d[\d.]* MB", line)] == []


@pytest.mark.slow
def test_a_wheel_holds_all_source_files_program_and_licence(tmp_path: Path) -> None:
    if find_spec("mesonpy") is None:
        pytest.skip("meson-python is not installed here (scripts/test installs it)")
    # What scripts/setup has built is not compiled again.
    build = ROOT / ".venv" / "build"
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        f"--config-settings=build-dir={build if os.access(build, os.W_OK) else tmp_path / 'build'}",
        "--config-settings=setup-args=-Dwerror=true",
        "-w",
        str(tmp_path),
        str(ROOT),
    ]
    # meson and ninja are beside this Python, which need not be on the path.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(command, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (file,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(file) as wheel:
        held = {info.filename: info for info in wheel.infolist()}
    wanted = {str(path.relative_to(ROOT / "src")) for path in (ROOT / "src").rglob("*") if path.is_file()}
    wanted = {path for path in wanted if "__pycache__" not in path}
    data = f"barewire-{BUILD_VERSION}.data/data"
    wanted |= {f"{data}/{path.relative_to(ROOT)}" for path in (ROOT / "share").rglob("*") if path.is_file()}
    assert sorted(wanted - held.keys()) == []
    assert held["barewire/libexec/barewire-load"].external_attr >> 16 & stat.S_IXUSR
    assert any(name.endswith("/licenses/LICENSE") for name in held)
    assert not any("__pycache__" in name for name in held)


FORBIDDEN = {
    ("lab/hold.py", "barewire.workloads"): "Layers, as in ARCHITECTURE.md",
    ("study/execution/trial.py", "barewire.render"): "Layers, as in ARCHITECTURE.md",
    ("study/design/plan.py", "barewire.study.execution.loads"): "A study is designed before it is executed",
    (
        "results/overhead.py",
        "barewire.results.history.series",
    ): "One run is read and summed up before runs are compared",
    ("networks/attach/ptp.py", "barewire.networks.attach.bridge"): "Parts of a network do not import each other",
    ("networks/transport/routes.py", "subprocess"): "Planning is pure: networks ask no kernel and run nothing",
    ("workloads/servers/nginx.py", "pyroute2"): "Only kernel talks to a kernel",
}


@pytest.mark.slow
def test_forbidden_imports_are_named_and_break_their_contracts(tmp_path: Path) -> None:
    """All in one run, of which the graph is most; that the tree as it is breaks none, scripts/lint says."""
    tool = Path(sys.executable).with_name("lint-imports")
    if not tool.exists():
        pytest.skip("import-linter is not installed here (scripts/test installs it)")
    shutil.copytree(SOURCE, tmp_path / "src" / "barewire", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for module, imported in FORBIDDEN:
        with (tmp_path / "src" / "barewire" / module).open("a") as file:
            file.write(f"\nimport {imported}\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "src")}
    command = [str(tool), "--no-cache", "--config", str(tmp_path / "pyproject.toml")]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    broken = {said.removesuffix(" BROKEN") for said in done.stdout.splitlines() if said.endswith(" BROKEN")}
    assert done.returncode == 1, done.stdout + done.stderr
    assert broken == set(FORBIDDEN.values()), done.stdout
    said = " ".join(done.stdout.split())
    for module, imported in FORBIDDEN:
        importer = f"barewire.{module.removesuffix('.py').replace('/', '.')}"
        assert f"{importer} -> {imported} " in said, done.stdout


LARGEST_TRACKED = 1_000_000
"""Bytes; a larger file is a download or a build output."""


def test_no_large_or_binary_file_is_tracked() -> None:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    tracked = [path for name in listed.decode().split("\0") if name and (path := ROOT / name).is_file()]
    assert len(tracked) > 100
    large = [short(path) for path in tracked if path.stat().st_size > LARGEST_TRACKED]
    binary = [
        short(path)
        for path in tracked
        # Fuzzing corpora are a few bytes each, and NUL is one of them.
        if not {"docs", "corpus"} & set(path.relative_to(ROOT).parts) and b"\0" in path.read_bytes()[:8192]
    ]
    assert (large, binary) == ([], [])
