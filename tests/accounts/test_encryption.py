"""Encrypted columns: unreadable in the database, never searched, never decrypted from a form."""

from datetime import date

import pytest
from cryptography.fernet import Fernet, MultiFernet
from django.core.exceptions import FieldError
from django.db import connection
from encrypted_model_fields import fields as package

from accounts import encryption
from accounts.encryption import WrongKey
from accounts.models import Patient


def test_the_database_holds_no_readable_name(ada, run_sql):
    [(name, born_on)] = run_sql("SELECT name, born_on FROM accounts_patient")
    assert "Ada" not in name
    assert "1988" not in born_on


def test_what_was_stored_is_read_back(ada):
    read = Patient.objects.get()
    assert read.name == "Ada Rivera"
    assert read.born_on == date(1988, 5, 4)


def test_a_value_under_another_key_raises_instead_of_showing_the_token(ada, run_sql):
    token = Fernet(Fernet.generate_key()).encrypt(b"Mallory").decode()
    run_sql("UPDATE accounts_patient SET name = %s", token)
    with pytest.raises(WrongKey):
        Patient.objects.get()


def test_a_stolen_token_typed_into_a_form_stays_a_token(ada):
    stolen = encryption.encrypt("secret of another patient")
    field = Patient._meta.get_field("street")
    assert field.to_python(stolen) == stolen
    assert field.clean(stolen[:200], ada) == stolen[:200]


def test_a_search_by_an_encrypted_value_is_refused(ada):
    with pytest.raises(FieldError, match="cannot be searched"):
        Patient.objects.filter(name="Ada Rivera").exists()


def test_every_encrypted_field_is_a_text_column():
    assert len(encryption.encrypted_fields()) > 15
    assert {field.db_type(connection) for field in encryption.encrypted_fields()} == {"text"}


@pytest.fixture
def proven(db, run_sql):
    run_sql("DELETE FROM accounts_key_proof")
    encryption.prove_key()


def test_the_right_key_starts(proven):
    encryption.prove_key()


def test_a_wrong_key_stops_the_start_with_a_sentence(proven, monkeypatch):
    monkeypatch.setattr(package, "CRYPTER", MultiFernet([Fernet(Fernet.generate_key())]))
    with pytest.raises(SystemExit, match="FIELD_ENCRYPTION_KEYS does not hold the key"):
        encryption.prove_key()


def test_after_a_rotation_the_old_key_is_not_needed(proven, ada, monkeypatch):
    old, new = package.CRYPTER, Fernet(Fernet.generate_key())
    monkeypatch.setattr(package, "CRYPTER", MultiFernet([new, *old._fernets]))
    rotated = encryption.rotate()
    assert rotated.written >= 2
    assert rotated.locked == 0
    monkeypatch.setattr(package, "CRYPTER", MultiFernet([new]))
    assert Patient.objects.get().name == "Ada Rivera"
    encryption.prove_key()


def test_a_rotation_counts_the_locked_rows_it_must_leave(proven, ada, run_sql, completed, bello):
    run_sql(
        "INSERT INTO visits_note (visit_id, author_id, subjective, objective, assessment, plan,"
        " for_patient, version, saved_at, signed_at, signed_by_id, seal)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, 1, now(), now(), %s, 'abc')",
        *(completed.pk, bello.pk, *[encryption.encrypt("x")] * 5, bello.pk),
    )
    assert encryption.rotate().locked == 1


def test_a_fingerprint_finds_a_value_without_showing_it():
    assert encryption.fingerprint(" Ada ") == encryption.fingerprint("ada")
    assert encryption.fingerprint("ada") != encryption.fingerprint("adb")
    assert "ada" not in encryption.fingerprint("ada")
