"""What became of the rows of a file, as commands and pages tell it."""

from dataclasses import dataclass, field

from transactions.signals import Effect


@dataclass(frozen=True, slots=True)
class Reject:
    line: int
    reason: str
    raw: str


@dataclass(frozen=True, slots=True)
class Remark:
    """A row that a person may want to look at: one that was left out, or whose balance disagrees."""

    line: int
    verdict: str
    detail: str


@dataclass(frozen=True, slots=True)
class RowVerdict:
    line: int
    verdict: str
    summary: str
    detail: str


@dataclass(slots=True)
class Result:
    """What became of the rows of one file in one account."""

    file: str
    format: str
    account: str
    import_id: int | None = None
    rows: int = 0
    imported: int = 0
    duplicates: int = 0
    likely_duplicates: int = 0
    conflicts: int = 0
    ignored: int = 0
    rejected: int = 0
    # Running balances that the rows explain or do not, and stated balances for the reconcile page.
    balances_agreed: int = 0
    balances_disagreed: int = 0
    balances_kept: int = 0
    rejects: list[Reject] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    ignored_rules: dict[str, int] = field(default_factory=dict)
    verdicts: list[RowVerdict] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)


class RejectedRows(Exception):
    """Rows were rejected and the user did not ask to keep them; nothing was written."""

    def __init__(self, results: list[Result]) -> None:
        self.results = results
        count = sum(result.rejected for result in results)
        super().__init__(
            f"{count} row{'s' if count > 1 else ''} of {results[0].file} could not be understood; "
            "nothing was imported."
        )
