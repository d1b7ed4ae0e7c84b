"""Signing in: by passphrase, by code, with a second factor; and being signed out again."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts import notices
from accounts.models import Notice, User
from tests import world


def code_in_mail() -> str:
    """The latest code that was mailed, as a person would read it."""
    notices.send_due()
    found = re.findall(
        r"^\s*([A-Z0-9]{4}-[A-Z0-9]{4}|[A-Z0-9]{6})\s*$", mail.outbox[-1].body, re.MULTILINE
    )
    return found[-1]


def totp_code() -> str:
    counter = next(iter(totp.yield_hotp_counters_from_time()))
    return totp.format_hotp_value(totp.hotp_value(world.TOTP_SECRET, counter))


def sign_in(client: Client, user: User, password: str = world.PASSPHRASE):
    return client.post(reverse("account_login"), {"login": user.email, "password": password})


def test_a_new_patient_signs_up_with_a_mailed_code_and_lands_on_about_you(client, clinic):
    address = "new.patient@example.com"
    answer = client.post(
        reverse("account_signup"), {"email": address, "password1": "a boat in the morning"}
    )
    assert answer.status_code == 302
    answer = client.post(answer.url, {"code": code_in_mail()}, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("profile")
    assert EmailAddress.objects.get(email=address).verified


def test_a_patient_signs_in_with_a_passphrase(client, ada):
    assert sign_in(client, ada.user).url == reverse("home")


def test_a_patient_signs_in_with_a_mailed_code(client, ada):
    answer = client.post(reverse("account_request_login_code"), {"email": ada.user.email})
    answer = client.post(answer.url, {"code": code_in_mail()})
    assert answer.url == reverse("home")


def test_a_wrong_passphrase_says_so_and_keeps_the_address(client, ada):
    answer = sign_in(client, ada.user, "a wrong passphrase")
    assert ada.user.email in answer.content.decode()
    assert not client.session.get("_auth_user_id")


@pytest.mark.parametrize("short", ["short", "fourteen chars"])
def test_a_short_passphrase_is_refused_at_sign_up(client, clinic, short):
    client.post(reverse("account_signup"), {"email": "x@example.com", "password1": short})
    assert not User.objects.filter(email="x@example.com").exists()


def test_an_unknown_address_gets_the_same_answer_as_a_known_one(client, ada):
    url = reverse("account_request_login_code")
    known = client.post(url, {"email": ada.user.email})
    unknown = Client().post(url, {"email": "nobody@example.com"})
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)


def test_signing_up_with_a_known_address_does_not_tell(client, ada):
    answer = client.post(
        reverse("account_signup"), {"email": ada.user.email, "password1": "a boat in the morning"}
    )
    fresh = Client().post(
        reverse("account_signup"), {"email": "y@example.com", "password1": "a boat in the morning"}
    )
    assert (answer.status_code, answer.url) == (fresh.status_code, fresh.url)


def test_staff_sign_in_only_with_the_second_factor(client, bello):
    answer = sign_in(client, bello.user)
    assert answer.url == reverse("mfa_authenticate")
    assert client.get(reverse("home")).url.startswith(reverse("account_login"))
    answer = client.post(reverse("mfa_authenticate"), {"code": totp_code()})
    assert answer.url == reverse("home")


def test_a_wrong_second_factor_does_not_let_in(client, bello):
    sign_in(client, bello.user)
    client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert not client.session.get("_auth_user_id")


@pytest.fixture
def without_factor(bello, signed_in):
    Authenticator.objects.filter(user=bello.user).delete()
    return signed_in(bello)


@pytest.mark.parametrize("name", ["home", "queue", "profile", "account_email", "privacy"])
def test_staff_without_a_second_factor_reach_nothing_but_its_set_up(without_factor, name):
    assert without_factor.get(reverse(name)).url == reverse("mfa_index")


def test_staff_can_set_up_the_second_factor_and_go_on(without_factor, bello):
    answer = without_factor.get(reverse("mfa_activate_totp"))
    proof = without_factor.post(answer.url, {"password": world.PASSPHRASE})
    assert without_factor.get(proof.url).status_code == 200
    world.give_second_factor(bello.user)
    assert without_factor.get(reverse("home")).url == reverse("queue")


def test_the_secret_of_the_second_factor_is_encrypted(bello, run_sql):
    [(data,)] = run_sql("SELECT data::text FROM mfa_authenticator")
    assert world.TOTP_SECRET not in data


@pytest.mark.parametrize(
    ("who", "minutes", "stays"),
    [("bello", 29, True), ("bello", 31, False), ("ada", 59, True), ("ada", 61, False)],
)
def test_a_browser_that_rests_too_long_is_signed_out(
    who, minutes, stays, signed_in, clock, request, ada, bello
):
    client = signed_in(request.getfixturevalue(who))
    client.get(reverse("privacy"))
    clock.now += timedelta(minutes=minutes)
    assert (client.get(reverse("privacy")).status_code == 200) is stays


def test_a_person_sees_and_ends_other_sessions(client, ada):
    sign_in(client, ada.user)
    elsewhere = Client()
    sign_in(elsewhere, ada.user)
    client.get(reverse("profile"))
    elsewhere.get(reverse("profile"))
    assert "127.0.0.1" in client.get(reverse("usersessions_list")).content.decode()
    client.post(reverse("usersessions_list"))
    assert elsewhere.get(reverse("profile")).status_code == 302
    assert client.get(reverse("profile")).status_code == 200


def test_an_open_redirect_is_not_followed(client, ada):
    url = reverse("account_login") + "?next=https://evil.example/"
    answer = client.post(
        url,
        {"login": ada.user.email, "password": world.PASSPHRASE, "next": "https://evil.example/"},
    )
    assert "evil" not in answer.url


def test_the_mail_with_the_code_went_through_the_outbox(client, ada):
    client.post(reverse("account_request_login_code"), {"email": ada.user.email})
    assert Notice.objects.filter(to=ada.user, kind="account.mail").count() == 1


def test_whoever_signs_up_in_spanish_gets_spanish_mail(client, clinic):
    client.cookies["django_language"] = "es"
    client.post(
        reverse("account_signup"), {"email": "s@example.com", "password1": "un barco al amanecer"}
    )
    assert User.objects.get(email="s@example.com").language == "es"
    code_in_mail()
    assert "Harbor Clinic" in mail.outbox[-1].body
    assert "Le escribe Harbor Clinic" in mail.outbox[-1].body
