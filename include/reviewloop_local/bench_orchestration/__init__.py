"""``make bench-orchestration``: what Airflow costs the training, beside a plain script that does the same steps."""
