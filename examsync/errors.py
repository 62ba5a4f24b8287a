"""The one exception family: errors know codes, edges know statuses. Raised everywhere."""

from protocol.problems import Code, Problem, problem


class ExamError(Exception):
    """Something a caller can be told about; carries a `protocol` problem."""

    def __init__(
        self,
        code: Code,
        detail: str = "",
        *,
        retry_after_ms: int | None = None,
        data: dict[str, list[str]] | None = None,
    ) -> None:
        self.problem: Problem = problem(code, detail, retry_after_ms=retry_after_ms, data=data)
        super().__init__(f"{code}: {detail or self.problem.title}")

    @property
    def code(self) -> Code:
        """The problem's code."""
        return self.problem.code


class Unavailable(Exception):
    """Storage could not be asked, or what it would say is unknown."""
