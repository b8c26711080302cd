"""LocalExecutor with the heavy libraries already imported: its workers are forks of the scheduler, and tasks forks of them."""

from airflow.executors.local_executor import LocalExecutor

from reviewloop_airflow.libraries import preload


class PreloadedLocalExecutor(LocalExecutor):
    """LocalExecutor whose tasks find ``LIBRARIES`` imported."""

    def start(self) -> None:
        """Import the libraries, then make the workers."""
        if self.is_mp_using_fork:  # a worker that is spawned imports for itself
            preload()
        super().start()
