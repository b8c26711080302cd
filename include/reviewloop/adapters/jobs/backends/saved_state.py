"""The state of a running fine-tune, kept in S3 so that another machine can go on with it."""

import logging
import os
import shutil
from pathlib import Path

from reviewloop.adapters.lake import artifacts, s3

log = logging.getLogger(__name__)


class SavedState:
    """Copies of ``folder`` under ``uri``, one for every checkpoint that was new, each whole or not there; the newest is kept.

    Checkpoints are folders named ``step-<number>``, each finished before it gets that name; what is unfinished begins with a dot.
    """

    def __init__(self, folder: Path, uri: str) -> None:
        self._folder = folder
        self._uri = uri
        self._number = 0
        self._checkpoints: set[str] = set()

    def restore(self) -> None:
        """Fill the folder with the newest copy; leaves it empty before the first."""
        self._folder.mkdir(parents=True, exist_ok=True)
        whole = [uri for uri in s3.list_uris(f"{self._uri}/") if uri.endswith(f"/{artifacts.MANIFEST}")]
        for older in whole[:-1]:  # left by a container that was killed between a copy and the letting go
            s3.remove(older.removesuffix(artifacts.MANIFEST))
        if whole:
            newest = artifacts.open_named(whole[-1].removesuffix(f"/{artifacts.MANIFEST}"))
            newest.download(self._folder)
            self._number = int(newest.uri.rpartition("/")[2])
            self._checkpoints = self._newest()
            log.info("restored the state of %s", ", ".join(sorted(self._checkpoints)))

    def save(self) -> None:
        """Copy the folder if there is a checkpoint that was not there at the last copy; then let go of older copies."""
        checkpoints = self._newest()
        if checkpoints <= self._checkpoints:
            return
        staged = self._folder.with_name(f".{self._folder.name}.staged")
        try:
            self._stage(staged, checkpoints)
            files = {path.relative_to(staged).as_posix(): path for path in staged.rglob("*") if path.is_file()}
            artifacts.publish(self._uri, files, folder=f"{self._number + 1:08d}")
        finally:
            shutil.rmtree(staged, ignore_errors=True)
        self._number, self._checkpoints = self._number + 1, checkpoints
        s3.remove(f"{self._uri}/{self._number - 1:08d}/")

    def _newest(self) -> set[str]:
        """The newest checkpoint of every folder that holds some: several seeds train side by side in folders of their own."""
        newest: dict[Path, Path] = {}
        for path in sorted(self._folder.rglob("step-*")):
            newest[path.parent] = path
        return {path.relative_to(self._folder).as_posix() for path in newest.values()}

    def _stage(self, staged: Path, checkpoints: set[str]) -> None:
        """A copy that cannot change while it is uploaded: finished folders by hard links, files that grow by their bytes so far."""
        shutil.rmtree(staged, ignore_errors=True)
        for path in sorted(self._folder.rglob("*")):
            name = path.relative_to(self._folder)
            older = any(part.startswith("step-") for part in name.parts) and not any(
                name.is_relative_to(checkpoint) for checkpoint in checkpoints
            )
            if older or path.is_dir() or any(part.startswith(".") for part in name.parts):
                continue
            (staged / name).parent.mkdir(parents=True, exist_ok=True)
            if path.suffix == ".jsonl":
                shutil.copyfile(path, staged / name)
            else:
                os.link(path, staged / name)
