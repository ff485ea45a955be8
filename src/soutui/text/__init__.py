"""Text to words: normalising, analysing, highlighting. English and Chinese, alone and mixed."""
