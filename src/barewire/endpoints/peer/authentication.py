"""Who may talk to a peer: both ends prove that they have one secret, the token, over TLS.

The peer makes a key and a self-signed certificate when it starts, and forgets them when it ends; no authority signs them. What
binds the connection to the right machine is the proof: an HMAC-SHA256, keyed with the token, over both ends' random numbers and
the fingerprint of the certificate that the end itself has seen (RFC 5929, `tls-server-end-point`). Someone in the middle shows
the client another certificate than the peer has, so neither proof fits; and a proof is of no use a second time, because the
other end's random number is another. The client proves first, and learns nothing else before that. Limit: the token must be
random, because who poses as the peer gets a proof to try guesses on; so it is at least 32 characters, and `barewire serve`
makes it.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import ssl
import stat
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from barewire.endpoints.peer.messages import PROTOCOL
from barewire.errors import PrerequisiteError, UsageError

LEAST_TOKEN, MOST_TOKEN = 32, 4096
"""Characters."""

_VALID = timedelta(days=3650)
_READABLE_BY_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def nonce() -> str:
    """32 random bytes, in hexadecimal."""
    return secrets.token_hex(32)


def prove(token: bytes, who: str, fingerprint: bytes, client_nonce: str, peer_nonce: str) -> str:
    """The proof of `who` (`client` or `peer`) for one connection."""
    said = "\n".join(("barewire peer", str(PROTOCOL), who, fingerprint.hex(), client_nonce, peer_nonce))
    return hmac.new(token, said.encode(), hashlib.sha256).hexdigest()


def is_proof(given: str, wanted: str) -> bool:
    """Whether a proof is the wanted one, in a time that does not depend on where they differ."""
    return hmac.compare_digest(given, wanted)


def make_token(path: Path) -> bool:
    """Make a token file that its owner alone may read; False if there is one already."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return False
    except OSError as error:
        raise UsageError(
            f"the token file {path} cannot be made", where="--token-file", said=error.strerror or str(error),
            remedy="Give a path in a folder that you may write to",
        ) from error  # fmt: skip
    with os.fdopen(fd, "w") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
    return True


def read_token(path: Path) -> bytes:
    """The token of a file; UsageError for one that is absent, too short to be random, or readable by others."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(MOST_TOKEN + 1).strip()
    except OSError as error:
        raise UsageError(
            f"the token file {path} cannot be read", where="--token-file", said=error.strerror or str(error),
            remedy="Copy the file that barewire serve has made on the peer",
        ) from error  # fmt: skip
    if mode & _READABLE_BY_OTHERS:
        raise UsageError(
            f"the token file {path} may be read by others", where="--token-file", said=f"its mode is {mode & 0o777:o}",
            remedy=f"chmod 600 {path}",
        )  # fmt: skip
    if not LEAST_TOKEN <= len(text) <= MOST_TOKEN:
        raise UsageError(
            f"the token in {path} has {len(text)} characters", where="--token-file",
            said=f"a token has {LEAST_TOKEN} to {MOST_TOKEN} random ones, because nothing else protects the peer",
            remedy="Remove the file and let barewire serve make it",
        )  # fmt: skip
    return text


def fingerprint(certificate: bytes) -> bytes:
    """SHA-256 of a certificate in DER."""
    return hashlib.sha256(certificate).digest()


def peer_context() -> tuple[ssl.SSLContext, bytes]:
    """TLS 1.3 with a new key of its own, and the certificate's fingerprint."""
    # The command line's other commands have no use for it.
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
    except ImportError as error:
        raise PrerequisiteError(
            "the library cryptography is missing, which makes the key of the connection", said=str(error),
            remedy="Install barewire with its dependencies (scripts/setup, or pip install .)",
        ) from error  # fmt: skip
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "barewire peer")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _VALID)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + certificate.public_bytes(serialization.Encoding.PEM)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.num_tickets = 0  # no session is resumed
    _load(context, pem)
    return context, fingerprint(certificate.public_bytes(serialization.Encoding.DER))


def client_context() -> ssl.SSLContext:
    """TLS 1.3 to a certificate that nobody signed: the proofs are about its fingerprint."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _load(context: ssl.SSLContext, pem: bytes) -> None:
    """Python's ssl takes a key from a file alone: one that nobody else may read, in memory where there is a tmpfs."""
    shm = Path("/dev/shm")
    with tempfile.NamedTemporaryFile(dir=shm if os.access(shm, os.W_OK) else None) as file:
        file.write(pem)
        file.flush()
        with contextlib.closing(file):
            context.load_cert_chain(file.name)
