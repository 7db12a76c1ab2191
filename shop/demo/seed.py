"""Fills an empty shop with the demo: places, people, produce, a year of trade, targets."""

from datetime import datetime, timedelta

import click
from flask import current_app
from sqlalchemy import func, select

from shop import clock, outbox
from shop.accounts.factors.rules import derived_secret
from shop.accounts.people.models import Account
from shop.basics import load_basics
from shop.config import Settings
from shop.db import db
from shop.demo import (
    accounts,
    applications,
    benefits,
    disputes,
    drafts,
    expectations,
    fairs,
    finance,
    flags,
    last_year,
    licences,
    mandates,
    market,
    months,
    offline,
    paperwork,
    people,
    points,
    presales,
    prices,
    programmes,
    recalls,
    rechecks,
    reviews,
    sandbox,
    settlements,
    sheets,
    shortages,
    standing,
    targets,
    transfers,
)
from shop.demo.history import DAYS, History

# A month to settle in before the first order.
SETTLED_BEFORE = timedelta(days=DAYS + 30)


def is_empty() -> bool:
    return db.session.scalar(select(func.count(Account.id))) == 0


def fill(at: datetime) -> None:
    """Everything, up to ``at``. Needs an empty shop and the payment sandbox's parts."""
    settings: Settings = current_app.config["SETTINGS"]
    began = at - SETTLED_BEFORE
    load_basics(began)
    click.echo("Settling people and listing produce …")
    everybody = people.settle(began)
    points.open_points(everybody, began)
    settlements.agree_on_rates(everybody, began)
    licences.hold(everybody.sellers, began)
    wares = market.list_all(everybody.sellers, began)
    click.echo("Living through a year of trade …")
    with sandbox.running(settings):
        history = History(everybody, wares, at)
        history.live_through()
        finance.leave_work(history, at)
        points.leave_goods(everybody, wares, at)
        disputes.fall_out(wares, everybody.buyers[0], at)
        recalls.call_one_back(wares, everybody.buyers, at)
        recalls.report_on(wares[0], at)
        presales.sell_in_advance(wares, everybody.buyers, at)
        shortages.run_short(wares[0], everybody.buyers[0], at)
        fairs.hold_fairs(wares, at)
        offline.record_sales(everybody.sellers, at)
        flags.sell_oddly(everybody.sellers, at)
        paperwork.read_old_notices(at)
        paperwork.lose_a_letter(at)
        paperwork.file(next(each for each in everybody.sellers if each.entry.email), at)
        transfers.bring(everybody, wares, at)
        settlements.settle_up(everybody, at)
        applications.apply(at)
        standing.vary(everybody.sellers, everybody.administrator_id, at)
        mandates.lend(everybody.sellers, at)
        rechecks.come_round(everybody.sellers, at)
        outbox.deliver_due(at)
    reviews.rate(at)
    market.run_low(wares, clock.day_of(at).month, at)
    prices.vary(everybody.sellers, at)
    drafts.leave_half_written(everybody.sellers, at)
    benefits.report(everybody.sellers, at)
    expectations.announce(everybody.sellers, at)
    sheets.bring(everybody.sellers, at)
    sheets.fill_in_tracking(everybody.sellers, at)
    last_year.bring_last_year(at)
    targets.set_for_this_year(everybody.administrator_id, at)
    targets.bring_next_year(everybody.administrator_id, at)
    click.echo("Closing the months …")
    months.close(at, began)
    flags.look_odd(at)
    programmes.award_and_pledge(at)


def sign_in_table(key: str) -> str:
    """Who can sign in, one line for each role, and what the codes of officials, finance and
    administrators come from, derived from the demo's key."""
    width = max(len(sign_in.identifier) for sign_in in accounts.SIGN_INS)
    lines = [f"  {s.identifier:<{width}}  {s.role}" for s in accounts.SIGN_INS]
    with_codes = [s.identifier for s in accounts.SIGN_INS if s.identifier in accounts.WITH_CODES]
    secrets = [f"  {who:<{width}}  {derived_secret(who, key)}" for who in with_codes]
    return "\n".join(
        [
            *(f"  password for all: {accounts.PASSWORD}", "", *lines, ""),
            "  officials, finance and administrators also give a code; /demo/codes shows the",
            "  present ones, an authenticator app computes them from these secrets:",
            *("", *secrets),
        ]
    )
