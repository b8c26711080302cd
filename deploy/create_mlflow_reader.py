"""Who only reads in MLflow: the user MLFLOW_READER_USERNAME, who may read the registered model and nothing else.

Asked as an admin (MLFLOW_TRACKING_USERNAME, _PASSWORD) at MLFLOW_TRACKING_URI; harmless every time after, when the user is given
the password of the environment and that one right again. The right is to the model's name and may be granted before there is such
a model. Runs stay closed: they hold pages that quote sealed reviews. Plain HTTP: MLflow's client for this imports its whole server.
"""

import os
import sys

import httpx

from reviewloop.settings import settings

admin, reader = os.environ["MLFLOW_TRACKING_USERNAME"], os.environ["MLFLOW_READER_USERNAME"]
if reader == admin:
    sys.exit(f"MLFLOW_READER_USERNAME: {reader!r} is the admin; whoever only reads is another user")
user = {"username": reader, "password": os.environ["MLFLOW_READER_PASSWORD"]}
right = {"username": reader, "resource_type": "registered_model", "resource_id": settings().registered_model}


def ask(method: str, path: str, body: dict[str, str], known: str = "") -> bool:
    """Whether it was done; False where MLflow answers ``known``. Ends the program with MLflow's words on anything else."""
    answer = server.request(method, f"/api/{path}", json=body)
    if answer.is_success:
        return True
    told = answer.json() if answer.headers.get("content-type", "").startswith("application/json") else {}
    if not known or told.get("error_code") != known:
        sys.exit(f"MLflow: {path}: {answer.status_code}: {told.get('message') or answer.text[:200]}")
    return False


with httpx.Client(
    base_url=os.environ["MLFLOW_TRACKING_URI"], auth=(admin, os.environ["MLFLOW_TRACKING_PASSWORD"]), timeout=60
) as server:
    if not ask("POST", "2.0/mlflow/users/create", user, "RESOURCE_ALREADY_EXISTS"):
        ask("PATCH", "2.0/mlflow/users/update-password", user)
    ask("POST", "3.0/mlflow/users/permissions/revoke", right, "RESOURCE_DOES_NOT_EXIST")
    ask("POST", "3.0/mlflow/users/permissions/grant", right | {"permission": "READ"})
