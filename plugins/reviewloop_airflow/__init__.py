"""All that knows Airflow and is shared by the DAGs: assets, defaults, wiring, pages, notifications. Decides nothing."""
