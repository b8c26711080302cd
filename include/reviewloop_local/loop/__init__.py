"""``make run`` and ``make drift``: deliver, follow Airflow, say what happened."""
