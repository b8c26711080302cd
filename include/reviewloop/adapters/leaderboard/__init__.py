"""Kinds of models side by side: the processes that try them, and the search for their settings, on Optuna."""
