"""The sections of the profile page, each from the profile's numbers."""

from collections.abc import Callable
from typing import Final

from markupsafe import Markup

from reviewloop.config import MODEL_INPUTS
from reviewloop.core.profile.columns import ColumnProfile
from reviewloop.core.profile.profile import Profile
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.keywords import Keyword
from reviewloop.pages import kit
from reviewloop.pages.figures import Figures, drawn
from reviewloop.pages.labels import label

_FEW: Final = 30
"""A share of fewer rows is shown with a remark."""
_CODE: Final = Markup("<code>{}</code>")
_LINE: Final = Markup('<span class="line">{}</span>')


def _columns(profile: Profile, figures: Figures) -> Markup:
    whole = profile.num_rows
    unlisted = {"text", "num_words", *figures} - {"positive_feedback"}  # whose values are too many to list
    rows = [
        [
            Markup("<code>{}</code>{}").format(column.name, " (model input)" if column.name in MODEL_INPUTS else ""),
            kit.bar(1 - column.num_missing / whole),
            f"{1 - column.num_missing / whole:.2%}",
            f"{column.num_distinct:,}",
            _spread(column),
        ]
        for column in profile.columns
    ]
    head = ["Column", "Complete", "", "Distinct", "Lowest · quarter · median · three quarters · highest"]
    return kit.join(
        [
            kit.paragraph("How much of each column is there, and how it is spread.", "soft"),
            kit.table(head, rows, (2, 3), kind="middle"),
            kit.grid(*drawn(figures, _captions(profile))),
            kit.heading("Most frequent values"),
            kit.flow(*(_top(column, whole) for column in profile.columns if column.name not in unlisted)),
        ]
    )


def _captions(profile: Profile) -> dict[str, str]:
    """Under each figure of a column, and of the days."""
    facets = {column.name: f"{label(column.name, profile.labels)}." for column in profile.columns if column.kind == "number"}
    ours = {"positive_feedback": "How many reviews were found helpful, and by how many.", "days": "Reviews of each day."}
    return {**facets, **ours}


def _spread(column: ColumnProfile) -> Markup:
    spread = column.spread
    if spread is None:
        return Markup('<span class="soft">–</span>')
    numbers = (spread.low, spread.quarter, spread.median, spread.three_quarters, spread.high)
    quantiles = " · ".join(f"{number:g}" for number in numbers)
    return Markup('<span class="line">{} <span class="soft">mean {}</span></span>').format(quantiles, f"{spread.mean:.2f}")


def _top(column: ColumnProfile, whole: int) -> Markup:
    rows = [[kit.shorten(value), kit.bar(count / whole), f"{count:,}", f"{count / whole:.1%}"] for value, count in column.top]
    return kit.table(["Value", "", "Rows", "Share"], rows, (2, 3), caption=column.name, kind="middle")


def _sentiment(profile: Profile, _: Figures) -> Markup:
    blocks = []
    for facet in dict.fromkeys(line.facet for line in profile.crossings):
        rows = [
            [
                kit.below(kit.shorten(line.value), f"fewer than {_FEW} rows") if line.num_rows < _FEW else kit.shorten(line.value),
                f"{line.num_rows:,}",
                kit.sentiments(line.shares),
                f"{line.shares[0]:.1%}",
            ]
            for line in profile.crossings
            if line.facet == facet
        ]
        blocks.append(kit.table([label(facet, profile.labels), "Rows", "Sentiment", "Negative"], rows, (1, 3), kind="middle"))
    told = "Negative is a rating of 1 or 2, neutral 3, positive 4 or 5. The most negative group comes first."
    return kit.join([kit.paragraph(told, "soft"), kit.key(), kit.flow(*blocks)])


def _associations(profile: Profile, _: Figures) -> Markup:
    rows = [
        [
            _CODE.format(one.column),
            kit.bar(one.beyond_chance),
            f"{one.explained:.1%}",
            f"{one.by_chance:.1%}",
            kit.mark("warn", one.role) if one.role != "no leak seen" else "",
        ]
        for one in profile.associations
    ]
    table = profile.correlations
    matrix = [
        [_CODE.format(name), *(kit.shade(value) for value in line)] for name, line in zip(table.names, table.values, strict=True)
    ]
    told = (
        "Mutual information with the sentiment, as a share of the sentiment's entropy (Theil's uncertainty coefficient). "
        "A column of many values explains something by luck: what it explains of shuffled sentiments stands beside it, and "
        "the bar is what is left. The model sees title and text only: none of these columns reaches it."
    )
    return kit.join(
        [
            kit.paragraph(told, "soft"),
            kit.table(["Column", "Explains of the sentiment", "Seen", "By luck", ""], rows, (2, 3), kind="middle"),
            kit.heading("Rank correlation of the number columns (Spearman)"),
            kit.table(["", *table.names], matrix, kind="middle heat"),
        ]
    )


def _lengths(profile: Profile, figures: Figures) -> Markup:
    lengths = profile.lengths
    chosen = Markup("<b>{}, chosen</b>").format(lengths.max_seq_length)
    rows = [
        [
            chosen if reach.max_seq_length == lengths.max_seq_length else reach.max_seq_length,
            kit.bar(reach.whole),
            f"{reach.whole:.2%}",
            f"{reach.tokens_read:.2%}",
        ]
        for reach in lengths.reaches
    ]
    captions = {
        "words": f"Words of each review, at most {lengths.max_words}.",
        "tokens": f"Tokens of {lengths.num_token_texts:,} training texts; what is cut is orange.",
    }
    return kit.join(
        [
            kit.paragraph(
                f"The longest text has {lengths.max_words} words; half have at most {lengths.median_words:g}, 95 % at most "
                f"{lengths.p95_words:g}. A model reads word pieces, punctuation, special tokens and the title too: "
                f"{lengths.tokens_per_word:.2f} tokens for a word of the text, up to {lengths.max_tokens} tokens, half at most "
                f"{lengths.median_tokens:g}, 95 % at most {lengths.p95_tokens:g}."
            ),
            kit.paragraph(
                f"max_seq_length {lengths.max_seq_length} holds {lengths.chosen.whole:.2%} of the texts whole and reads "
                f"{lengths.chosen.tokens_read:.2%} of all tokens; what it cuts is the end of the longest. Counted in words, "
                f"{lengths.by_words.max_seq_length} would seem to be enough: it holds {lengths.by_words.whole:.2%} whole."
            ),
            kit.grid(*drawn(figures, captions)),
            kit.table(["max_seq_length", "Texts held whole", "", "Tokens read"], rows, (2, 3), kind="middle"),
        ]
    )


def _duplicates(profile: Profile, _: Figures) -> Markup:
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
    quote = Markup('<blockquote>{} <span class="soft">{}, {}</span></blockquote>')
    rows = [
        [
            f"{pair.similarity:.0%}",
            kit.join(
                quote.format(text, review_id, sentiment)
                for text, review_id, sentiment in zip((pair.first, pair.second), pair.review_ids, pair.sentiments, strict=True)
            ),
        ]
        for pair in found.examples
    ]
    examples = kit.table(["Alike", "The closest pairs outside the sealed test part"], rows, (0,)) if rows else ""
    return kit.join([kit.paragraph(told), examples])


def _words(profile: Profile, _: Figures) -> Markup:
    blocks = [
        kit.join(
            [
                kit.heading(name.capitalize()),
                kit.cloud([(word.word, word.z) for word in profile.keywords[name]], name),
                _keywords(profile.keywords[name], name),
            ]
        )
        for name in SENTIMENTS
    ]
    told = (
        "Words that mark a sentiment against the two others: log-odds ratio with an informative Dirichlet prior, in standard "
        "deviations (Monroe, Colaresi and Quinn 2008). The sealed test part is not read."
    )
    return kit.join([kit.paragraph(told, "soft"), kit.grid(*blocks)])


def _keywords(words: tuple[Keyword, ...], colour: str, heads: tuple[str, str] = ("Texts", "Other")) -> Markup:
    if not words:
        return kit.paragraph("No word stands out.", "soft")
    most = max(word.z for word in words)
    rows = [
        [
            kit.shorten(word.word),
            kit.bar(word.z / most, colour),
            f"{word.z:.1f}",
            f"{word.num_here:,}",
            f"{word.num_elsewhere:,}",
        ]
        for word in words
    ]
    return kit.table(["Word", "", "z", *heads], rows, (2, 3, 4), kind="middle")


def _changes(profile: Profile, _: Figures) -> Markup:
    found = profile.changes
    if found is None:
        return kit.paragraph("The first profiled snapshot: there is none before it to compare with.", "soft")
    came = "The rows that came since" if found.compared == "added rows" else "Days were corrected, so all rows of this snapshot"
    rows = [
        [
            kit.mark("warn", "moved") if change.moved else kit.mark("pass", "as before"),
            _CODE.format(change.column),
            f"{change.distance:.3f}",
            f"{change.by_chance:.3f}",
            Markup("<br>").join(
                _LINE.format(f"{kit.shorten(name)}: {before:.1%} → {now:.1%}") for name, before, now in change.biggest
            ),
        ]
        for change in found.columns
    ]
    head = ["Verdict", "Column", "Distance", "By luck", "What moved most: share before → in what came"]
    return kit.join(
        [
            kit.paragraph(
                f"{found.num_before:,} reviews up to {found.before_day} (snapshot {found.before[:16]}), {found.num_now:,} now. "
                f"{came} ({found.num_compared:,}) stand against those before."
            ),
            kit.paragraph(
                "Jensen-Shannon distance, 0 for equal shares and 1 for nothing in common; luck alone reaches the next number once "
                "in 1,000 times.",
                "soft",
            ),
            kit.table(head, rows, (2, 3)),
            kit.grid(
                _came("Words that came more", found.words_more, "positive", ("Came", "Before")),
                _came("Words that came less", found.words_less, "neutral", ("Before", "Came")),
            ),
        ]
    )


def _came(heading: str, words: tuple[Keyword, ...], colour: str, heads: tuple[str, str]) -> Markup:
    return kit.join([kit.heading(heading), _keywords(words, colour, heads)])


SECTIONS: Final[dict[str, tuple[str, Callable[[Profile, Figures], Markup]]]] = {
    "sentiment": ("Sentiment by group", _sentiment),
    "words": ("Words of each sentiment", _words),
    "lengths": ("Length", _lengths),
    "columns": ("Columns", _columns),
    "associations": ("What tells the label", _associations),
    "duplicates": ("Repeats", _duplicates),
    "changes": ("Changes", _changes),
}
"""Anchor on the page: its heading and what fills it, in the order of the page."""
