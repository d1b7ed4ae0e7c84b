"""Spanish on every page: nothing stays English that is not somebody's name or somebody's words."""

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import allauth
import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from django.conf import settings
from django.core import mail
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import formats, timezone, translation
from django.utils.html import strip_tags
from pypdf import PdfReader

from accounts import notices, places
from accounts.templatetags.telemed import when
from prescriptions import drugs, interactions
from prescriptions.allergies import Said
from telemed.catalogs import faults
from tests import test_access_matrix as matrix
from tests.accounts.test_sign_in import code_in_mail
from tests.prescriptions.test_writing import add, draft
from tests.visits.test_summary import prescribe, sign, words_of

pytestmark = pytest.mark.django_db

codes = matrix.codes
clients = matrix.clients
prescribed = matrix.prescribed
CATALOGS = [
    folder / "es" / "LC_MESSAGES" / "django.po" for folder in map(Path, settings.LOCALE_PATHS)
]
TAG = re.compile(r"</?[a-z][^>]*>")
LETTERS = re.compile("[A-Za-z]{3}")
SEEN = {"200", "409", "422"}
READ_ALOUD = {"aria-label", "alt", "title", "placeholder", "data-label"}
SILENT = {"script", "style", "svg", "textarea", "code"}


class Words(HTMLParser):
    """What a person sees or hears of a page, each text for itself."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: set[str] = set()
        self.within: list[str] = []
        self.language: str | None = None  # a part of a page has none

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "html":
            self.language = dict(attrs).get("lang") or "none"
        if tag in SILENT:
            self.within.append(tag)
        for name, value in attrs:
            if name in READ_ALOUD and value:
                self.add(value)

    def handle_endtag(self, tag: str) -> None:
        if self.within and tag == self.within[-1]:
            self.within.pop()

    def handle_data(self, data: str) -> None:
        if not self.within:
            self.add(data)

    def add(self, text: str) -> None:
        text = " ".join(text.split())
        if LETTERS.search(text):
            self.texts.add(text)


def read(page: str) -> Words:
    words = Words()
    words.feed(page)
    return words


# What is nobody's to translate: who and where people are, what they wrote, and the clock.
DATA = re.compile(
    "|".join(
        [
            r"[\w.]+@example\.com",
            r"\b\d{1,2}(:\d\d)?\s[ap]\.m\.\s[A-Z]{3}",
            "Harbor Clinic|12 Elm Street|Austin|Español|English|NPI|CST",
            "(Dr\\. )?(Ada Rivera|Amara Bello|Wei Chen|Dana Ortiz|Zed Stranger)(, MD)?",
            "A runny nose and a mild cough for three days\\.",
            "Drink a lot\\.|Rest for two days\\.|Call us if the fever is over 103 °F\\.",
            "A common cold\\.|Rest and fluids\\.|Says privately that work is hard\\.",
            # Drugs and orders are in English, for the pharmacy; the patient has Spanish beside it.
            "amoxicillin|penicillin|warfarin|fluconazole|Penicillin antibiotic|Pier Pharmacy",
            r"[\d./ ]+(mg|mL)\b|capsule|tablet|oral suspension",
            r"\d+ \(\w+\)|Take 1 capsule by mouth three times a day for 10 days\.|rash",
            "loratadine|10 mg tablet|Take one tablet every morning\\.",
            *(
                rf"\b{name}\b"
                for name in sorted(dict(places.STATES).values(), key=len, reverse=True)
            ),
        ]
    )
)


def _forms(text: object) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, list | tuple) else (str(text or ""),)


def key_of(message: Message) -> str:
    return _forms(message.id)[0]


def alike_in_both() -> set[str]:
    """Texts whose Spanish is the same word: “Plan”."""
    found: set[str] = set()
    for path in CATALOGS:
        with path.open("rb") as file:
            found |= {each.id for each in read_po(file) if each.id and each.id == each.string}
    return found


def still_english(ask: Callable[[str], str]) -> set[str]:
    """Texts of a page that are the same in both languages and are not data."""
    in_english, in_spanish = read(ask("en")), read(ask("es"))
    assert in_spanish.language in {"es", None}
    same = {
        text for text in in_english.texts & in_spanish.texts if LETTERS.search(DATA.sub("", text))
    }
    return same - alike_in_both()


def asked(client: Client, method: str, path: str) -> Callable[[str], str]:
    """The page at an address in a language; what the request changed is taken back."""

    def ask(language: str) -> str:
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        try:
            with transaction.atomic():
                answer = getattr(client, method)(path, follow=True)
                raise matrix.Undo
        except matrix.Undo:
            return str(answer.content.decode())

    return ask


def readers(row: str) -> list[str]:
    """Ada, Dr. Bello and Dana where they may read; else the first of the cast who gets a page."""
    seen = dict(zip(matrix.CAST, row.split(), strict=True))
    may = [who for who in ("ada", "bello", "dana") if seen[who] in SEEN]
    return may or [who for who in matrix.CAST if seen[who] in SEEN | {"404"}][:1]


SHOWN = [
    pytest.param(method, name, who, id=f"{name} for {who}")
    for name, (method, row) in matrix.PAGES.items()
    for who in readers(row)
    if name != "healthz" and not name.endswith("_pdf")
]


@pytest.mark.parametrize(("method", "name", "who"), SHOWN)
def test_every_page_is_in_spanish(method, name, who, clients, codes):
    assert still_english(asked(clients[who], method, matrix.address(name, codes))) == set()


@pytest.mark.parametrize("who", ["gus", "dana"])
def test_what_is_not_for_them_is_said_in_spanish(who, clients, codes):
    assert (
        still_english(asked(clients[who], "get", reverse("chart", args=[codes["visit"]]))) == set()
    )


STAGES = ["booked", "waiting", "in_progress", "completed"]


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("name", ["patient_home", "visit", "room", "check_in", "summary", "cancel"])
def test_the_patients_pages_are_in_spanish_at_every_stage(name, stage, request, signed_in, ada):
    visit = request.getfixturevalue(stage)
    path = reverse(name, args=[] if name == "patient_home" else [visit.code])
    assert still_english(asked(signed_in(ada), "get", path)) == set()


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("name", ["queue", "chart"])
def test_the_clinicians_pages_are_in_spanish_at_every_stage(name, stage, request, signed_in, bello):
    visit = request.getfixturevalue(stage)
    path = reverse(name, args=[] if name == "queue" else [visit.code])
    assert still_english(asked(signed_in(bello), "get", path)) == set()


def test_the_summary_is_in_spanish_as_page_and_as_pdf(completed, signed_in, ada):
    prescribe(completed, status="signed", drug="loratadine")
    visit = sign(completed)
    browser = signed_in(ada)
    assert still_english(asked(browser, "get", reverse("summary", args=[visit.code]))) == set()
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "es"
    pdf = browser.get(reverse("summary_pdf", args=[visit.code])).content
    assert PdfReader(io.BytesIO(pdf)).trailer["/Root"]["/Lang"] == "es"
    words = words_of(pdf)
    for text in ("Resumen de la consulta", "Le atendió", "Firmado por", "llame al 911"):
        assert text in words
    for text in ("Visit summary", "Seen by", "Signed by", "Born"):
        assert text not in words


@pytest.mark.parametrize("page", ["draft", "change", "list", "sign", "chart"])
def test_writing_a_prescription_is_in_spanish(page, in_progress, signed_in, ada, bello):
    """One with warnings of both kinds: about an allergy, and about another medicine."""
    add(ada, "allergy", "penicillin", "rash")
    add(ada, "medicine", "warfarin")
    stopped = draft(in_progress)
    warned = draft(in_progress, drug="fluconazole", form="tablet", strength="150 mg", quantity=1)
    paths = {
        "draft": reverse("draft_prescription", args=[in_progress.code]),
        "change": reverse("change_prescription", args=[stopped.code]),
        "list": reverse("prescription_list", args=[in_progress.code]),
        "sign": reverse("sign_prescription", args=[warned.code]),
        "chart": reverse("chart", args=[in_progress.code]),
    }
    assert still_english(asked(signed_in(bello, proved=True), "get", paths[page])) == set()


def test_a_reminder_speaks_the_patients_language(clock, booked, ada):
    ada.user.language = "es"
    ada.user.save(update_fields=["language"])
    mail.outbox.clear()
    assert notices.send_due()
    letter = mail.outbox[-1]
    assert letter.subject == "Su consulta por video está reservada"
    body = letter.body.replace("\N{NO-BREAK SPACE}", " ")
    assert "lunes 23 de noviembre, 10:20 a.m. CST" in body
    assert "En una emergencia, llame al 911." in body


def test_the_mail_with_the_code_is_in_the_language_of_the_page(client, ada):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "es"
    client.post(reverse("account_request_login_code"), {"email": ada.user.email})
    assert code_in_mail()
    letter = mail.outbox[-1]
    assert "código para iniciar sesión" in letter.subject
    assert "Aquí está su código." in letter.body
    assert "Your" not in letter.body


@pytest.mark.parametrize(
    ("hour", "written"),
    [
        (7, "martes 24 de noviembre, 1 a.m. CST"),
        (18, "martes 24 de noviembre, mediodía CST"),
        (20, "martes 24 de noviembre, 2 p.m. CST"),
    ],
)
def test_times_are_written_as_spanish_is_in_the_us(hour, written):
    with translation.override("es"), timezone.override(ZoneInfo("America/Chicago")):
        shown = strip_tags(when(datetime(2026, 11, 24, hour, tzinfo=UTC)))
    assert shown.replace("\N{NO-BREAK SPACE}", " ") == written


def test_a_dose_has_a_decimal_point_in_spanish_too():
    with translation.override("es"):
        assert formats.localize(Decimal("7.5")) == "7.5"


@pytest.mark.parametrize("path", CATALOGS, ids=lambda path: path.parents[2].name)
def test_a_translation_has_the_placeholders_and_tags_of_its_source(path):
    with path.open("rb") as file:
        catalog = read_po(file, abort_invalid=True)
    assert len(catalog) > 50
    # Against itself: nothing is missing or left over, so every fault is one of the translation.
    assert list(faults(catalog, catalog)) == []
    for message in catalog:
        sources, targets = _forms(message.id), _forms(message.string)
        wanted = [TAG.findall(source) for source in sources]
        assert [target for target in targets if TAG.findall(target) not in wanted] == []


def test_packages_still_say_what_we_put_into_other_words():
    """A text that the package has changed would come back in its own words, unseen."""
    theirs = Path(allauth.__file__).parent / "locale" / "es" / "LC_MESSAGES" / "django.po"
    with theirs.open("rb") as file:
        known = {key_of(message) for message in read_po(file)}
    for language in ("en", "es"):
        ours = CATALOGS[2].parents[2] / language / "LC_MESSAGES" / "django.po"
        with ours.open("rb") as file:
            assert {key_of(message) for message in read_po(file)} - known == set()


# The columns of prescriptions/reference whose sentences a clinician reads.
SENTENCES = {
    "ages": ("advice",),
    "allergy_cross_reactions": ("advice",),
    "drugs": ("telehealth_note",),
    "interactions": ("consequence", "mechanism"),
    "pregnancy": ("advice",),
    "refill_rules": ("note",),
    "telemedicine_rules": ("note",),
}


def test_every_sentence_of_the_tables_is_in_spanish_and_none_is_left_over():
    sentences = set()
    for table, columns in SENTENCES.items():
        with (drugs.REFERENCE / f"{table}.csv").open() as file:
            sentences |= {row[column] for row in csv.DictReader(file) for column in columns}
    with CATALOGS[1].open("rb") as file:
        translated = {key_of(message) for message in read_po(file) if message.string}
    assert sentences | {""} == translated


def test_a_finding_is_in_the_readers_language():
    ordered, taken = drugs.find("fluconazole"), Said("warfarin")
    assert ordered is not None
    with translation.override("es"):
        messages = [str(each.message) for each in interactions.check(ordered, [taken])]
    assert messages == ["fluconazole con warfarin. Sangrado. Bloquea CYP2C9, que elimina la otra."]
