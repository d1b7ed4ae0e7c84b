"""What is wrong with a language catalog, compared with the texts that the program has now.

Pure: takes catalogs and returns sentences. Nothing is read or written here.
"""

import re
from collections.abc import Iterator

from babel.messages.catalog import Catalog, Message

PLACEHOLDER = re.compile(r"%\(\w+\)[#0 +-]*\d*(?:\.\d+)?[a-zA-Z]|%[sdif]|\{\w*\}")


def faults(template: Catalog, catalog: Catalog) -> Iterator[str]:
    """One sentence for each text that is missing, guessed, left over or mangled."""
    have = {_key(message): message for message in catalog if message.id}
    want = {_key(message): message for message in template if message.id}
    for key, message in want.items():
        if key not in have:
            yield f"missing: {_named(message)}"
        else:
            yield from _faults_of(have[key])
    for key, message in have.items():
        if key not in want:
            yield f"left over: {_named(message)}"


def _faults_of(message: Message) -> Iterator[str]:
    if message.fuzzy:
        yield f"only guessed (fuzzy): {_named(message)}"
    sources, targets = _forms(message.id), _forms(message.string)
    if not all(targets):
        yield f"not translated: {_named(message)}"
        return
    allowed = {frozenset(PLACEHOLDER.findall(source)) for source in sources}
    for target in targets:
        if frozenset(PLACEHOLDER.findall(target)) not in allowed:
            yield f"other placeholders: {_named(message)}"
    for edge in ("\n", " "):
        if {s.endswith(edge) for s in sources} != {t.endswith(edge) for t in targets}:
            yield f"other space at the end: {_named(message)}"


def _key(message: Message) -> tuple[str | None, str]:
    return message.context, _forms(message.id)[0]


def _forms(text: object) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, list | tuple) else (str(text or ""),)


def _named(message: Message) -> str:
    text = " ".join(_forms(message.id)[0].split())
    return text if len(text) <= 80 else f"{text[:79]}…"
