"""Who and what is let in, before anything is parsed."""
