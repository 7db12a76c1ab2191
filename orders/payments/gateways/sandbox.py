"""The payment sandbox: the same SDK against a local Stripe-compatible server.

For the demo and for tests only; create_app never makes one in production.
"""

from enum import StrEnum
from typing import Any

import stripe

from orders.payments.gateways.port import IntentRequest
from orders.payments.gateways.stripe import StripeProvider, explained

# What localstripe does not know and refuses.
UNKNOWN_TO_SANDBOX = ("automatic_payment_methods", "description")


class Outcome(StrEnum):
    """What the person at the sandbox chooses to happen."""

    SUCCEED = "succeed"
    DECLINE = "decline"


_CARDS = {Outcome.SUCCEED: "4242424242424242", Outcome.DECLINE: "4000000000000341"}


class SandboxProvider(StripeProvider):
    """Stripe's adapter, less the parameters that the sandbox refuses."""

    def params_of(self, request: IntentRequest) -> Any:
        params = super().params_of(request)
        return {name: v for name, v in params.items() if name not in UNKNOWN_TO_SANDBOX}

    def choose(self, intent_id: str, outcome: Outcome) -> None:
        """Pay with a test card, as the buyer's browser would; the webhook tells the shop.

        Raises ProviderUnavailable or ProviderRefused; a declined card is no error here.
        """
        card = {"number": _CARDS[outcome], "exp_month": 12, "exp_year": 2099, "cvc": "123"}
        intents = self.client.v1.payment_intents
        with explained():
            # The SDK's types know no raw cards, which Stripe itself takes from test keys only.
            method: Any = {"type": "card", "card": card}
            payment_method = self.client.v1.payment_methods.create(method)
            intents.update(intent_id, {"payment_method": payment_method.id})
            try:
                intents.confirm(intent_id)
            except stripe.CardError:
                if outcome is Outcome.SUCCEED:
                    raise
