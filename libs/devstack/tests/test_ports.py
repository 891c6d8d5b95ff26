"""Ports: free, taken, remembered."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from medianest_devstack.errors import PortInUseError
from medianest_devstack.ports import PortBook, free_port, is_free, require_free


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


class TestRequireFree:
    def test_names_the_port_and_the_setting(self, taken: int) -> None:
        with pytest.raises(PortInUseError, match=f"{taken} for the gateway .* MEDIANEST_PORT"):
            require_free(taken, owner="the gateway", setting="MEDIANEST_PORT")

    def test_sees_a_listener_on_all_addresses(self) -> None:
        with socket.create_server(("0.0.0.0", 0)) as server:
            assert not is_free(server.getsockname()[1])

    def test_says_when_the_user_has_no_right_to_a_port(self) -> None:
        """As an ordinary user in a process of its own: root may listen anywhere."""
        script = "import os; from medianest_devstack.ports import is_free; os.getuid() or os.setuid(65534); is_free(81)"
        said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=30)
        if said.returncode == 0:
            pytest.skip("this machine lets everybody listen on low ports")
        assert "DevstackError: This user may not listen on port 81" in said.stderr

    def test_lets_a_free_port_pass(self) -> None:
        require_free(free_port(), owner="the gateway", setting="MEDIANEST_PORT")


class TestPortBook:
    def test_remembers(self, tmp_path: Path) -> None:
        book = PortBook(tmp_path / "ports.json")
        port = book.choose("nats")
        book.save()
        assert PortBook(tmp_path / "ports.json").choose("nats") == port

    def test_chooses_anew_when_the_port_was_taken_meanwhile(self, tmp_path: Path, taken: int) -> None:
        (tmp_path / "ports.json").write_text(f'{{"nats": {taken}}}')
        assert PortBook(tmp_path / "ports.json").choose("nats") != taken

    @pytest.mark.parametrize("text", ["", "[1]", "{", '{"nats": "x"}', '{"nats": -5}', '{"nats": 99999999}'])
    def test_forgives_a_damaged_file(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "ports.json").write_text(text)
        assert 0 < PortBook(tmp_path / "ports.json").choose("nats") < 65536

    def test_gives_two_names_two_ports(self, tmp_path: Path) -> None:
        book = PortBook(tmp_path / "ports.json")
        assert len({book.choose(name) for name in "abcdefgh"}) == 8
