"""Days that are too large for one task, cut into chunks that several read side by side."""

import logging
from collections.abc import Sequence

from reviewloop.adapters.catalog import days
from reviewloop.adapters.release.champion import current_champion
from reviewloop.config import load_config
from reviewloop.core.scoring.chunks import cut
from reviewloop.errors import NothingToDo
from reviewloop.refs import ChunkRef, CuratedRef
from reviewloop.steps.score._reading import already_scored, digest_of

log = logging.getLogger(__name__)


def cut_days(curated: Sequence[CuratedRef], most: int = 1024) -> list[ChunkRef]:
    """A chunk for each task that is to read, of all days at most ``most``.

    None of a day that one task reads (``scoring.chunk_rows``), that is scored already, or of which another batch counts.

    Raises ``NothingToDo`` before the first release.
    """
    champion = current_champion()
    if champion is None:
        raise NothingToDo("there is no champion yet; sentiment_release makes the first one")
    waiting = {
        one.day: one
        for one in curated
        if days.standing("reviews", one.day).batch == one.batch and already_scored(one, champion) is None
    }
    chunks = cut({day: one.num_rows for day, one in waiting.items()}, load_config().scoring.chunk_rows, most)
    for day, pieces in chunks.items():
        log.info("%s: %d reviews in %d chunks", day, waiting[day].num_rows, len(pieces))
    model = {"model_version": champion.version, "model_digest": digest_of(champion)}
    return [
        ChunkRef(curated=waiting[day], first=piece.start, stop=piece.stop, **model)
        for day, pieces in chunks.items()
        for piece in pieces
    ]
