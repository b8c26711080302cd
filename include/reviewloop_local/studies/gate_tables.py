"""The gates' study as two tables in Markdown."""

from collections.abc import Sequence
from typing import Any, Final

_WORDS: Final = {"enforce": "refuses", "warn": "warns"}


def in_markdown(found: dict[str, Any]) -> str:
    """Both tables, with what they rest on; ``found`` is what ``gate_study.study`` gives."""
    alarms, caught = found["false_alarms"], found["caught"]
    metrics = f"{found['champion_macro_f1']:.3f} on all training rows, {found['challengers_macro_f1']:.3f} on samples of them"
    first = [
        [name, _WORDS[mode], f"{alarms['equal'][name]:.0%}", f"{alarms['less_data'][name]:.0%}"]
        for name, mode in found["modes"].items()
    ]
    second = [
        [name, *("never" if row[name] is None else f"{row[name]:.3f}" for row in caught.values())]
        for name in found["modes"]
        if any(row[name] is not None for row in caught.values())
    ]
    return "\n".join(
        [
            f"{found['data']}: {found['num_train']} training rows; {found['num_sealed']} sealed, half of them at a time; "
            f"baseline, macro-F1 {metrics}.",
            f"Not studied: {', '.join(found['not_studied']) or 'none'}. "
            f"Left out, because the champion itself does not pass: {', '.join(found['failed_by_the_champion']) or 'none'}.",
            "",
            f"False alarms: of {found['num_challengers']} challengers, objected to",
            "",
            *_table(["gate", "", "champion fitted like them", "champion fitted on all rows"], first),
            "",
            f"Power: loss of macro-F1 that is stopped in {found['caught_share']:.0%} of {found['num_draws']} draws",
            "",
            *_table(["gate", *(f"mistakes {where}" for where in caught)], second),
        ]
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)]
