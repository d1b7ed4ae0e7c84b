"""The demo's own page: who can sign in, with which code, and the mail that went out."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import mailbox
from telemed.demo import doors


@require_safe
@never_cache
def overview(request: HttpRequest) -> HttpResponse:
    _only_in_the_demo()
    context = {
        "sign_ins": doors.sign_ins(),
        "code": doors.current_code(),
        "secret": doors.STAFF_SECRET,
        "letters": mailbox.letters(most=50),
    }
    return render(request, "demo/overview.html", context)


@require_safe
@never_cache
def mail(request: HttpRequest, name: str) -> HttpResponse:
    _only_in_the_demo()
    letter = mailbox.letter(name)
    if letter is None:
        raise Http404
    return render(request, "demo/mail.html", {"letter": letter})


def _only_in_the_demo() -> None:
    # Asked again: the addresses exist only with DEMO, and codes must not depend on that alone.
    if not settings.DEMO:
        raise Http404
