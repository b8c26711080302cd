"""What jobs on AWS may cost and did, what is missing before one starts, and what is cleaned up."""
