"""``scripts/install`` when two of them meet."""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

INSTALL = Path(__file__).parents[2] / "scripts" / "install"


def test_a_second_install_waits_for_the_first_and_then_has_nothing_to_do(tmp_path: Path) -> None:
    script = tmp_path / "scripts" / "install"
    script.parent.mkdir()
    shutil.copy(INSTALL, script)
    (tmp_path / "requirements.txt").write_text("", encoding="utf-8")
    (tmp_path / ".venv").mkdir()
    with script.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        second = subprocess.Popen(
            [script],
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHON311": sys.executable, "PATH": "/usr/bin:/bin"},
        )
        assert second.stderr is not None
        assert "another install is at work in this folder" in second.stderr.readline()
        assert second.poll() is None
        (tmp_path / ".venv" / "installed").write_text(hashlib.sha256(b"").hexdigest(), encoding="utf-8")
    out, err = second.communicate(timeout=30)
    assert (second.returncode, out, err) == (0, "", "")
