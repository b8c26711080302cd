"""`verify` as a command: what it prints and its exit status; what each place finds is tested beside the checks."""

import pytest
from tests.helpers.fake_edges import World
from tests.helpers.intruder import overwrite
from tests.helpers.released import crown
from tests.steps.release.test_renew_cards import version, world  # noqa: F401 (fixtures)

from reviewloop.adapters.release.card_facts import newest_card
from reviewloop.steps.release.renew_cards import renew_cards
from reviewloop.verify import main


def test_a_card_of_what_answers_that_was_changed_is_named(
    world: World,  # noqa: F811
    version: str,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    crown(version)
    renew_cards()
    main([])
    assert "card" not in {line.partition(":")[0] for line in capsys.readouterr().out.splitlines()}
    overwrite(f"{newest_card(version)}/card.md", b"# The best of all models\n")
    assert main([]) == 1
    assert any(line.startswith("card: ") and "card.md" in line for line in capsys.readouterr().out.splitlines())


def test_an_answering_version_without_a_card_is_named(
    world: World,  # noqa: F811
    version: str,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    crown(version)
    assert main([]) == 1
    assert f"card: version {version} has no card" in capsys.readouterr().out
