"""Rules over the machine: is it used, and what holds it up?"""

import math
from statistics import fmean
from typing import Final

from reviewloop.core.watch_rules.records import SystemReading
from reviewloop.core.watch_rules.rule import Rule

_GPU_WAITS: Final = 0.5
"""A GPU that computes for less of the time than this is waiting for something."""


class LowGpuUse(Rule[SystemReading]):
    """The GPUs stand idle most of the time.

    ``threshold`` is the share of the time in which a GPU computes, as the mean of all. SageMaker Debugger:
    LowGPUUtilization.
    """

    name = "low_gpu_use"
    reads = (SystemReading,)
    unit = "share of the time, mean of the GPUs"
    advice = "Take a larger batch, or a smaller and cheaper machine; see the share of time that goes into data."

    def applies(self, record: SystemReading) -> bool:
        """Where a GPU is."""
        return bool(record.gpu)

    def breach(self, record: SystemReading) -> str:
        """The mean of the GPUs."""
        use = _gpu_use(record)
        return f"the GPUs compute {use:.0%} of the time" if use < self.config.threshold else ""


class LowCpuUse(Rule[SystemReading]):
    """A training without a GPU leaves most of the processors idle.

    ``threshold`` is the share of the time in which a core works, as the mean of all.
    """

    name = "low_cpu_use"
    reads = (SystemReading,)
    unit = "share of the time, mean of the cores"
    advice = "Let it take more threads (OMP_NUM_THREADS), or a smaller machine."

    def applies(self, record: SystemReading) -> bool:
        """Only without a GPU: beside one, idle cores are as it should be."""
        return not record.gpu and bool(record.cpu)

    def breach(self, record: SystemReading) -> str:
        """The mean of the cores."""
        use = fmean(record.cpu) / 100
        return f"the {len(record.cpu)} cores are busy {use:.0%} of the time" if use < self.config.threshold else ""


class CpuBottleneck(Rule[SystemReading]):
    """The program's one busy thread cannot feed the GPUs, which wait half of the time or more.

    ``threshold`` is how much of one core the process takes. SageMaker Debugger: CPUBottleneck.
    """

    name = "cpu_bottleneck"
    reads = (SystemReading,)
    unit = "cores"
    advice = "Take a larger batch, fewer accumulated passes, or a machine with a faster processor."

    def applies(self, record: SystemReading) -> bool:
        """Where a GPU is: without one the processor is meant to be busy."""
        return bool(record.gpu)

    def breach(self, record: SystemReading) -> str:
        """A busy process beside idle GPUs."""
        cores, use = record.process_cpu / 100, _gpu_use(record)
        if cores < self.config.threshold or use >= _GPU_WAITS:
            return ""
        return f"the process takes {cores:.1f} cores while the GPUs compute {use:.0%} of the time"


class IoBottleneck(Rule[SystemReading]):
    """The processors wait for the disks.

    ``threshold`` is the share of their time. SageMaker Debugger: IOBottleneck.
    """

    name = "io_bottleneck"
    reads = (SystemReading,)
    unit = "share of the processors' time"
    advice = "Write checkpoints less often, or work on a faster disk."

    def applies(self, record: SystemReading) -> bool:
        """Where the system tells it."""
        return math.isfinite(record.io_wait_share)

    def breach(self, record: SystemReading) -> str:
        """The share of the time."""
        share = record.io_wait_share
        return f"the processors wait for disks {share:.0%} of the time" if share > self.config.threshold else ""


class GpuMemory(Rule[SystemReading]):
    """A GPU's memory is nearly full: the next long batch may not fit.

    ``threshold`` is the share in use of the fullest GPU. SageMaker Debugger: GPUMemoryIncrease watches the growth instead.
    """

    name = "gpu_memory"
    reads = (SystemReading,)
    unit = "share of a GPU's memory"
    advice = "Raise accumulation (each pass then takes fewer rows, results stay), or take a GPU with more memory."

    def applies(self, record: SystemReading) -> bool:
        """Where a GPU is."""
        return bool(record.gpu)

    def breach(self, record: SystemReading) -> str:
        """The fullest GPU."""
        shares = [gpu.memory_share for gpu in record.gpu]
        most = max(shares)
        return f"GPU {shares.index(most)} has {most:.0%} of its memory in use" if most > self.config.threshold else ""


def _gpu_use(record: SystemReading) -> float:
    return fmean(gpu.use for gpu in record.gpu)
