"""Credentials that coturn's use-auth-secret accepts, and only until they expire."""

from datetime import UTC, datetime

from video import turn

UNTIL = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


def test_the_user_name_carries_the_end_and_the_password_proves_it():
    # printf '1795453200:visit' | openssl dgst -sha1 -hmac north -binary | base64
    assert turn.credentials("north", name="visit", until=UNTIL) == (
        "1795453200:visit",
        "GZOoonSeh94EV1mcyDZzP24YIZU=",
    )


def test_another_secret_or_another_end_gives_another_password():
    passwords = {
        turn.credentials(secret, name="visit", until=until)[1]
        for secret in ("north", "south")
        for until in (UNTIL, UNTIL.replace(hour=18))
    }
    assert len(passwords) == 4


def test_a_clinic_without_a_relay_hands_out_none():
    assert turn.ice_servers([], "north", name="visit", until=UNTIL) == []


def test_the_browser_gets_every_address_with_the_same_credentials():
    urls = ["turn:turn.example.com:3478?transport=udp", "turns:turn.example.com:443?transport=tcp"]
    (server,) = turn.ice_servers(urls, "north", name="visit", until=UNTIL)
    assert server["urls"] == urls
    assert server["username"].startswith("1795453200:")
