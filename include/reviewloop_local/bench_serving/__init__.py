"""How fast the endpoint answers, beside what people write."""
