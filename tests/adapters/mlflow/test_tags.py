"""The names of tags."""

import pytest

from reviewloop.adapters.mlflow.tags import OURS, Tag, ours, tagged
from reviewloop.core.gates.evidence import LINEAGE


@pytest.mark.parametrize("tag", Tag)
def test_every_tag_is_ours_and_named_like_its_constant(tag: Tag) -> None:
    assert tag == f"{OURS}{tag.name.lower()}"


def test_facts_come_back_as_they_went() -> None:
    facts = {name: f"the {name}" for name in LINEAGE}
    assert set(tagged(facts)) == {f"reviewloop.{name}" for name in LINEAGE}
    assert ours({**tagged(facts), "mlflow.runName": "train"}) == facts


def test_a_fact_without_a_tag_is_refused() -> None:
    with pytest.raises(ValueError, match=r"reviewloop\.sed"):
        tagged({"sed": "7"})
