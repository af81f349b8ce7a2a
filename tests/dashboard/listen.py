#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Listen on the channel tocsin as psycopg2 does, for ever.

Prints "listening", and then each payload on a line of its own.  The
connection is that of the PG* variables.
"""
import select

import psycopg2

connection = psycopg2.connect("")
connection.autocommit = True
connection.cursor().execute("listen tocsin")
print("listening", flush=True)
while True:
    select.select([connection], [], [])
    connection.poll()
    while connection.notifies:
        print(connection.notifies.pop(0).payload, flush=True)
