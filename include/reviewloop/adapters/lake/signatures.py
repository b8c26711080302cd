"""Who made a model: its files are signed where it is published, and the signature is verified wherever it is loaded.

A digest tells whether files are those of a name; whoever may write to the lake may write files, manifest and name together. A
signature tells that somebody who holds the private key made them. The key is with those who train; everybody who loads needs the
public halves alone (``Settings.signing_key``, ``Settings.trusted_keys``).

What is signed is the name and SHA-256 of every file, which the artifact's manifest has already, as a bundle of OpenSSF Model
Signing (https://github.com/sigstore/model-transparency): its own program verifies a folder that was downloaded. Bundles lie beside
the artifact, not in it: no file of a model is left out of what is signed, and a second key adds a bundle and changes nothing.
"""

import logging
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from reviewloop.adapters.lake import places, s3
from reviewloop.adapters.lake.artifacts import Artifact
from reviewloop.core.digests import bytes_digest
from reviewloop.errors import ConfigError, Refused
from reviewloop.settings import settings

log = logging.getLogger(__name__)

CURVES: Final = ("secp256r1", "secp384r1", "secp521r1")
"""Curves of the keys that bundles are made with."""
_MAX_BUNDLE: Final = 2**20
"""Bytes. One of a model of ours has about three thousand."""
_SIGN, _TRUST = "REVIEWLOOP_SIGNING_KEY", "REVIEWLOOP_TRUSTED_KEYS"


@dataclass(frozen=True)
class Key:
    """A public key whose signatures are believed. ``id`` is the SHA-256 of ``pem``, in hex: bundles name their key by it."""

    id: str
    pem: bytes
    path: Path


def trusted_keys() -> dict[str, Key]:
    """The keys of ``settings().trusted_keys``, by id. Several may be trusted at once: a new one is added before it is used, an old
    one is taken away when all that it signed is signed anew (``python -m reviewloop sign_model``).

    Raises ``ConfigError`` where there is no such folder, no key in it, or something that is no public key.
    """
    folder = Path(settings().trusted_keys)
    if not settings().trusted_keys or not folder.is_dir():
        raise ConfigError(
            f"{_TRUST}: {settings().trusted_keys!r} is no folder; name the one that holds the public keys (*.pem) of those who may "
            "make models: none is loaded without"
        )
    keys = {}
    for path in sorted(folder.glob("*.pem")):
        pem = _public_pem(path)
        keys[bytes_digest(pem)] = Key(bytes_digest(pem), pem, path)
    if not keys:
        raise ConfigError(f"{_TRUST}: {folder} holds no *.pem; put the public keys there of those who may make models")
    return keys


def signing_key() -> tuple[Path, str]:
    """The private key's file, and the id of its public half. Raises ``ConfigError`` for one that is none, that others on this
    machine may read, or whose signatures nobody here would believe."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    path = Path(settings().signing_key)
    if not settings().signing_key or not path.is_file():
        raise ConfigError(
            f"{_SIGN}: {settings().signing_key!r} is no file; name the private key (EC, PEM) with which models are signed"
        )
    if path.stat().st_mode & 0o007:
        raise ConfigError(f"{_SIGN}: {path} can be read by everybody on this machine; chmod 600 it, or make a new one")
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError):
        raise ConfigError(f"{_SIGN}: {path} is no private key in PEM without a password") from None
    pem = _ec_pem(key.public_key(), f"{_SIGN}: {path}")
    known = trusted_keys()
    if bytes_digest(pem) not in known:
        raise ConfigError(
            f"{_SIGN}: the public half of {path} ({bytes_digest(pem)[:16]}) is not in {_TRUST}, {settings().trusted_keys}: what it "
            f"signs would not be loaded; trusted are {', '.join(one[:16] for one in known)}"
        )
    return path, bytes_digest(pem)


def sign(artifact: Artifact) -> str:
    """Sign the files that the artifact's manifest names; returns the key's id. Signed by this key before, it stays as it is."""
    path, key_id = signing_key()
    uri = places.model_signature(artifact.uri, key_id)
    if not s3.exists(uri) and s3.create(uri, _bundle(artifact, path), "application/json"):
        log.info("%s: signed by %s", artifact.uri, key_id[:16])
    _require_valid(artifact, trusted_keys()[key_id])
    return key_id


def is_signed(uri: str) -> bool:
    """Whether anybody has signed the model at ``uri``: not whether it is to be believed."""
    return any(s3.list_uris(places.model_signature(uri)))


def verify(artifact: Artifact) -> str:
    """The id of a trusted key that signed exactly the artifact's files. Raises ``Refused`` where none did, saying what is wrong."""
    keys = trusted_keys()
    faults = []
    for uri in s3.list_uris(places.model_signature(artifact.uri)):
        name = uri.rpartition("/")[2].split(".")[1]
        key = next((key for key in keys.values() if key.id.startswith(name) and len(name) == places.KEY_LETTERS), None)
        if key is None:
            faults.append(f"signed by {name}, which is not trusted")
            continue
        try:
            _require_valid(artifact, key)
        except Refused as error:
            faults.append(str(error))
        else:
            return key.id
    raise Refused(
        f"{artifact.uri}: {'; '.join(faults) or 'has no signature'}; trusted are {', '.join(one[:16] for one in keys)} ({_TRUST}). "
        "Nothing of it is read. Look who made it; one of before models were signed is taken over, once, by "
        "`python -m reviewloop sign_model`"
    )


def _require_valid(artifact: Artifact, key: Key) -> None:
    from model_signing import verifying

    data = s3.read_head(places.model_signature(artifact.uri, key.id), _MAX_BUNDLE + 1)
    if len(data) > _MAX_BUNDLE:
        raise Refused(f"its signature by {key.id[:16]} is longer than {_MAX_BUNDLE} bytes")
    with tempfile.TemporaryDirectory() as temporary:
        bundle, public = Path(temporary) / "bundle.json", Path(temporary) / "key.pem"
        bundle.write_bytes(data)
        public.write_bytes(key.pem)
        try:
            verifier = verifying.Config().use_elliptic_key_verifier(public_key=public)
            verifier.set_hashing_config(_known(artifact.digest, artifact.files)).verify(temporary, bundle)
        except Exception as error:  # whatever a parser of somebody's bytes may raise
            raise Refused(f"its signature by {key.id[:16]} is not of these files: {_in_words(error)}") from None


def _bundle(artifact: Artifact, key: Path) -> bytes:
    from model_signing import signing

    with tempfile.TemporaryDirectory() as temporary:
        bundle = Path(temporary) / "bundle.json"
        signer = signing.Config().use_elliptic_key_signer(private_key=key)
        signer.set_hashing_config(_known(artifact.digest, artifact.files)).sign(temporary, bundle)
        return bundle.read_bytes()


def _known(digest: str, files: Mapping[str, str]) -> Any:
    """The library's way to hash a folder, in place of which stands what the manifest says of it.

    So what a bundle says of paths to be ignored, or of links, does not matter: the files are those of the manifest, and no others.
    """
    from model_signing import hashing, manifest

    kind = manifest.SerializationType.from_args({"method": "files", "hash_type": "sha256", "allow_symlinks": False})
    items = [kind.new_item(name, manifest.hashing.Digest("sha256", bytes.fromhex(one))) for name, one in sorted(files.items())]

    class Known(hashing.Config):  # type: ignore[misc]
        def hash(self, model_path: Any, *, files_to_hash: Any = None) -> Any:  # noqa: ARG002
            return manifest.Manifest(digest[:16], items, kind)

    return Known()


def _in_words(error: Exception) -> str:
    text = str(error)
    changed = [f"{name} differs" for name in re.findall(r"Hash mismatch for '([^']*)'", text)]
    others = re.findall(r"((?:Extra|Missing) files[^\"\]]*)", text)
    return ", ".join([*changed, *others]) or " ".join(text.split())[:200] or type(error).__name__


def _public_pem(path: Path) -> bytes:
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(path.read_bytes())
    except (ValueError, TypeError):
        raise ConfigError(f"{_TRUST}: {path} is no public key in PEM; only public keys belong there") from None
    return _ec_pem(key, f"{_TRUST}: {path}")


def _ec_pem(key: Any, where: str) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    if not isinstance(key, EllipticCurvePublicKey) or key.curve.name not in CURVES:
        raise ConfigError(f"{where} is no key on one of the curves {', '.join(CURVES)}")
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
