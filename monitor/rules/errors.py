"""What a query is refused with."""


class QueryError(Exception):
    """A query that cannot be read: what is wrong, where, and what would be right.

    `column` counts characters of the query from 1; `hint` says what to write instead, "" if
    the message says it all.
    """

    def __init__(self, message: str, *, column: int, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.column = column
        self.hint = hint

    def __str__(self) -> str:
        told = f"column {self.column}: {self.message}"
        return f"{told} ({self.hint})" if self.hint else told
