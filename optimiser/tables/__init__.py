"""Tables in and out: one workbook, a folder of CSV files or one JSON file, to and from an instance of records.

Nothing here knows what the tables mean. An *instance* is a pydantic model whose fields are tables (tuples of rows) or single records
(a sheet of items and values); its row classes carry headings, explanations, units, keys and references as described in
:mod:`optimiser.plan.data`. Reading, writing, the empty template and the input reference all follow from the model.

* :mod:`~optimiser.tables.schema` turns a model into tables and columns, and says in words what a cell must be.
* :mod:`~optimiser.tables.sources` turns files into cells that know their place.
* :mod:`~optimiser.tables.reading` turns cells into an instance, or into everything that is wrong with them.
* :mod:`~optimiser.tables.writing` writes files that read back as the same instance.
* :mod:`~optimiser.tables.reference` writes the input reference; ``python -m optimiser.tables`` calls it.
"""

from optimiser.tables.reading import Loaded, digest, read
from optimiser.tables.reference import reference
from optimiser.tables.schema import Column, Table, tables_of, titles_of
from optimiser.tables.writing import template, write_folder, write_json, write_tables, write_workbook

__all__ = [
    "Column",
    "Loaded",
    "Table",
    "digest",
    "read",
    "reference",
    "tables_of",
    "template",
    "titles_of",
    "write_folder",
    "write_json",
    "write_tables",
    "write_workbook",
]
