"""Encrypted columns, and the proof at start-up that the key is the right one.

On top of django-encrypted-model-fields, without its three traps: a token that does not decrypt
raises, form input is never decrypted, and a lookup by an encrypted value is refused.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import date
from typing import Any

from cryptography.fernet import InvalidToken
from django.apps import apps
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection, models, transaction
from encrypted_model_fields import fields as package

PROOF = "telemed"


class WrongKey(Exception):
    """A stored value was not written with any of FIELD_ENCRYPTION_KEYS."""


def encrypt(text: str) -> str:
    return str(package.encrypt_str(text).decode())


def decrypt(token: str) -> str:
    try:
        return str(package.decrypt_str(token))
    except InvalidToken as error:
        raise WrongKey("a stored value does not decrypt with FIELD_ENCRYPTION_KEYS") from error


class _Encrypted(package.EncryptedMixin):
    def to_python(self, value: Any) -> Any:
        # The package would decrypt here, and this also runs on what a person typed into a form.
        return models.Field.to_python(self, value)

    def from_db_value(self, value: str | None, *_: Any) -> Any:
        if value is None:
            return None
        return self.parse(decrypt(value))

    def parse(self, text: str) -> Any:
        return text

    def get_lookup(self, name: str) -> Any:
        if name != "isnull":
            raise FieldError(f"{self.name} is encrypted and cannot be searched ({name}).")
        return super().get_lookup(name)

    def get_prep_value(self, value: Any) -> Any:
        return value

    def get_db_prep_save(self, value: Any, connection: Any) -> str | None:
        return None if value is None else encrypt(str(value))


class EncryptedText(_Encrypted, models.TextField):
    """A text of any length; `max_length` binds forms and `full_clean`, not the column."""

    def deconstruct(self) -> Any:
        name, path, args, kwargs = models.TextField.deconstruct(self)
        kwargs.pop("max_length", None)
        return name, path, args, kwargs


class EncryptedDate(_Encrypted, models.DateField):
    """A date, stored as ISO 8601 text."""

    def to_python(self, value: Any) -> Any:
        return models.DateField.to_python(self, value)

    def parse(self, text: str) -> date:
        return date.fromisoformat(text)

    def db_type(self, connection: Any) -> str:
        return "text"


def fingerprint(value: str) -> str:
    """A keyed hash by which an encrypted value can be found. Case and outer space do not count."""
    key = hashlib.sha256(b"fingerprint:" + settings.SECRET_KEY.encode()).digest()
    return hmac.new(key, value.strip().casefold().encode(), hashlib.sha256).hexdigest()


def prove_key() -> None:
    """Stop the start when the database was written with another key than ours.

    The first start writes a known text; every later one must be able to read it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT token FROM accounts_key_proof")
        row = cursor.fetchone()
        if row is None:
            cursor.execute("INSERT INTO accounts_key_proof (token) VALUES (%s)", [encrypt(PROOF)])
            return
    try:
        is_right = decrypt(row[0]) == PROOF
    except WrongKey:
        is_right = False
    if not is_right:
        raise SystemExit(
            "Telemed cannot start: FIELD_ENCRYPTION_KEYS does not hold the key that this database "
            "was written with. Give the right key; nothing was changed."
        )


@dataclass(frozen=True)
class Rotated:
    """How many rows were written anew, and how many are locked and keep the key they have."""

    written: int
    locked: int


def rotate() -> Rotated:
    """Write every encrypted value anew with the first key.

    Locked rows (signed notes and prescriptions, addenda) cannot be written: as long as there are
    any, the keys that wrote them must stay in FIELD_ENCRYPTION_KEYS.
    """
    written = locked = 0
    fields: dict[type[models.Model], list[str]] = {}
    for field in encrypted_fields():
        fields.setdefault(field.model, []).append(field.attname)
    for model, names in fields.items():
        rows = model._default_manager.only("pk", *names)
        for key in rows.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=5_000):
            try:
                with transaction.atomic():
                    # Read under the lock: an edit made meanwhile must not be written over.
                    rows.select_for_update().get(pk=key).save(update_fields=names)
                written += 1
            except IntegrityError:
                locked += 1
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_key_proof SET token = %s", [encrypt(PROOF)])
    return Rotated(written, locked)


def encrypted_fields() -> "list[models.Field[Any, Any]]":
    """Every encrypted field of every model, for key rotation and tests."""
    return [
        field
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, _Encrypted)
    ]
