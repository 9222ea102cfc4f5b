"""What exchanges, libraries and bots give of an account: recognised, read, and put together as a book.

From the ground up: ``row.py`` (one foreign row), ``part.py`` (what one payload says, in the book file's words),
``unwrap.py`` (from a file's content to bare payloads), ``shapes.py`` (the table of shapes), one file for each
family of shapes, and ``account.py`` (from parts to a book). A family is imported when a payload has its shape.
"""
