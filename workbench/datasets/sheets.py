"""Excel and OpenDocument workbooks: one sheet's rows, numbers and dates as people see them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from workbench.datasets.formula_errors import formula_errors
from workbench.datasets.number_formats import as_shown
from workbench.datasets.seen_cells import Seen
from workbench.datasets.source import Source
from workbench.datasets.spread import check_whole, seen_within
from workbench.datasets.tables import Row, named_rows
from workbench.datasets.values import is_blank, plain
from workbench.datasets.workbook import letters
from workbench.meant import instead

LONG = (10**15, 10**21)  # of 16 digits and more; beyond, numbers are measures such as 6e23


class Sheet(NamedTuple):
    """A sheet's name, all its cells from A1 on, and what it says beside them."""

    name: str
    cells: list[list[Any]]
    seen: Seen


def read_sheet(source: Source) -> Iterator[Row]:
    """The rows of the sheet that is asked for, else of the first shown one that is a table."""
    names, sheet = _opened(source)
    errors = formula_errors(source, sheet.name, names, sheet.seen)
    formats = sheet.seen.formats

    def read(row: int, at: int, cell: Any) -> Any:
        value = errors.get((row, at), plain(cell))
        return as_shown(value, formats[row, at]) if (row, at) in formats else value

    records = (
        (number, [read(number, at, cell) for at, cell in enumerate(row)])
        for number, row in enumerate(sheet.cells, 1)
    )
    yield from named_rows(source, records)


def _opened(source: Source) -> tuple[list[str], Sheet]:
    """The names of all sheets, and the one to read."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        with source.open() as file:
            check_whole(source)
            book = CalamineWorkbook.from_filelike(file)
            sheet = _chosen(source, book)
            _notice(source, book, sheet)
            return book.sheet_names, sheet
    except PasswordError:
        source.refuse("it is locked by a password: save it without one")
    except (CalamineError, OSError) as error:
        source.refuse(f"not a workbook that can be read ({error}): save it as .xlsx or .csv")
    except BaseException as error:
        # On a broken .xls calamine panics, which Rust's bridge raises as no Exception.
        if type(error).__name__ != "PanicException":
            raise
        source.refuse("not a workbook that can be read (it is broken): save it as .xlsx or .csv")


def _chosen(source: Source, book: Any) -> Sheet:
    names = [each.name for each in book.sheets_metadata]
    if source.asked.sheet != "":
        return _sheet(source, book, _asked(source, names))
    shown = [each.name for each in book.sheets_metadata if str(each.visible).endswith(".Visible")]
    sheet = _first_table(_sheet(source, book, name) for name in shown or names)
    if sheet and len(names) > 1:
        source.noticed.add("sheet", f"{sheet.name!r} (of {', '.join(names)})")
    return sheet or Sheet(names[0], [], Seen())


def _first_table(sheets: Iterable[Sheet]) -> Sheet | None:
    """The first sheet that holds anything, unless it is a note above a table: a narrow one, with
    fewer rows than a sheet of several columns that follows.
    """
    first: Sheet | None = None
    fewest = 0
    for sheet in sheets:
        filled = [sum(not is_blank(cell) for cell in row) for row in sheet.cells]
        rows = sum(map(bool, filled))
        is_table = sum(count > 1 for count in filled) > 1
        if is_table and rows > fewest:
            return sheet
        if rows and first is None:
            first, fewest = sheet, rows
    return first


def _asked(source: Source, names: Sequence[str]) -> str:
    """The sheet that is asked for, by name or position."""
    sheet = source.asked.sheet
    if isinstance(sheet, int) and 0 <= sheet < len(names):
        return names[sheet]
    if sheet not in names:
        source.refuse(f"no sheet {sheet!r}: {instead(str(sheet), names)}")
    return str(sheet)


def _sheet(source: Source, book: Any, name: str) -> Sheet:
    seen = seen_within(source, name, book.sheet_names.index(name))
    return Sheet(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False), seen)


def _notice(source: Source, book: Any, sheet: Sheet) -> None:
    """Note what people see otherwise: rows and columns that are hidden, cells that share one value,
    and numbers that lost their last digits.
    """
    _notice_hidden(source, sheet)
    for (first, _), (last, _) in book.get_sheet_by_name(sheet.name).merged_cell_ranges or ():
        for row in range(first + 1, min(last + 1, len(sheet.cells))):
            source.noticed.add("merged", "", row + 1)
    for number, row in enumerate(sheet.cells, 1):
        if any(isinstance(cell, float) and LONG[0] <= abs(cell) < LONG[1] for cell in row):
            source.noticed.add("long number", "", number)


def _notice_hidden(source: Source, sheet: Sheet) -> None:
    cells = sheet.cells
    for number in sorted(sheet.seen.hidden_rows):
        if number <= len(cells) and not all(map(is_blank, cells[number - 1])):
            source.noticed.add("hidden row", "", number)
    width = max(map(len, cells), default=0)
    spans = [range(low - 1, min(high, width)) for low, high in sheet.seen.hidden_columns]
    for at in sorted({at for span in spans for at in span}):
        if not all(is_blank(row[at]) for row in cells):
            source.noticed.add("hidden column", f"column {letters(at)}")
