"""What the data look like, whether or not anything is wrong with them: the pictures at the end of a report."""

from __future__ import annotations

from soutui.checks.grades import grade_plot
from soutui.checks.kinds import kind_plot
from soutui.checks.label_balance import label_plot
from soutui.checks.languages import language_mix, language_plot
from soutui.checks.missing_values import fill_plot
from soutui.checks.one_event_users import activity_plot
from soutui.checks.plots import Plot
from soutui.checks.popularity_skew import rank_plot
from soutui.checks.position_bias import position_plot
from soutui.checks.uneven_days import day_plot
from soutui.checks.view import DataView
from soutui.checks.wording import Text


def pictures(data: DataView) -> tuple[Plot, ...]:
    """Every plot that the data give rise to, catalogue first."""
    made: tuple[Plot | None, ...] = (
        language_plot(language_mix(data)),
        fill_plot(data),
        day_plot(data),
        rank_plot(data),
        kind_plot(data),
        activity_plot(data),
        position_plot(data),
        grade_plot(data),
        label_plot(data),
    )
    return tuple(plot for plot in made if plot is not None)


def counts(data: DataView) -> tuple[tuple[Text, int], ...]:
    """What there is and how much of it, leaving out what there is none of."""
    listed = (
        (Text("items", "物品"), len(data.items)),
        (Text("events", "行为"), len(data.events)),
        (Text("users who acted", "有行为的用户"), int((data.events.per_actor > 0).sum())),
        (Text("queries", "查询"), len(data.queries)),
        (Text("judgments", "标注"), len(data.judgments)),
        (Text("ties", "关系"), data.ties),
        (Text("labelled texts", "带标签的文本"), len(data.texts)),
    )
    return tuple((name, count) for name, count in listed if count)
