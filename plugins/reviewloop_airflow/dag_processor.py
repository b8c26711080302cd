"""``python -m reviewloop_airflow.dag_processor``: Airflow's DAG processor, with the libraries already imported that DAG files need.

It parses each file in a fork of itself, every time anew. Without this each fork imports pandas, scipy and boto3 again, which is
four fifths of what parsing costs.
"""

import sys

from airflow.__main__ import main

from reviewloop_airflow.libraries import PARSED, preload

if __name__ == "__main__":
    preload(PARSED)
    sys.argv[0:1] = ["airflow", "dag-processor"]
    sys.exit(main())
