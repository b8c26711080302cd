import numpy as np

from reviewloop.models.encoder.padding import pad, sorted_batches
from reviewloop.training.data.batches import epoch_batches

LENGTHS = np.random.default_rng(0).integers(5, 128, 5000)


def test_every_row_is_drawn_once_an_epoch():
    assert sorted(np.concatenate(epoch_batches(LENGTHS, 32, 1, 0))) == list(range(5000))
    assert sorted(np.concatenate(sorted_batches(LENGTHS, 32))) == list(range(5000))


def test_the_same_seed_and_epoch_draw_the_same_and_another_epoch_does_not():
    def draw(seed: int, epoch: int) -> list[list[int]]:
        return [batch.tolist() for batch in epoch_batches(LENGTHS, 32, seed, epoch)]

    assert draw(1, 0) == draw(1, 0)
    assert draw(1, 0) != draw(1, 1)
    assert draw(1, 0) != draw(2, 0)


def test_batches_hold_texts_of_like_length_in_no_order_of_length():
    batches = epoch_batches(LENGTHS, 32, 1, 0)
    padded = sum(len(batch) * LENGTHS[batch].max() for batch in batches)
    assert padded < 1.05 * LENGTHS.sum()
    longest = [LENGTHS[batch].max() for batch in batches]
    assert abs(np.corrcoef(longest, np.arange(len(longest)))[0, 1]) < 0.3


def test_a_batch_is_padded_to_a_multiple_of_8_but_not_over_the_limit():
    ids, mask = pad([np.array([7] * 33), np.array([7, 7])], pad_id=0, limit=128)
    assert ids.shape == mask.shape == (2, 40)
    assert mask.sum(1).tolist() == [33, 2]
    assert ids.sum(1).tolist() == [33 * 7, 14]
    assert pad([np.array([7] * 33)], pad_id=0, limit=36)[0].shape == (1, 36)
