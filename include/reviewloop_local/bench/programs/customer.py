"""The customer's own loop, as the notes show it: everything padded to the limit, fp32, Adam over all parameters.

It is the script of many a course. Two things were done for it here: the attention mask is passed on, and the weights are
kept as safetensors.
"""

import logging
import sys

import torch
from torch.utils.data import DataLoader, Dataset
from transformers import AutoModelForSequenceClassification, set_seed

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.models.encoder.device import pick_device
from reviewloop.training.data.data import EncodedPart, read_part
from reviewloop_local.bench.programs.worker import main
from reviewloop_local.bench.recipe import Recipe

log = logging.getLogger("customer")

Row = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


class ReviewDataset(Dataset[Row]):
    """Token ids and attention mask, both (limit,), and the label."""

    def __init__(self, part: EncodedPart, limit: int, pad_id: int) -> None:
        self._part, self._limit, self._pad_id = part, limit, pad_id

    def __len__(self) -> int:
        return len(self._part)

    def __getitem__(self, index: int) -> Row:
        tokens = torch.from_numpy(self._part.tokens[index])
        ids = torch.full((self._limit,), self._pad_id)
        mask = torch.zeros(self._limit, dtype=torch.int64)
        ids[: len(tokens)] = tokens
        mask[: len(tokens)] = 1
        return ids, mask, torch.tensor(self._part.labels[index])


def train(recipe: Recipe, name: str) -> None:
    """Train for the recipe's epochs, and keep the last state."""
    set_seed(recipe.seed)
    device = pick_device()
    model = AutoModelForSequenceClassification.from_pretrained(recipe.base_model, num_labels=len(SENTIMENTS)).to(device)
    part = read_part(recipe.part("train"), recipe.max_seq_length, len(SENTIMENTS))
    dataset = ReviewDataset(part, recipe.max_seq_length, model.config.pad_token_id or 0)
    loader = DataLoader(dataset, batch_size=recipe.batch_size, shuffle=True)
    optimiser = torch.optim.Adam(model.parameters(), lr=recipe.learning_rate)
    loss_function = torch.nn.CrossEntropyLoss()
    for epoch in range(recipe.epochs):
        model.train()
        for step, (ids, mask, labels) in enumerate(loader):
            optimiser.zero_grad()
            logits = model(ids.to(device), attention_mask=mask.to(device)).logits
            loss = loss_function(logits, labels.to(device))
            loss.backward()
            optimiser.step()
            log.info("epoch %d, step %d, loss %.4f", epoch + 1, step + 1, loss.item())
    model.save_pretrained(recipe.home(name) / "model")


if __name__ == "__main__":
    sys.exit(main(train))
