"""What an admin does about colleagues and licenses, and what the database says to it."""

from datetime import date, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client

from accounts import access, audit, mailbox, notices, npi, resending, staffing
from accounts.models import AuditEvent, License, Membership, Notice, User
from tests import world

NPI = "123456789" + npi.check_digit("123456789")


def add(clinic, dana, **changes):
    values = {
        "email": "new@example.com",
        "name": "Dr. New Colleague",
        "credentials": "MD",
        "profession": "physician",
        "npi": NPI,
        "languages": ["en"],
        "home_state": "TX",
        "time_zone": "America/Chicago",
        "may_prescribe": True,
    }
    return staffing.add_clinician(clinic, **(values | changes), by=dana)


def last_action() -> str:
    return AuditEvent.objects.order_by("-id")[0].action


# --- clinicians ---


def test_a_new_clinician_works_here_and_is_told_how_to_sign_in(clinic, dana) -> None:
    clinician = add(clinic, dana)
    assert access.clinician_of(clinician.user) == clinician
    assert not clinician.user.has_usable_password()
    notice = Notice.objects.get(kind="account.welcome")
    assert (notice.to, notice.address) == (clinician.user, "new@example.com")
    assert last_action() == "clinician.add"


def test_the_message_says_where_to_get_a_code_and_nothing_secret(
    clinic, dana, settings, tmp_path
) -> None:
    settings.MAIL_FOLDER = tmp_path
    settings.EMAIL_BACKEND = "accounts.mailbox.FolderBackend"
    add(clinic, dana)
    notices.send_due()
    (letter,) = mailbox.letters()
    assert f"{settings.BASE_URL}/accounts/login/code/" in letter.body
    assert "Harbor Clinic" in letter.subject


def test_a_new_clinician_signs_in_by_code_and_must_set_up_a_second_factor(
    clinic, dana, settings, tmp_path
) -> None:
    settings.MAIL_FOLDER = tmp_path
    settings.EMAIL_BACKEND = "accounts.mailbox.FolderBackend"
    add(clinic, dana)
    browser = Client()
    browser.post("/accounts/login/code/", {"email": "new@example.com"})
    notices.send_due()
    code = next(
        word
        for letter in mailbox.letters()
        for word in letter.body.split()
        if letter.subject and "-" in word and word.replace("-", "").isalnum() and word.isupper()
    )
    browser.post("/accounts/login/code/confirm/", {"code": code})
    assert EmailAddress.objects.get(email="new@example.com").verified
    assert browser.get("/clinic/").url == "/accounts/2fa/"
    assert browser.get("/accounts/2fa/").status_code == 200


def test_a_message_to_somebody_who_left_again_is_not_sent(clinic, dana) -> None:
    staffing.end_employment(add(clinic, dana), by=dana)
    assert notices.send_due() == 0
    assert Notice.objects.get(kind="account.welcome").status == "stale"


def test_an_address_that_has_an_account_is_refused_and_nothing_is_left(clinic, dana, ada) -> None:
    people = User.objects.count()
    with pytest.raises(staffing.EmailTaken):
        add(clinic, dana, email=ada.user.email.upper())
    assert User.objects.count() == people


def test_an_npi_is_one_persons(clinic, dana, bello) -> None:
    with pytest.raises(staffing.NpiTaken):
        add(clinic, dana, npi=bello.npi)
    assert not User.objects.filter(email="new@example.com").exists()


def test_a_psychologist_cannot_prescribe(clinic, dana) -> None:
    with pytest.raises(staffing.MayNotPrescribe):
        add(clinic, dana, profession="psychologist")


def test_editing_says_in_the_audit_what_was_changed_not_to_what(bello, dana) -> None:
    staffing.edit_clinician(bello, name="Dr. A. Bello", languages=["en"], by=dana)
    bello.refresh_from_db()
    assert (bello.name, bello.languages) == ("Dr. A. Bello", ["en"])
    event = AuditEvent.objects.get(action="clinician.edit")
    assert event.detail == "name languages"


def test_editing_nothing_is_no_event(bello, dana) -> None:
    staffing.edit_clinician(bello, name=bello.name, by=dana)
    assert not AuditEvent.objects.filter(action="clinician.edit").exists()


def test_who_left_sees_nothing_and_comes_back_with_everything(bello, dana, booked) -> None:
    staffing.end_employment(bello, by=dana)
    assert access.clinician_of(bello.user) is None
    assert not bello.user.is_staff
    assert booked.clinician == bello
    staffing.resume_employment(bello, by=dana)
    assert access.clinician_of(bello.user) == bello
    assert AuditEvent.objects.filter(action__in=["clinician.end", "clinician.resume"]).count() == 2


def test_an_admin_who_is_a_clinician_too_stays_admin(clinic, dana, bello) -> None:
    Membership.objects.create(user=bello.user, clinic=clinic, role="admin")
    staffing.end_employment(bello, by=dana)
    assert access.administered_clinic(bello.user) == clinic


# --- licenses ---


def add_license(bello, dana, **changes):
    values = {
        "kind": "license",
        "state": "OK",
        "number": "OK-1",
        "issued_on": date(2026, 1, 1),
        "expires_on": date(2026, 12, 31),
    }
    return staffing.add_license(bello, **(values | changes), by=dana)


def test_a_license_is_added_unchecked(bello, dana) -> None:
    row = add_license(bello, dana)
    assert (row.status, row.verified_on, row.verified_by) == ("active", None, None)
    assert last_action() == "license.add"


@pytest.mark.parametrize(
    ("issued_on", "expires_on"),
    [
        (date(2026, 12, 31), date(2027, 12, 31)),
        (date(2025, 6, 1), date(2026, 1, 1)),
        (date(2026, 3, 1), date(2026, 4, 1)),
    ],
    ids=["shares the last day", "shares the first day", "lies within"],
)
def test_two_of_a_kind_for_one_state_do_not_overlap(bello, dana, issued_on, expires_on) -> None:
    add_license(bello, dana)
    with pytest.raises(staffing.LicenseOverlaps):
        add_license(bello, dana, number="OK-2", issued_on=issued_on, expires_on=expires_on)
    assert bello.licenses.filter(state="OK").count() == 1


def test_a_renewal_begins_the_day_after_and_keeps_the_number(bello, dana) -> None:
    old = add_license(bello, dana)
    add_license(bello, dana, issued_on=date(2027, 1, 1), expires_on=date(2027, 12, 31))
    old.refresh_from_db()
    assert old.expires_on == date(2026, 12, 31)
    assert bello.licenses.filter(state="OK", number="OK-1").count() == 2


def test_other_states_and_kinds_do_not_stand_in_the_way(bello, dana) -> None:
    add_license(bello, dana)
    add_license(bello, dana, state="AR")
    add_license(bello, dana, kind="registration")
    assert bello.licenses.exclude(state="TX").count() == 3


def test_a_number_belongs_to_one_clinician_in_a_state(bello, chen, dana) -> None:
    add_license(bello, dana)
    with pytest.raises(staffing.NumberTaken):
        add_license(chen, dana, number="ok-1")
    add_license(chen, dana, state="AR")


def test_the_database_refuses_a_license_that_ends_before_it_starts(bello) -> None:
    with pytest.raises(IntegrityError, match="license_ends_after_start"), transaction.atomic():
        world.make_license(bello, "OK", issued_on=date(2026, 2, 1), expires_on=date(2026, 1, 1))


def test_the_database_refuses_half_a_verification(bello) -> None:
    with pytest.raises(IntegrityError, match="license_verified_by_someone"), transaction.atomic():
        world.make_license(bello, "OK", verified_on=date(2026, 2, 1))


def test_a_check_has_a_day_a_person_and_a_place(bello, dana, clock) -> None:
    row = staffing.verify_license(
        add_license(bello, dana), on=clock.now.date(), at_source=" Oklahoma look-up ", by=dana
    )
    assert (row.verified_on, row.verified_by) == (clock.now.date(), dana)
    assert row.verified_at_source == "Oklahoma look-up"
    assert last_action() == "license.verify"


def test_a_check_is_not_of_tomorrow_and_not_from_nowhere(bello, dana, clock) -> None:
    row = add_license(bello, dana)
    tomorrow = clock.now.date() + timedelta(days=1)
    for on, source in ((tomorrow, "Oklahoma look-up"), (clock.now.date(), "  ")):
        with pytest.raises(staffing.NotVerifiable):
            staffing.verify_license(row, on=on, at_source=source, by=dana)


def test_standing_changes_and_dates_do_not(bello, dana) -> None:
    row = add_license(bello, dana)
    staffing.change_status(row, status="suspended", by=dana)
    after = License.objects.get(pk=row.pk)
    assert (after.status, after.issued_on, after.expires_on) == (
        "suspended",
        row.issued_on,
        row.expires_on,
    )
    assert AuditEvent.objects.get(action="license.status").detail == "active suspended"


def test_nobody_but_an_admin_of_the_clinic(bello, chen, ada, dana) -> None:
    row = add_license(bello, dana)
    for person in (bello.user, ada.user):
        for act in (
            lambda person: add(bello.clinic, person),
            lambda person: add_license(chen, person),
            lambda person: staffing.change_status(row, status="revoked", by=person),
            lambda person: staffing.verify_license(row, on=row.issued_on, at_source="x", by=person),
            lambda person: staffing.end_employment(chen, by=person),
            lambda person: staffing.edit_clinician(chen, name="X", by=person),
        ):
            with pytest.raises(PermissionDenied):
                act(person)


# --- messages that failed ---


def failed(to: User, **fields: object) -> Notice:
    notices.enqueue("visit.booked", key="k", to=to)
    Notice.objects.filter(key="k").update(status="failed", attempts=5, failure="X", **fields)
    return Notice.objects.get(key="k")


def test_a_failed_message_gets_all_its_tries_again(ada, dana) -> None:
    row = resending.resend(failed(ada.user), by=dana)
    assert (row.status, row.attempts, row.failure) == ("due", 0, "")
    assert last_action() == "notice.resend"


def test_a_code_of_then_is_never_sent_again(ada, dana) -> None:
    notice = failed(ada.user, kind="account.mail")
    with pytest.raises(resending.NotResendable):
        resending.resend(notice, by=dana)


def test_what_is_no_longer_true_is_not_sent_again(ada, dana, clock) -> None:
    notice = failed(ada.user, stale_at=clock.now + timedelta(minutes=1))
    clock.move(minutes=2)
    with pytest.raises(resending.NotResendable):
        resending.resend(notice, by=dana)


def test_a_second_click_does_not_send_twice(ada, dana) -> None:
    notice = failed(ada.user)
    resending.resend(notice, by=dana)
    with pytest.raises(resending.NotResendable):
        resending.resend(notice, by=dana)


def test_all_of_it_leaves_the_audit_chain_whole(clinic, dana) -> None:
    clinician = add(clinic, dana)
    staffing.change_status(add_license(clinician, dana), status="revoked", by=dana)
    assert audit.verify()[1] is None
    call_command("audit_verify")
