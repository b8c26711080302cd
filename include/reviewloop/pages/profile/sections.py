"""The sections of the profile page, each from the profile's numbers."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Final

from reviewloop.config import MODEL_INPUTS
from reviewloop.core.profile.columns import ColumnProfile
from reviewloop.core.profile.profile import Profile
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.keywords import Keyword
from reviewloop.pages import legacy as parts
from reviewloop.pages.labels import label

Figures = Mapping[str, bytes]
"""SVGs by name, as ``pages.profile.figures.profile_figures`` draws them."""

_FEW: Final = 30
"""A share of fewer rows is shown with a remark."""


def _columns(profile: Profile, figures: Figures) -> str:
    whole, captions = profile.num_rows, _captions(profile)
    drawn = {"text", "num_words", *figures} - {"positive_feedback"}  # whose values are too many to list
    rows = [
        [
            f"<code>{escape(column.name)}</code>" + (" (model input)" if column.name in MODEL_INPUTS else ""),
            parts.bar(1 - column.num_missing / whole),
            f"{1 - column.num_missing / whole:.2%}",
            f"{column.num_distinct:,}",
            _spread(column),
        ]
        for column in profile.columns
    ]
    return (
        parts.paragraph("How much of each column is there, and how it is spread.", "soft")
        + parts.table(["Column", "Complete", "", "Distinct", "Lowest · quarter · median · three quarters · highest"], rows, (2, 3))
        + parts.grid(
            *(parts.figure(figure, captions[name]) for name, figure in figures.items() if name in captions),
        )
        + "<h3>Most frequent values</h3>"
        + parts.flow(*(_top(column, whole) for column in profile.columns if column.name not in drawn))
    )


def _captions(profile: Profile) -> dict[str, str]:
    """Under each figure of a column, and of the days."""
    facets = {column.name: f"{label(column.name, profile.labels)}." for column in profile.columns if column.kind == "number"}
    ours = {"positive_feedback": "How many reviews were found helpful, and by how many.", "days": "Reviews of each day."}
    return {**facets, **ours}


def _spread(column: ColumnProfile) -> str:
    spread = column.spread
    if spread is None:
        return '<span class="soft">–</span>'
    numbers = (spread.low, spread.quarter, spread.median, spread.three_quarters, spread.high)
    quantiles = " · ".join(f"{number:g}" for number in numbers)
    return f'<span class="line">{quantiles} <span class="soft">mean {spread.mean:.2f}</span></span>'


def _top(column: ColumnProfile, whole: int) -> str:
    rows = [[parts.shorten(value), parts.bar(count / whole), f"{count:,}", f"{count / whole:.1%}"] for value, count in column.top]
    return parts.table(["Value", "", "Rows", "Share"], rows, (2, 3), caption=column.name)


def _sentiment(profile: Profile, _: Figures) -> str:
    blocks = []
    for facet in dict.fromkeys(line.facet for line in profile.crossings):
        rows = [
            [
                parts.shorten(line.value)
                + (f'<br><span class="soft">fewer than {_FEW} rows</span>' if line.num_rows < _FEW else ""),
                f"{line.num_rows:,}",
                parts.stacked(line.shares),
                f"{line.shares[0]:.1%}",
            ]
            for line in profile.crossings
            if line.facet == facet
        ]
        blocks.append(parts.table([label(facet, profile.labels), "Rows", "Sentiment", "Negative"], rows, (1, 3)))
    return (
        parts.paragraph("Negative is a rating of 1 or 2, neutral 3, positive 4 or 5. The most negative group comes first.", "soft")
        + parts.legend()
        + parts.flow(*blocks)
    )


def _associations(profile: Profile, _: Figures) -> str:
    rows = [
        [
            f"<code>{escape(one.column)}</code>",
            parts.bar(one.beyond_chance),
            f"{one.explained:.1%}",
            f"{one.by_chance:.1%}",
            f'<span class="warn-text">{one.role}</span>' if one.role != "no leak seen" else "",
        ]
        for one in profile.associations
    ]
    table = profile.correlations
    matrix = [
        [f"<code>{escape(name)}</code>", *(parts.shade(value) for value in line)]
        for name, line in zip(table.names, table.values, strict=True)
    ]
    return (
        parts.paragraph(
            "Mutual information with the sentiment, as a share of the sentiment's entropy (Theil's uncertainty coefficient). "
            "A column of many values explains something by luck: what it explains of shuffled sentiments stands beside it, and "
            "the bar is what is left. The model sees title and text only: none of these columns reaches it.",
            "soft",
        )
        + parts.table(["Column", "Explains of the sentiment", "Seen", "By luck", ""], rows, (2, 3))
        + "<h3>Rank correlation of the number columns (Spearman)</h3>"
        + parts.table(["", *table.names], matrix, kind="heat")
    )


def _lengths(profile: Profile, figures: Figures) -> str:
    lengths = profile.lengths
    rows = [
        [
            f"<b>{reach.max_seq_length}, chosen</b>"
            if reach.max_seq_length == lengths.max_seq_length
            else str(reach.max_seq_length),
            parts.bar(reach.whole),
            f"{reach.whole:.2%}",
            f"{reach.tokens_read:.2%}",
        ]
        for reach in lengths.reaches
    ]
    return (
        parts.paragraph(
            f"The longest text has {lengths.max_words} words; half have at most {lengths.median_words:g}, 95 % at most "
            f"{lengths.p95_words:g}. A model reads word pieces, punctuation, special tokens and the title too: "
            f"{lengths.tokens_per_word:.2f} tokens for a word of the text, up to {lengths.max_tokens} tokens, half at most "
            f"{lengths.median_tokens:g}, 95 % at most {lengths.p95_tokens:g}."
        )
        + parts.paragraph(
            f"max_seq_length {lengths.max_seq_length} holds {lengths.chosen.whole:.2%} of the texts whole and reads "
            f"{lengths.chosen.tokens_read:.2%} of all tokens; what it cuts is the end of the longest. Counted in words, "
            f"{lengths.by_words.max_seq_length} would seem to be enough: it holds {lengths.by_words.whole:.2%} whole."
        )
        + parts.grid(
            parts.figure(figures["words"], f"Words of each review, at most {lengths.max_words}."),
            parts.figure(figures["tokens"], f"Tokens of {lengths.num_token_texts:,} training texts; what is cut is orange."),
        )
        + parts.table(["max_seq_length", "Texts held whole", "", "Tokens read"], rows, (2, 3))
    )


def _duplicates(profile: Profile, _: Figures) -> str:
    found = profile.duplicates
    compared = (
        f"All {found.num_distinct:,} distinct texts were compared"
        if found.num_compared == found.num_distinct
        else f"A fixed sample of {found.num_compared:,} of {found.num_distinct:,} distinct texts was compared"
    )
    told = (
        f"{found.num_repeated:,} rows repeat an earlier text (case, punctuation and white space aside). {compared} by their "
        f"runs of three words: {found.num_near:,} pairs are nearly the same, {found.num_near_conflicts:,} of them with different "
        f"sentiments and {found.num_near_across:,} with one text in the sealed test part."
    )
    rows = [
        [
            f"{pair.similarity:.0%}",
            "".join(
                f'<blockquote>{escape(text)} <span class="soft">{review_id}, {escape(sentiment)}</span></blockquote>'
                for text, review_id, sentiment in zip((pair.first, pair.second), pair.review_ids, pair.sentiments, strict=True)
            ),
        ]
        for pair in found.examples
    ]
    examples = parts.table(["Alike", "The closest pairs outside the sealed test part"], rows, (0,)) if rows else ""
    return parts.paragraph(told) + examples


def _words(profile: Profile, _: Figures) -> str:
    blocks = [
        f"<h3>{name.capitalize()}</h3>"
        + parts.cloud(
            [(word.word, word.z) for word in profile.keywords[name]], parts.COLOURS[name] if name != "neutral" else "#66717d"
        )
        + _keywords(profile.keywords[name], parts.COLOURS[name])
        for name in SENTIMENTS
    ]
    return parts.paragraph(
        "Words that mark a sentiment against the two others: log-odds ratio with an informative Dirichlet prior, in standard "
        "deviations (Monroe, Colaresi and Quinn 2008). The sealed test part is not read.",
        "soft",
    ) + parts.grid(*blocks)


def _keywords(words: tuple[Keyword, ...], colour: str, heads: tuple[str, str] = ("Texts", "Other")) -> str:
    if not words:
        return parts.paragraph("No word stands out.", "soft")
    most = max(word.z for word in words)
    rows = [
        [
            parts.shorten(word.word),
            parts.bar(word.z / most, colour),
            f"{word.z:.1f}",
            f"{word.num_here:,}",
            f"{word.num_elsewhere:,}",
        ]
        for word in words
    ]
    return parts.table(["Word", "", "z", *heads], rows, (2, 3, 4))


def _changes(profile: Profile, _: Figures) -> str:
    found = profile.changes
    if found is None:
        return parts.paragraph("The first profiled snapshot: there is none before it to compare with.", "soft")
    came = "The rows that came since" if found.compared == "added rows" else "Days were corrected, so all rows of this snapshot"
    rows = [
        [
            f"<code>{escape(change.column)}</code>",
            f"{change.distance:.3f}",
            f"{change.by_chance:.3f}",
            '<span class="warn-text line">moved</span>' if change.moved else '<span class="line">as before</span>',
            "<br>".join(
                f'<span class="line">{parts.shorten(name)}: {before:.1%} → {now:.1%}</span>' for name, before, now in change.biggest
            ),
        ]
        for change in found.columns
    ]
    return (
        parts.paragraph(
            f"{found.num_before:,} reviews up to {found.before_day} (snapshot {found.before[:16]}), {found.num_now:,} now. "
            f"{came} ({found.num_compared:,}) stand against those before."
        )
        + parts.paragraph(
            "Jensen-Shannon distance, 0 for equal shares and 1 for nothing in common; luck alone reaches the next number once in "
            "1,000 times.",
            "soft",
        )
        + parts.table(["Column", "Distance", "By luck", "", "What moved most: share before → in what came"], rows, (1, 2))
        + parts.grid(
            "<h3>Words that came more</h3>" + _keywords(found.words_more, parts.COLOURS["positive"], ("Came", "Before")),
            "<h3>Words that came less</h3>" + _keywords(found.words_less, parts.COLOURS["neutral"], ("Before", "Came")),
        )
    )


SECTIONS: Final[dict[str, tuple[str, Callable[[Profile, Figures], str]]]] = {
    "sentiment": ("Sentiment by group", _sentiment),
    "words": ("Words of each sentiment", _words),
    "lengths": ("Length", _lengths),
    "columns": ("Columns", _columns),
    "associations": ("What tells the label", _associations),
    "duplicates": ("Repeats", _duplicates),
    "changes": ("Changes", _changes),
}
"""Anchor on the page: its heading and what fills it, in the order of the page."""
