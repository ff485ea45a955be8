"""Measuring quality: runs and judgments, metrics, paired comparisons, splits, slices and reports."""
