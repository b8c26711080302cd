"""What reviews are about: clusters of their texts, and a map of them. Nothing is decided by it; it shows where to look.

Texts are vectors by latent semantic analysis (TF-IDF, its first directions, unit length: Deerwester and others, Journal of the
American Society for Information Science 41, 1990). k-means parts them; how many clusters there are says the mean silhouette
(Rousseeuw, Journal of Computational and Applied Mathematics 20, 1987): texts lie near their own cluster and far from the next.
The map is t-SNE (van der Maaten and Hinton, Journal of Machine Learning Research 9, 2008): who is near whom is kept, distances and
sizes of clouds mean nothing. Rows of the sealed part are refused.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from reviewloop.config import ExplorationConfig
from reviewloop.core.dataset.snapshots import class_shares, model_texts
from reviewloop.core.dataset.splits import SEALED, fraction
from reviewloop.core.statistics.keywords import Keyword, count_words, keywords
from reviewloop.core.statistics.metrics import Floats, Ints
from reviewloop.errors import PermanentError

MIN_DF: Final = 2
MAX_DF: Final = 0.3
"""A word that more of the texts have says nothing of what one is about."""
MAX_FEATURES: Final = 20_000
NUM_DIRECTIONS: Final = 50
NUM_STARTS: Final = 3
"""Of k-means; the tightest of them counts."""
PERPLEXITY: Final = 30
MIN_TEXTS: Final = 4 * PERPLEXITY
"""With fewer there is nothing to part, and t-SNE has too few neighbours."""


@dataclass(frozen=True)
class Example:
    """A review in the middle of its cluster."""

    review_id: int
    title: str
    """Empty where it has none."""
    text: str
    sentiment: str


@dataclass(frozen=True)
class Cluster:
    """``shares`` are of each sentiment, by name; ``words`` are over-used here, against all the other clusters."""

    number: int
    """From 1, the largest first."""
    num_texts: int
    shares: dict[str, float]
    words: tuple[Keyword, ...]
    examples: tuple[Example, ...]


@dataclass(frozen=True)
class Tried:
    """So many clusters, and the mean silhouette of the texts compared: -1 to 1, 0 where clusters touch."""

    num_clusters: int
    silhouette: float


@dataclass(frozen=True)
class Exploration:
    """``tried`` has the chosen number: the first with the largest silhouette. Without clusters there is no map."""

    num_offered: int
    """Distinct texts that were not sealed; ``num_texts`` of them were looked at, drawn by hash where there are more."""
    num_texts: int
    shares: dict[str, float]
    """Of each sentiment among these texts, by name."""
    tried: tuple[Tried, ...]
    clusters: tuple[Cluster, ...]
    num_mapped: int
    """Texts on the map, drawn by hash."""
    places: tuple[tuple[float, float], ...]
    """On the map, a row a text."""
    map_clusters: tuple[int, ...]
    map_sentiments: tuple[int, ...]
    """Cluster and sentiment (class id) of each text on the map."""

    @property
    def silhouette(self) -> float:
        """Of the chosen number; 0 without clusters."""
        return max((one.silhouette for one in self.tried), default=0.0)

    def as_json(self) -> dict[str, Any]:
        """Everything but the map, as plain JSON values."""
        found = asdict(self)
        return {name: value for name, value in found.items() if name not in ("places", "map_clusters", "map_sentiments")}


def explore(rows: pd.DataFrame, config: ExplorationConfig, num_top: int, prior_words: float) -> Exploration:
    """Clusters and map of ``rows`` (``review_id``, ``title``, ``text``, ``text_digest``, ``label``, ``part``), one a text.

    The same rows give the same clusters, in whatever order they come. Raises ``PermanentError`` where one of them is sealed.
    """
    if (sealed := rows["part"].isin(SEALED)).any():
        raise PermanentError(
            f"exploration: {int(sealed.sum())} of {len(rows)} rows are sealed; hand over train and validation alone"
        )
    distinct = rows.drop_duplicates("text_digest").sort_values("text_digest", ignore_index=True)
    looked_at = distinct.iloc[_drawn(distinct["text_digest"], "exploration", config.max_texts)].reset_index(drop=True)
    of = len(distinct), len(looked_at), class_shares(looked_at["label"]) if len(looked_at) else {}
    vectors = _vectors(looked_at, config.seed) if len(looked_at) >= MIN_TEXTS else np.empty((0, 0))
    if vectors.shape[1] < 2:
        return Exploration(*of, (), (), 0, (), (), ())
    tried, numbers, centres = _parted(looked_at, vectors, config)
    clusters = [
        _cluster(number, looked_at, vectors, numbers, centres, config.num_examples, (num_top, prior_words))
        for number in range(1, len(centres) + 1)
    ]
    mapped = _drawn(looked_at["text_digest"], "map", config.max_mapped)
    places = _map(vectors[mapped], config.seed)
    labels = looked_at["label"].to_numpy(dtype=np.int64)[mapped]
    return Exploration(
        *of, tuple(tried), tuple(clusters), len(mapped), tuple((float(x), float(y)) for x, y in places),
        tuple(int(one) for one in numbers[mapped]), tuple(int(one) for one in labels),
    )  # fmt: skip


def _drawn(digests: "pd.Series[str]", purpose: str, most: int) -> Ints:
    """The places of at most ``most`` texts, in their order: drawn by hash, each purpose for itself."""
    drawn = np.argsort([fraction(digest, purpose) for digest in digests], kind="stable")[:most]
    return np.asarray(np.sort(drawn), dtype=np.int64)


def _vectors(rows: pd.DataFrame, seed: int) -> Floats:
    """Title and text of each row, (n, d) of unit length; d is 0 where no word is in two of them."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer
    from sklearn.preprocessing import normalize

    words = TfidfVectorizer(
        min_df=MIN_DF, max_df=MAX_DF, max_features=MAX_FEATURES, sublinear_tf=True, stop_words=sorted(ENGLISH_STOP_WORDS)
    )
    try:
        counted = words.fit_transform(model_texts(rows))
    except ValueError:  # scikit-learn's word for a vocabulary without words
        return np.empty((len(rows), 0))
    num_directions = min(NUM_DIRECTIONS, counted.shape[1] - 1, len(rows) - 1)
    if num_directions < 2:
        return np.empty((len(rows), 0))
    found = TruncatedSVD(num_directions, random_state=seed).fit_transform(counted)
    return np.asarray(normalize(found), dtype=np.float64)


def _parted(rows: pd.DataFrame, vectors: Floats, config: ExplorationConfig) -> tuple[list[Tried], Ints, Floats]:
    """Every number of clusters that was tried; of the best one each row's cluster, numbered from 1 by size, and the centres."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    compared = _drawn(rows["text_digest"], "silhouette", config.max_compared)
    tried, best = list[Tried](), None
    for count in range(config.min_clusters, config.max_clusters + 1):
        model = KMeans(count, n_init=NUM_STARTS, random_state=config.seed).fit(vectors)
        if len(np.unique(model.labels_[compared])) < 2:
            continue
        value = float(silhouette_score(vectors[compared], model.labels_[compared]))
        if best is None or value > max(one.silhouette for one in tried):
            best = model
        tried.append(Tried(count, value))
    if best is None:
        return [], np.ones(len(rows), dtype=np.int64), vectors.mean(axis=0, keepdims=True)
    order = np.argsort(-np.bincount(best.labels_, minlength=len(best.cluster_centers_)), kind="stable")
    renumbered = np.empty(len(order), dtype=np.int64)
    renumbered[order] = np.arange(1, len(order) + 1)
    return tried, renumbered[best.labels_], np.asarray(best.cluster_centers_[order], dtype=np.float64)


def _cluster(
    number: int, rows: pd.DataFrame, vectors: Floats, numbers: Ints, centres: Floats, num_examples: int, words: tuple[int, float]
) -> Cluster:
    inside = numbers == number
    here, everything = count_words(rows.loc[inside, "text"]), count_words(rows["text"])
    nearest = np.argsort(np.linalg.norm(vectors[inside] - centres[number - 1], axis=1), kind="stable")[:num_examples]
    middle = rows[inside].iloc[nearest]
    return Cluster(
        number,
        int(inside.sum()),
        class_shares(rows.loc[inside, "label"]),
        keywords(here, everything - here, *words),
        _examples(middle),
    )


def _examples(rows: pd.DataFrame) -> tuple[Example, ...]:
    titles: Sequence[str] = rows["title"].astype(object).where(rows["title"].notna(), "").tolist()
    told = zip(rows["review_id"], titles, rows["text"], rows["sentiment"], strict=True)
    return tuple(Example(int(review_id), str(title), str(text), str(sentiment)) for review_id, title, text, sentiment in told)


def _map(vectors: Floats, seed: int) -> npt.NDArray[np.float64]:
    from sklearn.manifold import TSNE

    perplexity = min(PERPLEXITY, (len(vectors) - 1) // 3)
    model = TSNE(2, init="pca", learning_rate="auto", perplexity=perplexity, random_state=seed)
    return np.asarray(np.round(model.fit_transform(vectors), 2), dtype=np.float64)
