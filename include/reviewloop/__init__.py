"""The product: every decision, gate and step of the review-sentiment loop. Never imports airflow."""
