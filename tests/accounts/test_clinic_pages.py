"""The admin's pages: what they show, what they refuse, and at which field."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import notices, npi
from accounts.models import Clinician, License, Notice
from tests import world
from visits.models import VisitType

NPI = "123456789" + npi.check_digit("123456789")
WRONG_NPI = "123456789" + str((int(NPI[-1]) + 1) % 10)

CLINICIAN = {
    "name": "Dr. New Colleague",
    "email": "new@example.com",
    "credentials": "MD",
    "profession": "physician",
    "npi": NPI,
    "languages": ["en", "es"],
    "home_state": "TX",
    "time_zone": "America/Chicago",
    "may_prescribe": "on",
}


@pytest.fixture
def desk(dana, signed_in) -> Client:
    return signed_in(dana)


def errors_of(response) -> dict[str, list[str]]:
    return {name: list(errors) for name, errors in response.context["form"].errors.items()}


def refuses(response, field: str, typed: str = "") -> None:
    """422, the error at that field and nowhere else, and what was typed still there."""
    assert response.status_code == 422
    assert set(errors_of(response)) == {field}
    assert typed in response.content.decode()


def count(act: Callable[[], object]) -> int:
    act()  # the first page of a session also writes when it was seen
    with CaptureQueriesContext(connection) as seen:
        act()
    return len(seen)


# --- who may open them ---

PAGES = [
    "/clinic/",
    "/clinic/licenses/",
    "/clinic/licenses/add/",
    "/clinic/clinicians/",
    "/clinic/clinicians/add/",
    "/clinic/visit-types/",
    "/clinic/visit-types/add/",
]


@pytest.mark.parametrize("page", PAGES)
def test_only_admins_open_them(page, desk, bello, ada, signed_in, client) -> None:
    assert desk.get(page).status_code == 200
    assert signed_in(bello).get(page).status_code == 403
    assert signed_in(ada).get(page).status_code == 403
    assert client.get(page).status_code == 302


def test_another_clinics_rows_are_not_there(desk) -> None:
    elsewhere = world.make_clinic("Elsewhere")
    stranger = world.make_clinician(elsewhere, "Dr. Far Away")
    theirs = stranger.licenses.get()
    visit_type = world.make_visit_type(elsewhere)
    for page in (
        f"/clinic/clinicians/{stranger.code}/",
        f"/clinic/clinicians/{stranger.code}/end/",
        f"/clinic/licenses/{theirs.code}/verify/",
        f"/clinic/licenses/{theirs.code}/status/",
        f"/clinic/licenses/add/?renews={theirs.code}",
        f"/clinic/visit-types/{visit_type.code}/",
    ):
        assert desk.get(page).status_code == 404, page
    assert desk.post(f"/clinic/clinicians/{stranger.code}/resume/").status_code == 404
    assert "Far Away" not in desk.get("/clinic/clinicians/").content.decode()


# --- the desk ---


def test_the_desk_counts_and_names_no_patient(desk, booked, clock) -> None:
    page = desk.get("/clinic/").content.decode()
    assert desk.get("/clinic/").context["numbers"]["to_come"] == 1
    assert booked.patient.name not in page
    assert booked.intake.reason not in page


def test_the_desk_shows_a_license_that_ends_and_the_visits_that_breaks(
    desk, booked, bello, clock
) -> None:
    today = clock.now.date()
    License.objects.filter(clinician=bello).update(expires_on=today)
    Visit = type(booked)
    Visit.objects.filter(pk=booked.pk).update(
        starts_at=booked.starts_at + timedelta(days=2),
        during=(booked.during.lower + timedelta(days=2), booked.during.upper + timedelta(days=2)),
    )
    ((row, says, kind),) = desk.get("/clinic/").context["licenses"]
    assert (row.clinician, row.breaks, says, kind) == (bello, 1, "Ends today", "soon")


def test_a_license_that_is_renewed_is_no_problem(desk, bello, clock) -> None:
    end = clock.now.date() + timedelta(days=20)
    License.objects.filter(clinician=bello).update(expires_on=end)
    assert len(desk.get("/clinic/").context["licenses"]) == 1
    world.make_license(bello, "TX", issued_on=end + timedelta(days=1))
    assert not desk.get("/clinic/").context["licenses"]


def test_the_desk_lists_staff_without_a_second_factor(desk, clinic, bello) -> None:
    assert not desk.get("/clinic/").context["without_second_factor"]
    bello.user.authenticator_set.all().delete()
    (membership,) = desk.get("/clinic/").context["without_second_factor"]
    assert membership.user == bello.user


def test_the_desk_says_whose_visits_lost_their_clinician(desk, booked, bello) -> None:
    desk.post(f"/clinic/clinicians/{bello.code}/end/")
    assert "has 1 visit to come" in desk.get("/clinic/").content.decode()


@pytest.mark.parametrize("fault", [{"status": "suspended"}, {"expires_on": date(2026, 11, 1)}])
def test_the_desk_counts_booked_visits_whose_license_is_not_in_force(
    desk, booked, bello, fault
) -> None:
    assert not desk.get("/clinic/").context["uncovered"]
    License.objects.filter(clinician=bello, state="TX").update(**fault)

    page = desk.get("/clinic/").content.decode()

    assert "no license in force for Texas. 1 booked visit needs another clinician." in page
    assert booked.patient.name not in page
    License.objects.filter(clinician=bello).delete()
    world.make_license(bello, "TX")
    assert not desk.get("/clinic/").context["uncovered"]


def test_a_failed_message_is_sent_again_from_the_desk(desk, ada) -> None:
    notices.enqueue("visit.booked", key="k", to=ada.user)
    Notice.objects.update(status="failed")
    notice = Notice.objects.get()
    assert ada.user.email in desk.get("/clinic/").content.decode()
    assert desk.post(f"/clinic/notices/{notice.code}/resend/").status_code == 302
    assert Notice.objects.get().status == "due"
    again = desk.post(f"/clinic/notices/{notice.code}/resend/")
    assert (again.status_code, again["X-Refused"]) == (409, "not_resendable")


def test_the_desk_asks_as_much_for_ten_more(desk, clinic, clock, ada, visit_type) -> None:
    soon = clock.now.date() + timedelta(days=9)

    def more() -> None:
        clinician = world.make_clinician(clinic, "Dr. One More")
        patient = world.make_patient(clinic, f"Patient {clinician.pk}")
        world.book(world.make_intake(patient), clinician, visit_type)
        clinician.licenses.update(status="suspended")
        world.make_license(clinician, "NM", expires_on=soon)
        notices.enqueue("visit.booked", key=str(clinician.pk), to=ada.user)
        Notice.objects.update(status="failed")

    more()
    before = count(lambda: desk.get("/clinic/"))
    for _number in range(10):
        more()
    assert count(lambda: desk.get("/clinic/")) == before


# --- clinicians ---


def test_an_admin_adds_a_clinician(desk) -> None:
    response = desk.post("/clinic/clinicians/add/", CLINICIAN)
    clinician = Clinician.objects.get(npi=NPI)
    assert response.url == f"/clinic/clinicians/{clinician.code}/"
    assert (clinician.languages, clinician.may_prescribe) == (["en", "es"], True)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("npi", WRONG_NPI),
        ("npi", "12345"),
        ("npi", "12345678901234567890"),
        ("email", "not an address"),
        ("name", ""),
        ("name", "x" * 121),
        ("profession", "wizard"),
        ("home_state", "XX"),
        ("time_zone", "Mars/Olympus"),
        ("languages", "tlh"),
    ],
)
def test_a_wrong_field_is_named_and_what_was_typed_stays(desk, field, typed) -> None:
    response = desk.post("/clinic/clinicians/add/", CLINICIAN | {field: typed})
    refuses(response, field, "Dr. New Colleague" if field != "name" else "new@example.com")
    assert not Clinician.objects.filter(npi=NPI).exists()


def test_taken_addresses_and_numbers_are_errors_at_their_fields(desk, bello, ada) -> None:
    taken = ada.user.email
    refuses(desk.post("/clinic/clinicians/add/", CLINICIAN | {"email": taken}), "email", taken)
    refuses(desk.post("/clinic/clinicians/add/", CLINICIAN | {"npi": bello.npi}), "npi", bello.npi)
    counselor = CLINICIAN | {"profession": "counselor"}
    refuses(desk.post("/clinic/clinicians/add/", counselor), "may_prescribe", "counselor")


def test_editing_shows_what_is_stored_and_keeps_what_is_sent(desk, bello, chen) -> None:
    page = f"/clinic/clinicians/{bello.code}/"
    assert bello.npi in desk.get(page).content.decode()
    values = {name: value for name, value in CLINICIAN.items() if name != "email"}
    refuses(desk.post(page, values | {"npi": chen.npi}), "npi", chen.npi)
    assert desk.post(page, values).status_code == 302
    bello.refresh_from_db()
    assert bello.name == "Dr. New Colleague"


def test_ending_employment_asks_first(desk, bello) -> None:
    page = f"/clinic/clinicians/{bello.code}/end/"
    assert bello.name in desk.get(page).content.decode()
    assert Clinician.objects.get(pk=bello.pk).is_active
    desk.post(page)
    assert not Clinician.objects.get(pk=bello.pk).is_active
    assert desk.get(f"/clinic/clinicians/{bello.code}/resume/").status_code == 405
    desk.post(f"/clinic/clinicians/{bello.code}/resume/")
    assert Clinician.objects.get(pk=bello.pk).is_active


# --- licenses ---


def license_of(holder, **changes) -> dict[str, str]:
    return {
        "clinician": str(holder.code),
        "kind": "license",
        "state": "OK",
        "number": "OK-7",
        "issued_on": "2026-01-01",
        "expires_on": "2027-12-31",
    } | changes


def test_an_admin_adds_a_license_and_goes_on_to_check_it(desk, bello) -> None:
    response = desk.post("/clinic/licenses/add/", license_of(bello))
    row = License.objects.get(number="OK-7")
    assert response.url == f"/clinic/licenses/{row.code}/verify/"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"expires_on": "2025-12-31"}, "expires_on"),
        ({"issued_on": "2026-02-30"}, "issued_on"),
        ({"issued_on": "tomorrow"}, "issued_on"),
        ({"issued_on": "1066-10-14"}, "issued_on"),
        ({"expires_on": "9999-12-31"}, "expires_on"),
        ({"expires_on": ""}, "expires_on"),
        ({"state": "ZZ"}, "state"),
        ({"kind": "poetic"}, "kind"),
        ({"number": ""}, "number"),
        ({"number": "9" * 41}, "number"),
        ({"clinician": "00000000-0000-0000-0000-000000000000"}, "clinician"),
        ({"clinician": "nobody"}, "clinician"),
        ({"state": "TX", "number": "TX-NEW"}, "issued_on"),  # overlaps the one that she has
    ],
    ids=str,
)
def test_a_wrong_license_is_an_error_at_its_field(desk, bello, changes, field) -> None:
    response = desk.post("/clinic/licenses/add/", license_of(bello, **changes))
    refuses(response, field, changes.get("number", "OK-7"))
    assert License.objects.count() == 1


def test_a_number_of_another_clinician_is_an_error_at_the_number(desk, bello, chen) -> None:
    world.make_license(chen, "OK", number="OK-7")
    refuses(desk.post("/clinic/licenses/add/", license_of(bello)), "number", "OK-7")


def test_a_clinician_of_another_clinic_is_no_choice(desk, bello) -> None:
    stranger = world.make_clinician(world.make_clinic("Elsewhere"), "Dr. Far Away")
    refuses(desk.post("/clinic/licenses/add/", license_of(stranger)), "clinician")


def test_a_renewal_is_filled_in_from_the_one_that_ends(desk, bello) -> None:
    old = bello.licenses.get()
    page = desk.get(f"/clinic/licenses/add/?renews={old.code}").content.decode()
    assert old.number in page
    assert f'value="{old.expires_on + timedelta(days=1):%Y-%m-%d}"' in page


def test_the_book_shows_one_state_or_one_clinician(desk, bello, chen) -> None:
    world.make_license(chen, "OR")
    everything = desk.get("/clinic/licenses/").context["rows"]
    assert len(everything) == 3
    for asked in (f"clinician={chen.code}&state=OR", "state=OR"):
        ((row, _says, _kind),) = desk.get(f"/clinic/licenses/?{asked}").context["rows"]
        assert (row.clinician, row.state) == (chen, "OR")
    assert desk.get("/clinic/licenses/?state=ZZ").status_code == 422
    assert desk.get("/clinic/licenses/?page=zero").status_code == 200


@pytest.mark.parametrize(
    ("fields", "says", "kind"),
    [
        ({"status": "suspended"}, "Suspended", "danger"),
        ({"expires_on": date(2026, 11, 22)}, "Ended", ""),
        ({"issued_on": date(2026, 11, 24)}, "Not yet begun", ""),
        ({"expires_on": date(2026, 11, 23)}, "Ends today", "soon"),
        ({"expires_on": date(2026, 12, 5)}, "Ends in 12 days", "soon"),
        ({"expires_on": date(2027, 2, 22)}, "Active", "good"),
    ],
    ids=str,
)
def test_how_a_license_stands_today(desk, bello, clock, fields, says, kind) -> None:
    License.objects.update(**fields)
    ((_row, *badge),) = desk.get("/clinic/licenses/").context["rows"]
    assert badge == [says, kind]


def test_the_book_asks_as_much_for_ten_more(desk, clinic, bello) -> None:
    before = count(lambda: desk.get("/clinic/licenses/"))
    for number in range(10):
        world.make_clinician(clinic, f"Dr. Number {number}")
    assert count(lambda: desk.get("/clinic/licenses/")) == before


def test_a_check_is_recorded_with_who_when_and_where(desk, dana, bello, clock) -> None:
    row = bello.licenses.get()
    page = f"/clinic/licenses/{row.code}/verify/"
    refuses(desk.post(page, {"on": "2026-11-24", "at_source": "Board"}), "on", "Board")
    refuses(desk.post(page, {"on": "2026-11-23", "at_source": ""}), "at_source", "2026-11-23")
    assert desk.post(page, {"on": "2026-11-23", "at_source": "Board"}).status_code == 302
    row.refresh_from_db()
    assert (row.verified_on, row.verified_by) == (date(2026, 11, 23), dana)


def test_standing_is_changed_only_when_it_was_looked_up(desk, bello) -> None:
    row = bello.licenses.get()
    page = f"/clinic/licenses/{row.code}/status/"
    refuses(desk.post(page, {"status": "revoked"}), "is_sure", "revoked")
    refuses(desk.post(page, {"status": "lost", "is_sure": "on"}), "status")
    assert License.objects.get().status == "active"
    assert desk.post(page, {"status": "revoked", "is_sure": "on"}).status_code == 302
    assert License.objects.get().status == "revoked"


# --- visit types ---

TYPE = {
    "name": "Speech therapy",
    "name_es": "Terapia del habla",
    "about": "Speaking and swallowing",
    "about_es": "Hablar y tragar",
    "minutes": "30",
    "price": "85.50",
    "professions": ["slp"],
    "is_active": "on",
}


def test_an_admin_adds_a_visit_type_at_the_end(desk, visit_type) -> None:
    assert desk.post("/clinic/visit-types/add/", TYPE).status_code == 302
    added = VisitType.objects.get(name="Speech therapy")
    assert (added.price, added.order) == (Decimal("85.50"), visit_type.order + 1)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("price", "85.505"),
        ("price", "-1"),
        ("price", "a lot"),
        ("price", "NaN"),
        ("price", "1234567.00"),
        ("minutes", "4"),
        ("minutes", "181"),
        ("minutes", "2.5"),
        ("name", ""),
        ("name_es", "x" * 81),
        ("professions", "wizard"),
    ],
)
def test_a_wrong_visit_type_is_an_error_at_its_field(desk, clinic, field, typed) -> None:
    response = desk.post("/clinic/visit-types/add/", TYPE | {field: typed})
    refuses(response, field, typed if field in ("price", "minutes") else "Hablar y tragar")
    assert not VisitType.objects.exists()


def test_a_new_price_leaves_what_was_booked_alone(desk, booked, visit_type) -> None:
    page = f"/clinic/visit-types/{visit_type.code}/"
    assert "75.00" in desk.get(page).content.decode()
    assert desk.post(page, TYPE | {"is_active": ""}).status_code == 302
    visit_type.refresh_from_db()
    booked.refresh_from_db()
    assert (visit_type.price, visit_type.is_active) == (Decimal("85.50"), False)
    assert booked.price == Decimal("75.00")
