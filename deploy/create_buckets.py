"""Create the buckets named on the command line where they do not exist. Endpoint and credentials: the standard AWS variables."""

import sys

import boto3

s3 = boto3.client("s3")
existing = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
for name in sys.argv[1:]:
    if name not in existing:
        s3.create_bucket(Bucket=name)
    sys.stdout.write(f"bucket {name}: {'was there' if name in existing else 'created'}\n")
