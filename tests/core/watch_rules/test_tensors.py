"""Rules over weights, gradients and activations: each with what makes it fire and what just does not."""

from math import inf, nan

from tests.helpers.watched import fired, tensors

from reviewloop.core.watch_rules.records import TensorRecord


def test_a_layer_without_gradient_is_seen():
    seen = fired("vanishing_gradient", [tensors(gradients=(0.1, 9e-7, 0.3, 1.0))], threshold=1e-6)
    assert seen == {1: "the gradient of layer.0 has norm 9.0e-07"}
    assert fired("vanishing_gradient", [tensors(gradients=(0.0, 0.0, 0.0, 0.0))], threshold=1e-6)


def test_a_small_gradient_is_not():
    assert not fired("vanishing_gradient", [tensors(gradients=(1.1e-6, 0.2, 0.3, 1.0))], threshold=1e-6)


def test_gradients_that_are_no_numbers_have_not_vanished():
    assert not fired("vanishing_gradient", [tensors(gradients=(nan, nan, nan, nan))], threshold=1e-6)


def test_a_huge_value_is_seen():
    assert fired("exploding_tensor", [tensors(largest=101.0)], threshold=100) == {1: "head holds a value of 1.0e+02"}


def test_a_value_that_is_not_finite_is_seen():
    for value in (nan, inf):
        seen = fired("exploding_tensor", [tensors(largest=value)], threshold=100)
        assert seen == {1: "head holds a value that is not finite"}


def test_a_large_value_is_not():
    assert not fired("exploding_tensor", [tensors(largest=100.0)], threshold=100)


def test_a_start_that_reaches_few_layers_is_seen():
    seen = fired("poor_initialisation", [tensors(1, gradients=(0.0, 0.0, 0.9e-3, 1.0))], threshold=0.5)
    assert seen == {1: "3 of 4 layers get under a thousandth of the largest gradient (1.0e+00) at step 1"}


def test_a_start_without_any_gradient_is_seen():
    assert fired("poor_initialisation", [tensors(1, gradients=(0.0, 0.0, 0.0, 0.0))], threshold=0.5)


def test_a_start_that_reaches_half_of_the_layers_is_not():
    assert not fired("poor_initialisation", [tensors(1, gradients=(0.0, 0.0, 2e-3, 1.0))], threshold=0.5)


def test_only_the_start_shows_poor_initialisation():
    records = [tensors(1), tensors(10, gradients=(0.0, 0.0, 0.0, 1.0))]
    assert not fired("poor_initialisation", records, threshold=0.5)


def test_a_layer_of_dead_units_is_seen():
    assert fired("dead_neurons", [tensors(dead_share=0.51)], threshold=0.5) == {1: "51% of the units of layer.1 are dead"}


def test_a_layer_half_dead_is_not():
    assert not fired("dead_neurons", [tensors(dead_share=0.5)], threshold=0.5)


def test_saturated_activations_are_seen():
    seen = fired("saturated_activations", [tensors(saturated_share=0.8)], threshold=0.75)
    assert seen == {1: "80% of the activations of layer.1 are saturated"}


def test_activations_of_which_some_are_saturated_are_not():
    assert not fired("saturated_activations", [tensors(saturated_share=0.75)], threshold=0.75)


def test_a_model_without_such_functions_tells_these_rules_nothing():
    bare = TensorRecord(10, 1e9, tensors().layers, {})
    for name in ("dead_neurons", "saturated_activations"):
        assert not fired(name, [bare], threshold=0.0)
    frozen = TensorRecord(10, 1e9, {}, {})
    for name in ("vanishing_gradient", "poor_initialisation", "exploding_tensor"):
        assert not fired(name, [frozen], threshold=0.0)
