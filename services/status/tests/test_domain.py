"""The rules: verdicts, time, causes, abilities, addresses."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medianest_common.contracts.status import IntegrationKind, ServiceHealth
from medianest_status.domain.abilities import Pause, Standing, abilities, headline
from medianest_status.domain.causes import Node, behind, watched
from medianest_status.domain.integrations import Draft, address_refusal, clean_url, identifier, same_server
from medianest_status.domain.probes import Examination, Hysteresis, Judge, pause_after
from medianest_status.domain.timeline import FINE, Span, buckets, held_since, pieces, span_start, uptime

UP, DEGRADED, DOWN = ServiceHealth.UP, ServiceHealth.DEGRADED, ServiceHealth.DOWN
MAINTENANCE, UNKNOWN = ServiceHealth.MAINTENANCE, ServiceHealth.UNKNOWN
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class TestHysteresis:
    @pytest.mark.parametrize(
        ("start", "looks", "verdicts"),
        [
            (UP, [DOWN, UP, DOWN, UP], [UP, UP, UP, UP]),
            (UP, [DOWN, DOWN], [UP, DOWN]),
            (UP, [DEGRADED, DOWN], [UP, DOWN]),
            (DOWN, [UP, UP], [DOWN, UP]),
            (DOWN, [UP, DOWN, UP, UP], [DOWN, DOWN, DOWN, UP]),
            (UNKNOWN, [UP], [UP]),
            (UNKNOWN, [DOWN, DOWN], [UNKNOWN, DOWN]),
            (MAINTENANCE, [UP], [UP]),
        ],
    )
    def test_judges_by_two_looks_in_a_row(
        self, start: ServiceHealth, looks: list[ServiceHealth], verdicts: list[ServiceHealth]
    ) -> None:
        hysteresis = Hysteresis(start)
        assert [hysteresis.observe(look) for look in looks] == verdicts

    def test_looks_again_soon_after_a_doubt_and_less_soon_while_away(self) -> None:
        hysteresis = Hysteresis(UP)
        calm = pause_after(hysteresis, 15, 0.5)
        hysteresis.observe(DOWN)
        doubt = pause_after(hysteresis, 15, 0.5)
        hysteresis.observe(DOWN)
        away = pause_after(hysteresis, 15, 0.5)
        assert (calm, doubt, away) == (15, 1.25, 5)

    @given(luck=st.floats(0, 1, exclude_max=True), interval=st.floats(0.5, 300))
    def test_spreads_looks_by_a_tenth_around_the_interval(self, luck: float, interval: float) -> None:
        assert interval * 0.89 <= pause_after(Hysteresis(UP), interval, luck) <= interval * 1.11

    def test_keeps_the_reason_while_the_recovery_is_in_doubt(self) -> None:
        judge = Judge("plex", UP)
        failed = Examination(DOWN, message="Nothing listens.")
        said = [judge.judge(found, NOON).message for found in (failed, failed, Examination(UP), Examination(UP))]
        assert said == [None, "Nothing listens.", "Nothing listens.", None]


class TestTimeline:
    @given(offset=st.floats(0, 10_000), length=st.floats(0, 50_000))
    def test_cuts_time_into_stretches_without_losing_any(self, offset: float, length: float) -> None:
        start = NOON + timedelta(seconds=offset)
        end = start + timedelta(seconds=length)
        parts = list(pieces(start, end, FINE))
        assert sum(seconds for _, seconds in parts) == pytest.approx((end - start).total_seconds(), abs=1e-3)
        assert all(0 < seconds <= FINE for _, seconds in parts)
        assert [begin for begin, _ in parts] == sorted({span_start(begin, FINE) for begin, _ in parts})

    def test_does_not_fill_a_gap_in_which_nobody_looked(self) -> None:
        assert held_since(NOON, NOON + timedelta(seconds=200), 150) == NOON + timedelta(seconds=200)
        assert held_since(NOON, NOON + timedelta(seconds=100), 150) == NOON

    def test_ignores_a_clock_that_went_back(self) -> None:
        assert held_since(NOON + timedelta(seconds=5), NOON, 150) == NOON

    def test_leaves_maintenance_and_the_unknown_out_of_uptime(self) -> None:
        assert uptime({UP: 90, DEGRADED: 9, DOWN: 1, MAINTENANCE: 500, UNKNOWN: 500}) == 0.99

    def test_has_no_uptime_where_nothing_was_judged(self) -> None:
        assert uptime({UNKNOWN: 60}) is None

    def test_says_no_data_for_buckets_without_any(self) -> None:
        spans = [(NOON - timedelta(seconds=600), Span({UP: 300}, 40, 2))]
        rows = buckets(spans, size=300, count=4, now=NOON)
        assert [row["health"] for row in rows] == ["no_data", "up", "no_data", "no_data"]
        assert rows[1]["response_ms"] == 20

    def test_bridges_short_gaps_only(self) -> None:
        spans = [(NOON - timedelta(seconds=45 * 4), Span({UP: 1}))]
        rows = buckets(spans, size=45, count=5, now=NOON, bridge=2)
        assert [row["health"] for row in rows] == ["up", "up", "up", "no_data", "no_data"]

    def test_shows_the_worst_that_held(self) -> None:
        assert Span({UP: 299, DOWN: 1}).health == "down"

    @pytest.mark.parametrize(("seconds", "size"), [(86_400, 300), (604_800, 2_700), (2_592_000, 10_800)])
    def test_never_has_more_than_three_hundred_buckets(self, seconds: int, size: int) -> None:
        assert seconds // size <= 300


def node(name: str, health: ServiceHealth, minutes: float = 0, **stands_on: str) -> Node:
    return Node(name, health, NOON + timedelta(minutes=minutes), **stands_on)


class TestBehind:
    def test_explains_a_failure_by_what_it_needs(self) -> None:
        found = behind([node("plex", DOWN), node("tautulli", DOWN, 1, needs="plex")])
        assert found == {"plex": None, "tautulli": "plex"}

    def test_follows_the_chain_to_its_end(self) -> None:
        chain = [node("box", DOWN), node("plex", DOWN, needs="box"), node("tautulli", DOWN, needs="plex")]
        assert behind(chain)["tautulli"] == "box"

    def test_survives_a_circle(self) -> None:
        assert behind([node("a", DOWN, needs="b"), node("b", DOWN, needs="a")]) == {"a": "b", "b": "a"}

    def test_leaves_what_is_well_alone(self) -> None:
        assert behind([node("plex", DOWN), node("tautulli", UP, needs="plex")])["tautulli"] is None

    def test_does_not_blame_what_broke_much_later(self) -> None:
        assert behind([node("plex", DOWN, 60), node("tautulli", DOWN, needs="plex")])["tautulli"] is None

    def test_forgives_that_the_consequence_was_noticed_first(self) -> None:
        assert behind([node("plex", DOWN, 1), node("tautulli", DOWN, needs="plex")])["tautulli"] == "plex"

    def test_explains_unseen_monitors_by_their_source(self) -> None:
        kuma = [node("uptime_kuma", DOWN), node("kuma.1", UNKNOWN, source="uptime_kuma", needs="plex")]
        assert behind([*kuma, node("plex", DOWN)])["kuma.1"] == "uptime_kuma"


URLS = {"plex": "http://box:8090/plex", "overseerr": "http://box:8090/overseerr", "nas": "http://nas:80"}


class TestWatched:
    @pytest.mark.parametrize(
        ("target", "found"),
        [
            ("http://box:8090/plex/identity", "plex"),
            ("http://BOX:8090/plex", "plex"),
            ("http://box:8090/plexus", None),
            ("http://other:8090/plex", None),
            ("tcp://nas:80", "nas"),
            ("tcp://box:8090", None),
            ("", None),
        ],
    )
    def test_is_at_or_below_the_address(self, target: str, found: str | None) -> None:
        assert watched(target, URLS) == found


def standing(kind: IntegrationKind, health: ServiceHealth = UP, **more: object) -> Standing:
    names = {"plex": "Plex", "overseerr": "Overseerr", "uptime_kuma": "Uptime Kuma", "http": "Router"}
    return Standing(kind.value, names[kind.value], kind, health, NOON, **more)  # type: ignore[arg-type]


PLEX, OVERSEERR, KUMA = IntegrationKind.PLEX, IntegrationKind.OVERSEERR, IntegrationKind.UPTIME_KUMA


class TestAbilities:
    def test_all_are_possible_when_all_is_up(self) -> None:
        can = abilities([standing(PLEX), standing(OVERSEERR)], None)
        assert all(ability.ok and ability.because is None for ability in can.values())

    def test_watching_needs_plex(self) -> None:
        can = abilities([standing(PLEX, DOWN), standing(OVERSEERR)], None)
        assert (can["watch"].ok, can["watch"].because) == (False, "Plex is down. You cannot watch now.")
        assert can["watch"].since == NOON
        assert can["browse"].ok

    def test_requests_wait_for_overseerr_until_its_maintenance_ends(self) -> None:
        until = NOON + timedelta(hours=2)
        can = abilities([standing(PLEX), standing(OVERSEERR, MAINTENANCE, until=until)], None)
        assert (can["request"].ok, can["request"].until) == (False, until)
        assert can["request"].because == "Overseerr is being worked on. New requests wait."

    def test_requests_wait_where_our_key_is_refused(self) -> None:
        can = abilities([standing(PLEX), standing(OVERSEERR, DEGRADED, key_refused=True)], None)
        assert not can["request"].ok

    def test_a_slow_overseerr_still_takes_requests(self) -> None:
        assert abilities([standing(OVERSEERR, DEGRADED)], None)["request"].ok

    def test_downloads_pause_with_their_lane(self) -> None:
        until = NOON + timedelta(minutes=40)
        download = abilities([standing(PLEX)], Pause(NOON, until))["download"]
        assert (download.ok, download.since, download.until) == (False, NOON, until)

    def test_what_is_not_connected_says_so(self) -> None:
        can = abilities([], None)
        assert can["watch"].because == "Plex is not connected yet."
        assert not can["browse"].ok


class TestHeadline:
    @pytest.mark.parametrize(
        ("standings", "pause", "title", "health"),
        [
            ([standing(PLEX), standing(OVERSEERR)], None, "Everything is up.", UP),
            ([standing(PLEX, DOWN), standing(OVERSEERR, DOWN)], None, "Plex is down. You cannot watch now.", DOWN),
            ([standing(PLEX), standing(OVERSEERR, DOWN)], None, "Plex is up. New requests wait.", DOWN),
            ([standing(PLEX), standing(OVERSEERR)], Pause(NOON, None), "Plex is up. Downloads pause.", DEGRADED),
            (
                [standing(PLEX), standing(OVERSEERR), standing(KUMA, MAINTENANCE)],
                None,
                "Uptime Kuma is being worked on.",
                MAINTENANCE,
            ),
            ([standing(PLEX, DEGRADED), standing(OVERSEERR)], None, "Plex is limited.", DEGRADED),
            ([standing(PLEX), standing(OVERSEERR), standing(KUMA, DOWN)], None, "Everything you need is up.", UP),
            ([], None, "Nothing is connected yet.", UNKNOWN),
        ],
    )
    def test_is_the_first_sentence_that_fits(
        self, standings: list[Standing], pause: Pause | None, title: str, health: ServiceHealth
    ) -> None:
        line = headline(standings, abilities(standings, pause), stale=False)
        assert (line["title"], line["health"]) == (title, health)

    def test_admits_that_nobody_looks(self) -> None:
        standings = [standing(PLEX)]
        line = headline(standings, abilities(standings, None), stale=True)
        assert line["title"] == "We cannot see the services right now."
        assert line["detail"] == "When last seen, all were up."


class TestAddresses:
    @pytest.mark.parametrize(
        "url",
        ["http://192.168.1.5:32400", "https://plex.example", "http://[fd12::5]:5055/", "http://127.0.0.1:8090/plex/"],
    )
    def test_takes_addresses_at_home(self, url: str) -> None:
        assert clean_url(url) == url.rstrip("/")

    @pytest.mark.parametrize(
        "url",
        [
            "ftp://nas",
            "file:///etc/passwd",
            "nas:32400",
            "http://",
            "http://user:word@nas",
            "http://nas/?token=1",
            "http://nas/#x",
            "http://nas:notaport",
            "http://nas name",
            "http://169.254.169.254/latest",
            "http://[fe80::1]/",
            "http://[::ffff:169.254.169.254]/",
            "http://0.0.0.0:8080",
            "http://100.100.100.200",
            "http://[fd00:ec2::254]",
            "http://224.0.0.1",
            "http://255.255.255.255",
        ],
    )
    def test_refuses_the_rest(self, url: str) -> None:
        with pytest.raises(ValueError, match=r"\."):
            clean_url(url)

    @pytest.mark.parametrize("address", ["10.0.0.1", "172.16.3.4", "127.0.0.1", "::1", "fd00::1", "93.184.216.34"])
    def test_asks_private_and_public_machines(self, address: str) -> None:
        assert address_refusal(ip_address(address)) is None

    def test_knows_one_server_by_scheme_host_and_port(self) -> None:
        assert same_server("http://nas", "http://nas:80/path")
        assert not same_server("http://nas", "https://nas")
        assert not same_server("http://nas:1", "http://nas:2")


class TestIdentifier:
    @pytest.mark.parametrize(
        ("draft", "found"),
        [
            (Draft(IntegrationKind.PLEX, "http://x", id="mine"), "plex"),
            (Draft(IntegrationKind.HTTP, "http://x", name="My Photos!"), "my-photos"),
            (Draft(IntegrationKind.HTTP, "http://x", id="nas", name="My Photos"), "nas"),
            (Draft(IntegrationKind.HTTP, "http://x", name="Plex"), None),
            (Draft(IntegrationKind.HTTP, "http://x"), None),
            (Draft(IntegrationKind.HTTP, "http://x", name="日本"), None),
        ],
    )
    def test_is_fixed_chosen_or_made_of_the_name(self, draft: Draft, found: str | None) -> None:
        assert identifier(draft) == found
