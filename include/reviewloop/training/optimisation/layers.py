"""Which layer of the encoder a parameter belongs to, found alike in BERT, RoBERTa, DistilBERT, ModernBERT and their kin."""

from transformers import PreTrainedModel

from reviewloop.errors import ConfigError
from reviewloop.models.encoder.encoder import encoder_layers


def heights(model: PreTrainedModel) -> dict[str, int]:
    """Where each parameter stands: 0 the embeddings, 1 to n the layers, n + 1 the head.

    The pooler counts as head: encoders trained for sentence embeddings carry it unused. What an encoder applies after its
    layers, such as a final norm, stands with the topmost; it is told from the embeddings by its order.
    """
    layers = encoder_layers(model)
    layer_of = {id(parameter): n for n, layer in enumerate(layers, 1) for parameter in layer.parameters()}
    found: dict[str, int] = {}
    beside = 0
    for name, parameter in model.named_parameters():
        if not name.startswith(f"{model.base_model_prefix}.") or ".pooler." in name:
            found[name] = len(layers) + 1
        elif id(parameter) in layer_of:
            found[name] = layer_of[id(parameter)]
            beside = len(layers)
        else:
            found[name] = beside
    return found


def freeze(model: PreTrainedModel, num_layers: int) -> None:
    """The embeddings and the ``num_layers`` lowest layers learn no more; 0 freezes nothing.

    Raises ``ConfigError`` when the encoder has fewer layers.
    """
    there = len(encoder_layers(model))
    if num_layers > there:
        raise ConfigError(f"frozen_layers: {num_layers}: this encoder has {there} layers; allowed are 0 to {there}")
    if num_layers:
        height_of = heights(model)
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(height_of[name] > num_layers)


def to_training(model: PreTrainedModel) -> None:
    """Training mode, but for what is frozen: dropout there costs time and teaches nothing."""
    model.train()
    for module in model.modules():
        parameters = list(module.parameters())
        if parameters and not any(parameter.requires_grad for parameter in parameters):
            module.eval()
