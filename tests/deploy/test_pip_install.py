"""``scripts/pip-install``: each file by its digest, torch's CUDA packages where torch is that build, nothing missing."""

import base64
import hashlib
import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "pip-install"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    return folder / "bin" / "python"


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    return folder


def wheel(folder: Path, name: str, *needs: str, version: str = "1.0") -> str:
    """Write a wheel of ``name`` that needs these packages; the line of a lock that takes this file."""
    info = f"{name}-{version}.dist-info"
    requires = "".join(f"Requires-Dist: {need}\n" for need in needs)
    files = {
        f"{name.replace('-', '_')}.py": "",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},sha256={digest(text.encode())},{len(text)}\n" for path, text in files.items())
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with ZipFile(path, "w") as archive:
        for inner, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(inner, text)
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


def test_a_torch_build_that_the_lock_does_not_know_is_refused_by_name(python: Path, wheels: Path) -> None:
    lock = wheel(wheels, "torch")
    wheel(wheels, "torch", "something-else")
    done = install(python, wheels, lock)
    assert done.returncode != 0
    assert "reviewloop: torch-1.0-py3-none-any.whl: its digest, sha256:" in done.stderr


def test_the_build_that_pips_configuration_means_is_taken_though_an_index_states_the_digest_of_another(
    python: Path, wheels: Path
) -> None:
    """A page of links with digests, as PyPI's, beside a folder with the CPU build."""
    cuda = wheel(wheels, "torch", "nvidia-some")
    index = wheels / "index"
    index.mkdir()
    (wheels / "torch-1.0-py3-none-any.whl").rename(index / "torch-1.0-py3-none-any.whl")
    stated = cuda.split("sha256:")[1].strip()
    (index / "links.html").write_text(f'<a href="torch-1.0-py3-none-any.whl#sha256={stated}">torch</a>', encoding="utf-8")
    cpu = wheel(wheels, "torch", version="1.0+cpu")
    lock = f"{cuda.strip()} --hash={cpu.split('--hash=')[1]}"
    done = install(python, wheels, lock, links=f"{wheels} {(index / 'links.html').as_uri()}")
    assert done.returncode == 0, done.stderr
    listed = subprocess.run([python, "-m", "pip", "list"], text=True, capture_output=True, check=True).stdout
    assert "1.0+cpu" in listed


def digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def install(python: Path, wheels: Path, lock: str, cuda: str = "", links: str = "") -> subprocess.CompletedProcess[str]:
    uninstall = [python, "-m", "pip", "uninstall", "--quiet", "--yes", "alpha", "torch", "nvidia-some"]
    subprocess.run(uninstall, check=True, capture_output=True)
    (wheels / "requirements.txt").write_text(lock, encoding="utf-8")
    (wheels / "requirements-cuda.txt").write_text(cuda, encoding="utf-8")
    env = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    env |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": links or str(wheels), "PIP_CONFIG_FILE": os.devnull}
    command = [SCRIPT, python, wheels / "requirements.txt"]
    return subprocess.run(command, env=env, text=True, capture_output=True, check=False, timeout=60)


def test_a_file_with_another_digest_than_the_locks_is_refused(python: Path, wheels: Path) -> None:
    lock = wheel(wheels, "alpha")
    assert install(python, wheels, lock).returncode == 0
    wheel(wheels, "alpha", "something-else")
    done = install(python, wheels, lock)
    assert done.returncode != 0
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in done.stderr


def test_a_package_without_a_digest_is_refused(python: Path, wheels: Path) -> None:
    wheel(wheels, "alpha")
    done = install(python, wheels, "alpha==1.0\n")
    assert done.returncode != 0
    assert "Hashes are required" in done.stderr


def test_a_lock_that_is_not_whole_is_told(python: Path, wheels: Path) -> None:
    done = install(python, wheels, wheel(wheels, "alpha", "absent"))
    assert done.returncode != 0
    assert "alpha 1.0 requires absent, which is not installed" in done.stdout


@pytest.mark.parametrize("needs", [(), ("nvidia-some",)])
def test_torchs_cuda_packages_come_where_it_is_that_build(python: Path, wheels: Path, needs: tuple[str, ...]) -> None:
    cuda = wheel(wheels, "nvidia_some").replace("_", "-", 1)
    done = install(python, wheels, wheel(wheels, "torch", *needs), cuda)
    assert done.returncode == 0, done.stderr
    listed = subprocess.run([python, "-m", "pip", "list"], text=True, capture_output=True, check=True).stdout
    assert ("nvidia" in listed) == bool(needs)
