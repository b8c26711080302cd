"""What a SageMaker training job runs in the project's image: ``python -m reviewloop.adapters.backends.sagemaker_container``.

SageMaker puts inputs and hyperparameters under ``/opt/ml``, keeps ``/opt/ml/checkpoints`` in step with S3, and takes away
``/opt/ml/model`` and ``/opt/ml/output/data`` at the end. Its own toolkit, which would set the ``SM_*`` variables, is not in
the image: this does, and then becomes the program.
"""

import json
import os

from reviewloop.adapters.backends.layout import NUM_GPUS, ROOT, Layout, from_texts
from reviewloop.errors import ReviewloopError


def main(layout: Layout) -> None:
    """Never returns. What is wrong with the job becomes its failure reason."""
    try:
        texts = json.loads(layout.hyperparameters.read_text(encoding="utf-8"))
        command, env = layout.start(from_texts(texts), int(os.environ.get(NUM_GPUS, "0")))
    except ReviewloopError as error:
        layout.output.mkdir(parents=True, exist_ok=True)
        (layout.output / "failure").write_text(str(error), encoding="utf-8")
        raise SystemExit(str(error)) from error
    os.execve(command[0], command, {**os.environ, **env})  # noqa: S606 (our own program, no shell)


if __name__ == "__main__":
    main(Layout(ROOT))
