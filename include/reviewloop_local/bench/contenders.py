"""Who competes, and what differs between them beyond the recipe."""

from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True)
class Contender:
    """One way to train. ``program`` is a module of ``reviewloop_local.bench.programs``; it is told ``name``."""

    name: str
    title: str
    program: str
    batches: str = ""
    precision: str = ""
    optimiser: str = ""
    layers: str = "all learn"
    dropout: str = "the encoder's"
    loss: str = ""


CUSTOMER: Final = Contender(
    "customer",
    "the customer's loop",
    "customer",
    batches="shuffled, all padded to the limit",
    precision="fp32",
    optimiser="Adam, constant rate, no clipping",
    loss="cross entropy",
)
TRAINER: Final = Contender(
    "trainer",
    "Hugging Face Trainer, defaults",
    "trainer",
    batches="shuffled, all padded to the limit",
    precision="fp32",
    optimiser="fused AdamW, linear, clipped at 1",
    loss="cross entropy",
)
TUNED: Final = Contender(
    "trainer-tuned",
    "Hugging Face Trainer, tuned",
    "trainer",
    batches="grouped by length, padded to the longest, in eights",
    precision="bf16 autocast where the processor gains by it",
    optimiser="fused AdamW, warm-up, linear, decay 0.01, clipped at 1",
    loss="cross entropy",
)
OURS: Final = Contender(
    "ours",
    "ours",
    "ours",
    batches="grouped by length, padded to a multiple of 8",
    precision="bf16 autocast where the processor gains by it",
    optimiser="fused AdamW, warm-up, linear, decay 0.01, clipped at 1, a faster head",
    dropout="the encoder's, in the attention as configured (none)",
    loss="cross entropy, weighted against the imbalance",
)
FROZEN: Final = replace(
    OURS,
    name="frozen",
    title="ours, two layers frozen",
    layers="but the two lowest and the embeddings",
    dropout="the encoder's above what is frozen, none in the attention",
)
"""Shows what ``frozen_layers: 2`` saves, and what it costs in quality."""
RIVALS: Final = (CUSTOMER, TRAINER, TUNED)
CONTENDERS: Final = (*RIVALS, OURS, FROZEN)

AS_SHIPPED: Final = Contender("as-shipped", "as shipped", "ours")
ABLATIONS: Final = (
    AS_SHIPPED,
    Contender("whole-top", "with every token in the topmost layer", "ours"),
    Contender("no-buckets", "without length groups", "ours"),
    Contender("no-rounding", "without rounded lengths", "ours"),
    Contender("other-precision", "in the other precision, fp32 or bf16", "ours"),
    Contender("wide-residuals", "with residuals in fp32", "ours"),
    Contender("unfused", "without the fused optimiser", "ours"),
    Contender("whole-vocabulary", "with the words that no review holds", "ours"),
    Contender("torch-dropout", "with torch's dropout masks", "ours"),
    Contender("attention-dropout", "with the encoder's attention dropout", "ours"),
    Contender("sdpa", "with the fused attention kernel", "ours"),
    Contender("returned-memory", "with freed memory given back", "ours"),
    Contender("compiled", "with torch.compile", "ours"),
)
"""Ours with one part taken out or put in: see ``programs.ablations``."""
