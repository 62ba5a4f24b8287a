"""Erasure reaches all there is: every table, and every column of an attempt, is spoken for."""

from tests.services.installation import App

KEEPS_NOTHING = """
banks questions papers paper_sections paper_items exams exam_facts rulings releases epochs
event_count webhooks deliveries api_keys revocations schema_migrations"""
"""Tables without a word of a candidate's: what staff wrote for all, ids of attempts, deliveries
(which go with their events), and cut-off times of tokens (forgotten when those have ended)."""
TAKEN_OUT = """
attempts facts responses commands results hand_marks outbox event_outbox events access_codes
accounts"""
OF_AN_ATTEMPT = """
id exam candidate name hall group factor_permille extension_ms epoch n head core state started_at
closed_at closes saved_at grading change closes_told salt erased erased_at"""


async def test_every_table_is_spoken_for(built: App) -> None:
    """Who adds one, or a column of an attempt, says here and in erasing.sql what becomes of it."""
    found = await built.pool.fetch(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = 'public'"
    )
    tables = {row["table_name"] for row in found}
    assert tables == {*KEEPS_NOTHING.split(), *TAKEN_OUT.split()}
    columns = {row["column_name"] for row in found if row["table_name"] == "attempts"}
    assert columns == set(OF_AN_ATTEMPT.split())
