"""Labels that no rating gave, and what people are asked."""
