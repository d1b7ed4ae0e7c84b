"""Every "no" and every broken part is a page of ours, with its status and without its cause."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils.translation import gettext_lazy as _

from accounts.refusal import Refused
from telemed import errors

CAUSE = "connection to server at 10.0.0.7 failed for Ada"


class SlotIsGone(Refused):
    code = "slot_gone"
    message = _("That time is taken.")


@pytest.mark.parametrize("error", [OperationalError(CAUSE), InterfaceError(CAUSE)])
def test_a_database_that_is_away_is_a_503_without_its_cause(error: Exception, settings) -> None:
    request = RequestFactory().get("/visits/")
    answer = errors.PartIsDown(lambda _: HttpResponse()).process_exception(request, error)
    assert answer is not None
    assert answer.status_code == 503
    assert answer["Retry-After"] == "10"
    assert "right back" in answer.content.decode()
    assert CAUSE not in answer.content.decode()


def test_a_middleware_that_meets_a_dead_database_answers_the_same() -> None:
    try:
        raise OperationalError(CAUSE)
    except OperationalError:
        answer = errors.broken(RequestFactory().get("/"))
    assert answer.status_code == 503


def test_any_other_error_is_a_500_without_its_cause() -> None:
    try:
        raise ValueError(CAUSE)
    except ValueError:
        answer = errors.broken(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert CAUSE not in answer.content.decode()


def test_other_errors_are_left_to_django() -> None:
    request = RequestFactory().get("/")
    for error in (ValueError(), Http404(), PermissionDenied(), SuspiciousOperation()):
        assert errors.PartIsDown(_empty).process_exception(request, error) is None
        assert errors.RefusedAnswer(_empty).process_exception(request, error) is None


def _empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


@pytest.mark.django_db
def test_an_address_that_does_not_exist_is_a_page_of_ours(client: Client) -> None:
    answer = client.get("/no/such/page/")
    assert answer.status_code == 404
    assert "<h1>" in answer.content.decode()


def test_a_refusal_is_a_409_with_its_sentence_as_the_fragment_that_htmx_asked_for() -> None:
    request = RequestFactory().get("/")
    request.htmx = True  # type: ignore[attr-defined]
    request.user = AnonymousUser()
    answer = errors.RefusedAnswer(_empty).process_exception(request, SlotIsGone())
    assert answer is not None
    assert answer.status_code == 409
    assert answer["X-Refused"] == "slot_gone"
    assert "That time is taken." in answer.content.decode()
    assert "<html" not in answer.content.decode()


@pytest.mark.django_db
def test_a_refusal_without_htmx_is_a_whole_page() -> None:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    answer = errors.RefusedAnswer(_empty).process_exception(request, SlotIsGone())
    assert answer is not None
    assert answer.status_code == 409
    assert "That time is taken." in answer.content.decode()
    assert "</html>" in answer.content.decode()
