"""The vocabulary of one training: the rows of the embedding table that its reviews read.

Reviews hold a small part of an encoder's words, so most rows of its largest matrix never see a gradient. Carried along they cost
all the same: gradients of zero are written, added up for the clipping, and averaged into two moments that stay zero. Left out, the
rows that are read learn what they would have learnt, and the others stay as they were pretrained: weight decay, which would
shrink them without a review having said so, does not touch them.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from transformers import PreTrainedModel


class ReadRows(torch.nn.Embedding):
    """An embedding table cut to the rows of ``token_ids`` (ascending); takes token ids as before.

    Any other id raises ``IndexError``.
    """

    def __init__(self, table: torch.nn.Embedding, token_ids: np.ndarray) -> None:
        ids = torch.from_numpy(token_ids).to(table.weight.device)
        super().__init__(len(ids), table.embedding_dim, _weight=table.weight.detach()[ids])
        self.padding_idx = table.padding_idx
        self.pretrained = table.weight.detach().cpu()
        """All rows, (words, dimensions), as they were."""
        rows = torch.full((table.num_embeddings,), -1, device=ids.device)
        rows[ids] = torch.arange(len(ids), device=ids.device)
        self.row_of: torch.Tensor
        self.register_buffer("row_of", rows, persistent=False)
        self._padding_row = None if table.padding_idx is None else int(rows[table.padding_idx])

    def forward(self, input: torch.Tensor) -> torch.Tensor:  # noqa: A002  torch's name
        """The rows of the token ids ``input``, in its shape with one more dimension."""
        return torch.nn.functional.embedding(self.row_of[input], self.weight, self._padding_row)

    @property
    def token_ids(self) -> torch.Tensor:
        """The ids that have a row, in the order of the rows."""
        return torch.nonzero(self.row_of >= 0).flatten()

    def whole(self) -> torch.nn.Embedding:
        """The table with all its rows: those that are read as they are now, the others as they were pretrained."""
        rows = self.pretrained.clone()
        rows[self.token_ids.cpu()] = self.weight.detach().cpu()
        return torch.nn.Embedding(rows.shape[0], rows.shape[1], padding_idx=self.padding_idx, _weight=rows)


def read_only(model: PreTrainedModel, texts: Iterable[np.ndarray]) -> None:
    """Cut the embedding table of ``model`` to the token ids in ``texts`` and the padding.

    An encoder that keeps its words otherwise than in a plain table stays as it is. So does one that is given an id which its
    table lacks: its first pass will say so.
    """
    table = model.get_input_embeddings()
    if type(table) is not torch.nn.Embedding:
        return
    token_ids = np.unique(np.concatenate([*texts, [model.config.pad_token_id or 0, table.padding_idx or 0]])).astype(np.int64)
    if token_ids[0] >= 0 and token_ids[-1] < table.num_embeddings:
        model.set_input_embeddings(ReadRows(table, token_ids))


@contextmanager
def whole_vocabulary(model: PreTrainedModel) -> Iterator[None]:
    """While it lasts ``model`` has the whole table again, to be saved; it is not to be trained."""
    table = model.get_input_embeddings()
    if isinstance(table, ReadRows):
        model.set_input_embeddings(table.whole())
    try:
        yield
    finally:
        model.set_input_embeddings(table)


def num_bytes_left_out(model: PreTrainedModel) -> int:
    """The part of the embedding table that ``model`` does without while it is trained."""
    table = model.get_input_embeddings()
    return table.pretrained.nbytes - table.weight.nbytes if isinstance(table, ReadRows) else 0
