"""What a model must not be made of is refused by its name, before anything reads it."""

from pathlib import Path

import pytest
from tests.helpers.planted import FAULTS, model_folder

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


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_refused_by_the_name_of_its_file(name: str, tmp_path: Path) -> None:
    plant, words = FAULTS[name]
    folder = model_folder(tmp_path / "model")
    plant(folder)
    with pytest.raises(Refused, match=words):
        model_files.require_harmless(folder)
