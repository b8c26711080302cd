"""Labels: of functions, of people, and those that may be wrong."""

from typing import Literal

from reviewloop.refs.base import Ref


class LabellingRef(Ref):
    """How labelling functions do on a snapshot: ``page_uri`` for a person, the same numbers as ``labelling.json`` under ``uri``."""

    uri: str
    digest: str
    page_uri: str
    num_functions: int
    num_rows: int
    """Labelled reviews that they were tried on."""
    used: Literal["majority", "dawid_skene"]
    """How their votes are combined."""


class LabelErrorsRef(Ref):
    """Labels that may be wrong: ``page_uri`` and ``csv_uri`` for people. Nothing in the snapshot was changed."""

    uri: str
    digest: str
    page_uri: str
    csv_uri: str
    num_rows: int
    num_listed: int
    num_flagged: int
    """Of all rows: how many cleanlab takes for errors, listed or not."""


class QueueRef(Ref):
    """Texts that people are asked to label. ``csv_uri`` is the file to fill in, ``page_uri`` says why each was chosen."""

    uri: str
    digest: str
    num_items: int
    csv_uri: str
    page_uri: str


class AnswersRef(Ref):
    """What people have labelled so far: ``num_new`` answers were new just now.

    Of ``num_texts`` that somebody answered ``num_labels`` have a label, and on ``num_disputed`` people are at odds. ``warnings``
    name files of which nothing was taken, and why.
    """

    num_new: int
    num_texts: int
    num_labels: int
    num_disputed: int
    page_uri: str
    warnings: tuple[str, ...] = ()
