"""How long a challenger that does not come back is asked again."""

from collections.abc import Callable
from time import monotonic
from typing import Final

from reviewloop.serving.inference.loaded import LoadedModel

MAX_LATE: Final = 3
"""Requests in a row that a challenger leaves without an answer in time, before callers are spared the wait."""
REST_SECONDS: Final = 30.0
"""It is not asked for so long; then one request is its trial, and the others are spared until that one has been heard of."""
LATE_SECONDS: Final = 0.5
"""A caller who has waited so long for a version and goes away was left without an answer in time: twice what is promised."""


class Patience:
    """Counts of one challenger at a time; another one begins anew."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._model: LoadedModel | None = None
        self._num_late = 0
        self._rests_until = 0.0

    def is_over(self, model: LoadedModel) -> bool:
        """Whether the model is not to be asked now. After a rest it is said once that it is."""
        if model is not self._model or self._num_late < MAX_LATE:
            return False
        if self._clock() < self._rests_until:
            return True
        self._rests_until = self._clock() + REST_SECONDS
        return False

    def heard(self, model: LoadedModel, status: int) -> None:
        """Tell of a request that it was asked, by the outcome's status. Of a lane without room, and of a caller who did not wait,
        nothing can be learnt."""
        if status in (429, 499):
            return
        if model is not self._model:
            self._model, self._num_late = model, 0
        is_late = status == 504
        self._num_late = self._num_late + 1 if is_late else 0
        if is_late:
            self._rests_until = self._clock() + REST_SECONDS
