"""What lies outside of what somebody may see is not there for him."""

import pytest

from examsync.errors import ExamError
from examsync.infra.postgres import Pool
from examsync.results.scope import Scope
from protocol.problems import Code
from tests.services.sittings import Sitting


@pytest.fixture
async def sitting(pool: Pool) -> Sitting:
    return await Sitting(pool).open()


async def test_what_lies_outside_a_scope_is_not_there(sitting: Sitting) -> None:
    asha = await sitting.sat("asha", hall="east")
    await sitting.results.grader.grade_due()
    regrading = sitting.results.regrading
    for scope in (Scope("exam-2"), Scope("exam-1", frozenset({"west"}))):
        with pytest.raises(ExamError) as caught:
            await regrading.history(asha, scope)
        assert caught.value.code is Code.NOT_FOUND
        with pytest.raises(ExamError) as caught:
            await regrading.revert(asha, 1, by="eva", reason="x", scope=scope)
        assert caught.value.code is Code.NOT_FOUND
        with pytest.raises(ExamError) as caught:
            await sitting.results.marking.mark(asha, "q1", "1", by="eva", scope=scope)
        assert caught.value.code is Code.NOT_FOUND
    assert len(await regrading.history(asha, Scope("exam-1", frozenset({"east"})))) == 1
    with pytest.raises(ExamError) as caught:
        await regrading.history("nobody")
    assert caught.value.code is Code.NOT_FOUND
