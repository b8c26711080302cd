"""Airflow's settings of Celery, with one addition: a worker imports the heavy libraries before it forks what runs its tasks."""

from typing import Final

from airflow.providers.celery.executors.default_celery import DEFAULT_CELERY_CONFIG
from celery.signals import worker_init

from reviewloop_airflow.libraries import preload

CELERY_CONFIG: Final = DEFAULT_CELERY_CONFIG


@worker_init.connect
def _preload(**_: object) -> None:
    preload()
