"""How far a pin may move."""

from packaging.requirements import Requirement

from reviewloop_local.sentinel.environments import pins_of
from reviewloop_local.sentinel.pins import by_family, changed_pins, loosened, read_pins, within_majors
from reviewloop_local.stack.home import PROJECT_ROOT

LOCK = "PyYAML==6.0.3 \\\n    --hash=sha256:00\ntorch==2.13.0 \\\n    --hash=sha256:01\nfeast==0.67.1\nnote==2026.9.1\n"


def test_pins_are_read_without_their_digests() -> None:
    assert read_pins(LOCK) == {"pyyaml": "6.0.3", "torch": "2.13.0", "feast": "0.67.1", "note": "2026.9.1"}


def test_a_pin_stays_within_its_major() -> None:
    assert within_majors(read_pins(LOCK)) == "feast<1\nnote<2027\npyyaml<7\ntorch<3\n"


def test_an_exact_version_may_move_up_and_a_bound_stays() -> None:
    given = "# what\n-c requirements.txt\ntorch==2.13.0\nmodel[s3, x]==1.1.1,!=1.1.2  # signs\npandas<3  # why\nhttpx\n"
    assert loosened(given, {"torch": "2.13.0"}) == (
        "# what\n-c requirements.txt\ntorch>=2.13.0\nmodel[s3,x]>=1.1.1,!=1.1.2  # signs\npandas<3  # why\nhttpx\n"
    )


def test_our_own_requirements_can_be_loosened() -> None:
    pins = pins_of(PROJECT_ROOT)
    assert len(pins) > 300
    for name in ("requirements.in", "requirements-dev.in"):
        text = loosened((PROJECT_ROOT / name).read_text(), pins)
        lines = [line.partition("#")[0].strip() for line in text.splitlines() if line[:1].isalpha()]
        assert lines
        for line in lines:
            wanted = Requirement(line)
            assert not [one for one in wanted.specifier if one.operator == "=="], line
            assert wanted.specifier.contains(pins[wanted.name.lower()], prereleases=True), f"{line}: today's pin is let in"


def test_what_moved_is_told_with_both_versions() -> None:
    assert changed_pins({"a": "1", "b": "1", "gone": "1"}, {"a": "2", "b": "1", "came": "1"}) == {"a": ("1", "2")}


def test_packages_of_one_project_are_one_group() -> None:
    assert by_family(["boto3", "apache-airflow", "apache_airflow_core", "botocore"]) == [
        frozenset({"apache-airflow", "apache_airflow_core"}),
        frozenset({"boto3"}),
        frozenset({"botocore"}),
    ]
