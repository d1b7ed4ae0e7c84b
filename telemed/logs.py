"""Structured log lines with a request id. What a request carried is never logged."""

import json
import logging
import re
import traceback
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import TracebackType

from django.http import HttpRequest, HttpResponse

from accounts.request_id import current_request_id, set_request_id

MOST_PLACES = 20
EVERY_RECORD = vars(logging.makeLogRecord({})).keys()
# What Celery says of a task and that quotes nothing of its work.
HARMLESS = {"id", "name", "description", "runtime", "queue", "hostname"}
WELL_FORMED = re.compile(r"^[0-9a-zA-Z-]{8,36}$")


class RequestId:
    """Takes a well-formed X-Request-ID from the proxy, else makes one, and answers with it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        set_request_id(given if WELL_FORMED.match(given) else uuid.uuid4().hex)
        response = self.get_response(request)
        response["X-Request-ID"] = current_request_id()
        return response


class AddRequestId(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request_id()
        return True


class Formatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, request id, and our own extras.

    Only our own loggers choose their words: they name an event and ids. What a library says
    about an error may quote what somebody typed or what a column held, so of an error only its
    type and its places are kept, of a library's message only what cannot quote.
    """

    def format(self, record: logging.LogRecord) -> str:
        is_ours = record.name.partition(".")[0] == "telemed"
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage() if is_ours else _foreign_message(record),
            "request_id": getattr(record, "request_id", ""),
        }
        if is_ours:
            line |= {k: v for k, v in vars(record).items() if k not in EVERY_RECORD | line.keys()}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["places"] = _places(record.exc_info[2])
        return json.dumps(line, default=str, ensure_ascii=False)


def _foreign_message(record: logging.LogRecord) -> str:
    arguments: object = record.args
    if isinstance(arguments, Mapping):
        arguments = {key: value if key in HARMLESS else "…" for key, value in arguments.items()}
    elif isinstance(arguments, tuple) and record.name != "psycopg.pool":
        arguments = tuple(
            type(value).__name__ if isinstance(value, BaseException) else value
            for value in arguments
        )
    try:
        message = str(record.msg) % arguments if arguments else str(record.msg)
    except (TypeError, ValueError, KeyError):
        message = str(record.msg)
    # asyncio and others append the whole error to its first line.
    return message.partition("\n")[0] if record.exc_info else message


def _places(trace: TracebackType | None) -> list[str]:
    nearest = traceback.extract_tb(trace)[-MOST_PLACES:]
    return [f"{place.filename}:{place.lineno} {place.name}" for place in nearest]
