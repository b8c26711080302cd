import socket

import pytest

from reviewloop_local.errors import LocalError
from reviewloop_local.stack.ports import Ports, ports_from, require_free


def test_without_variables_the_usual_ports_are_taken():
    assert ports_from({}) == Ports(airflow=8080, aws=4566, mlflow=5000, serve=8000)


def test_each_port_is_moved_by_its_own_variable():
    ports = ports_from({"REVIEWLOOP_AIRFLOW_PORT": "18080", "REVIEWLOOP_AWS_PORT": "14566"})

    assert (ports.airflow_url, ports.aws_url) == ("http://127.0.0.1:18080", "http://127.0.0.1:14566")


@pytest.mark.parametrize("text", ["http", "0", "65536", "-1", "80.5"])
def test_what_is_no_port_is_named_with_its_variable(text):
    with pytest.raises(LocalError, match=rf"^REVIEWLOOP_MLFLOW_PORT: '{text}' is not a port; allowed are 1 to 65535$"):
        ports_from({"REVIEWLOOP_MLFLOW_PORT": text})


def test_two_parts_cannot_share_a_port():
    with pytest.raises(LocalError, match="REVIEWLOOP_AWS_PORT: 8080 is also REVIEWLOOP_AIRFLOW_PORT"):
        ports_from({"REVIEWLOOP_AWS_PORT": "8080"})


def test_a_taken_port_is_named_with_who_needs_it_and_the_variable_that_moves_it():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LocalError, match=rf"port {port} is taken, and MLflow needs it: .* REVIEWLOOP_MLFLOW_PORT$"):
            require_free(Ports(mlflow=port), "mlflow")

    require_free(Ports(mlflow=port), "mlflow")
