"""The list of all blueprints, and of the modules that listen to events or do jobs."""

from flask import Blueprint, Flask

from catalog.batches import views as trace_parts
from catalog.categories import views as categories
from catalog.products import views as pictures
from catalog.stock import handlers as stock_handlers
from orders.benefits import handlers as evidence_handlers
from orders.benefits import views as benefit_overview
from orders.cart import handlers as cart_handlers
from orders.cart import views as cart
from orders.checkout import handlers as checkout_handlers
from orders.checkout.views import checkout, closures
from orders.claims import handlers as claim_handlers
from orders.claims.views import claims, platform
from orders.claims.views import photos as claim_photos
from orders.closing import handlers as closing_handlers
from orders.closing.views import files as month_files
from orders.closing.views import months
from orders.commissions import views as commissions
from orders.deliveries import handlers as delivery_handlers
from orders.deliveries.views import freight, receipts, zones
from orders.exports import handlers as export_handlers
from orders.exports.views import briefs, exports
from orders.exports.views import jobs as export_jobs
from orders.exports.views import packs as export_packs
from orders.exports.views import register as export_register
from orders.fairs import handlers as fair_handlers
from orders.fairs.views import activities, till
from orders.fairs.views import staff as fair_staff
from orders.finance.views import home as finance_home
from orders.finance.views import orders as finance_orders
from orders.finance.views import payments as finance_payments
from orders.finance.views import refunds as finance_refunds
from orders.finance.views import suspense as finance_suspense
from orders.flags import handlers as flag_handlers
from orders.flags import views as flags
from orders.history.views import orders as history
from orders.history.views import reorders
from orders.intake import handlers as intake_handlers
from orders.invoices import handlers as invoice_handlers
from orders.invoices.views import desk as invoice_desk
from orders.invoices.views import files as invoice_files
from orders.invoices.views import imports as invoice_imports
from orders.invoices.views import requests as invoices
from orders.notices.handlers import cancellations as cancellation_notices
from orders.notices.handlers import claims as claim_notices
from orders.notices.handlers import deliveries as delivery_notices
from orders.notices.handlers import fairs as fair_notices
from orders.notices.handlers import invoices as invoice_notices
from orders.notices.handlers import orders as order_notices
from orders.notices.handlers import recalls as recall_notices
from orders.notices.handlers import refunds as refund_notices
from orders.offline import handlers as offline_handlers
from orders.offline.views import corrections as offline_corrections
from orders.offline.views import evidence as offline_evidence
from orders.offline.views import imports as offline_imports
from orders.offline.views import sales as offline_sales
from orders.payments import handlers as payment_handlers
from orders.payments.views import payments, webhooks
from orders.pickups import handlers as pickup_handlers
from orders.pickups.views import desk as pickup_desk
from orders.pickups.views import points as pickup_points
from orders.programmes.views import pledges, programmes
from orders.recalls import views as recalls
from orders.reconciliation import views as reconciliation
from orders.refunds import handlers as refund_handlers
from orders.refunds.views import cancellations
from orders.results import views as results
from orders.reviews.views import hidings as review_hidings
from orders.reviews.views import own as reviews
from orders.reviews.views import public as product_reviews
from orders.rollups import handlers as rollup_handlers
from orders.statistics.views import charts, ledger, overview, pivot
from orders.supply import views as supply
from orders.target_sheets import handlers as target_sheets_handlers
from orders.target_sheets import views as target_imports
from orders.targets.views import desk as targets
from orders.targets.views import plan as target_plan
from orders.transfers import handlers as transfer_handlers
from orders.transfers.views import matches, payouts, statements
from orders.transfers.views import receipts as bank_receipts
from shop.accounts.administration.views import home as admin_home
from shop.accounts.administration.views import invitations, offices
from shop.accounts.audit import handlers as audit_handlers
from shop.accounts.audit import views as audit
from shop.accounts.designations import views as designations
from shop.accounts.disclosures import views as disclosures
from shop.accounts.factors.views import own as second_factor
from shop.accounts.factors.views import resets as second_factor_resets
from shop.accounts.factors.views import sign_in as sign_in_codes
from shop.accounts.mandates import handlers as mandate_handlers
from shop.accounts.notices import views as inbox
from shop.accounts.outgoing import views as outgoing
from shop.accounts.passwords import views as passwords
from shop.accounts.people import views as people
from shop.accounts.policies import views as policies
from shop.accounts.preferences import views as preferences
from shop.accounts.sessions import views as sessions
from shop.config import Settings
from shop.storefront.catalogue.views import index as catalogue
from shop.storefront.cooperatives import views as cooperatives
from shop.storefront.fairs import views as fairs
from shop.storefront.health import views as health
from shop.storefront.home import views as home
from shop.storefront.previews import views as draft_previews
from shop.storefront.products import views as products
from shop.storefront.search import views as search
from shop.storefront.towns import views as towns
from shop.storefront.traces import views as traces
from suppliers.applications import handlers as application_handlers
from suppliers.applications.views import applications
from suppliers.applications.views import desk as application_desk
from suppliers.applications.views import papers as application_papers
from suppliers.applications.views import photos as application_photos
from suppliers.applications.views import steps as application_steps
from suppliers.bank_accounts import handlers as bank_account_handlers
from suppliers.bank_accounts.views import desk as account_changes
from suppliers.bank_accounts.views import own as bank_accounts
from suppliers.benefits import handlers as benefit_handlers
from suppliers.benefits.views import evidence as benefit_evidence
from suppliers.benefits.views import households
from suppliers.benefits.views import lines as benefit_lines
from suppliers.benefits.views import reports as benefits
from suppliers.claims import views as cooperative_claims
from suppliers.departures import handlers as departure_handlers
from suppliers.departures.views import desk as departure_desk
from suppliers.departures.views import own as departures
from suppliers.drafts import views as drafts
from suppliers.expectations import handlers as expectation_handlers
from suppliers.expectations import views as expectations
from suppliers.fairs import views as cooperative_fairs
from suppliers.fulfilment.views import cancellations as fulfilment_cancellations
from suppliers.fulfilment.views import orders as fulfilment
from suppliers.fulfilment.views import pick_list, slips
from suppliers.harvests.views import acts as batch_acts
from suppliers.harvests.views import batches
from suppliers.harvests.views import labels as batch_labels
from suppliers.harvests.views import recalls as batch_recalls
from suppliers.harvests.views import reports as batch_reports
from suppliers.licences import handlers as licence_handlers
from suppliers.licences.views import own as licences
from suppliers.licences.views import register as licence_register
from suppliers.licences.views import renewals as licence_renewals
from suppliers.listings.views import delistings, listings, variants
from suppliers.mandates import views as mandates
from suppliers.members import views as cooperative_members
from suppliers.numbers import views as coop_numbers
from suppliers.ratings import views as cooperative_reviews
from suppliers.rechecks import handlers as recheck_handlers
from suppliers.rechecks.views import desk as recheck_desk
from suppliers.rechecks.views import own as rechecks
from suppliers.reviews.views import own as own_listing_changes
from suppliers.reviews.views import queue as listing_changes
from suppliers.settlements import handlers as settlement_handlers
from suppliers.settlements.views import batches as payout_batches
from suppliers.settlements.views import money as coop_money
from suppliers.settlements.views import statements as settlements
from suppliers.sheets import handlers as sheet_handlers
from suppliers.sheets.views import files as sheet_files
from suppliers.sheets.views import imports as listing_imports
from suppliers.shipping import handlers as shipping_handlers
from suppliers.shipping.views import files as tracking_files
from suppliers.shipping.views import scanning as scanned_parcels
from suppliers.shipping.views import sheets as tracking_sheets
from suppliers.shortages import views as shortages
from suppliers.today.views import acts as desk_acts
from suppliers.today.views import changes as variant_changes
from suppliers.today.views import offline as desk_offline
from suppliers.today.views import today
from suppliers.uploads import handlers as upload_handlers
from suppliers.uploads import views as uploads
from suppliers.verification import views as cooperative_register

BLUEPRINTS: tuple[Blueprint, ...] = (
    account_changes.blueprint,
    activities.blueprint,
    admin_home.blueprint,
    application_desk.blueprint,
    application_papers.blueprint,
    application_photos.blueprint,
    application_steps.blueprint,
    applications.blueprint,
    audit.blueprint,
    bank_accounts.blueprint,
    bank_receipts.blueprint,
    batch_acts.blueprint,
    batch_labels.blueprint,
    batch_recalls.blueprint,
    batch_reports.blueprint,
    batches.blueprint,
    benefit_evidence.blueprint,
    benefit_lines.blueprint,
    benefit_overview.blueprint,
    benefits.blueprint,
    benefits.submissions,
    cancellations.blueprint,
    cancellations.parts,
    briefs.blueprint,
    cart.blueprint,
    cart.lines,
    catalogue.blueprint,
    categories.blueprint,
    charts.blueprint,
    checkout.blueprint,
    checkout.quotes,
    claim_photos.blueprint,
    claims.acts,
    claims.blueprint,
    closures.blueprint,
    commissions.blueprint,
    coop_money.blueprint,
    coop_numbers.blueprint,
    cooperative_claims.blueprint,
    cooperative_fairs.blueprint,
    cooperative_members.blueprint,
    cooperative_register.blueprint,
    cooperative_reviews.blueprint,
    cooperatives.blueprint,
    delistings.blueprint,
    departure_desk.blueprint,
    departures.blueprint,
    desk_acts.blueprint,
    desk_offline.blueprint,
    designations.blueprint,
    disclosures.blueprint,
    draft_previews.blueprint,
    drafts.blueprint,
    export_jobs.blueprint,
    export_packs.blueprint,
    export_register.blueprint,
    expectations.blueprint,
    exports.blueprint,
    fair_staff.blueprint,
    flags.blueprint,
    pledges.blueprint,
    programmes.blueprint,
    fairs.blueprint,
    finance_home.blueprint,
    finance_orders.blueprint,
    finance_payments.blueprint,
    finance_payments.checks,
    finance_refunds.blueprint,
    finance_refunds.retries,
    finance_refunds.reroutings,
    finance_suspense.blueprint,
    finance_suspense.returns,
    finance_suspense.settlements,
    freight.blueprint,
    fulfilment.blueprint,
    fulfilment.dispatches,
    fulfilment_cancellations.blueprint,
    health.blueprint,
    history.blueprint,
    home.blueprint,
    households.blueprint,
    inbox.blueprint,
    invitations.blueprint,
    invoice_files.blueprint,
    invoice_imports.blueprint,
    invoice_desk.blueprint,
    invoices.blueprint,
    ledger.blueprint,
    listing_imports.blueprint,
    licence_register.blueprint,
    licence_renewals.blueprint,
    licences.blueprint,
    listing_changes.blueprint,
    own_listing_changes.blueprint,
    mandates.blueprint,
    mandates.desk,
    listings.blueprint,
    matches.blueprint,
    matches.confirmations,
    matches.rejections,
    month_files.blueprint,
    months.blueprint,
    offices.blueprint,
    offline_corrections.blueprint,
    offline_evidence.blueprint,
    offline_imports.blueprint,
    offline_sales.blueprint,
    outgoing.blueprint,
    overview.blueprint,
    slips.blueprint,
    payments.blueprint,
    payments.checks,
    payout_batches.answers,
    payout_batches.blueprint,
    payout_batches.releases,
    payouts.blueprint,
    payouts.confirmations,
    payouts.rejections,
    passwords.blueprint,
    people.blueprint,
    pick_list.blueprint,
    pictures.blueprint,
    pivot.blueprint,
    pickup_desk.arrivals,
    pickup_desk.blueprint,
    pickup_desk.handovers,
    pickup_points.blueprint,
    pickup_points.keepers,
    platform.blueprint,
    policies.blueprint,
    preferences.blueprint,
    product_reviews.blueprint,
    products.blueprint,
    recalls.blueprint,
    receipts.blueprint,
    recheck_desk.blueprint,
    reconciliation.blueprint,
    rechecks.blueprint,
    reorders.blueprint,
    results.blueprint,
    review_hidings.blueprint,
    reviews.blueprint,
    scanned_parcels.blueprint,
    search.blueprint,
    second_factor.blueprint,
    second_factor_resets.blueprint,
    sessions.blueprint,
    settlements.blueprint,
    sheet_files.blueprint,
    sign_in_codes.blueprint,
    shortages.blueprint,
    statements.blueprint,
    statements.imports,
    statements.returns,
    supply.blueprint,
    today.blueprint,
    trace_parts.blueprint,
    traces.blueprint,
    target_plan.blueprint,
    targets.blueprint,
    target_imports.blueprint,
    till.blueprint,
    towns.blueprint,
    tracking_files.blueprint,
    tracking_sheets.blueprint,
    variant_changes.blueprint,
    uploads.blueprint,
    variants.blueprint,
    webhooks.blueprint,
    zones.blueprint,
)

# Modules without pages: importing them registers their listeners and jobs.
LISTENERS = (
    application_handlers,
    audit_handlers,
    benefit_handlers,
    bank_account_handlers,
    cart_handlers,
    checkout_handlers,
    claim_handlers,
    closing_handlers,
    delivery_handlers,
    departure_handlers,
    evidence_handlers,
    expectation_handlers,
    export_handlers,
    fair_handlers,
    flag_handlers,
    intake_handlers,
    invoice_handlers,
    licence_handlers,
    mandate_handlers,
    cancellation_notices,
    claim_notices,
    delivery_notices,
    fair_notices,
    invoice_notices,
    order_notices,
    recall_notices,
    refund_notices,
    offline_handlers,
    target_sheets_handlers,
    payment_handlers,
    pickup_handlers,
    recheck_handlers,
    refund_handlers,
    rollup_handlers,
    sheet_handlers,
    settlement_handlers,
    shipping_handlers,
    stock_handlers,
    transfer_handlers,
    upload_handlers,
)


def init_app(app: Flask, settings: Settings) -> None:
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    if not settings.is_production:
        for blueprint in _demo_blueprints():
            app.register_blueprint(blueprint)


def _demo_blueprints() -> tuple[Blueprint, ...]:
    """What production never even imports."""
    from orders.payments.views import sandbox
    from shop.storefront.codes import views as demo_codes
    from shop.storefront.mailbox import views as mailbox

    return (demo_codes.blueprint, mailbox.blueprint, sandbox.blueprint)
