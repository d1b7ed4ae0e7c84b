"""Two tabs of one clinician at the same moment: a draft has one end."""

from collections import Counter

import pytest

from accounts.models import Clinic
from prescriptions import writing
from prescriptions.models import Prescription
from tests import world
from tests.prescriptions.test_writing import draft
from tests.visits.test_races import race
from visits.models import Visit

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

TABS = 6


@pytest.fixture
def clinic(transactional_db: None) -> Clinic:
    return world.make_clinic()


def test_a_draft_is_signed_once(in_progress: Visit) -> None:
    drafted = draft(in_progress)
    user = in_progress.clinician.user

    def sign(_tab: int, _each: int) -> str:
        writing.sign(Prescription.objects.get(pk=drafted.pk), by=user)
        return "signed"

    assert race(TABS, 1, sign) == [Counter({"signed": 1, "no_draft": TABS - 1})]


def test_a_draft_is_signed_or_thrown_away(in_progress: Visit) -> None:
    user = in_progress.clinician.user
    last = draft(in_progress)

    def act(tab: int, _each: int) -> str:
        prescription = Prescription.objects.get(pk=last.pk)
        (writing.sign if tab % 2 else writing.discard)(prescription, by=user)
        return "done"

    assert race(TABS, 1, act) == [Counter({"done": 1, "no_draft": TABS - 1})]
