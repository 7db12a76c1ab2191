"""The one-page brief (一页纸简报): every sentence is made of figures, and nothing else is said."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext

from orders.statistics.rules.figures import gap, year_on_year
from orders.statistics.rules.periods import Period
from shop.money import divide, wan

# So many towns stand among the best and the worst, and so many names in one sentence.
SHOWN = 3
MOST_NAMES = 6


@dataclass(frozen=True)
class Place:
    """A town with a target: how far it is, in permille and fen."""

    label: str
    completion: int
    net_fen: int
    target_fen: int
    gap: int


@dataclass(frozen=True)
class Move:
    """What something sold in a period, and on the same days of the year before."""

    label: str
    now_fen: int
    before_fen: int

    @property
    def change_fen(self) -> int:
        return self.now_fen - self.before_fen


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a brief is made of. None is what nobody knows."""

    period: Period
    net_fen: int
    month_fen: int
    before_fen: int
    target_fen: int | None
    completion: int | None
    pace: int
    towns: Sequence[Place]
    # By category, by channel, by kind of buyer: the name of each with its moves.
    moves: Sequence[tuple[str, Sequence[Move]]]
    # The towns that have not filed each month that is over, by month.
    unfiled: dict[str, list[str]]
    # The products whose season begins with the next month.
    coming: Sequence[str]


@dataclass(frozen=True)
class Brief:
    """The sentences of each part, and the towns at both ends."""

    figure: list[str]
    pace: list[str]
    best: Sequence[Place]
    worst: Sequence[Place]
    why: list[str]
    ahead: list[str]


def brief_of(facts: Facts) -> Brief:
    """Put the page together."""
    ranked = sorted(facts.towns, key=lambda town: town.completion, reverse=True)
    best = ranked[:SHOWN]
    # With few towns none stands at both ends.
    worst = list(reversed(ranked[len(best) :]))[:SHOWN]
    return Brief(
        figure=_figure(facts),
        pace=_pace(facts),
        best=best,
        worst=worst,
        why=[sentence for name, moves in facts.moves for sentence in _why(name, moves)],
        ahead=_ahead(facts),
    )


def months_left(until: date) -> int:
    """How many months of the year come after the one that a day lies in."""
    return 12 - until.month


def _figure(facts: Facts) -> list[str]:
    said = [
        gettext(
            "累计净额 %(net)s 万元，其中本月 %(month)s 万元。",
            net=wan(facts.net_fen),
            month=wan(facts.month_fen),
        )
    ]
    change, share = facts.net_fen - facts.before_fen, year_on_year(facts.net_fen, facts.before_fen)
    if share is None:
        said.append(gettext("上年同期没有可比的净额。"))
    elif change >= 0:
        said.append(
            gettext(
                "比上年同期的 %(before)s 万元多 %(change)s 万元，增长 %(share)s%%。",
                before=wan(facts.before_fen),
                change=wan(change),
                share=_tenths(share),
            )
        )
    else:
        said.append(
            gettext(
                "比上年同期的 %(before)s 万元少 %(change)s 万元，下降 %(share)s%%。",
                before=wan(facts.before_fen),
                change=wan(-change),
                share=_tenths(-share),
            )
        )
    return said


def _pace(facts: Facts) -> list[str]:
    if facts.target_fen is None or facts.completion is None:
        return [gettext("这个范围没有年度目标，不比较进度。")]
    points = gap(facts.completion, facts.pace) or 0
    words = {
        "target": wan(facts.target_fen),
        "completion": _tenths(facts.completion),
        "pace": _tenths(facts.pace),
        "points": _tenths(abs(points)),
    }
    said = [
        gettext("年度目标 %(target)s 万元，完成 %(completion)s%%。", **words),
        gettext("时序进度 %(pace)s%%，完成率快 %(points)s 个百分点。", **words)
        if points >= 0
        else gettext("时序进度 %(pace)s%%，完成率慢 %(points)s 个百分点。", **words),
    ]
    missing, left = facts.target_fen - facts.net_fen, months_left(facts.period.until)
    if missing <= 0:
        said.append(gettext("年度目标已经完成，超出 %(more)s 万元。", more=wan(-missing)))
    elif left == 0:
        said.append(gettext("离年度目标还差 %(missing)s 万元。", missing=wan(missing)))
    elif left == 1:
        said.append(
            gettext(
                "离年度目标还差 %(missing)s 万元，要在余下 1 个月里完成。",
                missing=wan(missing),
            )
        )
    else:
        said.append(
            gettext(
                "离年度目标还差 %(missing)s 万元，余下 %(left)s 个月平均每月要完成 %(each)s 万元。",
                missing=wan(missing),
                left=left,
                each=wan(divide(missing, left)),
            )
        )
    return said


def _why(name: str, moves: Sequence[Move]) -> list[str]:
    """What grew most and what shrank most against the same days of the year before."""
    grown = [move for move in moves if move.change_fen > 0]
    shrunk = [move for move in moves if move.change_fen < 0]
    said = []
    if grown:
        most = max(grown, key=lambda move: move.change_fen)
        said.append(
            gettext(
                "%(name)s中增加最多的是%(label)s，多 %(change)s 万元。",
                name=name,
                label=most.label,
                change=wan(most.change_fen),
            )
        )
    if shrunk:
        most = min(shrunk, key=lambda move: move.change_fen)
        said.append(
            gettext(
                "%(name)s中减少最多的是%(label)s，少 %(change)s 万元。",
                name=name,
                label=most.label,
                change=wan(-most.change_fen),
            )
        )
    return said


def _ahead(facts: Facts) -> list[str]:
    said = []
    behind = sorted((town for town in facts.towns if town.gap < 0), key=lambda town: town.gap)
    if behind:
        said.append(
            gettext(
                "慢于时序的镇有 %(count)s 个：%(names)s。",
                count=len(behind),
                names=_names(town.label for town in behind),
            )
        )
    said += [
        gettext(
            "%(month)s还有 %(count)s 个镇没有上报：%(names)s。",
            month=month,
            count=len(towns),
            names=_names(towns),
        )
        for month, towns in facts.unfiled.items()
        if towns
    ]
    if facts.coming:
        said.append(
            gettext(
                "下月进入产季的产品有 %(count)s 种：%(names)s。",
                count=len(facts.coming),
                names=_names(facts.coming),
            )
        )
    return said


def _names(names: Iterable[str]) -> str:
    """The first few, and that there are more."""
    listed = list(names)
    text = str(gettext("、")).join(listed[:MOST_NAMES])
    return str(gettext("%(names)s等", names=text)) if len(listed) > MOST_NAMES else text


def _tenths(permille: int) -> str:
    return f"{permille / 10:.1f}"
