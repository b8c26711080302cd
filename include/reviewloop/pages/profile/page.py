"""The profile of a snapshot as one HTML page: what matters first, then every column, word and change. Nothing is fetched."""

from html import escape

from reviewloop.core.profile.profile import Profile
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.pages import legacy as parts
from reviewloop.pages.profile.findings import Finding, findings
from reviewloop.pages.profile.sections import SECTIONS, Figures


def profile_page(profile: Profile, figures: Figures) -> str:
    """The page. ``figures`` are the SVGs of ``pages.profile.figures.profile_figures``, by name."""
    title = f"Reviews up to {profile.last_day}"
    menu = "".join(f'<li><a href="#{anchor}">{escape(name)}</a></li>' for anchor, (name, _) in SECTIONS.items())
    sections = "".join(
        f'<section id="{anchor}"><h2>{escape(name)}</h2>{render(profile, figures)}</section>'
        for anchor, (name, render) in SECTIONS.items()
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{parts.STYLE}</style></head>\n"
        f'<body><div class="page"><nav aria-label="Contents"><ul><li><a href="#top">Overview</a></li>{menu}</ul></nav>'
        f'<main id="top"><h1>{escape(title)}</h1>{_overview(profile)}{sections}</main></div></body></html>\n'
    )


def _overview(profile: Profile) -> str:
    shares = [profile.counts[name] / profile.num_rows for name in SENTIMENTS]
    days = "1 day" if profile.num_days == 1 else f"{profile.num_days} days from {profile.first_day}"
    duplicates, lengths = profile.duplicates, profile.lengths
    came = profile.num_rows - profile.changes.num_before if profile.changes else None
    tiles = [
        parts.tile(f"{profile.num_rows:,}", f"curated reviews of {days}"),
        *([] if came is None or profile.changes is None else [parts.tile(f"{came:+,}", f"since {profile.changes.before_day}")]),
        *(parts.tile(f"{share:.1%}", name) for name, share in zip(SENTIMENTS, shares, strict=True)),
        parts.tile(f"{lengths.max_words}", "words in the longest text"),
        parts.tile(f"{lengths.chosen.whole:.2%}", f"of the texts whole in {lengths.max_seq_length} tokens"),
        parts.tile(f"{duplicates.num_repeated:,}", "repeated texts"),
        parts.tile(f"{duplicates.num_near:,}", "pairs of nearly the same text"),
    ]
    found = "".join(_finding(finding) for finding in findings(profile))
    return (
        parts.paragraph(f"Profile of the curated snapshot {profile.snapshot[:16]}.", "soft")
        + parts.stacked(shares)
        + parts.legend()
        + f'<div class="tiles">{"".join(tiles)}</div><h3>What to know</h3><ul class="found">{found}</ul>'
    )


def _finding(finding: Finding) -> str:
    word = "Warning" if finding.level == "warn" else "Note"
    more = f'<a href="#{finding.section}">more</a>'
    return f'<li class="{finding.level}"><b>{word}:</b> {escape(finding.text)} {more}</li>'
