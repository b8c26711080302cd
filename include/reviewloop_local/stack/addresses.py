"""Where the parts of a stack answer, and as whom to ask them."""

from reviewloop.settings import settings
from reviewloop_local.stack import endpoint
from reviewloop_local.stack.stack import Stack


def way_in(stack: Stack) -> str:
    """One line each for Airflow, MLflow, the lake, the endpoint and the logs."""
    serving = [f"{found.url}/docs" for found in endpoint.running(stack.home)]
    return (
        f"Airflow   {stack.ports.airflow_url}   user admin; `make password` shows the password\n"
        f"MLflow    {stack.ports.mlflow_url}\n"
        f"Lake      {stack.ports.aws_url}   S3, Glue and Athena; bucket {settings().bucket}, access key and secret test\n"
        f"Endpoint  {', '.join(serving) or '`make serve` starts it'}\n"
        f"Logs      {stack.home.logs}"
    )
