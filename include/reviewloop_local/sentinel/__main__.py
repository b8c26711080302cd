"""Newest versions of everything within the majors that are pinned: which fast test breaks with them, and by which pin."""

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from reviewloop_local.errors import LocalError
from reviewloop_local.sentinel.delta_debugging import culprits
from reviewloop_local.sentinel.environments import Unresolvable, compile_locks, failing_tests, install, pins_of
from reviewloop_local.sentinel.pins import by_family, changed_pins
from reviewloop_local.stack.home import PROJECT_ROOT
from reviewloop_local.studies.markdown import table

REPORT: Final = PROJECT_ROOT / ".local" / "sentinel.md"

Changed = Mapping[str, tuple[str, str]]


def watch(work: Path) -> tuple[str, bool]:
    """The report in Markdown, and whether all is well. Environments are made below ``work``, one after the other."""
    newest = work / "newest"
    try:
        changed = changed_pins(pins_of(PROJECT_ROOT), compile_locks(newest, None))
        if not changed:
            return shown({}, {}, (), "Every pin is the newest of its major."), True
        _tell(f"{len(changed)} pins have a newer version within their major; installing them")
        failed = failing_tests(install(newest))
    except Unresolvable as error:
        return shown({}, {}, (), f"The newest versions do not go together:\n\n```\n{error}\n```"), False
    if not failed:
        return shown(changed, {}, (), "No fast test fails with them."), True
    ours = failing_tests(Path(sys.executable), failed) & failed
    suspects = failed - ours
    _tell(f"{len(suspects)} tests fail with them and pass with the lock; looking for the pins")

    def failing(names: frozenset[str]) -> frozenset[str]:
        _tell(f"trying {', '.join(sorted(names))}")
        try:
            compile_locks(work / "trial", {name: changed[name][1] for name in names})
            return failing_tests(install(work / "trial"), suspects) & suspects
        except Unresolvable:
            return frozenset()  # they move with others only

    found = culprits(sorted(suspects), by_family(changed), failing)
    return shown(changed, found, sorted(ours), ""), False


def shown(changed: Changed, broken: Mapping[str, frozenset[str]], ours: Sequence[str], words: str) -> str:
    """What moved, which test broke by which pins, and which fail with the lock, too."""
    parts = ["# Sentinel: the newest versions within the majors that are pinned"]
    parts += [words] if words else []
    if broken:
        rows = [[test, ", ".join(_moved(name, changed) for name in sorted(names))] for test, names in sorted(broken.items())]
        parts.append(table(["test", "broken by"], rows))
    if ours:
        parts.append("They fail with the lock, too, and are no library's doing: " + ", ".join(f"`{test}`" for test in ours))
    if changed:
        parts.append(table(["package", "pinned", "newest"], [[name, old, new] for name, (old, new) in changed.items()]))
    return "\n\n".join(parts) + "\n"


def _moved(name: str, changed: Changed) -> str:
    old, new = changed[name]
    return f"{name} {old} -> {new}"


def _tell(words: str) -> None:
    print(f"sentinel: {words}", file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Print the report and keep it; the exit status is 0 only if nothing broke."""
    parser = argparse.ArgumentParser(prog="make sentinel", description=__doc__, allow_abbrev=False)
    parser.add_argument("--to", type=Path, default=REPORT, help="where the report is written; default: .local/sentinel.md")
    chosen = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="reviewloop-sentinel-") as work:
            text, is_well = watch(Path(work))
    except LocalError as error:
        print(f"reviewloop: {error}", file=sys.stderr)
        return 1
    print(text)
    chosen.to.parent.mkdir(parents=True, exist_ok=True)
    chosen.to.write_text(text, encoding="utf-8")
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
