"""The patient's pages, from finding a time to after the visit."""

from datetime import timedelta

import pytest
from django.urls import reverse

from tests import world
from visits.models import Status, Visit

pytestmark = pytest.mark.django_db


def test_the_whole_path_by_forms_alone(clock, signed_in, intake, bello, visit_type):
    browser = signed_in(intake.patient)
    page = browser.get(reverse("find_time", args=[intake.code]))
    assert page.status_code == 200
    print(page.content.decode())
    start = world.next_slot()
    held = browser.post(
        reverse("hold", args=[intake.code]),
        {"clinician": bello.code, "visit_type": visit_type.code, "starts_at": start.isoformat()},
    )
    visit = Visit.objects.get()
    assert held.url == reverse("confirm", args=[visit.code])
    assert browser.get(held.url).status_code == 200
    booked = browser.post(held.url)
    assert booked.url == reverse("visit", args=[visit.code])
    assert browser.get(booked.url).status_code == 200
    assert browser.get(reverse("patient_home")).status_code == 200
    assert browser.get(reverse("check_in", args=[visit.code])).status_code == 200
