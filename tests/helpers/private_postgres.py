"""A PostgreSQL cluster of the tests' own on a free port, which they may kill; never the machine's."""

import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest
from tests.helpers.needed import program


@dataclass
class PrivatePostgres:
    """One cluster below ``folder``, trusting the user ``postgres`` on 127.0.0.1."""

    folder: Path
    port: int
    running: subprocess.Popen[bytes] | None = None

    @classmethod
    def made(cls, folder: Path, port: int) -> "PrivatePostgres":
        """A fresh cluster in the empty ``folder``, started. Root may not run PostgreSQL: the user ``postgres`` does it then."""
        if os.getuid() == 0:
            shutil.chown(folder, "postgres")
        cluster = cls(folder, port)
        command = [program("initdb"), "--pgdata", str(folder / "data"), "--username", "postgres", "--auth", "trust", "--no-sync"]
        subprocess.run(cluster._as_itself(command), check=True, capture_output=True)
        cluster.start()
        return cluster

    def start(self) -> None:
        """Start it, also after a kill; returns when it answers."""
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": "200"}
        command = [program("postgres"), "-D", str(self.folder / "data"), "-p", str(self.port)]
        command += [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self.running = subprocess.Popen(self._as_itself(command), stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                psycopg2.connect(host="127.0.0.1", port=self.port, user="postgres", connect_timeout=3).close()
                return
            except psycopg2.OperationalError:
                time.sleep(0.1)
        pytest.fail(f"PostgreSQL does not start:\n{(self.folder / 'log').read_text()[-2000:]}")

    def kill(self) -> None:
        """SIGKILL to every one of its processes, as a power cut would."""
        assert self.running
        os.killpg(self.running.pid, signal.SIGKILL)
        self.running.wait()

    def _as_itself(self, command: list[str]) -> list[str]:
        return (
            ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups", *command] if os.getuid() == 0 else command
        )
