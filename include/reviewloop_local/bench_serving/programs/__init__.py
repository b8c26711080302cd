"""What the endpoint is raced against: programs as their libraries' own pages show them."""
