"""Rows in: read from files, mapped to columns, validated, quarantined."""
