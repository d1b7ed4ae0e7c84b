"""The demo's own page: who can sign in, with which code, and the mail that went out."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def overview(request: HttpRequest) -> HttpResponse:
    return render(request, "demo/overview.html")
