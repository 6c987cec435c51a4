"""The scripts, run for real: in a small project that needs no network, with programs hidden by mounts of our own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from barewire.kernel import programs

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted(path for path in (ROOT / "scripts").iterdir() if path.is_file())
LINES = 20

# A build backend that writes one wheel, notes that it was asked, and fails when asked to.
BACKEND = """
import os, zipfile
from pathlib import Path

def build_wheel(folder, config_settings=None, metadata_directory=None):
    with open("builds.log", "a") as log:
        log.write("build\\n")
    if Path("broken").exists():
        raise SystemExit("the compiler says no")
    with zipfile.ZipFile(Path(folder, "tiny-1-py3-none-any.whl"), "w") as wheel:
        for path in sorted(Path("src").rglob("*.py")):
            wheel.write(path, path.relative_to("src"))
        wheel.writestr("tiny-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1\\n")
        wheel.writestr("tiny-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("tiny-1.dist-info/RECORD", "")
    return "tiny-1-py3-none-any.whl"
"""
PROJECT = """
[build-system]
requires = ["pip"]
build-backend = "backend"
backend-path = ["csrc"]

[project]
name = "tiny"
version = "1"
"""


def setup(folder: Path, what: str = "study") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PIP_NO_INDEX": "1"}
    return subprocess.run(
        [folder / "scripts" / "setup", what], cwd="/", env=environment, capture_output=True, text=True, check=False
    )


def builds(folder: Path) -> int:
    return len((folder / "builds.log").read_text().splitlines())


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout that has been set up; every test leaves it so."""
    folder = tmp_path_factory.mktemp("checkout") / "a folder with spaces"
    for name in ("scripts", "src/tiny", "csrc", "share"):
        (folder / name).mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "setup", folder / "scripts")
    (folder / "csrc" / "backend.py").write_text(BACKEND)
    (folder / "pyproject.toml").write_text(PROJECT)
    (folder / "meson.build").touch()
    (folder / "src" / "tiny" / "__init__.py").touch()
    done = setup(folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert {line.split(":")[0] for line in done.stderr.splitlines()} == {"setup"}
    return folder


def ordinary_user_without(*names: str) -> list[str]:
    """A prefix that hides programs and runs what follows as an ordinary user who may not sudo."""
    return without(*names, then='unshare -U --map-user=1000 "$@"')


def without(*names: str, then: str = '"$@"') -> list[str]:
    """A prefix that hides programs and runs what follows as who seems to be root."""
    folders = os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/sbin"])
    hidden = [path for name in names if (path := shutil.which(name, path=folders))]
    binds = " && ".join(["true", *(f"mount --bind /dev/null {path}" for path in hidden)])
    tried = subprocess.run(["unshare", "-rm", "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"no user namespace can be made here: {tried.stderr.strip()}")
    return ["unshare", "-rm", "sh", "-c", f"{binds} && exec {then}", "sh"]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_plain_sh_says_what_it_is_for_and_is_short(script: Path) -> None:
    lines = script.read_text().splitlines()
    assert lines[0] == "#!/bin/sh"
    assert lines[1].startswith("# ")
    assert "set -eu" in lines
    assert os.access(script, os.X_OK)
    assert len(lines) <= LINES or script.name == "setup"
    subprocess.run(["sh", "-n", script], check=True)


@pytest.mark.parametrize("script", [*SCRIPTS, ROOT / ".ci" / "run"], ids=lambda path: path.name)
def test_a_script_finds_its_checkout_whatever_cdpath_says(script: Path, tmp_path: Path) -> None:
    beginning: list[str] = []
    for line in script.read_text().splitlines():
        beginning.append(line)
        if "/.." in line and "cd " in line:
            break
    checkout, decoy = tmp_path / "checkout", tmp_path / "decoy"
    for folder in (checkout, decoy):
        (folder / script.parent.name).mkdir(parents=True)
    copy = checkout / script.parent.name / script.name
    copy.write_text("\n".join([*beginning, 'echo "${here:-$PWD}"']))
    copy.chmod(0o755)
    done = subprocess.run(
        [f"{script.parent.name}/{script.name}", "study"],
        cwd=checkout, env={**os.environ, "CDPATH": str(decoy)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == f"{checkout}\n"


def test_every_command_that_developers_use_has_its_script() -> None:
    assert {path.name for path in SCRIPTS} == {"bench", "docs", "lint", "setup", "study", "test"}


def test_ci_runs_what_a_newcomer_runs() -> None:
    assert (ROOT / ".ci" / "run").read_text().splitlines()[-1] == "exec sh scripts/test"


def test_setup_checks_the_same_programs_and_packages_as_barewire() -> None:
    text = (ROOT / "scripts" / "setup").read_text()
    for program, package in programs.PACKAGES.items():
        assert f"need {program} {package}" in text
    for package in programs.FOR_KERNELS.values():
        assert package in text


def said(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What setup said, but for the optional packages that an ordinary user's machine lacks."""
    return [line for line in done.stderr.splitlines() if "for want of packages; to have them, type:" not in line]


def test_setup_prints_and_builds_nothing_when_nothing_changed(project: Path) -> None:
    before = builds(project)
    done = setup(project)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert builds(project) == before


def test_setup_does_not_rebuild_because_python_wrote_caches(project: Path) -> None:
    before = builds(project)
    cache = project / "src" / "tiny" / "__pycache__"
    cache.mkdir(exist_ok=True)
    (cache / "new.pyc").touch()
    assert setup(project).stderr == ""
    assert builds(project) == before


def test_setup_builds_again_after_any_change_of_a_source(project: Path) -> None:
    changing, old, new = (project / "src" / "tiny" / name for name in ("__init__.py", "added.py", "renamed.py"))
    changes: dict[str, Callable[[], object]] = {
        "write": lambda: changing.write_text(changing.read_text() + "# more\n"),
        "add": old.touch,
        "rename": lambda: old.rename(new),
        "remove": new.unlink,
    }
    for name, change in changes.items():
        before = builds(project)
        change()
        done = setup(project)
        assert done.returncode == 0, (name, done.stderr)
        assert said(done) == ["setup: building barewire in .venv"], name
        assert builds(project) == before + 1, name


def test_a_build_that_fails_is_said_and_done_again_next_time(project: Path) -> None:
    (project / "broken").touch()
    source = project / "src" / "tiny" / "failing.py"
    source.touch()
    for _ in range(2):
        done = setup(project)
        assert done.returncode == 2
        assert done.stdout == ""
        assert "the compiler says no" in done.stderr
        assert done.stderr.splitlines()[-1] == "setup: barewire could not be built; the lines above say why"
    (project / "broken").unlink()
    before = builds(project)
    assert setup(project).returncode == 0
    assert builds(project) == before + 1


def test_without_a_network_one_sentence_says_so(project: Path) -> None:
    description = project / "pyproject.toml"
    text = description.read_text()
    description.write_text(text.replace('["pip"]', '["pip", "barewire-has-no-such-dependency"]'))
    try:
        done = setup(project)
    finally:
        description.write_text(text)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1].startswith(
        "setup: the tools of the build could not be fetched; is there a network"
    )
    assert setup(project).returncode == 0


def test_a_checkout_of_somebody_else_is_used_and_not_changed(project: Path) -> None:
    prefix = ordinary_user_without()
    command = [*prefix, str(project / "scripts" / "setup"), "study"]
    (project / ".venv").chmod(0o555)
    try:
        used = subprocess.run(command, capture_output=True, text=True, check=False)
        (project / "src" / "tiny" / "later.py").touch()
        refused = subprocess.run(command, capture_output=True, text=True, check=False)
    finally:
        (project / ".venv").chmod(0o755)
    assert (used.returncode, used.stderr) == (0, "")
    assert refused.returncode == 2
    assert "is not up to date, and" in refused.stderr
    assert refused.stderr.endswith("or use a clone of your own.\n")
    assert setup(project).returncode == 0


def test_of_two_setups_at_once_one_builds_and_the_other_waits(project: Path) -> None:
    (project / "src" / "tiny" / "together.py").touch()
    before = builds(project)
    command = [str(project / "scripts" / "setup"), "study"]
    environment = {**os.environ, "PIP_NO_INDEX": "1"}
    both = [subprocess.Popen(command, env=environment, text=True, stderr=subprocess.PIPE) for _ in range(2)]
    said = [process.communicate()[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert builds(project) == before + 1


def test_a_checkout_that_was_moved_gets_a_new_environment(project: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(project, moved, symlinks=True, copy_function=shutil.copy2)
    done = setup(moved)
    assert done.returncode == 0, done.stderr
    assert said(done)[0].startswith("setup: making .venv")
    where = "import tiny; print(tiny.__file__)"
    python = subprocess.run([moved / ".venv/bin/python", "-c", where], capture_output=True, text=True, check=True)
    assert python.stdout.startswith(f"{moved}/.venv/")


def test_a_user_gets_the_exact_command_for_missing_packages(project: Path) -> None:
    prefix = ordinary_user_without("nginx", "iperf3")
    done = subprocess.run([*prefix, project / "scripts/setup", "study"], capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert done.stderr == (
        "setup: barewire needs packages that only an administrator can install. "
        "Type: sudo apt-get install -y --no-install-recommends nginx iperf3\n"
    )


def test_packages_of_some_tests_do_not_keep_a_user_from_testing(project: Path) -> None:
    assert setup(project, "test").returncode == 0
    prefix = ordinary_user_without("sysctl")
    done = subprocess.run([*prefix, project / "scripts/setup", "test"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith(
        "setup: some tests will be skipped for want of packages; to have them, type: sudo apt-get"
    )
    assert "procps" in done.stderr


def test_a_study_wants_qemu_only_if_the_kernel_lacks_networks(project: Path, tmp_path: Path) -> None:
    prefix = without("qemu-system-x86_64", "qemu-system-aarch64", "apt-get")
    for answer in ("true", "false"):  # what ip says to links of every kind
        folder = tmp_path / answer
        folder.mkdir()
        (folder / "ip").write_text(f'#!/bin/sh\n[ "$1" != -batch ] || exec {answer}\n')
        (folder / "ip").chmod(0o755)
        done = subprocess.run(
            [*prefix, project / "scripts/setup", "study"], capture_output=True, text=True, check=False,
            env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert ("qemu-system" in done.stderr) is (answer == "false"), done.stderr
        assert ("will not be measured" in done.stderr) is (answer == "false")


def test_a_system_without_apt_is_shown_what_it_lacks_and_not_how(project: Path) -> None:
    prefix = ordinary_user_without("nginx", "apt-get")
    done = subprocess.run([*prefix, project / "scripts/setup", "study"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == ("setup: barewire needs what Debian calls nginx. Install it with this system's own means.\n")


def test_setup_without_a_purpose_says_how_to_call_it(project: Path) -> None:
    done = subprocess.run([project / "scripts" / "setup"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "usage: scripts/setup study|test" in done.stderr
