"""What the reviews are about: clusters of texts, with their words, examples and sentiments, and a map of them."""

from typing import TYPE_CHECKING, Final

import numpy as np
from markupsafe import Markup

from reviewloop.core.profile.exploration import MIN_TEXTS, Cluster, Example, Exploration
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.pages import kit
from reviewloop.pages.figures import STYLE, Figures, draw, drawn, legend_above
from reviewloop.pages.links import Links
from reviewloop.pages.palette import INK, SENTIMENT_COLOURS, SERIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MAX_CHARS: Final = 600
"""Of a quoted review."""
_NAMED_BY: Final = 3
"""Words that name a cluster."""
_APART: Final = 0.25
"""A mean silhouette below this is of no substantial structure (Kaufman and Rousseeuw, Finding Groups in Data, 1990, table 4)."""


def exploration_page(found: Exploration, figures: Figures, links: Links) -> str:
    """HTML. ``figures`` are those of ``map_figures``."""
    top = kit.join([_tiles(found), kit.paragraph(_told(found), "soft")])
    if not found.clusters:
        return kit.page("What the reviews are about", links, kit.Verdict("none", "too few texts", _too_few(found)), top)
    sections = [
        kit.section("clusters", "Clusters, the largest first", lambda: _clusters(found)),
        kit.section("map", "A map of the texts", lambda: _map(found, figures)),
        kit.section("words", "Words and examples", lambda: kit.join(_cluster(one) for one in found.clusters)),
        kit.section("number", "How many clusters", lambda: _number(found)),
    ]
    verdict = kit.Verdict("none", f"{len(found.clusters)} clusters", _apart(found))
    return kit.page("What the reviews are about", links, verdict, top, sections)


def _tiles(found: Exploration) -> Markup:
    return kit.tiles(
        (f"{found.num_texts:,}", f"of {found.num_offered:,} texts of train and validation"),
        (f"{len(found.clusters)}", "clusters"),
        (f"{found.silhouette:.3f}", "mean silhouette: 1 far apart, 0 they touch"),
        (f"{found.num_mapped:,}", "texts on the map"),
    )


def _told(found: Exploration) -> str:
    how = "Texts beside each other use the same words. " if found.clusters else ""
    return f"{how}Nothing is decided by this page, and no model learns from it. The sealed parts were not looked at."


def _too_few(found: Exploration) -> str:
    return f"{found.num_texts} different texts; {MIN_TEXTS} with words in common are needed before anything can be parted"


def _apart(found: Exploration) -> str:
    largest = found.clusters[0]
    told = "they are parted clearly" if found.silhouette >= _APART else "they run into each other, and their borders mean little"
    return (
        f"Mean silhouette {found.silhouette:.3f}: {told}. The largest has {largest.num_texts / found.num_texts:.0%} of the texts."
    )


def _name(cluster: Cluster) -> str:
    words = ", ".join(kit.shorten(word.word, 20) for word in cluster.words[:_NAMED_BY])
    return f"{cluster.number}: {words or 'no word stands out'}"


def _clusters(found: Exploration) -> Markup:
    rows = [
        [
            _name(one), f"{one.num_texts:,}", f"{one.num_texts / found.num_texts:.1%}",
            kit.sentiments([one.shares[name] for name in SENTIMENTS]),
            *(f"{one.shares[name]:.1%}" for name in SENTIMENTS),
        ]
        for one in found.clusters
    ]  # fmt: skip
    everything = [
        "all texts", f"{found.num_texts:,}", "", kit.sentiments([found.shares[name] for name in SENTIMENTS]),
        *(f"{found.shares[name]:.1%}" for name in SENTIMENTS),
    ]  # fmt: skip
    head = ["Cluster", "Texts", "Share", "Sentiment", *(name.capitalize() for name in SENTIMENTS)]
    return kit.join([kit.key(), kit.table(head, [*rows, everything], numeric=(1, 2, 4, 5, 6), kind="middle")])


def _cluster(one: Cluster) -> Markup:
    words = [[kit.shorten(word.word), f"{word.z:.1f}", f"{word.num_here:,}", f"{word.num_elsewhere:,}"] for word in one.words]
    quoted = [[_quoted(example)] for example in one.examples]
    return kit.join(
        [
            kit.heading(_name(one)),
            kit.grid(
                kit.table(["Word", "z", "Texts here", "Elsewhere"], words, numeric=(1, 2, 3)),
                kit.table(["From the middle of the cluster"], quoted),
            ),
        ]
    )


def _quoted(one: Example) -> Markup:
    review = kit.titled(kit.shorten(one.title, _MAX_CHARS), kit.shorten(one.text, _MAX_CHARS))
    return kit.below(review, f"{one.sentiment}, review {one.review_id}")


def _map(found: Exploration, figures: Figures) -> Markup:
    told = (
        f"{found.num_mapped:,} texts, drawn by hash, by t-SNE: near each other are texts of like words. Distances between clouds "
        "and the size of a cloud mean nothing, and another seed turns the map around. A number stands in the middle of its cluster."
    )
    captions = {"map_sentiments": "By sentiment.", "map_clusters": "By cluster; colours come again after five."}
    return kit.join([kit.paragraph(told, "soft"), kit.grid(*drawn(figures, captions))])


def _number(found: Exploration) -> Markup:
    most = max(abs(one.silhouette) for one in found.tried) or 1.0
    rows = [[one.num_clusters, kit.bar(max(one.silhouette, 0.0) / most, "c1"), f"{one.silhouette:.4f}"] for one in found.tried]
    told = (
        "Mean silhouette (Rousseeuw 1987) of texts drawn by hash, for each number of clusters that was tried; the first of the "
        "largest is taken. k-means on 50 directions of TF-IDF (latent semantic analysis), the tightest of three starts."
    )
    return kit.join([kit.paragraph(told, "soft"), kit.table(["Clusters", "", "Mean silhouette"], rows, (0, 2), kind="middle")])


def map_figures(found: Exploration) -> Figures:
    """SVG of the map by sentiment and by cluster; none without a map. The same map gives the same bytes."""
    if not found.places:
        return {}
    style = STYLE | {"figure.figsize": (5.0, 4.2), "axes.grid": False}
    sentiments = {name: (found.map_sentiments, label, SENTIMENT_COLOURS[name]) for label, name in enumerate(SENTIMENTS)}
    clusters = {str(one.number): (found.map_clusters, one.number, SERIES[(one.number - 1) % len(SERIES)]) for one in found.clusters}
    return draw(
        style,
        {
            "map_sentiments": lambda: _scatter(found, sentiments, legend=True),
            "map_clusters": lambda: _scatter(found, clusters, legend=False),
        },
    )


def _scatter(found: Exploration, groups: dict[str, tuple[tuple[int, ...], int, str]], legend: bool) -> "Figure":
    from matplotlib.figure import Figure

    figure = Figure()
    axes: Axes = figure.subplots()
    places = np.array(found.places)
    for name, (values, wanted, colour) in groups.items():
        inside = np.array(values) == wanted
        axes.scatter(places[inside, 0], places[inside, 1], s=5, color=colour, label=name, linewidths=0)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    for one in found.clusters:
        inside = np.array(found.map_clusters) == one.number
        if inside.any():
            box = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.75}
            axes.annotate(str(one.number), np.median(places[inside], axis=0), ha="center", va="center", color=INK, bbox=box)
    if legend:
        legend_above(axes)
    return figure
