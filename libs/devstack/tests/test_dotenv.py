"""`.env` files, good and broken."""

from pathlib import Path

import pytest

from medianest_devstack import dotenv
from medianest_devstack.errors import DevstackError


def write(folder: Path, text: str) -> Path:
    file = folder / ".env"
    file.write_text(text)
    return file


class TestRead:
    @pytest.mark.parametrize(
        ("line", "value"),
        [
            ("A=b", "b"),
            ("A = b ", "b"),
            ("export A=b", "b"),
            ("A='b # c'", "b # c"),
            ('A="b"  # said twice', "b"),
            ("A=b # said why", "b"),
            ("A=b#c", "b#c"),
            ("A=http://x/?a=b", "http://x/?a=b"),
            ("A=$HOME", "$HOME"),
            ("A=", ""),
            ("A=# nothing", ""),
        ],
    )
    def test_takes_values_as_they_are_written(self, tmp_path: Path, line: str, value: str) -> None:
        assert dotenv.read(write(tmp_path, f"# head\n\n{line}\n")) == {"A": value}

    def test_is_empty_without_a_file(self, tmp_path: Path) -> None:
        assert dotenv.read(tmp_path / ".env") == {}

    def test_lets_the_last_line_win(self, tmp_path: Path) -> None:
        assert dotenv.read(write(tmp_path, "A=1\nA=2\n")) == {"A": "2"}

    @pytest.mark.parametrize("line", ["JUST WORDS", "1A=b", "A B=c", "A='open", 'A="b" c', "=b", "A=b\0c"])
    def test_names_the_bad_line_and_not_its_value(self, tmp_path: Path, line: str) -> None:
        with pytest.raises(DevstackError, match=r"Line 2 of \.env") as caught:
            dotenv.read(write(tmp_path, f"GOOD=1\n{line}\n"))
        assert "open" not in str(caught.value).removeprefix("Line 2 of .env (A) opens")

    def test_refuses_what_is_no_text(self, tmp_path: Path) -> None:
        file = tmp_path / ".env"
        file.write_bytes(b"A=\xff\xfe")
        with pytest.raises(DevstackError, match="not UTF-8"):
            dotenv.read(file)
