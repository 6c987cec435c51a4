"""The image for pods: an agent for each architecture, which runs, and nothing else."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from barewire import __version__
from barewire.errors import PrerequisiteError
from barewire.kernel.programs import built_static

ROOT = Path(__file__).parents[2]
AGENT = "barewire/libexec/barewire-agent-static"
CONTAINERS = {"amd64": "x86_64", "arm64": "aarch64"}
"""Architectures as container tools and as wheels name them."""


def wheel(folder: Path, architecture: str) -> Path:
    """What the tool reads of a wheel."""
    try:
        agent = Path(built_static("barewire-agent", architecture))
    except PrerequisiteError as error:
        pytest.skip(str(error))
    path = folder / f"barewire-0-cp311-abi3-manylinux_2_28_{architecture}.whl"
    with zipfile.ZipFile(path, "w") as file:
        file.write(agent, AGENT)
    return path


def images(archive: Path) -> Iterator[tuple[dict[str, Any], tarfile.TarFile]]:
    """The configuration and the only layer of each architecture in an OCI archive."""
    with tarfile.open(archive) as tar:

        def blob(entry: dict[str, Any]) -> bytes:
            file = tar.extractfile("blobs/sha256/" + entry["digest"].removeprefix("sha256:"))
            assert file is not None
            return file.read()

        index = tar.extractfile("index.json")
        assert index is not None
        [top] = json.load(index)["manifests"]
        assert top["annotations"]["org.opencontainers.image.ref.name"] == __version__
        for entry in json.loads(blob(top))["manifests"]:
            manifest = json.loads(blob(entry))
            [layer] = manifest["layers"]
            content = blob(layer)
            plain = gzip.decompress(content) if layer["mediaType"].endswith("gzip") else content
            with tarfile.open(fileobj=io.BytesIO(plain)) as files:
                yield json.loads(blob(manifest["config"])), files


def test_the_image_has_an_agent_of_each_architecture(tmp_path: Path) -> None:
    if lacking := [name for name in ("buildah", "unzip") if shutil.which(name) is None]:
        pytest.skip(f"{' and '.join(lacking)} is not installed: apt-get install buildah unzip")
    wheels = [wheel(tmp_path, architecture) for architecture in CONTAINERS.values()]
    archive = tmp_path / "image.tar"
    done = subprocess.run([ROOT / "tools" / "image.sh", archive, *wheels], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    found = {}
    for configuration, layer in images(archive):
        architecture = configuration["architecture"]
        assert (configuration["os"], configuration["config"]["User"]) == ("linux", "65534:65534")
        assert configuration["config"]["Entrypoint"] == ["/barewire-agent"]
        [program] = layer.getmembers()
        assert (program.name, program.mode & 0o7777) == ("barewire-agent", 0o755)
        content = layer.extractfile(program)
        assert content is not None
        agent = found[architecture] = tmp_path / architecture
        agent.write_bytes(content.read())
        agent.chmod(0o755)
    assert set(found) == set(CONTAINERS)
    for architecture, agent in found.items():
        emulator = f"qemu-{CONTAINERS[architecture]}"
        if shutil.which(emulator) is None:
            continue
        done = subprocess.run([emulator, agent, "--version"], capture_output=True, text=True, timeout=60)
        assert done.stdout.split() == ["barewire-agent", __version__], done
