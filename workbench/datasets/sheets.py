"""Excel and OpenDocument workbooks: one sheet's rows, numbers and dates as people see them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from workbench.datasets.formula_errors import formula_errors
from workbench.datasets.number_formats import shown_digits, with_zeros
from workbench.datasets.source import Source
from workbench.datasets.spread import check_extent, check_whole
from workbench.datasets.tables import Row, named_rows
from workbench.datasets.values import is_blank, plain
from workbench.datasets.workbook import hidden_columns, hidden_rows, seen_xml
from workbench.meant import instead


def read_sheet(source: Source) -> Iterator[Row]:
    """The rows of the sheet that is asked for, else of the first shown one that is a table."""
    names, name, cells = _opened(source)
    errors, digits = formula_errors(source, name, names), shown_digits(source, name)

    def seen(row: int, at: int, cell: Any) -> Any:
        value = errors.get((row, at), plain(cell))
        return with_zeros(value, digits[row, at]) if (row, at) in digits else value

    records = (
        (number, [seen(number, at, cell) for at, cell in enumerate(row)])
        for number, row in enumerate(cells, 1)
    )
    yield from named_rows(source, records)


def _opened(source: Source) -> tuple[list[str], str, list[list[Any]]]:
    """The names of all sheets, that of the one to read, and its cells from A1 on."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        with source.open() as file:
            check_whole(source)
            book = CalamineWorkbook.from_filelike(file)
            name, cells = _chosen(source, book)
            _notice(source, book, name, cells)
            return book.sheet_names, name, cells
    except PasswordError:
        source.refuse("it is locked by a password: save it without one")
    except (CalamineError, OSError) as error:
        source.refuse(f"not a workbook that can be read ({error}): save it as .xlsx or .csv")
    except BaseException as error:
        # On a broken .xls calamine panics, which Rust's bridge raises as no Exception.
        if type(error).__name__ != "PanicException":
            raise
        source.refuse("not a workbook that can be read (it is broken): save it as .xlsx or .csv")


def _chosen(source: Source, book: Any) -> tuple[str, list[list[Any]]]:
    """The sheet's name and all its cells from A1 on."""
    names = [each.name for each in book.sheets_metadata]
    if source.asked.sheet != "":
        name = _asked(source, names)
        return name, _cells(source, book, name)
    shown = [each.name for each in book.sheets_metadata if str(each.visible).endswith(".Visible")]
    name, cells = _first_table((name, _cells(source, book, name)) for name in shown or names)
    if name and len(names) > 1:
        source.noticed.add("sheet", f"{name!r} (of {', '.join(names)})")
    return name or names[0], cells


def _first_table(sheets: Iterable[tuple[str, list[list[Any]]]]) -> tuple[str, list[list[Any]]]:
    """The first sheet that holds anything, unless it is a note above a table: a narrow one, with
    fewer rows than a sheet of several columns that follows. Without one, no name and no cells.
    """
    first: tuple[str, list[list[Any]]] = ("", [])
    fewest = 0
    for name, cells in sheets:
        filled = [sum(not is_blank(cell) for cell in row) for row in cells]
        rows = sum(map(bool, filled))
        is_table = sum(count > 1 for count in filled) > 1
        if is_table and rows > fewest:
            return name, cells
        if rows and not first[0]:
            first, fewest = (name, cells), rows
    return first


def _asked(source: Source, names: Sequence[str]) -> str:
    """The sheet that is asked for, by name or position."""
    sheet = source.asked.sheet
    if isinstance(sheet, int) and 0 <= sheet < len(names):
        return names[sheet]
    if sheet not in names:
        source.refuse(f"no sheet {sheet!r}: {instead(str(sheet), names)}")
    return str(sheet)


def _cells(source: Source, book: Any, name: str) -> list[list[Any]]:
    check_extent(source, name, book.sheet_names.index(name))
    return book.get_sheet_by_name(name).to_python(skip_empty_area=False)


def _notice(source: Source, book: Any, name: str, cells: list[list[Any]]) -> None:
    """Note what people see otherwise: rows and columns that are hidden, and cells that share one
    value.
    """
    xml = seen_xml(source, name)
    for number in sorted(hidden_rows(xml)):
        if number <= len(cells) and not all(map(is_blank, cells[number - 1])):
            source.noticed.add("hidden row", "", number)
    for at, letters in hidden_columns(xml, max(map(len, cells), default=0)):
        if not all(is_blank(row[at]) for row in cells):
            source.noticed.add("hidden column", f"column {letters}")
    for (first, _), (last, _) in book.get_sheet_by_name(name).merged_cell_ranges or ():
        for row in range(first + 1, last + 1):
            source.noticed.add("merged", "", row + 1)
