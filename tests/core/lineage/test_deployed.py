"""What changed since the newest training, in words, and who tells it."""

from typing import Any

from reviewloop.core.lineage.deployed import Deployed, Known, differences, flat

OLD = Deployed(
    configuration={"training.seed": 1, "training.transformer.epochs": 2},
    code={"reviewloop.training.loop": "a", "reviewloop.training.loss": "b"},
    lock="l1",
    weights="sha256:aa",
    gates="g1",
)


def other(**changed: Any) -> Deployed:
    return OLD.model_copy(update=changed)


NEW = other(lock="l2")


def test_a_section_is_its_values_by_their_dotted_keys() -> None:
    assert flat({"a": {"b": 1, "c": {}}, "d": [1, 2]}, "t") == {"t.a.b": 1, "t.a.c": {}, "t.d": [1, 2]}


def test_the_same_is_no_difference_in_whatever_order() -> None:
    turned = other(code=dict(reversed(OLD.code.items())), configuration=dict(reversed(OLD.configuration.items())))
    assert differences(OLD, turned) == ()


def test_a_key_is_named_with_its_old_and_its_new_value() -> None:
    now = other(configuration={"training.transformer.epochs": 3, "training.loss": "focal"})
    assert differences(OLD, now) == (
        "changed configuration: training.loss from nothing to 'focal', training.seed from 1 to nothing, "
        "training.transformer.epochs from 2 to 3",
    )


def test_a_module_is_named_and_one_that_came_or_went_says_so() -> None:
    now = other(code={"reviewloop.training.loop": "x", "reviewloop.training.new": "c"})
    loop, loss, new = (f"module reviewloop.training.{name}" for name in ("loop", "loss", "new"))
    assert differences(OLD, now) == (f"changed code: {loop}, {loss} (gone), {new} (new)",)


def test_of_many_modules_some_are_named_and_the_rest_is_counted() -> None:
    (told,) = differences(OLD, other(code=OLD.code | {f"m{at}": "x" for at in range(11)}))
    assert told.endswith("module m6 (new) and 3 more"), told


def test_lock_weights_and_gates_are_told_apart_and_all_that_changed_is_told() -> None:
    told = differences(OLD, other(lock="l2", weights="sha256:bb", gates="g2", code={}))
    assert [one.partition(":")[0] for one in told] == ["changed code", "changed lock", "changed weights", "changed gates"]
    assert "sha256:aa to sha256:bb" in told[2]


def test_a_long_value_is_cut() -> None:
    (told,) = differences(OLD, other(configuration=OLD.configuration | {"training.x": "y" * 1000}))
    assert len(told) < 150


def test_before_the_first_training_nothing_is_told() -> None:
    assert Known().after_look(NEW, "run") == (Known(), ())


def test_a_change_is_told_once_but_to_the_run_that_told_it_again() -> None:
    known, first = Known(trained=OLD).after_look(NEW, "one")
    assert first == ("changed lock: requirements.txt",)
    assert known.after_look(NEW, "two") == (known, ())
    assert known.after_look(NEW, "one") == (known, first)


def test_another_change_before_the_training_began_is_told_too() -> None:
    known, _ = Known(trained=OLD).after_look(NEW, "one")
    assert known.after_look(other(gates="g2"), "two")[1][0].startswith("changed gates")


def test_a_training_answers_what_was_announced() -> None:
    known, _ = Known(trained=OLD).after_look(NEW, "one")
    assert known.after_training(NEW).after_look(NEW, "one") == (Known(trained=NEW), ())


def test_a_change_that_was_taken_back_and_made_again_is_told_again() -> None:
    known, _ = Known(trained=OLD).after_look(NEW, "one")
    back, told = known.after_look(OLD, "two")
    assert told == ()
    assert back.after_look(NEW, "three")[1] == ("changed lock: requirements.txt",)
    assert known.after_training(OLD).after_look(NEW, "three")[1], "or a training began in between, of the old code"
