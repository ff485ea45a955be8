"""Immutable folders that serve: files, their manifest, and the door between ids and rows."""
