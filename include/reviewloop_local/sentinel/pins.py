"""What the locks pin, and how far a pin may move: to the newest version of its own major."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from packaging.requirements import Requirement
from packaging.version import Version

_PIN: Final = re.compile(r"^([\w.-]+)==([^\s;\\]+)", re.MULTILINE)
_LINE: Final = re.compile(r"^([^#\s-][^#]*?)(\s*(?:#.*)?)$")


def read_pins(lock: str) -> dict[str, str]:
    """Package -> its version, of a lock's text."""
    return {name.lower(): version for name, version in _PIN.findall(lock)}


def changed_pins(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Package -> its two versions, where they differ. What only one of them has came or went with another, and is its business."""
    return {name: (old[name], new[name]) for name in sorted(old.keys() & new.keys()) if old[name] != new[name]}


def within_majors(pins: Mapping[str, str]) -> str:
    """A constraint a line: every package stays in the major that is pinned."""
    return "".join(f"{name}<{Version(version).major + 1}\n" for name, version in sorted(pins.items()))


def loosened(requirements: str, pins: Mapping[str, str]) -> str:
    """The text of a ``requirements.in`` whose exact versions may move up, not down; what bounds them otherwise stays."""
    return "\n".join(_loosened_line(line, pins) for line in requirements.splitlines()) + "\n"


def _loosened_line(line: str, pins: Mapping[str, str]) -> str:
    found = _LINE.match(line)
    if not found:
        return line
    wanted = Requirement(found[1])
    exact = [one for one in wanted.specifier if one.operator in {"==", "==="}]
    if not exact:
        return line
    others = ",".join(str(one) for one in wanted.specifier if one not in exact)
    extras = f"[{','.join(sorted(wanted.extras))}]" if wanted.extras else ""
    least = f">={pins.get(wanted.name.lower(), exact[0].version)}"
    return f"{wanted.name}{extras}{','.join(filter(None, (least, others)))}{found[2]}"


def by_family(names: Iterable[str]) -> list[frozenset[str]]:
    """Packages whose names begin with the same word belong together, as those of one project do."""
    families: dict[str, set[str]] = {}
    for name in sorted(names):
        families.setdefault(re.split(r"[-_.]", name)[0], set()).add(name)
    return [frozenset(family) for family in families.values()]
