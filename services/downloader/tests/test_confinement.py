"""What the real child may do: seen from outside while it runs, and tried from inside."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from medianest_downloader.fetching.process import Child
from medianest_downloader.fetching.toolbox import prepare_tools
from medianest_downloader.settings import FetchSettings

from .conftest import fetch_settings, until

_MIB = 1 << 20
_PLUGIN = "import pathlib; pathlib.Path({mark!r}).touch()\nfrom yt_dlp.extractor.generic import GenericIE\n"


@asynccontextmanager
async def silent_site() -> AsyncIterator[tuple[str, asyncio.Event]]:
    """The address of a site that never answers, and whether it was called."""
    called = asyncio.Event()

    async def accept(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        called.set()
        await reader.read()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/x.mp4", called


def make_job(folder: Path, url: str) -> dict[str, Any]:
    options = fetch_settings(folder)
    del options["min_free_bytes"]
    return {
        "do": "fetch", "url": url, "folder": str(folder), "preset": "best", "max_bytes": _MIB,
        "extractors": ["generic"], "hosts": ["127.0.0.1"], "allow_private": True,
        "memory_bytes": 300 * _MIB, "file_bytes": 5 * _MIB,
        "chunked": False, "tools": str(prepare_tools(FetchSettings(**options))), "deno": None, "lease": 60,
    }  # fmt: skip


@asynccontextmanager
async def extracting(folder: Path) -> AsyncIterator[Child]:
    """A child that is waiting for a page."""
    async with silent_site() as (url, called), Child(make_job(folder, url), folder) as child:
        async with asyncio.timeout(60):
            await called.wait()
        yield child


def limits_of(pid: int) -> dict[str, str]:
    """The soft limits, by the kernel's names for them."""
    lines = Path(f"/proc/{pid}/limits").read_text().splitlines()[1:]
    return {line[:25].strip(): line[26:46].strip() for line in lines}


async def test_a_child_is_limited_nice_alone_and_without_new_rights(tmp_path: Path) -> None:
    async with extracting(tmp_path) as child:
        limits = limits_of(child.pid)
        status = Path(f"/proc/{child.pid}/status").read_text()
        niceness, group = os.getpriority(os.PRIO_PROCESS, child.pid), os.getpgid(child.pid)
    assert (limits["Max data size"], limits["Max file size"]) == (str(300 * _MIB), str(5 * _MIB))
    assert (limits["Max open files"], limits["Max core file size"]) == ("512", "0")
    assert "NoNewPrivs:\t1" in status
    assert niceness >= 10
    assert group == child.pid != os.getpgrp()


async def test_a_child_sees_nothing_of_our_environment(tmp_path: Path) -> None:
    async with extracting(tmp_path) as child:
        entries = Path(f"/proc/{child.pid}/environ").read_bytes().decode().split("\0")
    names = {entry.partition("=")[0] for entry in entries if entry}
    known = {"PATH", "HOME", "TMPDIR", "XDG_CACHE_HOME", "LANG", "YTDLP_NO_PLUGINS", "DENO_NO_UPDATE_CHECK"}
    assert names == known


async def test_no_plugin_is_loaded_from_wherever_yt_dlp_looks(tmp_path: Path) -> None:
    mark = tmp_path / "loaded"
    for place in (".config/yt-dlp/plugins/evil", ".yt-dlp/plugins/evil", "yt-dlp-plugins/evil", "."):
        extractors = tmp_path / place / "yt_dlp_plugins" / "extractor"
        extractors.mkdir(parents=True)
        (extractors / "evil.py").write_text(_PLUGIN.format(mark=str(mark)))
    async with extracting(tmp_path):
        assert not mark.exists()


@pytest.mark.parametrize(
    ("program", "error"),
    [
        ("eaten = bytearray(600 << 20)", "MemoryError"),
        ("import tempfile; tempfile.TemporaryFile().write(bytes(3 << 20))", "File too large"),
        ("files = [open('/dev/null') for _ in range(600)]", "Too many open files"),
    ],
)
def test_a_limit_that_is_met_is_an_error_inside(program: str, error: str) -> None:
    confined = (
        "from medianest_downloader.fetching.limits import confine\n"
        f"confine(memory_bytes={200 * _MIB}, file_bytes={_MIB})\n{program}\n"
    )
    done = subprocess.run([sys.executable, "-c", confined], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert error in done.stderr


async def test_the_helpers_of_a_child_end_with_it(tmp_path: Path) -> None:
    program = (
        "import subprocess, sys\n"
        "from medianest_downloader.fetching.limits import confine\n"
        "confine(memory_bytes=1 << 30, file_bytes=1 << 20)\n"
        "helper = subprocess.Popen(['sleep', '3600'])\n"
        "print(helper.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    async with Child({}, tmp_path, (sys.executable, "-c", program)) as child:
        helper = int(await child._line())
        assert limits_of(helper)["Max data size"] == str(1 << 30)

    async def gone() -> bool:
        return is_gone(helper)

    await until(gone)


def is_gone(pid: int) -> bool:
    """Ended, or ended and waiting for whoever adopted it to notice."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("Z")
    except OSError:
        return True
