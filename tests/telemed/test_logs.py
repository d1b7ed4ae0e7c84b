"""Log lines: JSON, with the request's id, and nothing of what anybody typed."""

import asyncio
import json
import logging
import sys
from collections.abc import Callable, Iterator

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import path

from accounts.request_id import set_request_id
from telemed.logs import AddRequestId, Formatter, RequestId

TYPED = "chest pain since Tuesday"


def broken_view(request: HttpRequest) -> HttpResponse:
    raise ValueError(request.GET.get("reason", TYPED))


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponse(status=404)


urlpatterns = [path("broken/", broken_view)]
handler404 = missing
handler500 = "telemed.errors.broken"


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(Formatter())
        self.addFilter(AddRequestId())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    @property
    def last(self) -> dict:
        return json.loads(self.lines[-1])


@pytest.fixture
def log() -> Iterator[Lines]:
    handler = Lines()
    root = logging.getLogger()
    root.addHandler(handler)
    yield handler
    root.removeHandler(handler)
    set_request_id("")


def test_a_line_is_one_json_object_with_the_request_id(log: Lines) -> None:
    set_request_id("abc12345")
    logging.getLogger("telemed.errors").error("database_down\nagain", extra={"part": "database"})
    assert "\n" not in log.lines[-1]
    assert log.last["request_id"] == "abc12345"
    assert log.last["level"] == "ERROR"
    assert log.last["part"] == "database"
    assert log.last["time"].endswith("+00:00")


def test_an_error_keeps_its_type_and_places_and_loses_its_text(log: Lines) -> None:
    try:
        raise ValueError(TYPED)
    except ValueError:
        logging.getLogger("telemed.sockets").exception("frame_refused")
    assert log.last["error"] == "ValueError"
    assert any("test_logs.py" in place for place in log.last["places"])
    assert TYPED not in log.lines[-1]


@pytest.mark.parametrize(
    ("name", "message", "arguments"),
    [
        ("daphne.server", "Exception inside application: %s", lambda error: (error,)),
        (
            "celery.app.trace",
            "Task %(name)s[%(id)s] %(description)s: %(exc)s",
            lambda error: (
                {"name": "a.b", "id": "7", "description": "failed", "exc": repr(error)},
            ),
        ),
        ("asyncio", f"Task exception was never retrieved\nfuture: ValueError({TYPED!r})", None),
        ("some.library", "it went wrong: %s", lambda error: (error,)),
    ],
)
def test_what_a_library_says_of_an_error_is_not_repeated(
    log: Lines, name: str, message: str, arguments: Callable[[Exception], tuple] | None
) -> None:
    try:
        raise ValueError(TYPED)
    except ValueError as error:
        logging.getLogger(name).error(
            message, *(arguments(error) if arguments else ()), exc_info=sys.exc_info()
        )
    assert TYPED not in log.lines[-1]
    assert log.last["error"] == "ValueError"


def test_a_task_that_is_never_awaited_says_nothing_either(log: Lines) -> None:
    async def fail() -> None:
        raise ValueError(TYPED)

    async def forget() -> None:
        task = asyncio.ensure_future(fail())
        await asyncio.sleep(0)
        del task

    asyncio.run(forget())
    assert log.last["logger"] == "asyncio"
    assert TYPED not in "".join(log.lines)


@pytest.mark.urls("tests.telemed.test_logs")
@pytest.mark.django_db
def test_a_broken_page_logs_neither_its_query_nor_its_error(client, log: Lines) -> None:
    client.raise_request_exception = False
    answer = client.get("/broken/", {"reason": TYPED})
    assert answer.status_code == 500
    line = next(json.loads(line) for line in log.lines if "django.request" in line)
    assert line["message"] == "Internal Server Error: /broken/"
    assert line["error"] == "ValueError"
    assert line["request_id"] == answer["X-Request-ID"]
    assert "chest" not in "".join(log.lines)
    assert TYPED not in answer.content.decode()


@pytest.mark.urls("tests.telemed.test_logs")
@pytest.mark.django_db
def test_a_missing_page_logs_its_path_without_the_query(client, log: Lines) -> None:
    client.get("/nowhere/", {"reason": TYPED})
    line = next(json.loads(line) for line in log.lines if "django.request" in line)
    assert line["message"] == "Not Found: /nowhere/"
    assert "chest" not in "".join(log.lines)


@pytest.mark.parametrize(
    ("given", "is_taken"),
    [
        ("0f8fad5b-d9cb-469f-a165-70867728950e", True),
        ("short", False),
        ("x" * 80, False),
        ('"}\n{"level": "forged"', False),
    ],
)
def test_only_a_well_formed_request_id_is_taken(given: str, is_taken: bool) -> None:
    request = RequestFactory().get("/", headers={"X-Request-ID": given})
    answer = RequestId(lambda _: HttpResponse())(request)
    assert (answer["X-Request-ID"] == given) is is_taken
    assert len(answer["X-Request-ID"]) >= 8
