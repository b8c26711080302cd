"""From a prediction back to who approved it and what it was made of, and forward again: what the ledger's events say of it."""
