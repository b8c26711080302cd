"""Who answers, who says so, and how a version comes to."""
