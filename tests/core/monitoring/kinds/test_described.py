from dataclasses import replace

import numpy as np
from tests.helpers.monitored import shop

from reviewloop.core.monitoring.kinds.described import Before, answered, grouped


def test_words_are_the_texts_alone_whatever_the_champion_makes_of_them() -> None:
    day = shop(60, 2).sample()
    before = Before.of(shop(300, 1).sample())
    other = replace(day, probabilities=day.answers[:, ::-1], embeddings=day.vectors + 9, labels=2 - day.labels)
    assert np.array_equal(before.words(day), before.words(other))
    assert before.written.shape[1] == before.words(day).shape[1]


def test_both_sides_have_the_same_groups_and_a_rare_one_is_put_with_the_others() -> None:
    then, now = shop(300, 1).sample(), shop(100, 2).sample()
    odd = now.columns.assign(department=["Hats", "Gloves", *now.columns["department"][2:]])
    there, here = grouped(then, replace(now, columns=odd))
    assert there.shape[1] == here.shape[1]
    departments = then.columns["department"].nunique()
    assert there.shape[1] == sum(then.columns[name].nunique() for name in ("age_band", "division", "class_name")) + departments + 1


def test_a_facet_that_the_day_lacks_is_left_out() -> None:
    then, now = shop(300, 1).sample(), shop(100, 2).sample()
    without = replace(now, columns=now.columns.drop(columns=["department", "division", "class_name", "age_band"]))
    assert [one.shape[1] for one in grouped(then, without)] == [0, 0]


def test_answers_are_told_by_their_squares_too() -> None:
    assert answered(shop(10, 1).sample()).shape == (10, 5)
