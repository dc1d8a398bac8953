import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.errors import PortTaken
from infra.local.ports import HOST, choose_ports


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.create_server((HOST, 0)) as server:
        yield server.getsockname()[1]


def test_ports_are_chosen_once_and_kept(tmp_path: Path) -> None:
    first = choose_ports(tmp_path, ["prefect", "s3"], {})
    assert choose_ports(tmp_path, ["prefect", "s3"], {}) == first
    assert len(set(first.values())) == 2


def test_a_kept_port_that_is_busy_is_replaced_and_the_others_stay(tmp_path: Path) -> None:
    first = choose_ports(tmp_path, ["prefect", "s3"], {})
    with socket.create_server((HOST, first["s3"])):
        second = choose_ports(tmp_path, ["prefect", "s3"], {})
    assert second["prefect"] == first["prefect"]
    assert second["s3"] != first["s3"]


def test_a_port_the_user_set_is_taken_as_it_is(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as server:
        free = server.getsockname()[1]
    assert choose_ports(tmp_path, ["prefect"], {"prefect": free}) == {"prefect": free}


def test_a_port_the_user_set_that_is_busy_is_refused(tmp_path: Path, busy_port: int) -> None:
    with pytest.raises(PortTaken, match=f"Port {busy_port}, set for prefect, is in use"):
        choose_ports(tmp_path, ["prefect"], {"prefect": busy_port})


def test_a_port_for_no_server_is_refused_with_the_servers_names(tmp_path: Path) -> None:
    with pytest.raises(PortTaken, match=r"names postgres, which is no server\. The servers are prefect, s3"):
        choose_ports(tmp_path, ["prefect", "s3"], {"postgres": 5432})


def test_servers_that_are_not_started_now_keep_their_ports(tmp_path: Path) -> None:
    every = choose_ports(tmp_path, ["prefect", "s3"], {})
    choose_ports(tmp_path, ["s3"], {})
    assert json.loads((tmp_path / "ports.json").read_text()) == every
