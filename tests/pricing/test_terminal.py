import io

from django.core.management.base import OutputWrapper

from pricing.terminal import ProgressBar, table


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_columns_are_as_wide_as_their_widest_cell_and_numbers_end_together():
    rows = [["Mine", "5", "USD"], ["The other", "10.5", "EUR"]]
    assert table(["Account", "Sum", ""], rows, numbers_from=1).splitlines() == [
        "Account     Sum",
        "---------  ----  ---",
        "Mine          5  USD",
        "The other  10.5  EUR",
    ]


def test_the_bar_overwrites_itself_and_leaves_nothing():
    terminal = Terminal()
    with ProgressBar(OutputWrapper(terminal), "a.csv") as bar:
        for done, total in ((0, 2), (1, 2), (3, 2), (0, 0)):
            bar("Reading", done, total)
    *steps, end = terminal.getvalue().split("\r")[1:]
    assert [step.count("█") for step in steps] == [0, 15, 30, 30]
    assert steps[1] == f"a.csv  {'█' * 15}{'·' * 15} Reading\033[K"
    assert end == "\033[K"


def test_without_a_terminal_there_is_no_bar():
    output = io.StringIO()
    with ProgressBar(OutputWrapper(output), "a.csv") as bar:
        bar("Reading", 1, 2)
    assert output.getvalue() == ""
