"""What a person changes."""

import yaml

from reviewloop.config import load_config
from reviewloop.core.leaderboard.taking_over import BASELINE, lines_to_change
from reviewloop.models.learners.table import LEARNERS


def test_the_lines_are_of_the_configuration_and_say_what_was_found():
    found = {"c": 2.5, "ngram_max": 3, "min_df": 1, "weight_power": 0.5}
    said = yaml.safe_load("\n".join(lines_to_change(BASELINE, found, 2.0)))
    assert said == {"training": {"baseline": {"c": 2.5, "ngram_max": 3, "min_df": 1, "weight_power": 1.0}}}
    assert set(said["training"]["baseline"]) < set(load_config().training.baseline.model_dump())


def test_of_another_kind_or_the_configured_settings_nothing_changes():
    assert lines_to_change("linear SVM", {"penalty": 1.0}, 2.0) == ()
    assert lines_to_change(BASELINE, {}, 2.0) == ()


def test_a_search_of_the_baseline_starts_from_what_is_configured():
    (baseline,) = (one for one in LEARNERS if one.name == BASELINE)
    configured = load_config().training.baseline.model_dump()
    own = baseline.defaults()
    assert own.pop("weight_power") == 1.0, "of the weights that the configuration gives"
    assert {name: configured[name] for name in own} == own
