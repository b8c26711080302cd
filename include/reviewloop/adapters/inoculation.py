"""The templates in ``include/config/inoculation/<dataset>.yaml``, read, and kept apart from the suite that judges."""

from reviewloop.adapters.behaviour_suite import load_suite
from reviewloop.config.strict_yaml import read_yaml
from reviewloop.core.dataset.inoculation import Lessons, parse_lessons, shared_with_suite
from reviewloop.errors import ConfigError
from reviewloop.settings import settings


def load_lessons(dataset: str, suite: str) -> Lessons:
    """The dataset's templates, none of which the suite ``suite`` asks for in the same words.

    Raises ``ConfigError`` in one line where there is no such file, it is wrong, or it shares wording with the suite.
    """
    path = settings().config_dir / "inoculation" / f"{dataset}.yaml"
    if not path.is_file():
        raise ConfigError(f"features.inoculation: no file inoculation/{dataset}.yaml; write one, or leave it null")
    lessons = parse_lessons(dataset, read_yaml(path, f"inoculation/{dataset}.yaml"))
    if shared := shared_with_suite(lessons, *load_suite(suite)):
        what = f"{shared[0]}, and so has behaviour/{suite}"
        raise ConfigError(f"inoculation/{dataset}.yaml: {what} ({len(shared)} such): a model would be asked what it was taught")
    return lessons
