"""The rules, without anything around them."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medianest_auth.domain import (
    NO_ACCESS,
    NOT_INVITED,
    SUSPENDED,
    Admission,
    Membership,
    RefreshVerdict,
    Refusal,
    Resource,
    Standing,
    SuspendedBecause,
    SweepUser,
    address_group,
    device_name,
    is_own_path,
    login_pause,
    membership,
    new_setup_code,
    plain_setup_code,
    refresh_verdict,
    refusal,
    sweep_would_empty_the_house,
)
from medianest_common.contracts.auth import UserStatus
from medianest_common.contracts.permissions import Role

NOW = datetime(2026, 11, 23, tzinfo=UTC)
MEMBER = Membership(member=True)


class TestMembership:
    def test_a_player_with_the_servers_id_is_not_the_server(self) -> None:
        player = Resource("m", is_server=False, owned=True)
        assert membership([player], "m").member is False

    def test_another_server_is_not_ours(self) -> None:
        assert membership([Resource("other", is_server=True, owned=True)], "m") == Membership(member=False)

    def test_a_shared_server_is_access_without_ownership(self) -> None:
        found = membership([Resource("m", is_server=True, owned=False, access_token="t")], "m")
        assert found == Membership(member=True, owner=False, server_token="t")

    def test_an_empty_identifier_is_nobodys(self) -> None:
        assert membership([Resource("x", is_server=True, owned=True)], "").member is False


@pytest.mark.parametrize(
    ("policy", "found", "standing", "invited", "expected"),
    [
        (Admission.MEMBERS, MEMBER, None, False, None),
        (Admission.MEMBERS, Membership(member=False), None, True, NO_ACCESS),
        (Admission.INVITED, MEMBER, None, False, NOT_INVITED),
        (Admission.INVITED, MEMBER, None, True, None),
        (Admission.INVITED, Membership(member=True, owner=True), None, False, None),
        (Admission.INVITED, MEMBER, Standing(UserStatus.ACTIVE, None), False, None),
        (Admission.MEMBERS, MEMBER, Standing(UserStatus.SUSPENDED, SuspendedBecause.ADMIN), False, SUSPENDED),
        (Admission.MEMBERS, MEMBER, Standing(UserStatus.SUSPENDED, None), False, SUSPENDED),
        (Admission.INVITED, MEMBER, Standing(UserStatus.SUSPENDED, SuspendedBecause.ACCESS_ENDED), False, None),
    ],
)
def test_who_comes_in(
    policy: Admission, found: Membership, standing: Standing | None, invited: bool, expected: Refusal | None
) -> None:
    assert refusal(policy, found, standing, invited=invited) is expected


@pytest.mark.parametrize(
    ("spent", "ends", "alive", "expected"),
    [
        (None, 10, True, RefreshVerdict.ROTATE),
        (30, 10, True, RefreshVerdict.SIBLING),
        (31, 10, True, RefreshVerdict.REPLAYED),
        (None, 0, True, RefreshVerdict.ENDED),
        (31, 10, False, RefreshVerdict.ENDED),
    ],
)
def test_what_a_refresh_token_is_worth(spent: int | None, ends: int, alive: bool, expected: RefreshVerdict) -> None:
    spent_at = None if spent is None else NOW - timedelta(seconds=spent)
    expires_at = NOW + timedelta(seconds=ends)
    assert refresh_verdict(now=NOW, expires_at=expires_at, spent_at=spent_at, alive=alive) is expected


def _users(*losing: bool, admin_loses: bool = False) -> list[SweepUser]:
    admin = SweepUser(uuid4(), Role.ADMIN, admin_loses)
    return [admin, *(SweepUser(uuid4(), Role.USER, each) for each in losing)]


class TestSweep:
    def test_two_of_three_guests_may_leave(self) -> None:
        assert sweep_would_empty_the_house(_users(True, True), 0) is False

    def test_three_are_too_many_when_they_are_more_than_half(self) -> None:
        assert sweep_would_empty_the_house(_users(True, True, True), 0) is True
        assert sweep_would_empty_the_house(_users(True, True, True, False, False), 0) is False

    def test_the_last_admin_stops_it(self) -> None:
        assert sweep_would_empty_the_house(_users(False, admin_loses=True), 0) is True
        assert sweep_would_empty_the_house(_users(False, admin_loses=True), 1) is False


class TestAddress:
    @pytest.mark.parametrize(
        ("address", "group"),
        [
            ("203.0.113.7", "203.0.113.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("nonsense", "unknown"),
            (None, "unknown"),
        ],
    )
    def test_what_counts_as_one(self, address: str | None, group: str) -> None:
        assert address_group(address) == group


@given(st.text(max_size=50))
def test_an_own_path_never_leads_to_another_host(text: str) -> None:
    if is_own_path(text):
        assert text.startswith("/")
        assert text[1:2] not in ("/", "\\")
        assert text.isascii()


@given(st.text(max_size=300))
def test_a_devices_name_is_made_of_our_words(user_agent: str) -> None:
    assert len(device_name(user_agent)) < 60
    assert device_name(user_agent).isascii()


def test_wrong_passwords_wait_longer_and_longer_up_to_five_minutes() -> None:
    pauses = [login_pause(failures) for failures in range(1, 30)]
    assert pauses[3] == timedelta(0)
    assert pauses == sorted(pauses)
    assert pauses[-1] == timedelta(minutes=5)


def test_a_setup_code_is_the_same_however_it_is_typed() -> None:
    code = new_setup_code()
    assert plain_setup_code(code) == plain_setup_code(f" {code.lower().replace('-', '')} ")
    assert code != new_setup_code()


def test_a_set_up_code_has_a_hundred_bits_of_chance() -> None:
    codes = {new_setup_code() for _ in range(200)}
    assert len(codes) == 200
    letters = {letter for code in codes for letter in plain_setup_code(code)}
    assert len(letters) == 32
    assert {len(plain_setup_code(code)) for code in codes} == {20}, "twenty letters of five bits each"
