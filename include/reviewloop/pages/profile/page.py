"""The profile of a snapshot as one HTML page: what matters first, then every column, word and change. Nothing is fetched."""

from collections.abc import Sequence
from functools import partial

from markupsafe import Markup

from reviewloop.core.profile.profile import Profile
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.sampling.representativeness import Representativeness
from reviewloop.pages import kit
from reviewloop.pages.figures import Figures
from reviewloop.pages.links import Links
from reviewloop.pages.profile.findings import Finding, findings
from reviewloop.pages.profile.sample import sample_table
from reviewloop.pages.profile.sections import SECTIONS


def profile_page(profile: Profile, figures: Figures, links: Links, sample: Representativeness | None = None) -> str:
    """The page. ``figures`` are those of ``pages.profile.figures.profile_figures``; ``sample`` where the training part is one."""
    sections = [kit.section(anchor, name, partial(render, profile, figures)) for anchor, (name, render) in SECTIONS.items()]
    if sample is not None:
        sections.insert(0, kit.section("sample", "The training sample", lambda: sample_table(sample, profile.labels)))
    top = kit.join(
        [
            kit.safely("In short", lambda: _in_short(profile)),
            kit.heading("What to know"),
            kit.safely("What to know", lambda: _found(findings(profile, sample))),
        ]
    )
    verdict = kit.judged(lambda: _verdict(findings(profile, sample)))
    return kit.page(f"Reviews up to {profile.last_day}", links, verdict, top, sections)


def _verdict(found: Sequence[Finding]) -> kit.Verdict:
    """A profile judges nothing: without a warning it is neither good nor bad."""
    warnings = [finding for finding in found if finding.level == "warn"]
    if not warnings:
        return kit.Verdict("none", "no warning", f"{len(found)} notes on these reviews.")
    word = "1 warning" if len(warnings) == 1 else f"{len(warnings)} warnings"
    return kit.Verdict("warn", word, warnings[0].text)


def _in_short(profile: Profile) -> Markup:
    shares = [profile.counts[name] / profile.num_rows for name in SENTIMENTS]
    return kit.join(
        [
            kit.paragraph(f"Profile of the curated snapshot {profile.snapshot[:16]}.", "soft"),
            kit.sentiments(shares),
            kit.key(),
            kit.tiles(*_tiles(profile, shares)),
        ]
    )


def _found(found: Sequence[Finding]) -> Markup:
    return kit.findings(*((finding.level, finding.text, finding.section) for finding in found))


def _tiles(profile: Profile, shares: Sequence[float]) -> list[tuple[str, str]]:
    days = "1 day" if profile.num_days == 1 else f"{profile.num_days} days from {profile.first_day}"
    duplicates, lengths, changes = profile.duplicates, profile.lengths, profile.changes
    return [
        (f"{profile.num_rows:,}", f"curated reviews of {days}"),
        *([(f"{profile.num_rows - changes.num_before:+,}", f"since {changes.before_day}")] if changes else []),
        *((f"{share:.1%}", name) for name, share in zip(SENTIMENTS, shares, strict=True)),
        (f"{lengths.max_words}", "words in the longest text"),
        (f"{lengths.chosen.whole:.2%}", f"of the texts whole in {lengths.max_seq_length} tokens"),
        (f"{duplicates.num_repeated:,}", "repeated texts"),
        (f"{duplicates.num_near:,}", "pairs of nearly the same text"),
    ]
