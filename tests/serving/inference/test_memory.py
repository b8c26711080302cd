"""What a process may still take, read from files laid out as the kernel lays them."""

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest

from reviewloop.serving.inference import memory
from reviewloop.serving.inference.memory import NotEnoughMemory, available, require_room

GIGABYTE = 10**9
MACHINE = 8 * GIGABYTE
"""What the machine has, whatever a group may take of it."""
V1_UNLIMITED = 9_223_372_036_854_771_712


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory.psutil, "virtual_memory", lambda: SimpleNamespace(available=MACHINE))


def laid(root: Path, own: str, **groups: Mapping[str, object]) -> Path:
    """``own``: of ``/proc/self/cgroup``; ``groups``: folder below ``/sys/fs/cgroup``, with __ for each slash -> its files."""
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(own)
    for name, files in groups.items():
        folder = root / "sys/fs/cgroup" / name.replace("__", "/").strip(".")
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in files.items():
            (folder / file).write_text(f"{content}\n")
    return root


def v2(limit: object, used: int, stat: str = "") -> dict[str, object]:
    return {"memory.max": limit, "memory.current": used, "memory.stat": stat}


def v1(limit: int, used: int, stat: str = "") -> dict[str, object]:
    return {"memory.limit_in_bytes": limit, "memory.usage_in_bytes": used, "memory.stat": stat}


def test_a_container_of_version_2_sees_its_own_group_as_the_root(tmp_path: Path) -> None:
    assert available(laid(tmp_path, "0::/\n", **{".": v2(2 * GIGABYTE, GIGABYTE)})) == GIGABYTE


def test_the_tightest_of_the_groups_around_a_service_counts(tmp_path: Path) -> None:
    groups = {"a.slice": v2(3 * GIGABYTE, GIGABYTE), "a.slice__b.service": v2("max", GIGABYTE)}
    assert available(laid(tmp_path, "0::/a.slice/b.service\n", **groups)) == 2 * GIGABYTE


def test_version_1_in_a_container_that_knows_its_group_by_another_name(tmp_path: Path) -> None:
    own = "5:cpu,cpuacct:/docker/4f\n4:memory:/docker/4f\n0::/\n"
    assert available(laid(tmp_path, own, memory=v1(2 * GIGABYTE, GIGABYTE))) == GIGABYTE


def test_version_1_of_a_nested_group(tmp_path: Path) -> None:
    groups = {"memory": v1(V1_UNLIMITED, 5 * GIGABYTE), "memory__a__b": v1(GIGABYTE, GIGABYTE // 4)}
    assert available(laid(tmp_path, "4:memory:/a/b\n", **groups)) == 3 * GIGABYTE // 4


@pytest.mark.parametrize(
    ("name", "group", "stat"),
    [
        (".", v2, "anon 700000000\nfile 290000000\nfile_mapped 50000000\ninactive_file 100000000\nactive_file 190000000"),
        (
            "memory",
            v1,
            "mapped_file 1\nactive_file 1\ninactive_file 1\n"
            "total_mapped_file 50000000\ntotal_inactive_file 100000000\ntotal_active_file 190000000",
        ),
    ],
)
def test_files_that_the_kernel_would_give_up_are_no_want(tmp_path: Path, name: str, group: object, stat: str) -> None:
    files = (v2 if group is v2 else v1)(GIGABYTE, 990_000_000, stat)
    assert available(laid(tmp_path, "4:memory:/\n0::/\n", **{name: files})) == 250_000_000


@pytest.mark.parametrize("limit", ["max", 100 * GIGABYTE])
def test_without_a_limit_that_binds_the_machine_counts(tmp_path: Path, limit: object) -> None:
    assert available(laid(tmp_path, "0::/\n", **{".": v2(limit, GIGABYTE)})) == MACHINE


def test_without_control_groups_the_machine_counts(tmp_path: Path) -> None:
    assert available(tmp_path) == MACHINE


def test_this_machine_has_some() -> None:
    assert 0 < available() <= MACHINE


def test_a_load_may_take_more_than_its_files_and_its_first_passes_take_some_too(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    for name in ("weights", "inner/weights"):
        (tmp_path / name).write_bytes(bytes(5_000_000))
    require_room("7", tmp_path, lambda: 133_000_000)
    with pytest.raises(NotEnoughMemory, match=r"^version 7 may take 133 MB .* 132 MB are available; give the endpoint more"):
        require_room("7", tmp_path, lambda: 132_999_999)


def test_an_exported_model_is_asked_memory_for_each_graph_that_is_compiled_of_it(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(bytes(1000))
    assert memory.needed_for(tmp_path) == 1300 + 120_000_000
    (tmp_path / "int8.bin").write_bytes(bytes(1000))
    assert memory.needed_for(tmp_path) == 2600 + 10 * 2500 + 120_000_000
