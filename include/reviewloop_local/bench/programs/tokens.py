"""How many tokens a model reads, seen from outside."""

import torch
from torch.nn.modules.module import register_module_forward_pre_hook
from torch.utils.hooks import RemovableHandle


class TokenCount:
    """Counts what goes into the first embedding that a model reads, which is that of the words.

    ``settle`` is called when a first batch has been read; counting begins then.
    """

    def __init__(self) -> None:
        self._words: torch.nn.Embedding | None = None
        self._pad_id = 0
        self._hook: RemovableHandle | None = None
        self.clear()

    def start(self) -> None:
        """Look for the table, in every module that runs: too dear to stay."""
        self._hook = register_module_forward_pre_hook(self._look)

    def stop(self) -> None:
        """Leave no trace."""
        if self._hook is not None:
            self._hook.remove()

    def settle(self) -> None:
        """From here on watch that table alone."""
        if self._words is None or self._hook is None:
            raise RuntimeError("no embedding was read: tokens cannot be counted")
        self._hook.remove()
        self._hook = self._words.register_forward_pre_hook(self._count)

    def clear(self) -> None:
        """Begin at zero."""
        self._read = 0
        self._padding: torch.Tensor | int = 0

    def counts(self) -> tuple[int, int]:
        """Tokens since ``clear``: without padding, and with it."""
        return self._read - int(self._padding), self._read

    def _look(self, module: torch.nn.Module, _: object) -> None:
        if self._words is None and isinstance(module, torch.nn.Embedding):
            self._words, self._pad_id = module, module.padding_idx or 0

    def _count(self, _: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        self._read += inputs[0].numel()
        # The sum stays on the device until it is asked for: reading it here would make every step wait for the GPU.
        self._padding = self._padding + inputs[0].eq(self._pad_id).sum()
