"""The look on one page, for whoever builds screens. Only with DEBUG."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def look(request: HttpRequest) -> HttpResponse:
    return render(request, "design/look.html")
