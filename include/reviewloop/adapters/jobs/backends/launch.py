"""What a SageMaker training job runs in the project's image: ``python -m reviewloop.adapters.jobs.backends.launch``.

SageMaker puts inputs and hyperparameters under ``/opt/ml``, where the program's script mode finds them. All that is left to do
is to start one process a GPU.
"""

import os
import sys
from typing import Final

from reviewloop.adapters.jobs.program import command
from reviewloop.errors import ConfigError
from reviewloop.training.script_mode import tell_failure

NUM_GPUS: Final = "REVIEWLOOP_NUM_GPUS"


def main() -> None:
    """Become the program, or its launcher; never returns."""
    try:
        words = command(int(os.environ.get(NUM_GPUS, "0")))
    except ConfigError as error:
        tell_failure(str(error))
        sys.exit(str(error))
    os.execv(words[0], words)  # noqa: S606 (our own program, no shell)


if __name__ == "__main__":
    main()
