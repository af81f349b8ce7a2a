#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What SQLAlchemy finds in the schema tocsin, as one JSON document.

Superset, Redash and notebooks ask PostgreSQL in these words.  The connection
is that of the PG* variables.
"""
import json
import sys

import sqlalchemy
from sqlalchemy import exc, types

SCHEMA = "tocsin"


def described(column):
    kind = column["type"]
    return {
        "name": column["name"],
        "type": type(kind).__name__,
        "known": not isinstance(kind, types.NullType),
        "timezone": getattr(kind, "timezone", None),
        "comment": column.get("comment"),
    }


def refused(engine, statement):
    """The SQLSTATE that a statement is refused with, or None."""
    try:
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text(statement))
    except exc.DBAPIError as error:
        return error.orig.pgcode
    return None


def reflected(engine, view):
    """The rows of a view, read by what was found out about it alone."""
    table = sqlalchemy.Table(view, sqlalchemy.MetaData(), schema=SCHEMA,
                             autoload_with=engine)
    with engine.connect() as connection:
        rows = connection.execute(sqlalchemy.select(table)).fetchall()
        return len(rows)


def main():
    engine = sqlalchemy.create_engine("postgresql+psycopg2://", future=True)
    found = sqlalchemy.inspect(engine)
    views = sorted(found.get_view_names(schema=SCHEMA))
    result = {
        "views": {
            view: {
                "comment": found.get_table_comment(view, schema=SCHEMA)["text"],
                "columns": [described(column) for column
                            in found.get_columns(view, schema=SCHEMA)],
                "rows": reflected(engine, view),
            }
            for view in views
        },
        "tables": found.get_table_names(schema=SCHEMA),
        "refused": {
            statement: refused(engine, statement)
            for statement in sys.argv[1:]
        },
    }
    json.dump(result, sys.stdout)


main()
