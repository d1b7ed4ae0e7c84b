"""The language catalogs: what counts as a fault, and that compiling writes only what changed."""

import gettext
import os
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from telemed.catalogs import faults
from telemed.management.commands.check_catalogs import extracted
from telemed.management.commands.compile_catalogs import compile_when_newer


def catalog(*messages: tuple, fuzzy: bool = False) -> Catalog:
    made = Catalog("es")
    for source, target in messages:
        made.add(source, target, flags={"fuzzy"} if fuzzy else ())
    return made


def found(sources: list, translated: Catalog) -> list[str]:
    return list(faults(catalog(*((source, "") for source in sources)), translated))


@pytest.mark.parametrize(
    ("sources", "translated", "expected"),
    [
        pytest.param(["Visit"], catalog(("Visit", "Consulta")), [], id="complete"),
        pytest.param(["Visit"], catalog(), ["missing: Visit"], id="missing"),
        pytest.param(
            ["Visit"], catalog(("Visit", "")), ["not translated: Visit"], id="not translated"
        ),
        pytest.param(
            ["Visit"],
            catalog(("Visit", "Consulta"), fuzzy=True),
            ["only guessed (fuzzy): Visit"],
            id="only guessed",
        ),
        pytest.param(
            [], catalog(("Visit", "Consulta")), ["left over: Visit"], id="no longer in the program"
        ),
        pytest.param(
            ["Hello %(name)s"],
            catalog(("Hello %(name)s", "Hola %(nombre)s")),
            ["other placeholders: Hello %(name)s"],
            id="a placeholder with another name",
        ),
        pytest.param(
            ["Hello %(name)s"],
            catalog(("Hello %(name)s", "Hola")),
            ["other placeholders: Hello %(name)s"],
            id="a placeholder forgotten",
        ),
        pytest.param(
            ["in {time}"], catalog(("in {time}", "en {time}")), [], id="the same placeholder"
        ),
        pytest.param(
            [("one minute", "%(n)s minutes")],
            catalog((("one minute", "%(n)s minutes"), ("un minuto", "%(n)s minutos"))),
            [],
            id="a plural whose singular needs no number",
        ),
        pytest.param(
            [("%(n)s minute", "%(n)s minutes")],
            catalog((("%(n)s minute", "%(n)s minutes"), ("%(n)s minuto", ""))),
            ["not translated: %(n)s minute"],
            id="half a plural",
        ),
        pytest.param(
            ["Wait.\n"],
            catalog(("Wait.\n", "Espere.")),
            ["other space at the end: Wait. "],
            id="a line end lost",
        ),
    ],
)
def test_faults(sources: list, translated: Catalog, expected: list[str]) -> None:
    assert [line.rstrip() for line in found(sources, translated)] == [
        line.rstrip() for line in expected
    ]


def test_the_same_word_in_another_context_is_another_text() -> None:
    template, translated = Catalog("es"), Catalog("es")
    template.add("Open", "", context="door")
    translated.add("Open", "Abierto", context="file")
    assert list(faults(template, translated)) == ["missing: Open", "left over: Open"]


def test_the_texts_of_the_program_are_found() -> None:
    texts = {str(message.id) for message in extracted() if message.id}
    assert "We will be right back" in texts
    assert len(texts) > 200


PO = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8"

msgid "Visit"
msgstr "Consulta"

#, fuzzy
msgid "Queue"
msgstr "Cola"
"""


def test_a_catalog_is_compiled_once_and_again_when_it_changed(tmp_path: Path) -> None:
    source = tmp_path / "django.po"
    source.write_text(PO)
    assert compile_when_newer(source)
    assert not compile_when_newer(source)
    later = source.with_suffix(".mo").stat().st_mtime_ns + 1
    os.utime(source, ns=(later, later))
    assert compile_when_newer(source)


def test_what_is_only_guessed_stays_english(tmp_path: Path) -> None:
    source = tmp_path / "django.po"
    source.write_text(PO)
    compile_when_newer(source)
    with source.with_suffix(".mo").open("rb") as file:
        spanish = gettext.GNUTranslations(file)
    assert spanish.gettext("Visit") == "Consulta"
    assert spanish.gettext("Queue") == "Queue"
