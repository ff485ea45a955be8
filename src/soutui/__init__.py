"""soutui: personalised search and recommendation from a catalogue and an event log."""

__version__ = "0.1.0"
