"""A signed prescription can be cancelled, and nothing else."""

from django.db import migrations

from accounts.triggers import append_only, locked_when

# Everything that was signed must be as it was; the columns of a cancellation may be filled.
ONLY_CANCELLED = """
    OLD.status = 'signed' AND NEW.status = 'cancelled' AND
    (to_jsonb(NEW) - 'status' - 'cancelled_at' - 'cancel_reason') =
    (to_jsonb(OLD) - 'status' - 'cancelled_at' - 'cancel_reason')
"""


class Migration(migrations.Migration):
    dependencies = [("prescriptions", "0001_initial")]
    operations = [
        locked_when(
            "prescriptions_prescription",
            "OLD.signed_at IS NOT NULL",
            name="prescription_signed_is_locked",
            unless=ONLY_CANCELLED,
        ),
        append_only("prescriptions_finding"),
    ]
