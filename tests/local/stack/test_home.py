"""The key that a laptop signs its models with is its own, made once, and closed to others."""

from pathlib import Path

import pytest

from reviewloop.adapters.lake import signatures
from reviewloop.settings import settings
from reviewloop_local.stack.environment import stack_env
from reviewloop_local.stack.home import Home
from reviewloop_local.stack.ports import Ports


def test_the_key_is_made_once_and_trusted_by_the_stack_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path / "home")
    home.make()
    env = stack_env(home, Ports(), {"REVIEWLOOP_SIGNING_KEY": "/somebody/else.pem"})
    for name in ("REVIEWLOOP_SIGNING_KEY", "REVIEWLOOP_TRUSTED_KEYS"):
        monkeypatch.setenv(name, env[name])
    settings.cache_clear()
    path, key_id = signatures.signing_key()
    assert (path, path.stat().st_mode & 0o777) == (home.signing_key(), 0o600)
    assert list(signatures.trusted_keys()) == [key_id]
    before = path.read_bytes()
    (home.trusted_keys / "signing.pem").unlink()
    assert stack_env(home, Ports(), {})["REVIEWLOOP_SIGNING_KEY"] == str(path)
    assert path.read_bytes() == before
    assert signatures.signing_key()[1] == key_id
