"""What a model must not be made of is refused by its name, before anything reads it."""

from pathlib import Path

import pytest
from tests.helpers.planted import FAULTS, archive, model_folder

from reviewloop.adapters.lake import model_files
from reviewloop.errors import Refused
from reviewloop.models.about import ABOUT
from reviewloop.models.kinds.table import KINDS
from reviewloop.models.pyfunc import write_mlmodel


def test_a_model_of_every_file_that_one_may_have_is_let_through(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "model")
    write_mlmodel(folder, "f" * 64, "run")
    model_files.require_harmless(folder)


def test_every_kind_of_model_is_made_of_files_that_are_let_through() -> None:
    names = {name.replace("*", "a") for forms in KINDS.values() for loader in forms.values() for name in (ABOUT, *loader.files)}
    model_files.require_names("any", names)


def test_a_baseline_of_before_with_an_array_a_word_is_let_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 50,000 words of real reviews such a file had 50,006 members."""
    folder = model_folder(tmp_path / "model")
    arrays = {f"{number:05d}.npy": b"\x93NUMPY" for number in range(50_005)}
    archive(folder, {"schema.json": b"{}", **arrays})
    model_files.require_harmless(folder)
    monkeypatch.setattr(model_files, "_MAX_MEMBERS", 50_005)
    with pytest.raises(Refused, match=r"model\.skops: holds 50006 members, at most 50005"):
        model_files.require_harmless(folder)


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_refused_by_the_name_of_its_file(name: str, tmp_path: Path) -> None:
    plant, words = FAULTS[name]
    folder = model_folder(tmp_path / "model")
    plant(folder)
    with pytest.raises(Refused, match=words):
        model_files.require_harmless(folder)
