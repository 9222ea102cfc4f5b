"""What stands in square brackets stands there on the screen, too."""

from ringfence.report.grid import Grid, as_text
from ringfence.report.packs import pack_grids


def test_a_word_in_brackets_is_no_mark_up() -> None:
    grid = Grid("amounts [coin]", ("name [unit]", "says"), left=2, caption="see [[rules]] and [bold]")
    grid.rows.append(("a", "rate 1 [uncertain]"))
    shown = as_text([grid], width=120)
    for words in ("amounts [coin]", "name [unit]", "rate 1 [uncertain]", "see [[rules]] and [bold]"):
        assert words in shown


def test_a_part_of_a_model_that_no_page_gives_says_so() -> None:
    models = [row for row in pack_grids("okx", None)[0].rows if row[0] == "offset"]
    assert models
    assert any("[uncertain]" in row[2] for row in models)
