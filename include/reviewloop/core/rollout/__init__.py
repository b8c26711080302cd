"""Two versions side by side: who is read by which, and what the answers say of them."""
