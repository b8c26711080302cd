#!/usr/bin/env bash
# boto3 1.43.106, s3transfer 0.19.3: what S3 can do in one conditional write, boto3's own upload of a file cannot.
#
# S3 takes If-None-Match: * ("only if nothing is there") in PutObject and, for a file in parts, in CompleteMultipartUpload; boto3's
# calls of these names have the parameter. Its upload_file and upload_fileobj, which cut a file in parts and are what everybody uses
# for large ones, refuse it before anything is sent. So a write-once object is one PutObject, of at most 5 GiB, or parts that one
# handles oneself.
#
# Seen:
#   PutObject takes IfNoneMatch: True
#   CompleteMultipartUpload takes IfNoneMatch: True
#   upload_fileobj: Invalid extra_args key 'IfNoneMatch'
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON311:-python3.11}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check boto3==1.43.106 botocore==1.43.106 s3transfer==0.19.3
cat >"$folder/show.py" <<'END'
import io

import boto3

client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none")
for name in ("PutObject", "CompleteMultipartUpload"):
    print(f"{name} takes IfNoneMatch:", "IfNoneMatch" in client.meta.service_model.operation_model(name).input_shape.members)
try:
    client.upload_fileobj(io.BytesIO(b"a model"), "bucket", "key", ExtraArgs={"IfNoneMatch": "*"})
except ValueError as error:
    print("upload_fileobj:", str(error).partition(",")[0])
END
"$folder/venv/bin/python" "$folder/show.py" | tee "$folder/told"
expected="PutObject takes IfNoneMatch: True
CompleteMultipartUpload takes IfNoneMatch: True
upload_fileobj: Invalid extra_args key 'IfNoneMatch'"
[ "$(cat "$folder/told")" = "$expected" ] || { echo "boto3-upload-takes-no-condition: no longer so, see above" >&2; exit 1; }
