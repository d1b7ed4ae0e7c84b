"""SQL of triggers that several apps' migrations use: rows that are only added, or locked."""

from django.db import migrations


def append_only(table: str) -> migrations.RunSQL:
    """Refuse UPDATE, DELETE and TRUNCATE of a table, whoever asks."""
    name = f"{table}_append_only"
    return migrations.RunSQL(
        f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '{table} is append-only'
                USING ERRCODE = 'integrity_constraint_violation';
        END $$;
        CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION {name}();
        CREATE TRIGGER {name}_whole BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION {name}();
        """,
        f"DROP TRIGGER {name} ON {table}; DROP TRIGGER {name}_whole ON {table};"
        f" DROP FUNCTION {name};",
    )


def locked_when(
    table: str, condition: str, *, name: str, unless: str = "false"
) -> migrations.RunSQL:
    """Refuse UPDATE and DELETE of rows for which `condition` (over OLD) holds.

    `unless` (over OLD and NEW) names the one change that is still allowed.
    """
    return migrations.RunSQL(
        f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF ({condition}) THEN
                IF TG_OP = 'UPDATE' THEN
                    IF ({unless}) THEN RETURN NEW; END IF;
                END IF;
                RAISE EXCEPTION '{name}' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION {name}();
        """,
        f"DROP TRIGGER {name} ON {table}; DROP FUNCTION {name};",
    )
