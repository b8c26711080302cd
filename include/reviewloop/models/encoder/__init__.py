"""An encoder with a head: its weights, its tokenizer, and how it computes."""
