"""Rules over losses, metrics and labels: does it learn, and the right thing?"""

import math
from collections import deque
from statistics import fmean
from typing import Final

from reviewloop.config import RuleConfig
from reviewloop.core.watch_rules.records import EpochRecord, StepWindow
from reviewloop.core.watch_rules.rule import Rule

_SMOOTHED: Final = 5
"""Windows whose losses are averaged: one alone is mostly the luck of its rows."""


class LossNotDecreasing(Rule[StepWindow]):
    """The training loss stays near where it began.

    ``threshold`` is the share of the first window's loss by which the loss must have fallen. It is compared with the
    beginning and not with a while ago, because a good run's loss stands still too when it is done.
    SageMaker Debugger: LossNotDecreasing.
    """

    name = "loss_not_decreasing"
    reads = (StepWindow,)
    unit = "share of the first loss"
    advice = "Change the learning rate (by a factor of 3 to 10, either way), and look whether texts and labels belong together."

    def __init__(self, config: RuleConfig) -> None:
        super().__init__(config)
        self._first = math.nan
        self._recent: deque[float] = deque(maxlen=_SMOOTHED)

    def applies(self, record: StepWindow) -> bool:
        """A loss that is not finite is another rule's."""
        return math.isfinite(record.loss)

    def breach(self, record: StepWindow) -> str:
        """The loss, averaged over the last windows, against the first window's."""
        if math.isnan(self._first):
            self._first = record.loss
        self._recent.append(record.loss)
        now = fmean(self._recent)
        if now <= self._first * (1 - self.config.threshold):
            return ""
        return f"the loss is {now:.3f}; it began at {self._first:.3f} and should be down by {self.config.threshold:.0%}"


class Overfit(Rule[EpochRecord]):
    """The validation loss rises, far above the training loss.

    ``threshold`` is the share by which the validation loss lies above the training loss. A gap alone is no fault: the rule
    asks too that an earlier epoch had a lower validation loss. SageMaker Debugger: Overfit.
    """

    name = "overfit"
    reads = (EpochRecord,)
    unit = "share of the training loss"
    advice = "Train fewer epochs or more rows, lower the learning rate, or freeze more layers; the best epoch is kept anyway."

    def __init__(self, config: RuleConfig) -> None:
        super().__init__(config)
        self._lowest = math.inf

    def applies(self, record: EpochRecord) -> bool:
        """An epoch whose training loss is not known as a whole tells nothing."""
        return math.isfinite(record.validation_loss) and math.isfinite(record.train_loss) and record.train_loss > 0

    def breach(self, record: EpochRecord) -> str:
        """The gap of this epoch, where its validation loss is not the lowest."""
        before, self._lowest = self._lowest, min(self._lowest, record.validation_loss)
        gap = record.validation_loss / record.train_loss - 1
        if record.validation_loss <= before or gap <= self.config.threshold:
            return ""
        return (
            f"epoch {record.epoch}: the validation loss rose from {before:.3f} to {record.validation_loss:.3f}, "
            f"{gap:.0%} above the training loss of {record.train_loss:.3f}"
        )


class Overtraining(Rule[EpochRecord]):
    """The validation macro-F1 no longer improves, and the training goes on.

    ``threshold`` is the rise of macro-F1 over the best epoch so far that counts as one. SageMaker Debugger: Overtraining.
    """

    name = "overtraining"
    reads = (EpochRecord,)
    unit = "macro-F1"
    advice = "Train fewer epochs, or set early_stopping_epochs: the last epochs cost time and gave nothing."

    def __init__(self, config: RuleConfig) -> None:
        super().__init__(config)
        self._best = -math.inf
        self._best_epoch = 0

    def applies(self, record: EpochRecord) -> bool:
        """Every epoch that has its mark."""
        return math.isfinite(record.macro_f1)

    def breach(self, record: EpochRecord) -> str:
        """This epoch's mark against the best before it."""
        best, epoch = self._best, self._best_epoch
        if record.macro_f1 > best:
            self._best, self._best_epoch = record.macro_f1, record.epoch
        if record.macro_f1 > best + self.config.threshold:
            return ""
        return f"epoch {record.epoch}: macro-F1 is {record.macro_f1:.4f}, epoch {epoch} had {best:.4f}"


class NotFinite(Rule[StepWindow | EpochRecord]):
    """A loss or a gradient is NaN or infinite: the weights are lost.

    ``threshold`` has no part in it: one such value is one too many. SageMaker Debugger: ExplodingTensor, for losses.
    """

    name = "not_finite"
    reads = (StepWindow, EpochRecord)
    unit = "none, any is a fault"
    advice = "Lower the learning rates, lengthen the warm-up, or clip gradients at a smaller norm; then train again."

    def breach(self, record: StepWindow | EpochRecord) -> str:
        """Every step of a window, and the validation loss of an epoch."""
        if isinstance(record, EpochRecord):
            return "" if math.isfinite(record.validation_loss) else f"epoch {record.epoch}: the validation loss is not finite"
        first = record.step - record.num_steps + 1
        return "" if record.finite else f"steps {first} to {record.step}: loss or gradient became NaN or infinite"


class ClassImbalance(Rule[StepWindow]):
    """Nearly all rows of the batches are of one class.

    ``threshold`` is the share of the largest class among a window's rows. SageMaker Debugger: ClassImbalance.
    """

    name = "class_imbalance"
    reads = (StepWindow,)
    unit = "share of a window's rows"
    advice = "Look at the labels of the training part, and whether it is shuffled; balance the classes by weights or by more rows."

    def breach(self, record: StepWindow) -> str:
        """The largest class of the window."""
        most = max(record.class_shares)
        if most <= self.config.threshold:
            return ""
        return f"class {record.class_shares.index(most)} has {most:.1%} of the last {record.num_rows} rows"
