"""Measuring quality: runs and judgments, metrics, paired comparisons, splits, slices and reports.

The whole way for two run files of anybody's tools::

    qrels = read_qrels(Path("test.qrels"))
    values = {path.name: per_query(read_run(path), qrels, "ndcg@10").values for path in (a, b)}
    print(Report("a or b", (compare(values, a.name, metric="ndcg@10"),)).as_text())
"""

from soutui.evaluate.compare import Comparison, compare
from soutui.evaluate.files import read_qrels, read_run, write_qrels, write_run
from soutui.evaluate.metrics import PerQuery, evaluate, per_query
from soutui.evaluate.protocols import EventSplit, split_events
from soutui.evaluate.queries import QuerySplit, folds, split_queries
from soutui.evaluate.report import Report
from soutui.evaluate.runs import Qrels, Run
from soutui.evaluate.slices import SliceRow, by_slice

__all__ = [
    "Comparison",
    "EventSplit",
    "PerQuery",
    "Qrels",
    "QuerySplit",
    "Report",
    "Run",
    "SliceRow",
    "by_slice",
    "compare",
    "evaluate",
    "folds",
    "per_query",
    "read_qrels",
    "read_run",
    "split_events",
    "split_queries",
    "write_qrels",
    "write_run",
]
