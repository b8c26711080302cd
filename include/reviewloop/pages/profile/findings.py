"""What a person should know first about a snapshot, in words: the sentences at the top of the profile page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from reviewloop.core.profile.columns import Crossing
from reviewloop.core.profile.profile import Profile
from reviewloop.core.sampling.representativeness import Representativeness
from reviewloop.core.sampling.sample import WITHOUT_PROBABILITY

_MUCH_MISSING: Final = 0.05
_DOMINANT: Final = 0.95
_FEW_ROWS: Final = 100
"""A smaller group's share of negative reviews is not spoken of."""
_FAR: Final = 3.29
"""Standard errors: once in 1,000 times by luck."""


@dataclass(frozen=True)
class Finding:
    """One sentence; ``warn`` asks for a decision, ``note`` does not. ``section`` is where the page shows it."""

    level: Literal["warn", "note"]
    text: str
    section: str


def findings(profile: Profile, sample: Representativeness | None = None) -> list[Finding]:
    """Everything worth a sentence, warnings first. ``sample``: see ``profile_page``."""
    sources = (_leaks, _duplicates, _classes, _lengths, _completeness, _groups, _changes)
    found = [finding for source in sources for finding in source(profile)]
    found += _sample(sample) if sample else []
    return sorted(found, key=lambda finding: finding.level != "warn")


def _sample(sample: Representativeness) -> Iterator[Finding]:
    stands_for_itself = sample.method in WITHOUT_PROBABILITY
    told = (
        f"The training part is a sample of {sample.num_taken:,} of {sample.num_offered:,} rows ({sample.method.replace('_', ' ')})."
    )
    yield Finding("warn" if stands_for_itself or sample.off else "note", f"{told} {sample.in_words()}", "sample")


def _leaks(profile: Profile) -> Iterator[Finding]:
    for one in profile.associations:
        if one.role == "leaks":
            yield Finding(
                "warn",
                f"{one.column} explains {one.explained:.0%} of the sentiment, far more than a fact about "
                "customer or product does: it leaks the label and must never be a model input.",
                "associations",
            )


def _duplicates(profile: Profile) -> Iterator[Finding]:
    found = profile.duplicates
    if found.num_near_across:
        yield Finding(
            "warn",
            f"{found.num_near_across} pairs of nearly the same text lie on both sides of the sealed test part: "
            "the split keeps equal texts together, not similar ones.",
            "duplicates",
        )
    if found.num_conflicts:
        yield Finding("warn", f"{found.num_conflicts} texts came with more than one sentiment; the earliest counts.", "duplicates")
    if found.num_repeated:
        yield Finding("note", f"{found.num_repeated:,} rows repeat an earlier text and are left out of training.", "duplicates")


def _classes(profile: Profile) -> Iterator[Finding]:
    name, most = max(profile.counts.items(), key=lambda item: item[1])
    rare, least = min(profile.counts.items(), key=lambda item: item[1])
    if most > 2 * least:
        yield Finding(
            "note",
            f"{most / profile.num_rows:.0%} of the reviews are {name}, {least / profile.num_rows:.0%} are {rare}: "
            f"always answering {name} would be right {most / profile.num_rows:.0%} of the time. Judge by macro-F1, not accuracy.",
            "sentiment",
        )


def _lengths(profile: Profile) -> Iterator[Finding]:
    lengths = profile.lengths
    by_words, chosen = lengths.by_words, lengths.chosen
    other = "" if by_words == chosen else f"{by_words.max_seq_length} tokens would cut {1 - by_words.whole:.1%} of the texts, "
    yield Finding(
        "note",
        f"No text has more than {lengths.max_words} words, but words are not tokens: {other}max_seq_length "
        f"{chosen.max_seq_length} cuts {1 - chosen.whole:.2%} and loses {1 - chosen.tokens_read:.2%} of all tokens.",
        "lengths",
    )


def _completeness(profile: Profile) -> Iterator[Finding]:
    for column in profile.columns:
        share = column.num_missing / profile.num_rows
        if share > _MUCH_MISSING:
            yield Finding("note", f"{column.name} is missing in {share:.1%} of the reviews.", "columns")
        if column.num_distinct and column.kind != "text" and column.top[0][1] > _DOMINANT * profile.num_rows:
            value, count = column.top[0]
            yield Finding(
                "warn", f"{column.name} is {value} in {count / profile.num_rows:.1%} of the reviews: it tells almost nothing.",
                "columns",
            )  # fmt: skip


def _groups(profile: Profile) -> Iterator[Finding]:
    whole = profile.counts["negative"] / profile.num_rows
    far = [line for line in profile.crossings if line.num_rows >= _FEW_ROWS and _errors_from(line, whole) > _FAR]
    if far:
        worst = ", ".join(f"{line.value} ({line.facet}) {line.shares[0]:.1%}" for line in far[:5])
        more = f" and {len(far) - 5} more" if len(far) > 5 else ""
        yield Finding("note", f"Negative reviews are {whole:.1%} of all, and clearly more or fewer in: {worst}{more}.", "sentiment")


def _errors_from(line: Crossing, whole: float) -> float:
    error = (whole * (1 - whole) / line.num_rows) ** 0.5
    return abs(line.shares[0] - whole) / error if error else 0.0


def _changes(profile: Profile) -> Iterator[Finding]:
    if profile.changes is None:
        return
    rows = "rows that came" if profile.changes.compared == "added rows" else "rows"
    moved = [change for change in profile.changes.columns if change.moved]
    for change in moved:
        name, before, now = change.biggest[0]
        yield Finding(
            "warn",
            f"Since {profile.changes.before_day}, {change.column} moved more than luck explains: "
            f"{name} was {before:.1%}, and is {now:.1%} of the {rows}.",
            "changes",
        )
    if not moved and profile.changes.num_compared:
        yield Finding("note", f"The {rows} since {profile.changes.before_day} look like those before, in every column.", "changes")
