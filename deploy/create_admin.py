"""Airflow's first user, an admin, from ``AIRFLOW_ADMIN_USERNAME``, ``_PASSWORD`` and ``_EMAIL``; nothing where the name is taken.

``airflow users create`` takes a password as an argument, which everybody on the host can read in the list of processes, or asks a
terminal. So its own parser and function run here, inside this process.
"""

import os

from airflow.cli.cli_parser import get_parser

name, password, email = (os.environ[f"AIRFLOW_ADMIN_{field}"] for field in ("USERNAME", "PASSWORD", "EMAIL"))
arguments = [
    "users",
    "create",
    "--role",
    "Admin",
    f"--username={name}",
    f"--password={password}",
]  # with = : it may begin with a dash
arguments += [f"--firstname={name}", "--lastname=admin", f"--email={email}"]
chosen = get_parser().parse_args(arguments)
chosen.func(chosen)
