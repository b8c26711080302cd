"""What a person looks at: HTML pages and figures, drawn from what the steps have measured."""
