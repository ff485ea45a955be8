"""Indexes: what retrieves candidates."""
