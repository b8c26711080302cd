"""MLflow: runs, the registry, and the candidates it knows."""
