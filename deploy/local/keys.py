"""Secrets of the local run, made once under `.run/secrets`, readable by our user only."""

import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def make_missing(folder: Path) -> str:
    """Make what is missing; returns the embedded broker's password.

    The files: the token key pair (Ed25519, PEM), the secret that streaming shares with its media nodes, and
    that password.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (folder / "token-private.pem").exists():
        key = Ed25519PrivateKey.generate()
        _write(folder / "token-private.pem", _pem(key))
        _write(folder / "token-public.pem", _public_pem(key))
    for name in ("capability", "broker"):
        if not (folder / name).exists():
            _write(folder / name, secrets.token_urlsafe(36).encode())
    return (folder / "broker").read_text()


def _pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _public_pem(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _write(file: Path, content: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as output:
        output.write(content)
