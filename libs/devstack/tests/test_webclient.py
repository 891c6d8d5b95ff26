"""Building the web client: once per change, with npm's own words when it fails."""

from pathlib import Path

import pytest

from medianest_devstack.child import discard
from medianest_devstack.errors import DevstackError
from medianest_devstack.webclient import ensure_built

NPM = """#!/bin/sh
echo "$1 $2" >> calls
[ ! -e "fail-$1" ] || { echo "npm error code E404"; echo "npm error the registry is on holiday"; exit 1; }
mkdir -p node_modules dist
[ "$1" != run ] || echo built > dist/index.html
"""


@pytest.fixture
def web(tmp_path: Path) -> Path:
    folder = tmp_path / "web"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "main.ts").write_text("one")
    (folder / "package.json").write_text("{}")
    (folder / "package-lock.json").write_text("{}")
    (tmp_path / "npm").write_text(NPM)
    (tmp_path / "npm").chmod(0o755)
    return folder


async def build(web: Path) -> bool:
    return await ensure_built(web, web.parent, discard)


def calls(web: Path) -> list[str]:
    """What npm was asked for since the last look. The file is no source, so it goes."""
    file = web / "calls"
    told = [line.split()[0] for line in file.read_text().splitlines()] if file.exists() else []
    file.unlink(missing_ok=True)
    return told


class TestEnsureBuilt:
    async def test_installs_and_builds_the_first_time(self, web: Path) -> None:
        assert await build(web)
        assert calls(web) == ["install", "run"]

    async def test_does_nothing_when_nothing_changed(self, web: Path) -> None:
        await build(web)
        calls(web)
        assert not await build(web)
        assert calls(web) == []

    async def test_builds_again_after_a_change_without_installing(self, web: Path) -> None:
        await build(web)
        calls(web)
        (web / "src" / "main.ts").write_text("two")
        assert await build(web)
        assert calls(web) == ["run"]

    async def test_installs_again_with_another_lock(self, web: Path) -> None:
        await build(web)
        calls(web)
        (web / "package-lock.json").write_text("{ }")
        await build(web)
        assert calls(web) == ["install", "run"]

    async def test_builds_again_when_the_result_is_gone(self, web: Path) -> None:
        await build(web)
        (web / "dist" / "index.html").unlink()
        assert await build(web)

    @pytest.mark.parametrize("step", ["install", "run"])
    async def test_tells_in_npms_words_why_it_failed_and_tries_again(self, web: Path, step: str) -> None:
        (web / f"fail-{step}").touch()
        with pytest.raises(DevstackError, match=f"could not be built .npm {step}.*: npm error the registry"):
            await build(web)
        (web / f"fail-{step}").unlink()
        assert await build(web)

    async def test_says_what_to_do_without_npm(self, web: Path) -> None:
        (web.parent / "npm").unlink()
        with pytest.raises(DevstackError, match="make setup"):
            await build(web)

    async def test_builds_nothing_from_nothing(self, tmp_path: Path) -> None:
        assert not await build(tmp_path / "nowhere")
