"""How well the training sample stands for the rows it was drawn from."""

from collections.abc import Mapping
from typing import Final

from markupsafe import Markup

from reviewloop.core.sampling.representativeness import Representativeness, Standing
from reviewloop.pages import kit
from reviewloop.pages.labels import label

_LOOKS: Final[dict[str, tuple[kit.Kind, str]]] = {
    "close": ("pass", "close"),
    "over": ("warn", "too many"),
    "under": ("warn", "too few"),
    "too few": ("none", "not judged"),
}


def sample_table(sample: Representativeness, labels: Mapping[str, str]) -> Markup:
    """A row a value of each group: its share of all rows, the sample's estimate of it, and whether that is beyond luck."""
    head = ["Verdict", "Group", "Value", "Rows", "Share", "Taken", "The sample says", "95 % interval"]
    told = (
        f"{sample.num_taken:,} of {sample.num_offered:,} training rows, taken by {sample.method.replace('_', ' ')} sampling, worth "
        f"{sample.effective_size:,.0f} equally weighted ones. {sample.in_words()}"
    )
    softly = "Beyond luck: after Holm's correction over the whole table, once in 20 simple random samples."
    rows = [_row(one, labels) for one in sample.standings]
    return kit.join(
        [
            kit.paragraph(told),
            kit.bullets(sample.notes),
            kit.paragraph(softly, "soft"),
            kit.table(head, rows, (3, 4, 5, 6, 7)),
        ]
    )


def _row(one: Standing, labels: Mapping[str, str]) -> list[kit.Cell]:
    return [
        kit.mark(*_LOOKS[one.verdict]),
        label(one.facet, labels),
        kit.shorten(one.value),
        f"{one.num_offered:,}",
        f"{one.share:.1%}",
        f"{one.num_taken:,}",
        f"{one.estimate:.1%}",
        f"{one.low:.1%} to {one.high:.1%}",
    ]
