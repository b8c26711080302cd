"""The outputs of stacks as environment variables, a line each: ``python deploy/cloudformation/environment.py reviewloop``.

``ReviewloopBucket`` is ``REVIEWLOOP_BUCKET=...``. Append the lines to ``.env``. With ``--commit`` also the image of that commit, in
the stack's repository, for trainings on SageMaker. Reads only; region and credentials are the standard AWS variables.
"""

import argparse
import re
import sys
from collections.abc import Iterator, Sequence

import boto3


def variable(output: str) -> str:
    """``ReviewloopAwsRegion`` -> ``REVIEWLOOP_AWS_REGION``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", output).upper()


def lines(stacks: Sequence[str], commit: str) -> Iterator[str]:
    """A variable each, of all stacks; the profile that they are made for; and the image of the commit, where one is named."""
    client = boto3.client("cloudformation")
    values = {}
    for stack in stacks:
        for output in client.describe_stacks(StackName=stack)["Stacks"][0].get("Outputs", []):
            values[variable(output["OutputKey"])] = output["OutputValue"]
    values["REVIEWLOOP_PROFILE"] = "aws"
    if commit:
        values["REVIEWLOOP_GIT_COMMIT"] = commit
        values["REVIEWLOOP_TRAINING_IMAGE"] = f"{values['IMAGE_REPOSITORY']}:{commit}"
    return (f"{name}={value}" for name, value in values.items())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stacks", nargs="+", metavar="STACK")
    parser.add_argument("--commit", default="", help="the commit whose image was pushed: git rev-parse HEAD")
    chosen = parser.parse_args()
    sys.stdout.writelines(f"{line}\n" for line in lines(chosen.stacks, chosen.commit))
