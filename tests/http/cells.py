"""Prints the cells of a table as other programs read them, as JSON: rows of texts.

cells.py csv FILE    a file of comma-separated values, by Python's own module
cells.py fods FILE   a flat OpenDocument spreadsheet, as LibreOffice writes it; a cell with a formula is {"formula": …}
"""
import csv
import json
import sys
from xml.etree import ElementTree

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


def text_of(node):
    """The text of a paragraph: several spaces, tabs and line breaks are elements."""
    pieces = [node.text or ""]
    for child in node:
        if child.tag == TEXT + "s":
            pieces.append(" " * int(child.get(TEXT + "c", "1")))
        elif child.tag == TEXT + "tab":
            pieces.append("\t")
        elif child.tag == TEXT + "line-break":
            pieces.append("\n")
        else:
            pieces.append(text_of(child))
        pieces.append(child.tail or "")
    return "".join(pieces)


def cells_of(row):
    for cell in row.iter(TABLE + "table-cell"):
        formula = cell.get(TABLE + "formula")
        value = "\n".join(text_of(paragraph) for paragraph in cell.findall(TEXT + "p"))
        for _ in range(int(cell.get(TABLE + "number-columns-repeated", "1"))):
            yield {"formula": formula} if formula else value


kind, path = sys.argv[1:]
if kind == "csv":
    with open(path, newline="", encoding="utf-8-sig") as file:
        rows = list(csv.reader(file, strict=True))
else:
    table = ElementTree.parse(path).getroot().find(f".//{OFFICE}spreadsheet/{TABLE}table")
    rows = [list(cells_of(row)) for row in table.iter(TABLE + "table-row")]
json.dump(rows, sys.stdout)
