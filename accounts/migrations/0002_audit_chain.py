"""The audit chain's seal and lock, and the row that proves the encryption key."""

from django.db import migrations

from accounts.triggers import append_only

SEAL = r"""
CREATE FUNCTION audit_event_seal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    unit constant text := E'\x1f';
BEGIN
    -- One writer at a time until its commit: a row must know the one before it.
    PERFORM pg_advisory_xact_lock(7410000001);
    SELECT hash INTO NEW.previous_hash FROM accounts_auditevent ORDER BY id DESC LIMIT 1;
    NEW.previous_hash := coalesce(NEW.previous_hash, repeat('0', 64));
    -- Taken under the lock, so that ids follow the chain.
    NEW.id := nextval(pg_get_serial_sequence('accounts_auditevent', 'id'));
    NEW.hash := encode(sha256(convert_to(concat_ws(unit,
        NEW.previous_hash, NEW.id::text,
        (extract(epoch FROM NEW.at) * 1000000)::bigint::text,
        coalesce(NEW.actor_id::text, ''), NEW.action, NEW.subject,
        coalesce(NEW.patient_id::text, ''), NEW.detail, NEW.request_id), 'UTF8')), 'hex');
    RETURN NEW;
END $$;
CREATE TRIGGER audit_event_seal BEFORE INSERT ON accounts_auditevent
    FOR EACH ROW EXECUTE FUNCTION audit_event_seal();
"""

KEY_PROOF = """
CREATE TABLE accounts_key_proof (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    token text NOT NULL
);
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [
        migrations.RunSQL(
            SEAL,
            "DROP TRIGGER audit_event_seal ON accounts_auditevent; DROP FUNCTION audit_event_seal;",
        ),
        append_only("accounts_auditevent"),
        append_only("accounts_auditday"),
        append_only("accounts_consent"),
        migrations.RunSQL(KEY_PROOF, "DROP TABLE accounts_key_proof;"),
    ]
