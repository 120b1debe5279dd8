"""Secrets of the local run, made once under `.run/secrets`, readable by our user only."""

import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def make_missing(private: Path, public: Path, capability: Path) -> None:
    """Make the token key pair (Ed25519, PEM) and the secret that streaming shares with its media nodes."""
    if not private.exists():
        key = Ed25519PrivateKey.generate()
        _write(private, _pem(key))
        _write(public, _public_pem(key))
    if not capability.exists():
        _write(capability, secrets.token_urlsafe(48).encode())


def _pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _public_pem(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as output:
        output.write(content)
