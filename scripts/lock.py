"""Pin everything that ``requirements*.in`` leads to, with the digests of its files. What is pinned already stays, unless
``UPGRADE=1 make lock`` asks for the newest.

Three locks: ``requirements.txt`` is the product's, ``requirements-dev.txt`` adds what checks and tests need, and
``requirements-cuda.txt`` what torch's CUDA build brings (``scripts/pip-install`` sees which build it got).
"""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
CUDA: Final = re.compile(r"nvidia-(?!ml-py)|cuda-|triton")
"""nvidia-ml-py, which reads what a GPU does, is ours."""

Lock = dict[str, str]
"""Package -> the rest of its entry: its pin, and a line for each digest."""


def read(text: str) -> Lock:
    """The entries of a lock, by package."""
    return dict(re.findall(r"^([\w.-]+)(.*?\n)(?=\S|\Z)", text, re.DOTALL | re.MULTILINE))


def with_digests(entry: str, more: set[str]) -> str:
    """An entry that also takes the files with these digests."""
    digests = sorted({*re.findall(r"sha256:\w+", entry), *more})
    return entry.split()[0] + "".join(f" \\\n    --hash={digest}" for digest in digests) + "\n"


def compiled(name: str, pins: Lock) -> Lock:
    """What ``NAME.in`` leads to, as pinned as it may be."""
    with TemporaryDirectory() as folder:
        lock = Path(folder) / "lock.txt"
        lock.write_text("".join(package + entry for package, entry in pins.items()), encoding="utf-8")
        upgrade = ["--upgrade"] if os.environ.get("UPGRADE") else []
        uv = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--generate-hashes", "--python-version", "3.11"]
        command = [*uv, "--no-annotate", "--no-header", *upgrade, f"{name}.in", "-o", lock]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own words
        return read(lock.read_text(encoding="utf-8"))


def at_hand(requirement: str) -> str:
    """The digest of the file that pip would install here (torch's CPU build lies in another index than its CUDA build)."""
    with TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, requirement]
        subprocess.run(pip, check=True)  # noqa: S603 - our own words
        (wheel,) = Path(folder).iterdir()
        return "sha256:" + hashlib.sha256(wheel.read_bytes()).hexdigest()


def main() -> None:
    """Write the three locks, and say how much they hold."""
    paths = {name: ROOT / f"requirements{name}.txt" for name in ("", "-cuda", "-dev")}
    old = {name: read(path.read_text(encoding="utf-8")) if path.exists() else {} for name, path in paths.items()}
    product = compiled("requirements", old[""] | old["-cuda"])
    pin = product["torch"].split()[0]
    known = old[""].get("torch", "")  # other machines' CPU builds of this version stay
    known_digests = set(re.findall(r"sha256:\w+", known)) if known.split()[:1] == [pin] else set()
    product["torch"] = with_digests(product["torch"], {at_hand(f"torch{pin}"), *known_digests})
    cuda = {name: entry for name, entry in product.items() if CUDA.match(name)}
    ours = {name: entry for name, entry in product.items() if name not in cuda}
    new = {"": ours, "-cuda": cuda}
    for name, lock in new.items():
        write(paths[name], lock)
    everything = compiled("requirements-dev", product | old["-dev"])
    new["-dev"] = {name: entry for name, entry in everything.items() if name not in product}
    write(paths["-dev"], new["-dev"])
    print(", ".join(f"{paths[name].name}: {len(lock)} packages" for name, lock in new.items()))


def write(path: Path, lock: Lock) -> None:
    """One lock, its packages in order."""
    path.write_text("".join(package + entry for package, entry in lock.items()), encoding="utf-8")


if __name__ == "__main__":
    main()
