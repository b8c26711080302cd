"""The page that every fine-tune leaves."""
