"""Explanations: what each word of a review adds to the model's answer, and whether that can be believed."""
