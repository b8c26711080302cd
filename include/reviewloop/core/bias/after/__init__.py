"""Bias of a trained model's answers: Clarify's post-training measures, how sure they are, what they may mean."""
