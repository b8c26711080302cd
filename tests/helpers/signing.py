"""A pair of keys for the models that tests publish, made once a test process; and keys of strangers."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from reviewloop.settings import settings


def make_key(folder: Path, name: str) -> tuple[Path, Path]:
    """The files of a new private key, closed to others, and of its public half in the folder ``trusted`` beside it."""
    key = ec.generate_private_key(ec.SECP256R1())
    private, public = folder / f"{name}.pem", folder / "trusted" / f"{name}.pem"
    public.parent.mkdir(parents=True, exist_ok=True)
    form, locked = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    private.touch(mode=0o600)
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, locked))
    public.write_bytes(key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    return private, public


@pytest.fixture(scope="session", autouse=True)
def signing_keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of this test process's keys; what tests publish is signed with ``ours.pem`` there."""
    folder = tmp_path_factory.mktemp("keys")
    private, public = make_key(folder, "ours")
    os.environ.update(REVIEWLOOP_SIGNING_KEY=str(private), REVIEWLOOP_TRUSTED_KEYS=str(public.parent))
    yield folder
    for name in ("SIGNING_KEY", "TRUSTED_KEYS"):
        del os.environ[f"REVIEWLOOP_{name}"]


@pytest.fixture(autouse=True)
def own_key_is_known(signing_keys: Path) -> None:
    """Whatever a module's import or the test before has left in the settings' cache."""
    if settings.cache_info().currsize and settings().signing_key != os.environ["REVIEWLOOP_SIGNING_KEY"]:
        settings.cache_clear()
