"""How long a challenger that does not come back is asked again."""

from collections.abc import Callable
from time import monotonic
from typing import Final

from reviewloop.serving.inference.loaded import LoadedModel

MAX_LATE: Final = 3
"""Requests in a row that a challenger leaves without an answer in time, before callers are spared the wait."""
REST_SECONDS: Final = 30.0
"""It is not asked for so long; then once more."""


class Patience:
    """Counts of one challenger at a time; another one begins anew."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._model: LoadedModel | None = None
        self._num_late = 0
        self._rests_until = 0.0

    def is_over(self, model: LoadedModel) -> bool:
        """Whether the model is not to be asked now."""
        return model is self._model and self._num_late >= MAX_LATE and self._clock() < self._rests_until

    def heard(self, model: LoadedModel, in_time: bool) -> None:
        """Tell of a request that it was asked."""
        if model is not self._model:
            self._model, self._num_late = model, 0
        self._num_late = 0 if in_time else self._num_late + 1
        if not in_time:
            self._rests_until = self._clock() + REST_SECONDS
