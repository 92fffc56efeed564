"""What commands print on a terminal: tables and a progress bar."""

from collections.abc import Sequence
from types import TracebackType

from django.core.management.base import OutputWrapper

BAR_WIDTH = 30


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, numbers_from: int) -> str:
    """Text columns; from column ``numbers_from`` on right-aligned."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    lines = [header, ["-" * width for width in widths], *rows]
    return "\n".join(
        "  ".join(
            text.rjust(width) if i >= numbers_from else text.ljust(width)
            for i, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


class ProgressBar:
    """A bar that overwrites itself; silent when the output is no terminal."""

    def __init__(self, output: OutputWrapper, title: str) -> None:
        self.output = output
        self.title = title
        self.is_terminal = output.isatty()

    def __enter__(self) -> "ProgressBar":
        return self

    def __call__(self, phase: str, done: int, total: int) -> None:
        if not self.is_terminal:
            return
        share = min(1.0, done / total) if total else 1.0
        bar = ("█" * int(BAR_WIDTH * share)).ljust(BAR_WIDTH, "·")
        self.output.write(f"\r{self.title}  {bar} {phase}\033[K", ending="")
        self.output.flush()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.is_terminal:
            self.output.write("\r\033[K", ending="")
