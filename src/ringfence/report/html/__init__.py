"""The report as one file: a page that needs no network, no script and no other file."""
