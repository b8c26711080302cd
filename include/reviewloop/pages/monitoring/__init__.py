"""What the days say of the champion and of the products, and what it leads to."""
