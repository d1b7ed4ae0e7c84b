"""The last word of the database: allowed moves, signed notes, rows that are only added.

The moves repeat `visits.lifecycle.MOVES`; a test holds the two against each other.
"""

from django.db import migrations

from accounts.triggers import append_only, locked_when

MOVES = """
CREATE FUNCTION visit_moves_as_allowed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> OLD.status AND (OLD.status || ' ' || NEW.status) NOT IN (
        'held booked', 'held released',
        'booked checked_in', 'booked cancelled', 'booked rescheduled',
        'booked no_show_patient', 'booked no_show_clinician', 'booked redirected',
        'checked_in waiting', 'checked_in cancelled', 'checked_in rescheduled',
        'checked_in no_show_patient', 'checked_in no_show_clinician', 'checked_in redirected',
        'waiting in_progress', 'waiting cancelled', 'waiting no_show_patient',
        'waiting no_show_clinician', 'waiting redirected',
        'in_progress waiting', 'in_progress completed', 'in_progress redirected'
    ) THEN
        RAISE EXCEPTION 'visit_moves_as_allowed: % to %', OLD.status, NEW.status
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER visit_moves_as_allowed BEFORE UPDATE OF status ON visits_visit
    FOR EACH ROW EXECUTE FUNCTION visit_moves_as_allowed();
"""


class Migration(migrations.Migration):
    dependencies = [("visits", "0001_initial")]
    operations = [
        migrations.RunSQL(
            MOVES,
            "DROP TRIGGER visit_moves_as_allowed ON visits_visit;"
            " DROP FUNCTION visit_moves_as_allowed;",
        ),
        append_only("visits_visitevent"),
        append_only("visits_licensedecision"),
        append_only("visits_addendum"),
        locked_when("visits_note", "OLD.signed_at IS NOT NULL", name="note_signed_is_locked"),
    ]
