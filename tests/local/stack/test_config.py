import configparser
import os
import shlex
import stat
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from reviewloop_local import __main__ as command
from reviewloop_local.errors import LocalError
from reviewloop_local.stack.environment import stack_env
from reviewloop_local.stack.home import Home, home_from
from reviewloop_local.stack.ports import Ports
from reviewloop_local.stack.services import parts, supervisor_config
from reviewloop_local.stack.stack import Stack


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "a home, 100% odd")
    home.make()
    return home


def read(text: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    return parser


def test_supervisord_keeps_every_part_alive_and_reaps_its_whole_group(home):
    config = read(supervisor_config(home, Ports()))

    programs = [name for name in config.sections() if name.startswith("program:")]
    assert programs == [f"program:{part.name}" for part in parts(home, Ports())]
    for name in programs:
        keeps = {key: config[name][key] for key in ("autorestart", "stopasgroup", "killasgroup")}
        assert keeps == {"autorestart": "true", "stopasgroup": "true", "killasgroup": "true"}
        assert shlex.split(config[name]["command"])[1:3] == ["-m", "reviewloop_local.stack.part"]


def test_odd_characters_of_the_home_reach_supervisord_unharmed(home):
    config = read(supervisor_config(home, Ports()))

    assert config["supervisord"]["logfile"] % {} == str(home.logs / "supervisord.log")


def test_the_stores_start_first_and_stop_last():
    order = [part.name for part in sorted(parts(Home(Path("/x")), Ports()), key=lambda part: part.priority)]

    assert (order[0], order[-1]) == ("aws", "airflow-scheduler")


def test_no_secret_is_written_into_the_configuration(home):
    text = supervisor_config(home, Ports())

    assert not [name for name, value in home.secrets().items() if value in text]


def test_secrets_are_made_once_and_closed_to_others(home):
    first = home.secrets()

    assert home.secrets() == first
    assert len(set(first.values())) == 4
    assert stat.S_IMODE((home.root / "secrets.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(home.root.stat().st_mode) == 0o700


def test_the_password_is_told_to_who_asks_and_none_is_made_by_asking(home, monkeypatch, capsys):
    monkeypatch.setattr(command, "stack_here", lambda: Stack(home, Ports()))
    assert command.main(["password"]) == 1
    assert "`make run` first" in capsys.readouterr().err
    assert not (home.root / "secrets.json").exists()
    known = home.secrets()["admin_password"]
    capsys.readouterr()
    assert command.main(["password"]) == 0
    assert capsys.readouterr().out == f"{known}\n"


def test_nothing_of_the_users_own_accounts_leaks_into_the_stack(home):
    own = {"AWS_PROFILE": "work", "AWS_SESSION_TOKEN": "real", "AIRFLOW__CORE__EXECUTOR": "X", "MLFLOW_TRACKING_URI": "https://x"}

    env = stack_env(home, Ports(), {**own, "PATH": "/bin", "PYTHONDONTWRITEBYTECODE": "1"})

    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "PYTHONDONTWRITEBYTECODE"} & set(env)
    assert env["PATH"] == "/bin"
    assert env["AIRFLOW__CORE__EXECUTOR"] == "reviewloop_airflow.executor.PreloadedLocalExecutor"
    assert env["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"
    assert env["MLFLOW_TRACKING_URI"] == "http://127.0.0.1:5000"


def test_everything_listens_on_this_machine_only(home):
    env = stack_env(home, Ports(), {})
    by_name = {part.name: part for part in parts(home, Ports())}

    assert env["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert by_name["aws"].env["BIND_HOST"] == "127.0.0.1"
    assert "--host 127.0.0.1" in " ".join(by_name["mlflow"].arguments)
    for name in ("airflow-scheduler", "airflow-triggerer"):
        assert "--skip-serve-logs" in by_name[name].arguments


def test_airflows_processes_wait_for_each_other_at_its_sqlite(home):
    address = stack_env(home, Ports(), {})["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]

    with create_engine(address).connect() as connection:
        milliseconds = connection.execute(text("PRAGMA busy_timeout")).scalar_one()

    assert milliseconds == 20_000
    assert (home.airflow / "airflow.db").exists(), "the address names another file"


def test_a_proxy_of_the_user_is_never_asked_for_this_machine(home):
    assert stack_env(home, Ports(), {"no_proxy": "corp"})["NO_PROXY"] == "corp,127.0.0.1,localhost"


def test_a_home_too_deep_for_a_socket_gets_a_private_one_elsewhere(tmp_path):
    deep = Home(tmp_path / ("x" * 100))
    deep.make()

    assert len(os.fsencode(deep.socket)) < 100
    assert stat.S_IMODE(deep.socket.parent.stat().st_mode) == 0o700
    assert Home(tmp_path / ("y" * 100)).socket != deep.socket


def test_the_home_is_where_the_variable_says(tmp_path):
    assert home_from({"REVIEWLOOP_HOME": str(tmp_path)}).root == tmp_path
    assert home_from({}).root.name == ".local"


def test_clean_refuses_a_folder_that_is_no_stacks_home(tmp_path):
    keep = tmp_path / "thesis.txt"
    keep.write_text("years of work")

    with pytest.raises(LocalError, match="does not look like a stack's home; nothing deleted"):
        Stack(Home(tmp_path), Ports()).clean(lambda _: None)

    assert keep.exists()


def test_a_stack_stays_under_the_profile_of_its_last_run_unless_told_otherwise(home):
    assert stack_env(home, Ports(), {})["REVIEWLOOP_PROFILE"] == "local"
    home.keep_profile("sample")
    assert stack_env(home, Ports(), {})["REVIEWLOOP_PROFILE"] == "sample"
    assert stack_env(home, Ports(), {"REVIEWLOOP_PROFILE": "test"})["REVIEWLOOP_PROFILE"] == "test"
