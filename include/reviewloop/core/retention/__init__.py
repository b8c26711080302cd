"""What may leave the lake, and what stays and why; how large each store is. Pure."""
