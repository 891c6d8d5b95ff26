"""Reads `.env`: KEY=VALUE lines, nothing expanded, nothing run."""

import re
from collections.abc import Callable
from pathlib import Path

from medianest_devstack.errors import DevstackError

_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SIZE_LIMIT = 1 << 20


def read(path: Path, check_name: Callable[[str, str], None] = lambda _name, _where: None) -> dict[str, str]:
    """Return the settings of the file, none when there is no file; raise DevstackError naming the first bad line.

    `check_name` is called with each name and where it stands, and may raise too. Quotes around a whole value are taken
    off; ` #` begins a comment in an unquoted one. Values never appear in errors.
    """
    try:
        if path.stat().st_size > _SIZE_LIMIT:
            raise DevstackError(f"{path.name} is larger than 1 MiB: that cannot be a list of settings.")
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise DevstackError(f"{path.name} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise DevstackError(f"{path.name} is not UTF-8 text.") from error
    values: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        where = f"Line {number} of {path.name}"
        if pair := _pair(line.strip(), where):
            check_name(pair[0], where)
            values[pair[0]] = pair[1]
    return values


def _pair(line: str, where: str) -> tuple[str, str] | None:
    if not line or line.startswith("#"):
        return None
    key, equals, value = line.removeprefix("export ").partition("=")
    key = key.strip()
    if not equals:
        raise DevstackError(f"{where} is not KEY=VALUE.")
    if not _KEY.fullmatch(key):
        raise DevstackError(f"{where} does not begin with the name of a setting.")
    return key, _value(value.strip(), f"{where} ({key})")


def _value(value: str, where: str) -> str:
    if value[:1] in ("'", '"'):
        quote = value[0]
        end = value.find(quote, 1)
        rest = value[end + 1 :].strip()
        if end < 0 or (rest and not rest.startswith("#")):
            raise DevstackError(f"{where} opens a quote that does not end the value.")
        value = value[1:end]
    elif value.startswith("#"):
        value = ""
    else:
        value = value.split(" #", 1)[0].rstrip()
    if "\0" in value:
        raise DevstackError(f"{where} holds a NUL character.")
    return value
