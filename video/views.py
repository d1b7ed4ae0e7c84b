"""The practice visit: anybody signed in, alone with one browser."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.access import user_of
from video import rooms
from video.forms import PracticeResult
from video.models import PracticeCall


@require_GET
@login_required
def practice(request: HttpRequest) -> HttpResponse:
    return render(request, "video/practice.html")


@require_POST
@login_required
def start_practice(request: HttpRequest) -> HttpResponse:
    call = rooms.start_practice(user_of(request))
    return redirect("video:practice_call", call.code)


@require_GET
@login_required
def practice_call(request: HttpRequest, code: UUID) -> HttpResponse:
    """The call while it lasts, its result afterwards."""
    call = _own_call(request, code)
    if call.ended_at is not None:
        return render(request, "video/practice_result.html", {"call": call})
    context = {
        "socket_url": f"/ws/practice/{call.code}/",
        "end_url": reverse("video:end_practice", args=[call.code]),
    }
    return render(request, "video/practice_call.html", context)


@require_POST
@login_required
def end_practice(request: HttpRequest, code: UUID) -> HttpResponse:
    call = _own_call(request, code)
    form = PracticeResult(request.POST, instance=call)
    if not form.is_valid():
        # No person types these: a browser that sends nonsense gets its page without a result.
        return render(request, "video/practice_result.html", {"call": call}, status=422)
    rooms.end_practice(call, **form.cleaned_data)
    return redirect("video:practice_call", call.code)


def _own_call(request: HttpRequest, code: UUID) -> PracticeCall:
    return get_object_or_404(PracticeCall, code=code, user=user_of(request))
