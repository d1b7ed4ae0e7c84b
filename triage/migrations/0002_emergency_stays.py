"""An emergency is for ever, and what was said once stays said."""

from django.db import migrations

from accounts.triggers import append_only, locked_when


class Migration(migrations.Migration):
    dependencies = [("triage", "0001_initial")]
    operations = [
        locked_when(
            "triage_intake",
            "OLD.emergency_at IS NOT NULL",
            name="intake_emergency_stays",
            unless="NEW.emergency_at = OLD.emergency_at AND NEW.urgency = OLD.urgency",
        ),
        append_only("triage_answer"),
        append_only("triage_firedflag"),
    ]
