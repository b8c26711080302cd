"""The one folder in which a stack keeps everything it writes: data, databases, logs, secrets."""

import base64
import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from reviewloop_local.errors import LocalError

PROJECT_ROOT = Path(__file__).resolve().parents[3]
MARKER = "REVIEWLOOP_STACK"
"""Every process of a stack carries this variable, its value the home: so that none is ever lost track of."""

_SOCKET_PATH_MAX = 90  # sun_path holds 104 bytes on macOS, 108 on Linux, and supervisord adds its pid


@dataclass(frozen=True)
class Home:
    """Names of the places under ``root``."""

    root: Path

    @property
    def logs(self) -> Path:
        """One log file a part."""
        return self.root / "logs"

    @property
    def airflow(self) -> Path:
        """``AIRFLOW_HOME``: metadata database, task logs."""
        return self.root / "airflow"

    @property
    def lineage(self) -> Path:
        """OpenLineage events of the tasks, a file each."""
        return self.root / "lineage"

    @property
    def work(self) -> Path:
        """Scratch space of running jobs."""
        return self.root / "work"

    @property
    def supervisor_config(self) -> Path:
        """What supervisord reads."""
        return self.root / "supervisord.conf"

    @property
    def supervisor_pid(self) -> Path:
        """supervisord's process id."""
        return self.root / "supervisord.pid"

    @property
    def fingerprint(self) -> Path:
        """The digest of what the running stack was started with."""
        return self.root / "fingerprint"

    @property
    def profile(self) -> str:
        """The configuration's profile that this stack works under: that of the last ``make run`` that started; else ``local``."""
        kept = self.root / "profile"
        return kept.read_text(encoding="utf-8") if kept.exists() else "local"

    def keep_profile(self, name: str) -> None:
        """From now on the stack works under this profile, unless ``REVIEWLOOP_PROFILE`` says otherwise."""
        self.make()
        write_private(self.root / "profile", name)

    @property
    def summary(self) -> Path:
        """The last run's summary, as JSON."""
        return self.root / "summary.json"

    @property
    def socket(self) -> Path:
        """supervisord's control socket: in the home, or in a private temporary folder where the home's path is too long for one."""
        inside = self.root / "supervisor.sock"
        if len(os.fsencode(inside)) <= _SOCKET_PATH_MAX:
            return inside
        name = f"reviewloop-{os.getuid()}-{sha256(os.fsencode(self.root)).hexdigest()[:12]}"
        return Path(tempfile.gettempdir()) / name / "supervisor.sock"

    def make(self) -> None:
        """Make the folders. Raises ``LocalError`` when the socket's folder belongs to somebody else."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)  # closed to others, whatever lies in it
        for folder in (self.logs, self.airflow, self.work, self.lineage):
            folder.mkdir(exist_ok=True)
        self.socket.parent.mkdir(mode=0o700, exist_ok=True)
        if self.socket.parent.stat().st_uid != os.getuid():
            raise LocalError(f"{self.socket.parent}: belongs to another user; set REVIEWLOOP_HOME to a shorter path of your own")

    def admin_password(self) -> str:
        """Of Airflow's user admin. Raises ``LocalError`` where no stack was started yet: there is none then, and none is made."""
        if not self._secrets.exists():
            raise LocalError(f"no stack was started in {self.root} yet, so nobody has a password: `make run` first")
        return self.secrets()["admin_password"]

    @property
    def _secrets(self) -> Path:
        return self.root / "secrets.json"

    def secrets(self) -> dict[str, str]:
        """This stack's own keys and password, made once, readable by this user alone."""
        path = self._secrets
        if not path.exists():
            fresh = {
                "admin_password": secrets.token_urlsafe(12),
                "fernet_key": base64.urlsafe_b64encode(os.urandom(32)).decode(),
                "jwt_secret": secrets.token_urlsafe(48),
                "api_secret_key": secrets.token_urlsafe(32),
            }
            write_private(path, json.dumps(fresh, indent=2))
        known: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return known

    @property
    def trusted_keys(self) -> Path:
        """The folder of the public keys whose models this stack loads."""
        return self.root / "keys" / "trusted"

    def signing_key(self) -> Path:
        """This stack's own private key to sign models with, made once, readable by this user alone; its public half is trusted."""
        path, public = self.root / "keys" / "signing.pem", self.trusted_keys / "signing.pem"
        if not (path.exists() and public.exists()):
            self.trusted_keys.mkdir(mode=0o700, parents=True, exist_ok=True)
            if path.exists():
                key = serialization.load_pem_private_key(path.read_bytes(), None)
            else:
                key = ec.generate_private_key(ec.SECP256R1())
                form, locked = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
                write_private(path, key.private_bytes(serialization.Encoding.PEM, form, locked).decode())
            subject = serialization.PublicFormat.SubjectPublicKeyInfo
            write_private(public, key.public_key().public_bytes(serialization.Encoding.PEM, subject).decode())
        return path


def home_from(environ: Mapping[str, str]) -> Home:
    """``REVIEWLOOP_HOME``, or ``.local`` in the project."""
    return Home(Path(environ.get("REVIEWLOOP_HOME") or PROJECT_ROOT / ".local").expanduser().resolve())


def write_private(path: Path, text: str) -> None:
    """Write a file (mode 0600) whole or not at all."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes it 0600
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(temporary).replace(path)
