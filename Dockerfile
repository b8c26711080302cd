# One image for every part of the team deployment; each service brings its command (docker-compose.yaml).
FROM python:3.11.13-slim-bookworm

# An index that offers the CPU wheel of torch makes the image some 4 GB smaller; without one, torch brings its CUDA packages.
ARG PIP_EXTRA_INDEX_URL=""

RUN useradd --create-home --uid 10001 reviewloop
WORKDIR /opt/reviewloop

# The lock before the code, so that a change of code does not install 300 packages again. Its digest is part of a model's lineage.
COPY requirements.txt requirements-cuda.txt ./
COPY scripts/pip-install scripts/
RUN PIP_EXTRA_INDEX_URL="$PIP_EXTRA_INDEX_URL" PIP_NO_CACHE_DIR=1 scripts/pip-install python requirements.txt

COPY include/ include/
COPY plugins/ plugins/
COPY dags/ dags/
COPY deploy/ deploy/
# A named volume takes over the owner of the folder that it is mounted on.
RUN install -d -o reviewloop airflow airflow/logs work aws keys

# The image holds no git repository: this is how a model version learns which code made it. Refused when it is not given.
ARG REVIEWLOOP_GIT_COMMIT
RUN test -n "$REVIEWLOOP_GIT_COMMIT"
ENV REVIEWLOOP_GIT_COMMIT=$REVIEWLOOP_GIT_COMMIT \
    REVIEWLOOP_WORK_DIR=/opt/reviewloop/work \
    AIRFLOW_HOME=/opt/reviewloop/airflow \
    PYTHONPATH=/opt/reviewloop/include:/opt/reviewloop/plugins \
    PYTHONUNBUFFERED=1

USER reviewloop

# By itself the image is the endpoint, and listens for others only with REVIEWLOOP_SERVE_KEYS or --open. Until there is a champion it
# is not ready; this only asks whether the process answers.
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
    CMD ["python", "deploy/http_ok.py", "http://127.0.0.1:8000/v2/health/live"]
CMD ["python", "-m", "reviewloop.serving", "--host", "0.0.0.0", "--port", "8000"]
