"""The behaviour suite in ``include/config/behaviour/<suite>/``, read, and put to a model."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import pandas as pd

from reviewloop.config import BehaviourConfig
from reviewloop.config.strict_yaml import read_yaml
from reviewloop.core.behaviour import flips, important, verdicts
from reviewloop.core.behaviour.answers import Predict, ask
from reviewloop.core.behaviour.cases import build_cases, build_flips, chosen_reviews
from reviewloop.core.behaviour.suite import Suite, parse_suite
from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.digests import bytes_digest, tree_digest
from reviewloop.errors import ConfigError
from reviewloop.settings import settings

_PARAGRAPH: Final = 12
"""Lines, at most, of which one of the owner's texts is made."""


@dataclass(frozen=True)
class Behaviour:
    """What a model did: ``metrics`` for the gates, ``sections`` (behaviour, flips, important) for its report and the page."""

    metrics: dict[str, float]
    sections: dict[str, Any]


def examine(predict: Predict, sealed: pd.DataFrame, config: BehaviourConfig) -> Behaviour:
    """All tests of the suite: on its own texts, and on short reviews of the sealed part. One call of ``predict``.

    Raises ``ConfigError`` where the suite's files do not hold together.
    """
    suite, examples = load_suite(config.suite)
    reviews = chosen_reviews(model_texts(sealed), sealed["label"], config)
    cases, pairs = build_cases(suite, reviews, config), build_flips(suite, reviews, config)
    texts = [text for case in cases for text in (case.before, case.text) if text is not None]
    texts += [text for pair in pairs for text in (pair.first, pair.second)]
    answers = ask(predict, [*texts, *(example.model_text for example in examples)])

    results = verdicts.judge_all(suite, cases, answers, config)
    flipped = flips.flip_results(suite, pairs, answers, config)
    judged = important.judged(examples, answers)
    most = config.num_examples
    return Behaviour(
        metrics=verdicts.metrics(results) | flips.metrics(flipped) | important.metrics(judged),
        sections={
            "behaviour": {
                **config.model_dump(mode="json"),
                "num_texts": len(answers),
                "capabilities": [verdicts.as_json(result, answers, most) for result in results],
            },
            "flips": [flips.as_json(result, answers, most) for result in flipped],
            "important": judged,
        },
    )


def own_texts(config: BehaviourConfig, num_texts: int) -> list[str]:
    """Texts of a line to a paragraph that the suite's owner wrote, and no customer: whoever keeps them keeps nobody's words.

    The same ones every time; at most ``num_texts``. Raises ``ConfigError`` where the suite's files do not hold together.
    """
    suite, examples = load_suite(config.suite)
    lines = [*(example.model_text for example in examples), *(case.text for case in build_cases(suite, [], config))]
    return [" ".join(lines[start : start + 1 + start % _PARAGRAPH]) for start in range(min(num_texts, len(lines)))]


@lru_cache(maxsize=4)
def load_suite(name: str) -> tuple[Suite, tuple[important.Important, ...]]:
    """The suite ``name`` and its important examples.

    Raises ``ConfigError`` in one line where there is no such folder, or a file of it is missing, unknown or wrong.
    """
    folder = settings().config_dir / "behaviour" / name
    if not folder.is_dir():
        known = sorted(path.name for path in folder.parent.glob("*") if path.is_dir())
        raise ConfigError(f"behaviour.suite: no folder {name}; known: {', '.join(known)}")
    files = {path.stem: read_yaml(path, f"behaviour/{name}: {path.name}") for path in sorted(folder.glob("*.y*ml"))}
    if "important" not in files:
        raise ConfigError(f"behaviour/{name}: important.yaml: no such file; its gate needs at least one example")
    examples = important.parse_important(name, files.pop("important"))
    return parse_suite(name, files), examples


def suite_digest(name: str) -> str:
    """SHA-256 of the files of the suite ``name``: whether a model was judged by these same tests.

    Raises ``ConfigError`` as ``load_suite`` does: a suite that cannot be read is known before anything is trained.
    """
    load_suite.__wrapped__(name)  # anew, as the files are read for the digest
    files = sorted((settings().config_dir / "behaviour" / name).glob("*.y*ml"))
    return tree_digest({path.name: bytes_digest(path.read_bytes()) for path in files})
