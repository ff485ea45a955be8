"""The HTTP service: one workspace, one process, JSON in and out."""
