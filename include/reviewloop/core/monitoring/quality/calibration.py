"""How probable is a class where the model says 0.9? Its answers scaled to the classes' shares, and how sure that is.

Matrix scaling of log-probabilities, softmax(W log p + b): temperature scaling (Guo et al., "On Calibration of Modern Neural
Networks", ICML 2017, section 4.2) with slopes of its own for each pair of classes, or Dirichlet calibration (Kull et al., NeurIPS
2019). The biases make the mean of the calibrated probabilities the classes' shares of the rows that it was fitted on, as the
priors' estimate needs (Alexandari, Kundaje and Shrikumar, "Maximum Likelihood with Bias-Corrected Calibration is Hard-To-Beat at
Label Shift Adaptation", ICML 2020, section 3).

Rows are never judged by a map that they were fitted with: whoever fits one leaves the day's own texts out
(``live.calibration_of``).
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from reviewloop.core.statistics.metrics import NUM_CLASSES, Floats

Slopes = Literal["each", "one"]
"""``one``: the bias-corrected temperature scaling of Alexandari et al., a single temperature with biases. It is surer of itself,
and wrong where the classes are not equally overrated: ``make study-live-quality`` shows both."""
MIN_CLASS_ROWS: Final = 20
"""Of each class; a bias fitted on fewer is mostly luck."""
_LEAST: Final = 1e-6
"""Probabilities are kept to six digits: a smaller one is not told from this."""
_RIDGE: Final = 1e-3
"""Pull towards "as the model says", in rows: it keeps the fit finite where classes do not overlap, and moves no other one."""


class NotEnoughRows(ValueError):
    """Too few rows for what was asked; the message says how many are needed. No fault of the data: a verdict of its own."""


@dataclass(frozen=True)
class Calibration:
    """A fitted map. ``theta``: slopes, then the biases of negative and neutral; positive has none, since only differences count."""

    slopes: Slopes
    theta: Floats
    influence: Floats
    """Each fitting row's pull on ``theta``, shape (n, p): their outer products' sum over n squared is its covariance (Huber, "The
    behavior of maximum likelihood estimates under nonstandard conditions", 1967)."""
    labels: npt.NDArray[np.int64]
    """Of the fitting rows."""

    @property
    def shares(self) -> Floats:
        """Of the classes among the fitting rows, shape (3,): what a calibrated probability takes for granted."""
        return np.asarray(np.bincount(self.labels, minlength=NUM_CLASSES) / len(self.labels))

    def apply(self, probabilities: Floats) -> Floats:
        """Calibrated probabilities, shape (n, 3)."""
        return np.asarray(self.apply_each(probabilities, self.theta[np.newaxis])[0])

    def apply_each(self, probabilities: Floats, thetas: Floats) -> Floats:
        """The same by other ``thetas``, shape (t, p): shape (t, n, 3)."""
        return _softmax(np.moveaxis(_moves(probabilities, self.slopes) @ thetas.T, 2, 0))

    def covariance(self) -> Floats:
        """Of ``theta``, shape (p, p)."""
        return np.asarray(self.influence.T @ self.influence / len(self.influence) ** 2)


def fit(labels: npt.ArrayLike, probabilities: Floats, slopes: Slopes = "each") -> Calibration:
    """The maximum of the likelihood, by Newton's method. ``probabilities`` has shape (n, 3), columns as ``SENTIMENTS``.

    Raises ``NotEnoughRows`` for fewer than ``MIN_CLASS_ROWS`` rows of a class.
    """
    truth = np.asarray(labels, dtype=np.int64)
    counts = np.bincount(truth, minlength=NUM_CLASSES)
    if counts.min() < MIN_CLASS_ROWS:
        raise NotEnoughRows(f"calibration: {counts.min()} rows of a class, {MIN_CLASS_ROWS} of each are needed")
    moves, one_hot, start = _moves(probabilities, slopes), np.eye(NUM_CLASSES)[truth], _START[slopes]

    def loss(theta: Floats) -> float:
        found = _softmax(moves @ theta)[np.arange(len(truth)), truth]
        return float(-np.log(np.maximum(found, 1e-300)).sum() + _RIDGE * ((theta - start) ** 2).sum() / 2)

    theta, ridge = start, _RIDGE * np.eye(len(start))
    for _ in range(100):
        scores, hessian = _scores(moves, one_hot, theta)
        step = np.linalg.solve(hessian + ridge, scores.sum(axis=0) - ridge @ (theta - start))
        before = loss(theta)
        while loss(theta + step) > before + 1e-9 and np.abs(step).max() > 1e-9:
            step = step / 2
        theta = theta + step
        if np.abs(step).max() < 1e-9:
            break
    scores, hessian = _scores(moves, one_hot, theta)
    influence: Floats = np.linalg.solve((hessian + ridge) / len(truth), scores.T).T.astype(np.float64)
    return Calibration(slopes, theta, influence, truth)


_START: Final[dict[Slopes, Floats]] = {"each": np.array([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]), "one": np.array([1.0, 0.0, 0.0])}
"""As the model says."""


def _moves(probabilities: Floats, slopes: Slopes) -> Floats:
    """How each row's three logits, positive's being 0, move with ``theta``: shape (n, 3, p)."""
    logs = np.log(np.clip(probabilities, _LEAST, 1.0))
    odds, width = logs[:, :2] - logs[:, 2:], len(_START[slopes])
    moves = np.zeros((len(logs), NUM_CLASSES, width))
    if slopes == "each":
        moves[:, 0, 0:2], moves[:, 1, 2:4] = odds, odds
    else:
        moves[:, :2, 0] = odds
    moves[:, 0, width - 2], moves[:, 1, width - 1] = 1.0, 1.0
    return moves


def _softmax(logits: Floats) -> Floats:
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def _scores(moves: Floats, one_hot: Floats, theta: Floats) -> tuple[Floats, Floats]:
    """Each row's gradient of the log-likelihood, shape (n, p), and the negative of its Hessian, shape (p, p)."""
    shares = _softmax(moves @ theta)
    scores = np.einsum("nk,nkt->nt", one_hot - shares, moves)
    means = np.einsum("nk,nkt->nt", shares, moves)
    flat = moves.reshape(-1, moves.shape[2])
    hessian = (flat * shares.reshape(-1, 1)).T @ flat - means.T @ means
    return scores, hessian
