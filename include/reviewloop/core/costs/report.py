"""What the reaper did, in lines."""

from collections.abc import Sequence


def table(rows: Sequence[tuple[str, str, str, str]]) -> list[str]:
    """A line for each thing: its kind, name, what became of it, and why."""
    if not rows:
        return ["nothing on AWS carries the tags of this deployment"]
    widths = [max(len(row[at]) for row in rows) for at in range(3)]
    return ["  ".join([*(f"{row[at]:<{widths[at]}}" for at in range(3)), " ".join(row[3].split())]) for row in rows]


def sentence(kind: str, name: str, why: str) -> str:
    """One of them, for people."""
    return f"the {kind} {name}: {' '.join(why.split())}"
