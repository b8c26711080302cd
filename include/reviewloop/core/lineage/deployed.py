"""What is deployed that decides a training, and in words how it differs from what was trained last."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

_NAMED: Final = 8
"""Keys or modules that are named one by one; of more, the rest is counted."""
_SHOWN: Final = 60
"""Characters of a value of the configuration."""
_NOTHING: Final = object()


class Deployed(BaseModel):
    """What a training is made of beside its data and what a person asks of it. Digests are SHA-256 in hex."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    configuration: dict[str, Any]
    """Values of the section that decides, by their dotted keys."""
    code: dict[str, str]
    """Of each module that decides, by its name: the digest of what it means."""
    lock: str
    """The digest of the lock file."""
    weights: str
    """What tells the pretrained weights from others."""
    gates: str
    """The digest of what judges."""


class Known(BaseModel):
    """What the loop remembers: of what the newest training was, and which change it was told of by which run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    trained: Deployed | None = None
    announced: Deployed | None = None
    announced_by: str = ""

    def after_training(self, deployed: Deployed) -> "Known":
        """Once a training was begun of ``deployed``: whatever was announced before is answered."""
        return Known(trained=deployed)

    def after_look(self, deployed: Deployed, run: str) -> tuple["Known", tuple[str, ...]]:
        """Beside what is remembered then: the changes that ``run`` is to tell; none where another run has told them.

        A run that told them, asked again, tells them again: its task may have been killed before Airflow heard.
        """
        if self.trained is None or self.trained == deployed:
            return Known(trained=self.trained), ()
        changes = differences(self.trained, deployed)
        if self.announced == deployed:
            return self, changes if self.announced_by == run else ()
        return Known(trained=self.trained, announced=deployed, announced_by=run), changes


def flat(section: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The values of a section by their dotted keys (``training.transformer.epochs``); an empty mapping is a value."""
    return dict(_flat(section, name))


def _flat(value: Any, key: str) -> Iterator[tuple[str, Any]]:
    if not isinstance(value, Mapping) or not value:
        yield key, value
        return
    for name, inner in value.items():
        yield from _flat(inner, f"{key}.{name}")


def differences(before: Deployed, now: Deployed) -> tuple[str, ...]:
    """What changed, a sentence for each of configuration, code, lock, weights and gates."""
    found = [
        _told("changed configuration: ", [_value(*one) for one in _changed(before.configuration, now.configuration)]),
        _told("changed code: ", [_module(*one) for one in _changed(before.code, now.code)]),
        "changed lock: requirements.txt" if before.lock != now.lock else "",
        f"changed weights: {before.weights[:23]} to {now.weights[:23]}" if before.weights != now.weights else "",
        "changed gates: what judges a model is other than it was" if before.gates != now.gates else "",
    ]
    return tuple(filter(None, found))


def _changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    pairs = ((key, before.get(key, _NOTHING), now.get(key, _NOTHING)) for key in sorted({*before, *now}))
    return [(key, old, new) for key, old, new in pairs if old is _NOTHING or new is _NOTHING or old != new]


def _value(key: str, old: Any, new: Any) -> str:
    shown = [_short(value) for value in (old, new)]
    return f"{key} from {shown[0]} to {shown[1]}"


def _short(value: Any) -> str:
    text = "nothing" if value is _NOTHING else repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _module(name: str, old: Any, new: Any) -> str:
    what = " (new)" if old is _NOTHING else " (gone)" if new is _NOTHING else ""
    return f"module {name}{what}"


def _told(beginning: str, found: list[str]) -> str:
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return f"{beginning}{', '.join(found[:_NAMED])}{more}" if found else ""
