"""Who may open what: every named URL and every socket, for the whole cast.

A row is `name: method, statuses`, one status for each of the cast in the order of `CAST`. Ada is
the patient of the visit and Dr. Bello its clinician; Dr. Chen, Dana (admin), Gus (whom Ada told
the address) and Zed (another patient) are not. 302 for nobody is the way to the sign-in page.
A POST goes out empty: 422 means "you may, and your form is not filled in". A URL without a row
fails the last test.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts import notices
from accounts.models import Notice, User
from prescriptions import writing
from prescriptions.models import Prescription
from tests import world
from triage import intakes
from video import rooms, routing
from visits.models import Note, ScheduleException

CAST = ("nobody", "ada", "bello", "chen", "dana", "gus", "zed")

# fmt: off
PAGES = {
    # name                              method  nobody ada bello chen dana gus zed
    # The front door
    "front":                            ("get",  "200 302 302 302 302 302 302"),
    "home":                             ("get",  "302 302 302 302 302 302 302"),
    "privacy":                          ("get",  "200 200 200 200 200 200 200"),
    "healthz":                          ("get",  "200 200 200 200 200 200 200"),
    "set_language":                     ("post", "302 302 302 302 302 302 302"),
    # Signing in (allauth)
    "account_login":                    ("get",  "200 302 302 302 302 302 302"),
    "account_logout":                   ("get",  "302 200 200 200 200 200 200"),
    "account_inactive":                 ("get",  "200 200 200 200 200 200 200"),
    "account_signup":                   ("get",  "200 302 302 302 302 302 302"),
    "account_reauthenticate":           ("get",  "302 200 200 200 200 200 200"),
    "account_email":                    ("get",  "302 200 200 200 200 200 200"),
    "account_email_verification_sent":  ("get",  "302 302 302 302 302 302 302"),
    "account_change_password":          ("get",  "302 200 200 200 200 200 200"),
    "account_set_password":             ("get",  "302 302 302 302 302 302 302"),
    "account_reset_password":           ("get",  "200 200 200 200 200 200 200"),
    "account_confirm_login_code":       ("get",  "302 302 302 302 302 302 302"),
    "account_reset_password_from_key_done":("get",  "200 200 200 200 200 200 200"),
    "account_reset_password_from_key":  ("post", "200 200 200 200 200 200 200"),
    "account_reset_password_done":      ("get",  "200 200 200 200 200 200 200"),
    "account_request_login_code":       ("get",  "200 302 302 302 302 302 302"),
    "mfa_index":                        ("get",  "302 200 200 200 200 200 200"),
    "mfa_authenticate":                 ("get",  "302 302 302 302 302 302 302"),
    "mfa_reauthenticate":               ("get",  "302 302 200 200 200 302 302"),
    "mfa_activate_totp":                ("get",  "302 302 302 302 302 302 302"),
    "mfa_deactivate_totp":              ("get",  "302 404 302 302 302 404 404"),
    "mfa_view_recovery_codes":          ("get",  "302 404 404 404 404 404 404"),
    "mfa_generate_recovery_codes":      ("get",  "302 302 302 302 302 302 302"),
    "mfa_download_recovery_codes":      ("get",  "302 404 404 404 404 404 404"),
    "mfa_list_webauthn":                ("get",  "302 200 200 200 200 200 200"),
    "mfa_add_webauthn":                 ("get",  "302 302 302 302 302 302 302"),
    "mfa_reauthenticate_webauthn":      ("get",  "302 302 302 302 302 302 302"),
    "mfa_remove_webauthn":             ("get",  "302 302 302 302 302 302 302"),
    "mfa_edit_webauthn":               ("get",  "302 302 302 302 302 302 302"),
    "mfa_login_webauthn":               ("get",  "302 302 302 302 302 302 302"),
    "usersessions_list":                ("get",  "302 200 200 200 200 200 200"),
    # Patients: about themselves
    "profile":                          ("get",  "302 200 403 403 403 200 200"),
    "access_log":                       ("get",  "302 200 403 403 403 403 200"),
    # Clinic admins
    "clinicians":                       ("get",  "302 403 403 403 200 403 403"),
    "add_clinician":                    ("get",  "302 403 403 403 200 403 403"),
    "edit_clinician":                   ("get",  "302 403 403 403 200 403 403"),
    "end_employment":                   ("post", "302 403 403 403 302 403 403"),
    "resume_employment":                ("post", "302 403 403 403 302 403 403"),
    "license_book":                     ("get",  "302 403 403 403 200 403 403"),
    "add_license":                      ("get",  "302 403 403 403 200 403 403"),
    "verify_license":                   ("get",  "302 403 403 403 200 403 403"),
    "change_license_status":            ("get",  "302 403 403 403 200 403 403"),
    # The intake: its patient alone
    "start_intake":                     ("get",  "302 200 403 403 403 403 200"),
    "intake_place":                     ("get",  "302 200 403 403 403 403 404"),
    "intake_reason":                    ("get",  "302 200 403 403 403 403 404"),
    "intake_safety":                    ("get",  "302 200 403 403 403 403 404"),
    "intake_history":                   ("get",  "302 200 403 403 403 403 404"),
    "intake_result":                    ("get",  "302 302 403 403 403 403 404"),
    "emergency":                        ("get",  "302 302 403 403 403 403 404"),
    "history":                          ("get",  "302 200 403 403 403 403 200"),
    # Patients: visits
    "patient_home":                     ("get",  "302 200 403 403 403 403 200"),
    "find_time":                        ("get",  "302 200 403 403 403 403 404"),
    "hold":                             ("post", "302 422 403 403 403 403 404"),
    "visit":                            ("get",  "302 200 403 403 403 403 404"),
    "confirm":                          ("get",  "302 302 403 403 403 403 404"),
    "reschedule":                       ("get",  "302 409 403 403 403 403 404"),
    "cancel":                           ("get",  "302 200 403 403 403 403 404"),
    "check_in":                         ("get",  "302 200 403 403 403 403 404"),
    "room":                             ("get",  "302 200 404 404 404 404 404"),
    "room_state":                       ("get",  "302 200 404 404 404 404 404"),
    "summary":                          ("get",  "302 200 200 404 404 404 404"),
    "summary_pdf":                      ("get",  "302 409 409 404 404 404 404"),
    # Clinicians: their day, their visits
    "queue":                            ("get",  "302 403 200 200 403 403 403"),
    "queue_rows":                       ("get",  "302 403 200 200 403 403 403"),
    "chart":                            ("get",  "302 403 200 404 404 404 404"),
    "chart_state":                      ("get",  "302 403 200 404 404 404 404"),
    "admit":                            ("post", "302 403 302 404 404 404 404"),
    "put_back":                         ("post", "302 403 409 404 404 404 404"),
    "complete":                         ("post", "302 403 422 404 404 404 404"),
    "no_show":                          ("post", "302 403 409 404 404 404 404"),
    "redirect_visit":                   ("post", "302 403 422 404 404 404 404"),
    "save_note":                        ("post", "302 403 422 404 404 404 404"),
    "sign_note":                        ("get",  "302 403 302 404 404 404 404"),
    "addendum":                         ("post", "302 403 422 404 404 404 404"),
    "schedule":                         ("get",  "302 403 200 200 403 403 403"),
    "add_hours":                        ("post", "302 403 422 422 403 403 403"),
    "remove_hours":                     ("post", "302 403 302 404 403 403 403"),
    "add_exception":                    ("post", "302 403 422 422 403 403 403"),
    "remove_exception":                 ("post", "302 403 302 404 403 403 403"),
    # Prescriptions: the visit's clinician writes, its patient reads what is signed
    "cancel_prescription":              ("get",  "302 403 200 404 403 404 404"),
    "change_prescription":              ("post", "302 403 409 404 403 404 404"),
    "discard_prescription":             ("post", "302 403 409 404 403 404 404"),
    "draft_prescription":               ("get",  "302 403 409 404 404 404 404"),
    "explain_prescription":             ("post", "302 403 409 404 403 404 404"),
    "prescription":                     ("get",  "302 200 200 404 403 404 404"),
    "prescription_list":                ("get",  "302 403 200 404 404 404 404"),
    "prescription_pdf":                 ("get",  "302 200 200 404 403 404 404"),
    "sign_prescription":                ("get",  "302 403 302 404 403 404 404"),
    # Clinic admins
    "clinic":                           ("get",  "302 403 403 403 200 403 403"),
    "resend_notice":                    ("post", "302 403 403 403 409 403 403"),
    "visit_types":                      ("get",  "302 403 403 403 200 403 403"),
    "add_visit_type":                   ("get",  "302 403 403 403 200 403 403"),
    "edit_visit_type":                  ("get",  "302 403 403 403 200 403 403"),
    # Practice: whoever signed in, each their own
    "video:practice":                   ("get",  "302 200 200 200 200 200 200"),
    "video:start_practice":             ("post", "302 302 302 302 302 302 302"),
    "video:practice_call":              ("get",  "302 200 404 404 404 404 404"),
    "video:end_practice":               ("post", "302 302 404 404 404 404 404"),
    # The demo's own pages
    "demo":                             ("get",  "200 200 200 200 200 200 200"),
    "demo_mail":                        ("get",  "404 404 404 404 404 404 404"),
}
# fmt: on


@pytest.fixture
def prescribed(ada, bello, visit_type) -> Prescription:
    """Signed after an earlier visit of Ada's with Dr. Bello."""
    earlier = world.end(world.book(world.make_intake(ada), bello, visit_type))
    draft = writing.draft(
        earlier,
        drug="amoxicillin",
        form="capsule",
        strength="500 mg",
        quantity=30,
        directions="Take 1 capsule by mouth three times a day for 10 days.",
        refills=0,
        pharmacy="",
        by=bello.user,
    )
    return writing.sign(draft, by=bello.user)


@pytest.fixture
def codes(
    ada, bello, chen, dana, gus, zed, prescribed, intake, visit_type, waiting
) -> dict[str, Any]:
    """A clinic with one of each thing; what a URL needs to name it."""
    Note.objects.get_or_create(visit=waiting, defaults={"author": bello})
    away = ScheduleException.objects.create(
        clinician=bello, first_day=date(2030, 1, 1), last_day=date(2030, 1, 2)
    )
    notices.enqueue("account.mail", key="failed", to=gus)
    Notice.objects.filter(key="failed").update(status="failed")
    open_intake = intakes.start(
        ada, place="TX", street="12 Elm Street", city="Austin", phone="512-555-0142", by=ada.user
    )
    practice = rooms.start_practice(ada.user)
    return {
        "intake": open_intake.code,
        "complete": intake.code,
        "visit": waiting.code,
        "clinician": chen.code,
        "license": bello.licenses.first().code,
        "hours": bello.weekly_hours.first().pk,
        "exception": away.pk,
        "notice": Notice.objects.get(key="failed").code,
        "visit_type": visit_type.code,
        "practice": practice.code,
        "prescription": prescribed.code,
    }


# Which of the codes a URL names; the rest names a visit.
NAMES = {
    "intake_": "intake", "emergency": "intake", "find_time": "complete", "hold": "complete",
    "edit_clinician": "clinician", "end_employment": "clinician", "resume_employment": "clinician",
    "verify_license": "license", "change_license_status": "license",
    "remove_hours": "hours", "remove_exception": "exception",
    "prescription_list": "visit", "draft_prescription": "visit",
    "prescription": "prescription", "change_p": "prescription", "explain_p": "prescription",
    "sign_p": "prescription", "discard_p": "prescription", "cancel_p": "prescription",
    "resend_notice": "notice", "edit_visit_type": "visit_type",
    "video:practice_call": "practice", "video:end_practice": "practice",
}  # fmt: skip


def named_patterns(resolver: Any = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for each in (resolver or get_resolver()).url_patterns:
        if isinstance(each, URLResolver):
            inside = f"{each.namespace}:" if each.namespace else ""
            yield from named_patterns(each, prefix + inside)
        elif each.name:
            yield prefix + each.name, each


PATTERNS = dict(named_patterns())


def address(name: str, codes: dict[str, Any]) -> str:
    arguments = list(PATTERNS[name].pattern.converters) or list(
        PATTERNS[name].pattern.regex.groupindex
    )
    if name in {"mfa_remove_webauthn", "mfa_edit_webauthn"}:
        return reverse(name, args=[1])
    if not arguments:
        return reverse(name)
    if name == "account_reset_password_from_key":
        return reverse(name, args=["1", "no-key"])
    if name == "demo_mail":
        return reverse(name, args=["none.eml"])
    thing = next((NAMES[key] for key in NAMES if name.startswith(key)), "visit")
    return reverse(name, args=[codes[thing]])


class Undo(Exception):
    """Takes back what a request changed, so that the next of the cast finds the same world."""


def status_for(client: Client, method: str, path: str) -> int:
    try:
        with transaction.atomic():
            status = getattr(client, method)(path).status_code
            raise Undo
    except Undo:
        return int(status)


@pytest.fixture
def clients(request, signed_in, codes) -> dict[str, Client]:
    return {
        who: Client() if who == "nobody" else signed_in(request.getfixturevalue(who))
        for who in CAST
    }


@pytest.mark.parametrize("name", PAGES)
def test_each_page_opens_for_those_it_is_for_alone(name, clients, codes):
    method, expected = PAGES[name]
    path = address(name, codes)
    got = {who: status_for(clients[who], method, path) for who in CAST}
    if name == "healthz":
        # 503 speaks of a part that is down, not of the person: everybody gets the same answer.
        got = {who: 200 for who, status in got.items() if status in (200, 503)}
    assert got == dict(zip(CAST, map(int, expected.split()), strict=True)), path


def test_every_named_url_has_a_row():
    assert set(PATTERNS) - set(PAGES) == set()


SOCKETS = {
    # name            nobody ada bello chen dana gus zed
    "ws_visit":      "4401 open open 4404 4404 4404 4404",
    "ws_visit_news": "4401 open open 4404 4404 4404 4404",
    "ws_queue":      "4401 4403 open open 4403 4403 4403",
    "ws_practice":   "4401 open 4404 4404 4404 4404 4404",
}  # fmt: skip


async def outcome(path: str, user: User | AnonymousUser) -> str:
    """“open”, or the code with which the server closed."""
    socket = WebsocketCommunicator(URLRouter(routing.websocket_urlpatterns), path)
    socket.scope["user"] = user
    accepted, _ = await socket.connect()
    assert accepted  # a refusal before accepting would reach the browser as a bare 403
    await socket.send_to(text_data='{"type": "ping"}')
    while True:
        event = await socket.receive_output(timeout=3)
        if event["type"] == "websocket.close":
            return str(event["code"])
        if '"pong"' in event.get("text", ""):
            await socket.disconnect()
            return "open"


@pytest.mark.parametrize("name", SOCKETS)
@pytest.mark.django_db(transaction=True)
def test_each_socket_opens_for_those_it_is_for_alone(name, codes, request):
    path = next(each for each in routing.websocket_urlpatterns if each.name == name)
    thing = "practice" if name == "ws_practice" else "visit"
    url = "/" + str(path.pattern).replace("<uuid:code>", str(codes[thing]))

    async def all_of_them() -> dict[str, str]:
        return {who: await outcome(url, users[who]) for who in CAST}

    people = {who: request.getfixturevalue(who) for who in CAST if who != "nobody"}
    users = {who: getattr(person, "user", person) for who, person in people.items()}
    users["nobody"] = AnonymousUser()
    got = async_to_sync(all_of_them)()
    assert got == dict(zip(CAST, SOCKETS[name].split(), strict=True))


def test_every_socket_has_a_row():
    assert {each.name for each in routing.websocket_urlpatterns} == set(SOCKETS)
