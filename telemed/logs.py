"""Structured log lines with a request id. What a request carried is never logged."""

import logging
import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from pythonjsonlogger.json import JsonFormatter

from accounts.request_id import current_request_id, set_request_id

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


class Formatter(JsonFormatter):
    """One JSON object a line: time, level, logger, message, request id, extras.

    A traceback keeps its places and the error's type. Its text is left out: it may quote what
    somebody typed or what a column held.
    """

    def __init__(self) -> None:
        super().__init__("{asctime}{levelname}{name}{message}{request_id}", style="{")

    def formatException(self, ei: object) -> str:
        text = super().formatException(ei)  # type: ignore[arg-type]
        places = [line for line in text.splitlines() if line.startswith("  File ")]
        kind = type(ei[1]).__name__ if isinstance(ei, tuple) and ei[1] else "Error"
        return "\n".join([*places, kind])
