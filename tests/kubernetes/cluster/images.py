"""Images without a registry: an OCI archive of one static program, as `ctr images import` reads it."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path


def write(archive: Path, name: str, program: Path, command: list[str]) -> None:
    """The image `name` that has `program` as /program, and runs it with the words `command`."""
    blobs: dict[str, bytes] = {}

    def blob(content: bytes, media: str) -> dict[str, object]:
        digest = hashlib.sha256(content).hexdigest()
        blobs[digest] = content
        return {"mediaType": media, "digest": f"sha256:{digest}", "size": len(content)}

    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        for folder in ("dev", "etc", "proc", "sys", "tmp"):
            _add(tar, folder, b"", 0o755, tarfile.DIRTYPE)
        _add(tar, "program", program.read_bytes(), 0o755)
    plain = layer.getvalue()
    of_layer = blob(plain, "application/vnd.oci.image.layer.v1.tar")
    architecture = {"architecture": "amd64", "os": "linux"}
    config = {**architecture, "config": {"Entrypoint": ["/program", *command]},
              "rootfs": {"type": "layers", "diff_ids": [of_layer["digest"]]}}  # fmt: skip
    of_config = blob(json.dumps(config).encode(), "application/vnd.oci.image.config.v1+json")
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "config": of_config, "layers": [of_layer]}  # fmt: skip
    entry = blob(json.dumps(manifest).encode(), str(manifest["mediaType"]))
    entry["platform"] = architecture
    entry["annotations"] = {
        "io.containerd.image.name": name,
        "org.opencontainers.image.ref.name": name.rpartition(":")[2],
    }
    index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [entry]}
    with tarfile.open(archive, "w") as tar:
        _add(tar, "oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
        _add(tar, "index.json", json.dumps(index).encode())
        for digest, content in blobs.items():
            _add(tar, f"blobs/sha256/{digest}", content)


def _add(tar: tarfile.TarFile, name: str, content: bytes, mode: int = 0o644, kind: bytes = tarfile.REGTYPE) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.type = len(content), mode, kind
    tar.addfile(info, io.BytesIO(content))
