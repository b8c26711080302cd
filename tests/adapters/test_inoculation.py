from pathlib import Path

import pytest
import yaml

from reviewloop.adapters.inoculation import load_lessons
from reviewloop.config import load_config
from reviewloop.errors import ConfigError
from reviewloop.settings import settings


def test_what_is_shipped_is_apart_from_the_suite_and_teaches_every_capability() -> None:
    config = load_config()
    lessons = load_lessons(config.contract.name, config.behaviour.suite)
    capabilities = yaml.safe_load((settings().config_dir / "behaviour/womens_clothing/minimum_functionality.yaml").read_text())
    assert set(lessons.texts) == set(capabilities)


def test_a_planted_sentence_of_the_suite_stops_the_build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shipped = settings().config_dir
    for name in ("behaviour", "datasets"):
        (tmp_path / name).symlink_to(shipped / name)
    (tmp_path / "inoculation").mkdir()
    planted = (shipped / "inoculation/womens_clothing.yaml").read_text().replace("I'm taking it back.", "I am sending it back.")
    (tmp_path / "inoculation/womens_clothing.yaml").write_text(planted)
    monkeypatch.setattr("reviewloop.adapters.inoculation.settings", lambda: settings().model_copy(update={"config_dir": tmp_path}))
    with pytest.raises(ConfigError, match="has 'i am sending it', and so has behaviour/womens_clothing"):
        load_lessons("womens_clothing", "womens_clothing")
    with pytest.raises(ConfigError, match=r"no file inoculation/gadgets.yaml"):
        load_lessons("gadgets", "womens_clothing")
