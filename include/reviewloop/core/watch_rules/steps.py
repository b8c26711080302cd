"""Rules over where a step's time goes."""

from reviewloop.core.watch_rules.records import StepWindow
from reviewloop.core.watch_rules.rule import Rule


class StalledLoader(Rule[StepWindow]):
    """The steps wait for their data.

    ``threshold`` is the share of a window's seconds that went into the phase ``data``. On a GPU only the wait counts that
    the computation does not hide. SageMaker Debugger: Dataloader.
    """

    name = "stalled_loader"
    reads = (StepWindow,)
    unit = "share of the steps' time"
    advice = "Read from a faster or nearer disk, or prepare batches ahead of the step."

    def breach(self, record: StepWindow) -> str:
        """The phase's share."""
        share = record.phases["data"] / max(record.seconds, 1e-9)
        return f"{share:.0%} of the step time is waiting for data" if share > self.config.threshold else ""


class LoadImbalance(Rule[StepWindow]):
    """One rank has more to do than another, which waits for it in every step.

    ``threshold`` is the share of the slowest rank's seconds for which the fastest one waits. SageMaker Debugger:
    LoadBalancing.
    """

    name = "load_imbalance"
    reads = (StepWindow,)
    unit = "share of the slowest rank's time"
    advice = "Look for another program on the slow rank's GPU or cores, or for a slower device among them."

    def applies(self, record: StepWindow) -> bool:
        """With more than one rank."""
        return len(record.rank_seconds) > 1

    def breach(self, record: StepWindow) -> str:
        """The slowest rank against the fastest."""
        slow, fast = max(record.rank_seconds), min(record.rank_seconds)
        share = 1 - fast / max(slow, 1e-9)
        if share <= self.config.threshold:
            return ""
        slowest, fastest = record.rank_seconds.index(slow), record.rank_seconds.index(fast)
        return f"rank {slowest} takes {slow:.2f} s for what rank {fastest} does in {fast:.2f} s"


class StepOutliers(Rule[StepWindow]):
    """Single steps take far longer than the others.

    ``threshold`` is how many times the window's median step the slowest one takes. Batches differ in length, so up to about
    3 is in order. SageMaker Debugger: StepOutlier.
    """

    name = "step_outliers"
    reads = (StepWindow,)
    unit = "times the median step"
    advice = "Look at what else runs on the machine at those times, and at the lengths of the batches."

    def breach(self, record: StepWindow) -> str:
        """The slowest step against the median."""
        times = record.slowest_step_seconds / max(record.median_step_seconds, 1e-9)
        if times <= self.config.threshold:
            return ""
        return f"step {record.slowest_step} took {record.slowest_step_seconds:.2f} s, {times:.1f} times the median step"
