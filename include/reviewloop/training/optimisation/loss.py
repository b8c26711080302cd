"""What the model is punished for."""

import torch

from reviewloop.config import FinetuneConfig

NEVER_SURE = 1e-6
"""The least ``1 - p`` that the focal loss reckons with: at 0 its slope has no limit for a gamma below 1."""


def row_losses(logits: torch.Tensor, labels: torch.Tensor, config: FinetuneConfig) -> torch.Tensor:
    """The loss of each row in nats, unweighted, from logits (rows, classes) and class ids (rows,); computed in fp32.

    Cross entropy, with ``label_smoothing`` of the target spread evenly over the classes. The focal loss (Lin et al., Focal
    Loss for Dense Object Detection, 2017) multiplies it by ``(1 - p) ** focal_gamma``, p being what the true class was given.
    """
    logits = logits.float()
    losses = torch.nn.functional.cross_entropy(logits, labels, reduction="none", label_smoothing=config.label_smoothing)
    if config.loss == "focal":
        given = logits.softmax(1).gather(1, labels[:, None]).squeeze(1)
        losses = losses * (1 - given).clamp_min(NEVER_SURE) ** config.focal_gamma
    return losses
