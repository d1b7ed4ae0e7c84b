"""Every "no" and every broken part, as a page that says so, in one place each."""

import logging
import sys
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from accounts.refusal import Refused

logger = logging.getLogger("telemed.errors")
GetResponse = Callable[[HttpRequest], HttpResponse]


class PartIsDown:
    """The database is away: a plain page says so, and the next request tries again."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.get_response(request)
        except (OperationalError, InterfaceError):
            return part_is_down(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, OperationalError | InterfaceError):
            return part_is_down(request)
        return None


def part_is_down(request: HttpRequest) -> HttpResponse:
    logger.error("database_down")
    # Rendered without a request: context processors would ask the database.
    response = HttpResponse(render_to_string("503.html"), status=503)
    response["Retry-After"] = "10"
    return response


class RefusedAnswer:
    """`Refused` becomes 409: a page, or a fragment where htmx asked."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Refused):
            return None
        is_fragment = bool(getattr(request, "htmx", False))
        template = "errors/_refused.html" if is_fragment else "409.html"
        context = {"message": error.message, "code": error.code}
        response = render(request, template, context, status=409)
        response["X-Refused"] = error.code
        return response


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "404.html", status=404)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "403.html", status=403)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "400.html", status=400)


def broken(request: HttpRequest) -> HttpResponse:
    # A middleware that met a dead database arrives here: Django has already caught its error.
    if isinstance(sys.exception(), OperationalError | InterfaceError):
        return part_is_down(request)
    return HttpResponse(render_to_string("500.html"), status=500)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    message = _(
        "This page was open too long, or in another browser. Go back, reload and try again."
    )
    return render(request, "403.html", {"message": message}, status=403)
