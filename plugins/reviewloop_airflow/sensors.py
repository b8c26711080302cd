"""Waiting for a producer."""

from typing import Any

from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor
from airflow.sdk.exceptions import AirflowSensorTimeout

from reviewloop.adapters.aws_errors import asking_aws
from reviewloop_airflow.patience import waiting_out


class DeliverySensor(S3KeySensor):
    """Waits for an object that matches ``bucket_key``, without holding a worker; gives up after half a day and says so."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("task_display_name", "Wait for delivery")
        kwargs.setdefault("doc_md", "Waits up to 12 hours for the day's object in the inbox. Holds no worker while it waits.")
        # No Airflow connection: the standard AWS environment, like every step.
        super().__init__(wildcard_match=True, deferrable=True, aws_conn_id=None, timeout=12 * 3600, poke_interval=30, **kwargs)

    def execute(self, context: Any) -> Any:
        """Look once, then wait in the triggerer. A lake that is away is waited out."""
        with waiting_out(context), asking_aws(f"look for s3://{self.bucket_name}/{self.bucket_key}"):
            return super().execute(context)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Back from waiting. The trigger tells of an error in words only, so this looks again, and then knows which it is."""
        if event["status"] == "error":
            self.log.warning("the wait ended with an error, looking again: %s", event["message"])
            return self.execute(context)
        return super().execute_complete(context, event)

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Any) -> Any:
        """Back from waiting: with the object, or with one line that says what is missing and what to do."""
        try:
            return super().resume_execution(next_method, next_kwargs, context)
        except AirflowSensorTimeout as error:
            place = f"s3://{self.bucket_name}/{self.bucket_key}"
            hours = self.timeout / 3600
            raise AirflowSensorTimeout(
                f"nothing came to {place} in {hours:g} hours: put the day's object there, clear this task"
            ) from error
