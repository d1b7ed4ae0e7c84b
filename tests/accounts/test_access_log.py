"""Who opened my record, in words that the patient understands."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import audit
from accounts.views import access_log

ROOT = Path(settings.BASE_DIR)


@pytest.fixture
def mine(ada, signed_in):
    return signed_in(ada)


def test_it_says_who_in_which_role_and_what_in_words(mine, ada, bello, dana) -> None:
    audit.record("visit.read", ada, by=bello.user, patient=ada)
    audit.record("patient.correct", ada, by=dana, patient=ada)
    audit.record("visit.release", ada, by=None, patient=ada)
    computer, admin, clinician = mine.get("/access-log/").context["entries"]
    assert (clinician.who, clinician.role) == ("Dr. Amara Bello, MD", "Physician")
    assert clinician.what == "Opened your visit"
    assert (admin.who, admin.role) == ("Dana Ortiz", "Clinic admin")
    assert computer.who == "The clinic's computer"


def test_times_are_in_the_patients_zone_and_say_so(mine, ada, bello, clock) -> None:
    audit.record("visit.read", ada, by=bello.user, patient=ada)
    assert "Nov. 23, 2026, <time" in mine.get("/access-log/").content.decode()
    assert "CST</time>" in mine.get("/access-log/").content.decode()


def test_ones_own_steps_and_other_patients_are_not_in_it(mine, ada, zed, bello) -> None:
    audit.record("visit.read", ada, by=ada.user, patient=ada)
    audit.record("visit.read", zed, by=bello.user, patient=zed)
    response = mine.get("/access-log/")
    assert response.context["entries"] == []
    assert "Nobody has opened your record" in response.content.decode()


def test_an_action_without_words_is_never_shown_as_its_code(mine, ada, bello) -> None:
    audit.record("thing.poke", ada, by=bello.user, patient=ada)
    page = mine.get("/access-log/").content.decode()
    assert "thing.poke" not in page
    assert "Worked on your record" in page


def test_only_patients_have_one(signed_in, bello, dana, client) -> None:
    assert signed_in(bello).get("/access-log/").status_code == 403
    assert signed_in(dana).get("/access-log/").status_code == 403
    assert client.get("/access-log/").status_code == 302


def test_it_has_pages_and_asks_as_much_for_ten_more(mine, ada, bello) -> None:
    audit.record("visit.read", ada, by=bello.user, patient=ada)
    mine.get("/access-log/")  # the first page of a session also writes when it was seen
    with CaptureQueriesContext(connection) as before:
        mine.get("/access-log/")
    for _number in range(access_log.ON_A_PAGE + 5):
        audit.record("note.sign", ada, by=bello.user, patient=ada)
    with CaptureQueriesContext(connection) as after:
        first = mine.get("/access-log/")
    assert len(after) == len(before)
    assert len(first.context["entries"]) == access_log.ON_A_PAGE
    assert len(mine.get("/access-log/?page=2").context["entries"]) == 6
    assert mine.get("/access-log/?page=nonsense").status_code == 200


def test_every_action_about_a_patient_has_words() -> None:
    """Reads the source: a new `audit.record(…, patient=…)` needs a sentence for the patient."""
    call = re.compile(r"audit\.record\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)", re.DOTALL)
    found = set()
    for folder in ("accounts", "triage", "visits", "prescriptions", "video"):
        for file in (ROOT / folder).rglob("*.py"):
            for arguments in call.findall(file.read_text()):
                if "patient=" in arguments:
                    found |= set(re.findall(r'"([a-z_]+\.[a-z_]+)"', arguments))
    assert len(found) > 8
    assert found <= set(access_log.WORDS)


def test_every_move_of_a_visit_has_words() -> None:
    source = (ROOT / "visits" / "lifecycle.py").read_text()
    moves = set(re.findall(r'"(visit\.[a-z_]+)"', source))
    assert len(moves) > 8
    assert moves <= set(access_log.WORDS)
