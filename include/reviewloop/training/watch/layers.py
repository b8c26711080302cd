"""Which parameters and which activation functions belong to which layer of an encoder, of whatever family."""

from typing import Final

from torch import nn

from reviewloop.models.encoder.encoder import longest_list

EMBEDDINGS: Final = "embeddings"
HEAD: Final = "head"
_ACTIVATIONS: Final = ("torch.nn.modules.activation", "transformers.activations")
"""The modules (of Python) whose classes are activation functions."""


def layer_of(model: nn.Module) -> dict[str, str]:
    """For the name of every module and parameter: ``embeddings``, ``layer.0`` .. or ``head``.

    Outside the layers, what has "embed" in its name is ``embeddings``, the rest ``head``.
    """
    stem = longest_list(model)
    names = [name for name, _ in model.named_modules()] + [name for name, _ in model.named_parameters()]
    return {name: _layer(name, stem) for name in names}


def _layer(name: str, stem: str) -> str:
    if stem and name.startswith(f"{stem}."):
        return f"layer.{name[len(stem) + 1 :].split('.')[0]}"
    return EMBEDDINGS if "embed" in name else HEAD


def parameters(model: nn.Module) -> dict[str, list[nn.Parameter]]:
    """The parameters of each layer, from the bottom up."""
    layers = layer_of(model)
    groups: dict[str, list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        groups.setdefault(layers[name], []).append(parameter)
    return {layer: groups[layer] for layer in sorted(groups, key=_height)}


def _height(layer: str) -> tuple[int, int]:
    if layer.startswith("layer."):
        return (1, int(layer.removeprefix("layer.")))
    return (0, 0) if layer == EMBEDDINGS else (2, 0)


def activations(model: nn.Module) -> list[tuple[str, nn.Module]]:
    """Each activation function with its layer: modules of torch and transformers that have no parameters of their own."""
    layers = layer_of(model)
    return [
        (layers[name], module)
        for name, module in model.named_modules()
        if type(module).__module__ in _ACTIVATIONS
        and not isinstance(module, nn.Softmax | nn.LogSoftmax)
        and not any(True for _ in module.parameters())
    ]


def tanh_inputs(model: nn.Module) -> list[nn.Module]:
    """Modules whose output goes into a tanh that is no module: the ``dense`` of RoBERTa's kind of classification head."""
    heads = [module for module in model.modules() if type(module).__name__.endswith("ClassificationHead")]
    return [
        child
        for head in heads
        for name, child in head.named_children()
        if name == "dense" and not any(type(sibling).__module__ in _ACTIVATIONS for sibling in head.children())
    ]


def num_classes(model: nn.Module) -> int:
    """The classes that the model tells apart."""
    return int(model.config.num_labels)  # type: ignore[union-attr, arg-type]
