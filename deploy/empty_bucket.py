"""What a bucket holds, and with ``--for-good`` the end of all of it: ``python deploy/empty_bucket.py BUCKET --for-good``.

Every version of every object goes, and can be brought back by nobody. A bucket that a policy still guards is left as it is: whoever
means it takes the policy away first (``aws s3api delete-bucket-policy``). Exit status: 0 it is empty now, or was only counted; 1 it
is guarded, or something stayed. Endpoint, region and credentials are the standard AWS variables.
"""

import argparse
import sys
from collections.abc import Iterator
from typing import Any

import boto3
from botocore.exceptions import ClientError


def guarded(client: Any, bucket: str) -> bool:
    """Whether the bucket has a policy."""
    try:
        client.get_bucket_policy(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucketPolicy":
            raise
        return False
    return True


def versions(client: Any, bucket: str) -> Iterator[list[dict[str, str]]]:
    """Every version and every mark of a deletion, as many at a time as one request may delete."""
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": 1000}):
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        yield [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]


def main() -> int:
    """Count or delete; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bucket")
    parser.add_argument("--for-good", action="store_true", help="delete everything; without it nothing is changed")
    chosen = parser.parse_args()
    client = boto3.client("s3")
    if chosen.for_good and guarded(client, chosen.bucket):
        command = f"aws s3api delete-bucket-policy --bucket {chosen.bucket}"
        sys.stderr.write(f"{chosen.bucket}: its policy guards it, and nothing was deleted; if it is meant: {command}\n")
        return 1
    num_found = num_left = 0
    for page in versions(client, chosen.bucket):
        num_found += len(page)
        if page and chosen.for_good:
            errors = client.delete_objects(Bucket=chosen.bucket, Delete={"Objects": page, "Quiet": True}).get("Errors", [])
            num_left += len(errors)
            for error in errors[:1]:
                sys.stderr.write(f"{chosen.bucket}: {error.get('Key')}: {error.get('Code')}: {error.get('Message')}\n")
    told = f"{num_found - num_left} deleted, {num_left} left" if chosen.for_good else f"{num_found} there; nothing was changed"
    sys.stdout.write(f"{chosen.bucket}: versions of objects: {told}\n")
    return 1 if num_left else 0


if __name__ == "__main__":
    sys.exit(main())
