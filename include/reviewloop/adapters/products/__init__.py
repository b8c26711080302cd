"""What the lake knows of complaints about products, and what alarms now."""
