"""What a fine-tune learned: the sections on loss, metrics and gradients of the training report."""

from typing import Final

from markupsafe import Markup

from reviewloop.pages import kit
from reviewloop.pages.figures import Figures, drawn
from reviewloop.pages.training.formats import format_value
from reviewloop.pages.training.history import SeedHistory, Training
from reviewloop.pages.training.series import highest, middle, numbers

_LEARNING: Final = {
    "loss": "Loss on the training part (weighted as the settings say; the band holds the lowest and highest window) and on the "
    "validation part (plain cross entropy), in nats by optimiser step.",
    "metrics": "Metrics on the validation part by epoch. The ring is around the best epoch.",
    "learning_rate": "Learning rate of the topmost encoder layer by optimiser step.",
    "classes": "Share of each class in the rows of a captured window.",
}
_GRADIENTS: Final = {
    "layers": "Gradient norm of each layer by optimiser step (log scale). Frozen layers have none. Orange: not finite.",
    "gradient_norm": "Gradient norm of the whole model before clipping, by optimiser step (log scale). The dashed line is where "
    "it is clipped.",
}
"""Figure -> what it shows."""


def learning(training: Training, figures: Figures) -> Markup:
    """Loss, metrics, learning rate and classes, and a table of the epochs."""
    run = training.shown
    if not run.learning and not run.validations:
        return kit.paragraph("No step was recorded: there is no loss to show.")
    return kit.join([kit.grid(*drawn(figures, _LEARNING)), _epochs(training, run)])


def _epochs(training: Training, run: SeedHistory) -> Markup:
    if not run.validations:
        return kit.paragraph("No epoch ended.")
    rows = []
    for epoch in run.validations:
        values = [float(numbers([epoch], key)[0]) for key in ("train_loss", "validation_loss", "accuracy", "macro_f1")]
        name = Markup("{} <b>best</b>") if epoch["epoch"] == training.best_epoch else Markup("{}")
        rows.append([name.format(epoch["epoch"]), f"{epoch['step']:,}", *map(format_value, values)])
    head = ["Epoch", "Steps done", "Training loss", "Validation loss", "Accuracy", "Macro-F1"]
    return kit.table(head, rows, range(1, len(head)))


def gradients(training: Training, figures: Figures) -> Markup:
    """Gradient norms over time, and a table of the layers."""
    run = training.shown
    if not run.layers and "gradient_norm" not in figures:
        return kit.paragraph("No layer was captured: there are no gradients to show.")
    return kit.join([*drawn(figures, _GRADIENTS, "broad"), _layers(run) if run.layers else ""])


def _layers(run: SeedHistory) -> Markup:
    rows = []
    for name in reversed(run.parts):
        gradient, weight, update, largest = (
            numbers(run.tensors, "layers", name, key) for key in ("gradient_norm", "weight_norm", "update_ratio", "largest")
        )
        dead, saturated = (numbers(run.tensors, "activations", name, key) for key in ("dead_share", "saturated_share"))
        cells = [format_value(value, ".2e") for value in (middle(gradient), middle(update), highest(largest))]
        shares = [format_value(highest(share), ".1%") for share in (dead, saturated)]
        rows.append([name, *cells[:2], format_value(middle(weight), ".2f"), cells[2], *shares])
    head = ["Layer", "Gradient", "Update / weight", "Weights", "Largest", "Dead", "Saturated"]
    told = (
        "The topmost layer comes first. Over the captured steps: the medians of the norms of gradient and weights, and of the "
        "length of a step against the length of the weights; the highest of the largest value, the share of dead units and the "
        "share of saturated values."
    )
    return kit.join([kit.paragraph(told, "soft"), kit.table(head, rows, range(1, len(head)))])
