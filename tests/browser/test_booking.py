"""Booking in a browser: the page of times, the hold that runs out, the time somebody else took."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from tests import world
from visits.models import Visit


@pytest.fixture
def ada_at_times(arrive, behind):
    """Ada on her phone, at the page of times; with her the clinician and the visit type."""

    def open_it():
        clinic = world.make_clinic()
        visit_type = world.make_visit_type(clinic)
        clinician = world.make_clinician(clinic)
        return world.make_intake(world.make_patient(clinic)), clinician, visit_type

    intake, clinician, visit_type = behind(open_it)
    ada = arrive("Ada", phone=True)
    ada.signs_in(intake.patient.user)
    ada.goes_to(f"/intakes/{intake.code}/times/")
    return ada, clinician, visit_type


def test_a_hold_that_runs_out_says_so_by_itself(ada_at_times, behind):
    ada, _clinician, _visit_type = ada_at_times
    ada.page.locator("form.slots button[name=starts_at]").first.click()
    ada.sees("We keep this time for you until")
    end = timezone.now() + timedelta(seconds=3)
    behind(lambda: Visit.objects.update(held_until=end))
    ada.page.reload()
    ada.sees("We could not keep this time any longer", within=5)
    ada.page_is_accessible()
    ada.presses("Book this visit")
    ada.sees("We could keep this time for 10 minutes only")
    ada.page_is_accessible()


def test_a_time_taken_a_second_ago_is_said_above_the_other_times(ada_at_times, behind):
    ada, clinician, visit_type = ada_at_times
    ada.page.locator(".days a").nth(2).click()
    button = ada.page.locator("form.slots button[name=starts_at]").nth(4)
    taken = button.get_attribute("value")

    def somebody_takes_it():
        zed = world.make_patient(clinician.clinic, "Zed Stranger")
        start = datetime.fromisoformat(taken)
        world.book(world.make_intake(zed), clinician, visit_type, starts_at=start)

    behind(somebody_takes_it)
    button.click()
    ada.sees("Someone else just took this time")
    assert ada.page.locator(".days [aria-current=date]").count() == 1
    assert ada.page.locator(f"button[value='{taken}']").count() == 0
    ada.page_is_accessible()
    ada.page.locator("form.slots button[name=starts_at]").first.click()
    ada.presses("Book this visit")
    ada.sees("Your visit is booked")
