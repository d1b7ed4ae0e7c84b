"""The audit chain shows every change, and the database refuses the change itself."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import AuditDay, AuditEvent


@pytest.fixture
def chain(ada, bello) -> list[AuditEvent]:
    for action in ("visit.read", "note.sign", "visit.read", "note.addendum", "visit.read"):
        audit.record(action, ada, by=bello.user, patient=ada, detail="n=1")
    return list(AuditEvent.objects.order_by("id"))


def tamper(run_sql, sql: str, *parameters: object) -> None:
    """As somebody with the database's own rights would."""
    run_sql("SET LOCAL session_replication_role = replica")
    run_sql(sql, *parameters)
    run_sql("SET LOCAL session_replication_role = origin")


def test_a_whole_chain_verifies(chain):
    assert audit.verify() == (len(chain), None)


def test_each_row_holds_the_hash_of_the_one_before(chain):
    assert [row.previous_hash for row in chain[1:]] == [row.hash for row in chain[:-1]]
    assert chain[0].previous_hash == audit.FIRST


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("action", "nothing"),
        ("subject", "x"),
        ("detail", "n=2"),
        ("actor_id", 0),
        ("patient_id", 0),
    ],
)
def test_a_changed_column_is_named_by_its_row(chain, run_sql, column, value):
    tamper(
        run_sql, f"UPDATE accounts_auditevent SET {column} = %s WHERE id = %s", value, chain[2].id
    )
    _, broken = audit.verify()
    assert broken.where == f"audit row {chain[2].id}"


def test_a_moved_time_is_named(chain, run_sql):
    later = chain[1].at + timedelta(microseconds=1)
    tamper(run_sql, "UPDATE accounts_auditevent SET at = %s WHERE id = %s", later, chain[1].id)
    assert audit.verify()[1].where == f"audit row {chain[1].id}"


def test_a_removed_row_shows_at_the_next_one(chain, run_sql):
    tamper(run_sql, "DELETE FROM accounts_auditevent WHERE id = %s", chain[2].id)
    assert audit.verify()[1].where == f"audit row {chain[3].id}"


def test_a_forged_hash_cannot_be_inserted(chain):
    AuditEvent.objects.create(
        at=datetime.now(UTC), action="x.y", subject="z:1", hash="f" * 64, previous_hash="0" * 64
    )
    assert audit.verify()[1] is None


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE accounts_auditevent SET detail = 'changed'",
        "DELETE FROM accounts_auditevent",
        "TRUNCATE accounts_auditevent",
    ],
)
def test_the_database_refuses_to_change_a_row(chain, run_sql, sql):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        run_sql(sql)
    assert AuditEvent.objects.count() == len(chain)


def test_a_chain_written_anew_from_the_start_breaks_a_signed_day(ada, bello, clock, run_sql):
    audit.record("visit.read", ada, by=bello.user, patient=ada)
    clock.move(days=1)
    assert len(list(audit.sign_days(until=clock.now.date()))) == 1
    assert audit.verify()[1] is None
    tamper(run_sql, "DELETE FROM accounts_auditevent")
    audit.record("visit.read", ada, by=bello.user, patient=ada)
    assert audit.verify()[1].where == "audit day 2026-11-23"


def test_a_forged_day_signature_is_named(ada, bello, clock, run_sql):
    audit.record("visit.read", ada, by=bello.user, patient=ada)
    clock.move(days=1)
    list(audit.sign_days(until=clock.now.date()))
    tamper(run_sql, "UPDATE accounts_auditday SET signature = %s", "00" * 64)
    assert "signature" in audit.verify()[1].reason


def test_signing_days_twice_signs_each_once(ada, bello, clock):
    for _ in range(3):
        audit.record("visit.read", ada, by=bello.user, patient=ada)
        clock.move(days=1)
    list(audit.sign_days(until=clock.now.date()))
    assert list(audit.sign_days(until=clock.now.date())) == []
    assert AuditDay.objects.count() == 3


def test_the_command_names_the_broken_row_and_fails(chain, run_sql):
    tamper(run_sql, "UPDATE accounts_auditevent SET detail = 'x' WHERE id = %s", chain[0].id)
    errors = StringIO()
    with pytest.raises(SystemExit):
        call_command("audit_verify", stderr=errors)
    assert f"audit row {chain[0].id}" in errors.getvalue()
