"""What the endpoint captured: its objects, the table that is made of them, what was erased, and what is too old."""
