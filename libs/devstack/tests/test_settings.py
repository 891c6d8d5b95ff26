"""What a person may set, and what is refused."""

from pathlib import Path

import pytest

from medianest_devstack.errors import DevstackError
from medianest_devstack.settings import Environment


def load(folder: Path, text: str = "", **environ: str) -> Environment:
    (folder / ".env").write_text(text)
    return Environment.load(folder, environ)


class TestLoad:
    def test_has_defaults_that_work(self, tmp_path: Path) -> None:
        settings = load(tmp_path).settings
        assert (settings.port, settings.sandbox_port, settings.uses_sandbox) == (8080, 8090, True)

    def test_lets_the_environment_override_the_file(self, tmp_path: Path) -> None:
        assert load(tmp_path, "MEDIANEST_PORT=1000", MEDIANEST_PORT="2000").settings.port == 2000

    def test_takes_an_empty_value_for_none(self, tmp_path: Path) -> None:
        assert load(tmp_path, "MEDIANEST_PORT=").settings.port == 8080

    def test_leaves_the_sandbox_when_a_real_system_is_named(self, tmp_path: Path) -> None:
        assert not load(tmp_path, "MEDIANEST_PLEX_URL=https://plex.example").settings.uses_sandbox

    def test_leaves_the_sandbox_when_told_to(self, tmp_path: Path) -> None:
        assert not load(tmp_path, "MEDIANEST_SANDBOX=off").settings.uses_sandbox

    def test_hands_on_what_it_does_not_know(self, tmp_path: Path) -> None:
        others = load(tmp_path, "MEDIANEST_PROBE_INTERVAL=5\nPATH=/x\n").others
        assert others == {"MEDIANEST_PROBE_INTERVAL": "5"}

    def test_knows_programs_and_what_is_for_tests(self, tmp_path: Path) -> None:
        environment = load(tmp_path, "MEDIANEST_NATS_BIN=/x\nMEDIANEST_TEST_SUITE=/y\n")
        assert environment.programs == {"MEDIANEST_NATS_BIN": "/x"}
        assert environment.others == {}

    @pytest.mark.parametrize(
        ("line", "sentence"),
        [
            ("MEDIANEST_PORT=eighty", "MEDIANEST_PORT in .env is not usable"),
            ("MEDIANEST_PORT=70000", "MEDIANEST_PORT in .env is not usable"),
            ("MEDIANEST_SANDBOX=maybe", "should be 'on' or 'off'"),
            ("MEDIANEST_PLEX_URL=eighty", "must be an address that begins with http"),
            ("MEDIANEST_LOG_LEVEL=eighty", "MEDIANEST_LOG_LEVEL in .env"),
            ("MEDIANEST_DATABASE_URL=eighty", "a run makes it itself"),
            ("MEDIANEST_PLEX_TOKNE_KEY=eighty", "no setting that is known"),
            ("# first\n\nMEDIANEST_PROT=eighty", r"Line 3 of \.env: MEDIANEST_PROT .* did you mean MEDIANEST_PORT\?"),
            ("MEDIANST_MEDIA_DIR=eighty", r"did you mean MEDIANEST_MEDIA_DIR\?"),
            ("medianest_port=eighty", r"did you mean MEDIANEST_PORT\?"),
            ("MEDIANEST_COLOUR=eighty", "correct its name or remove it"),
        ],
    )
    def test_names_the_setting_and_not_its_value(self, tmp_path: Path, line: str, sentence: str) -> None:
        with pytest.raises(DevstackError, match=sentence) as caught:
            load(tmp_path, line)
        assert "eighty" not in str(caught.value)
