"""Probable links: records that are likely one person's though no identifier is equal.

``link`` reads what tools say about people, lets Splink compare the records, keeps what
no login contradicts, and writes ``predictions.probable_links``. Identity takes these
links only where the dbt variable ``probable_links`` is on.
"""
