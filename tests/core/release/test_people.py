"""Who may answer, and who is the same person under another name."""

import pytest

from reviewloop.config import load_config
from reviewloop.core.release import people

SHIPPED = load_config("aws").release


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada Lovelace", "ada.lovelace"),
        ("Lovelace, Ada", "ada lovelace"),
        ("ada.lovelace@example.org", "ADA_LOVELACE"),
        ("ada+work@example.org", "ada"),
        ("AdaLovelace", "ada-lovelace"),
        ("José", "jose"),
        ("ａｄａ", "ada"),
        (" ada ", "ada"),
    ],
)
def test_two_spellings_are_one_person(one: str, other: str) -> None:
    assert people.is_same(one, other, SHIPPED)
    assert people.num_different([one, other], SHIPPED) == 1


def test_two_people_are_two() -> None:
    assert not people.is_same("ada", "grace", SHIPPED)
    assert not people.is_same("dan", "nad", SHIPPED), "no anagram of a name is that name"
    assert people.num_different(["ada", "grace", "ADA", "grace.hopper"], SHIPPED) == 3


def test_names_that_do_not_follow_from_one_another_are_configured() -> None:
    known = SHIPPED.model_copy(update={"spellings": {"Ada Lovelace": ("countess", "alovelace")}})
    assert people.is_same("countess", "ada.lovelace", known)
    assert people.is_same("countess", "alovelace", known)
    assert not people.is_same("countess", "grace", known)


@pytest.mark.parametrize(
    "name", ["admin", "Admin", "ROOT", "airflow", "svc-release", "svc_x", "release-svc", "service-account-7", "ci[bot]",
             "deploy-bot", "admin@example.org", "system:serviceaccount:airflow", "arn:aws:iam::1:role/x"],
)  # fmt: skip
def test_what_no_one_person_is_called_decides_nothing(name: str) -> None:
    why = people.why_not(name, SHIPPED)
    assert why is not None
    assert "no one person (release.not_people has" in why
    assert people.why_not(name, SHIPPED.model_copy(update={"not_people": ()})) is None


def test_a_name_of_letters_that_look_alike_is_no_second_person() -> None:
    assert "mixes the letters of Cyrillic and Latin" in str(people.why_not("\u0430da", SHIPPED))  # a Cyrillic a
    assert "names nobody" in str(people.why_not("  ", SHIPPED))
    assert people.why_not("ada", SHIPPED) is None


def test_an_unknown_approver_is_refused_with_who_is_known() -> None:
    named = SHIPPED.model_copy(update={"approvers": ("ada", "grace")})
    assert people.why_not("Ada", named) is None
    assert people.why_not("eve", named) == "'eve' is none of the approvers (release.approvers: ada, grace): ask one of them"
    assert people.why_not("ada@elsewhere.org", named) is not None, "the list names users, and a likeness is none of them"


def test_who_trained_does_not_judge_where_that_is_configured() -> None:
    assert "started the training" in str(people.why_not_trainer("Ada L", "ada.l@example.org", SHIPPED))
    assert people.why_not_trainer("grace", "ada", SHIPPED) is None
    assert people.why_not_trainer("ada", "", SHIPPED) is None, "the loop started it"
    allowed = SHIPPED.model_copy(update={"trainer_may_approve": True})
    assert people.why_not_trainer("ada", "ada", allowed) is None
