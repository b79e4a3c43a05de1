"""What is mutated, by part: its files, the tests that must notice, and what of it is never sampled.

A pattern is matched against `module.function` or `module.Class.method`. The tests named here are fast and need no moto:
a mutant is judged by the part's own tests, not by luck somewhere else.
"""

from __future__ import annotations

from fnmatch import fnmatch
from typing import NamedTuple

PAYMENTS = "chalicelib/records/payments"
PROVIDERS = f"{PAYMENTS}/providers"
PROCESSES = "chalicelib/processes"
CAMPAIGNS = f"{PROCESSES}/campaigns"
PRICING = "chalicelib/records/pricing/rules"
PRICED = "tests/records/pricing"
GOLDEN = f"{PRICED}/test_golden.py"
KINDS = (
    "amount", "buy_get", "cheapest_free", "choose", "gift", "group_amount", "group_percent", "groups", "kind", "line_amount",
    "percent", "piece_amount", "piece_percent", "pieces", "price", "second_half", "sets", "threshold", "carriage",
    "freight_amount", "freight_free", "freight_percent", "freight_price",
)  # fmt: skip
HOLDS = "chalicelib/records/holds"
COUPONS = "chalicelib/records/coupons"
IDENTITY = "chalicelib/records/identity"
PROMOTIONS = "chalicelib/records/promotions"
ACCESS = f"{IDENTITY}/access/service"
TARIFFS = "chalicelib/records/tariffs"
SHIPPING = "chalicelib/records/shipping"
CARRIERS = f"{SHIPPING}/carriers"
SHIPPED = "tests/records/shipping"
CARED = "tests/processes/care"


class Part(NamedTuple):
    """One part; `whole` are the functions of which every mutant is tried."""

    name: str
    files: tuple[str, ...]
    tests: tuple[str, ...]
    whole: tuple[str, ...] = ()

    def exhaustive(self, function: str) -> bool:
        return any(fnmatch(function, pattern) for pattern in self.whole)


PARTS = (
    Part(
        "money", ("chalicelib/kernel/money.py", "chalicelib/kernel/states.py"),
        ("tests/kernel/test_money.py", "tests/kernel/test_money_exactly.py", "tests/kernel/test_states.py"),
        ("*.Fen.share", "*.Fen.percent", "*.total"),
    ),
    Part(
        "traces", (f"{SHIPPING}/rules.py",),
        (f"{SHIPPED}/test_folding.py", f"{SHIPPED}/test_folding_exactly.py", f"{SHIPPED}/test_pushes.py"),
        ("*.stand", "*._stays", "*._only_claimed", "*.merged", "*.return_right_ends", "*.state_after", "*.timely"),
    ),
    Part(
        "dispatches", (f"{SHIPPING}/dispatches/rules.py", f"{SHIPPING}/warehouses/jushuitan/adapter.py"),
        (f"{SHIPPED}/test_dispatches.py",),
        ("*.at_hand", "*.wanted_back", "*.sent", "*.given_up", "*.standing", "*.listened", "*.signature"),
    ),
    Part(
        "receipts", ("chalicelib/records/messages/receipts/rules.py",), ("tests/records/messages/test_receipt_rules.py",),
        ("*.rises", "*.added", "*.enough"),
    ),
    Part(
        "left carts", ("chalicelib/records/carts/rules.py",), ("tests/records/carts/test_cart_rules.py",),
        ("*.youngest", "*.roused", "*.looked_at"),
    ),
    Part(
        "claims", ("chalicelib/records/messages/claims/rules.py",), ("tests/records/messages/test_claim_rules.py",),
        ("*.judge", "*.ways", "*.quiet_until", "*.full", "*._within", "*.counted", "*.uncounted", "*.written", "*.portion"),
    ),
    Part(
        "birthdays", (f"{IDENTITY}/accounts/rules.py",), ("tests/records/identity/test_birthday_rules.py",),
        ("*.born_on", "*.celebrated", "*.next_celebrated"),
    ),
    Part(
        "arrivals", ("chalicelib/records/watching/rules.py",), ("tests/records/watching/test_arrival_rules.py",),
        ("*.told_at", "*.is_new", "*.still_told"),
    ),
    Part(
        "groups", ("chalicelib/records/groups/rules.py",), ("tests/records/groups/test_group_rules.py",),
        ("*.waits_until", "*.morning", "*.group_of"),
    ),
    Part(
        "carriers",
        (f"{CARRIERS}/habits.py", f"{CARRIERS}/sf/adapter.py", f"{CARRIERS}/jd/adapter.py", f"{CARRIERS}/kuaidi100/adapter.py"),
        (f"{SHIPPED}/test_contract.py", f"{SHIPPED}/test_pushes.py", f"{SHIPPED}/test_signatures.py"),
        ("*.digest", "*.content", "*.signature", "*.parse", "*._status", "*.trace_of"),
    ),
    Part(
        "tariffs", (f"{TARIFFS}/rules.py",), ("tests/records/tariffs",),
        ("*.longest", "*.zone_of", "*._reach", "*._served", "*.option", "*.options", "*.serving", "*.with_tariff",
         "*.without"),
    ),
    Part(
        "runs", ("chalicelib/kernel/runs.py",), ("tests/kernel/test_runs.py",), ("*",),
    ),
    Part(
        "bill", ("chalicelib/kernel/bill.py", "chalicelib/kernel/quote.py"), ("tests/kernel/test_bill.py",),
        ("*.laid", "*.supplied", "*._after", "*.worth", "*._former"),
    ),
    Part(
        "pricing", (f"{PRICING}/price.py", f"{PRICING}/course.py", f"{PRICING}/add_ons.py", f"{PRICING}/goods.py"),
        (GOLDEN, f"{PRICED}/test_answers.py", f"{PRICED}/test_cases.py"),
        ("*.goods_lanes", "*.finish", "*._coupon_lane", "*._freight_coupon", "*.Course.apply"),
    ),
    Part(
        "lanes", (f"{PRICING}/lanes.py", f"{PRICING}/settling.py", f"{PRICING}/units.py"),
        (f"{PRICED}/test_settling.py", GOLDEN, f"{PRICED}/test_answers.py", f"{PRICED}/test_cases.py"),
        ("*.EveryOrder.best", "*.greedy", "*.groups", "*.lay", "*.shares", "*.unfit", "*.with_exclusives", "*._usual*"),
    ),
    Part(
        "offer kinds", tuple(f"{PRICING}/kinds/{name}.py" for name in KINDS),
        (f"{PRICED}/test_kinds.py", GOLDEN, f"{PRICED}/test_answers.py", f"{PRICED}/test_cases.py"),
        ("*.chosen", "*.sets", "*.every", "*._in_line", "*.Threshold.deal"),
    ),
    Part(
        "offers", (f"{PRICING}/offers.py", f"{PRICING}/reading.py"), (f"{PRICED}/test_offers.py",), ("*.Offers.*", "*.Reader.*"),
    ),
    Part(
        "freight and points", (f"{PRICING}/freight.py", f"{PRICING}/points.py"),
        (GOLDEN, f"{PRICED}/test_answers.py", f"{PRICED}/test_offers.py", f"{PRICED}/test_cases.py",
         f"{PRICED}/test_freight.py"),
        ("*.FreightTemplate.fee", "*.PointsRule.*", "*.use", "*.freight_lane"),
    ),
    Part("best", (f"{PRICING}/best.py",), (f"{PRICED}/test_best.py",), ("*",)),
    Part(
        "folding", (f"{PAYMENTS}/rules.py",),
        (
            "tests/records/payments/test_folding.py", "tests/records/payments/test_money_rules.py",
            "tests/records/payments/test_sendings.py",
            "tests/records/payments/test_fronts.py",
        ),
        ("*.fold", "*.fold_refund", "*._allowed", "*.require_left", "*.Sent.*", "*.not_settled"),
    ),
    Part(
        "settle", (f"{PROCESSES}/paying/service/settle_payment.py", f"{PROCESSES}/paying/rules.py"),
        ("tests/processes/exactly/test_settle_exactly.py", "tests/processes/exactly/test_unfit_money_exactly.py"), ("*",),
    ),
    Part(
        "refunds", (
            f"{PAYMENTS}/service/refunds.py", f"{PAYMENTS}/steps/refunds.py", f"{PROCESSES}/refunding/service/ask_refund.py",
        ),
        ("tests/processes/exactly/test_refunds_exactly.py", "tests/processes/exactly/test_refund_steps_exactly.py"), ("*",),
    ),
    Part(
        "what stays", (f"{PROCESSES}/refunding/rules.py",), ("tests/processes/refunding/test_what_stays.py",), ("*",),
    ),
    Part(
        "refunding", (f"{PROCESSES}/refunding/service/refund_order.py", f"{PROCESSES}/paying/service/resolve_exception.py"),
        (
            "tests/processes/exactly/test_refunding_exactly.py", "tests/processes/exactly/test_refund_news_exactly.py",
            "tests/processes/exactly/test_resolve_exactly.py",
        ),
        ("*",),
    ),
    Part(
        "complete", (f"{PROCESSES}/paying/service/complete_payment.py", f"{PROCESSES}/paying/service/review_unclaimed.py"),
        ("tests/processes/exactly/test_complete_exactly.py",), ("*",),
    ),
    Part(
        "closing",
        (
            f"{PROCESSES}/ordering/service/close_order.py", f"{PROCESSES}/ordering/service/adjust_price.py",
            f"{PROCESSES}/reserving/service.py",
        ),
        ("tests/processes/exactly/test_closing_exactly.py",), ("*",),
    ),
    Part(
        "quotes", (f"{PROCESSES}/ordering/service/quotes.py", f"{PROCESSES}/ordering/service/make_quote.py"),
        ("tests/processes/exactly/test_quotes_exactly.py",), ("*.quotes.*", "*.requote", "*.draw", "*._merged"),
    ),
    Part(
        "start", (f"{PROCESSES}/paying/service/start_payment.py",),
        ("tests/processes/exactly/test_start_exactly.py", "tests/processes/exactly/test_start_again_exactly.py"),
        ("*._open_attempt", "*._prepare", "*._show_as_it_stands"),
    ),
    Part(
        "holds", (f"{HOLDS}/service.py", f"{HOLDS}/steps.py", f"{HOLDS}/rules.py", f"{HOLDS}/model.py"),
        ("tests/processes/exactly/test_holds_exactly.py",),
        ("*.take", "*.let_go", "*.strike_off", "*.count"),
    ),
    Part(
        "coupons",
        (
            f"{COUPONS}/rules.py", f"{COUPONS}/steps.py", f"{COUPONS}/service/claims.py", f"{COUPONS}/service/uses.py",
            f"{COUPONS}/service/held.py", f"{COUPONS}/service/templates.py", f"{COUPONS}/service/codes.py",
            f"{COUPONS}/service/grants.py", f"{COUPONS}/service/newcomers.py", f"{COUPONS}/service/jobs.py",
            f"{COUPONS}/service/gifts.py",
        ),
        ("tests/records/coupons",),
        ("*.steps.spend", "*.steps.give_back", "*.steps.take", "*.steps.use_code", "*.steps.use_share", "*.steps.advance_job"),
    ),
    Part(
        "watching",
        (
            "chalicelib/records/watching/rules.py", "chalicelib/records/watching/steps.py",
            "chalicelib/records/watching/service.py", "chalicelib/processes/care/watches/service/telling.py",
            "chalicelib/processes/care/watches/service/wishes.py",
        ),
        ("tests/processes/care/test_watching.py",),
        ("*.steps.use", "*.steps.add", "*.rules.due"),
    ),
    Part("care rules", ("chalicelib/records/care/rules.py",), ("tests/records/care",), ("*",)),
    Part(
        "care",
        (
            "chalicelib/records/care/steps.py",
            "chalicelib/records/care/service/courses.py", "chalicelib/records/care/service/planning.py",
            "chalicelib/records/care/service/surveys.py", "chalicelib/processes/care/aftercare/service/accompanying.py",
            "chalicelib/processes/care/aftercare/service/asking.py",
        ),
        (f"{CARED}/test_aftercare.py", f"{CARED}/test_remembered.py", f"{CARED}/test_care_exactly.py"),
        ("*._given_back", "*._there", "*.note", "*.steps.raise_task",
         "*.steps.answer"),
    ),
    Part(
        "tickets",
        (
            "chalicelib/records/tickets/rules.py", "chalicelib/records/tickets/steps.py",
            "chalicelib/records/tickets/service/matters.py", "chalicelib/records/tickets/service/consultations.py",
            "chalicelib/processes/care/helpdesk/service.py",
        ),
        (f"{CARED}/test_tickets.py", f"{CARED}/test_turns.py"),
        ("*.steps.breach", "*.steps.consume", "*.steps.end", "*.rules.valued", "*.rules.person_of"),
    ),
    Part(
        "attempts",
        (
            f"{PAYMENTS}/model.py", f"{PAYMENTS}/service/attempts.py", f"{PAYMENTS}/service/exceptions.py",
            f"{PAYMENTS}/steps/attempts.py", f"{PAYMENTS}/steps/exceptions.py",
        ),
        ("tests/processes/exactly/test_attempts_exactly.py",),
        ("*.attempts.settle", "*.quarantine", "*.give_back", "*.end", "*.put_right", "*.as_read"),
    ),
    Part(
        "notices", (f"{PROCESSES}/paying/service/take_notice.py",), ("tests/processes/exactly/test_notices_exactly.py",),
        ("*._fold", "*._take"),
    ),
    Part(
        "clicks", (f"{PROCESSES}/ordering/service/one_click.py",), ("tests/processes/exactly/test_one_click_exactly.py",),
        ("*._place_once", "*._place", "*._start"),
    ),
    Part(
        "pictures", tuple(f"chalicelib/records/catalog/{name}.py" for name in ("imaging", "picture_rules")),
        ("tests/records/catalog/test_imaging.py",), ("*.made", "*._within", "*.check_points"),
    ),
    Part(
        "search", tuple(f"chalicelib/records/search/{name}.py" for name in ("rules", "matching")),
        ("tests/records/search/test_rules.py", "tests/records/search/test_matching.py"),
        ("*.Index.*", "*.fits", "*.needles", "*._needle", "*._runs", "*._kind"),
    ),
    Part("place", (f"{PROCESSES}/ordering/service/place_order.py",), ("tests/processes/exactly/test_place_exactly.py",), ("*",)),
    Part(
        "signatures",
        (f"{PROVIDERS}/wire.py", f"{PROVIDERS}/wechat/signing.py", f"{PROVIDERS}/alipay/signing.py",
         f"{PROVIDERS}/unionpay/signing.py"),
        (
            "tests/records/payments/test_vectors.py", "tests/records/payments/test_forgeries.py",
            "tests/records/payments/test_signatures_exactly.py",
            "tests/records/payments/test_wire_exactly.py", "tests/records/payments/test_certificates.py",
            "tests/records/payments/test_meaning.py",
        ),
        (
            "*.signed_by", "*.canonical_base64", "*.wechat.signing.check", "*.alipay.signing.read_notice",
            "*.unionpay.signing.check",
            "*.Trust.*", "*.issued", "*._owner", "*.unseal", "*.meant", "*.needed", "*.yuan", "*.fen",
            "*.wechat.signing._opened",
        ),
    ),
    Part(
        "work", ("chalicelib/runtime/work.py",),
        ("tests/runtime/test_work_exactly.py", "tests/runtime/test_work_again_exactly.py", "tests/runtime/test_standing.py"),
        ("*",),
    ),
    Part(
        "endpoint", ("chalicelib/runtime/http/endpoint.py",),
        ("tests/runtime/test_endpoint_exactly.py", "tests/runtime/test_answers_exactly.py"),
        ("*._admit", "*._seen", "*._done", "*._print", "*._key", "*._given"),
    ),
    Part(
        "sessions", (
            f"{ACCESS}/sessions.py", f"{ACCESS}/tokens.py", f"{ACCESS}/standing.py",
            f"{IDENTITY}/access/steps/sessions.py", f"{IDENTITY}/accounts/service/presence.py",
        ),
        ("tests/runtime/test_sessions_exactly.py", "tests/runtime/test_tokens_exactly.py"), ("*",),
    ),
    Part(
        "limits", ("chalicelib/runtime/limits.py",), ("tests/runtime/test_limits_exactly.py",),
        ("*.check", "*._count", "*._take", "*.after", "*.networks"),
    ),
    Part(
        "vault", ("chalicelib/runtime/vault.py", f"{IDENTITY}/self/service/deletion.py"),
        ("tests/runtime/test_vault_exactly.py", "tests/runtime/test_leaving_exactly.py"), ("*.vault.*", "*.erase"),
    ),
    Part("cursors", ("chalicelib/runtime/cursors.py",), ("tests/runtime/test_cursors_exactly.py",), ("*",)),
    Part(
        "permits",
        (
            "chalicelib/kernel/permits.py", "chalicelib/runtime/caller.py", "chalicelib/runtime/standing.py",
            f"{IDENTITY}/access/rules.py",
        ),
        ("tests/runtime/test_permits_exactly.py", "tests/runtime/test_standing.py"), ("*",),
    ),
    Part(
        "roles", (f"{IDENTITY}/staff/service/roles.py", f"{IDENTITY}/staff/service/directory.py"),
        ("tests/runtime/test_roles_exactly.py",), ("*",),
    ),
    Part(
        "gates",
        (f"{ACCESS}/throttle.py", f"{ACCESS}/devices.py", f"{IDENTITY}/access/steps/gates.py"),
        ("tests/runtime/test_gates_exactly.py", "tests/runtime/test_devices_exactly.py"),
        ("*.throttle.*", "*.gates.*", "*.known"),
    ),
    Part(
        "keys", ("chalicelib/runtime/keys.py", "chalicelib/runtime/memory.py", "chalicelib/runtime/http/shapes.py"),
        ("tests/runtime/test_keys_exactly.py", "tests/runtime/test_memory.py"), ("*",),
    ),
    Part(
        "relay", ("chalicelib/runtime/relay.py", "chalicelib/runtime/workers.py", "chalicelib/runtime/consumers.py"),
        (
            "tests/runtime/test_relay_exactly.py", "tests/runtime/test_sweep_exactly.py",
            "tests/runtime/test_back_doors_exactly.py",
        ),
        ("*.publish", "*.file", "*.from_stream", "*.Consumer.deliver"),
    ),
    Part(
        "journal", ("chalicelib/runtime/journal.py", "chalicelib/runtime/deadline.py"),
        ("tests/runtime/test_journal_exactly.py", "tests/runtime/test_deadline.py"), ("*.journal.*", "*.is_transient"),
    ),
    Part(
        "table", ("chalicelib/runtime/table.py",), ("tests/runtime/test_table.py", "tests/runtime/test_standing.py"),
        ("*",),
    ),
    Part(
        "stock", tuple(f"chalicelib/records/inventory/{room}.py" for room in ("model", "rules", "service", "steps")),
        (
            "tests/runtime/test_stock_exactly.py", "tests/runtime/test_stock_counted_exactly.py",
            "tests/runtime/test_stock_set_aside_exactly.py", "tests/runtime/test_stock_withheld_exactly.py",
            "tests/runtime/test_stock_ahead_exactly.py",
        ),
        ("*.inventory.*",),
    ),
    Part(
        "sync", tuple(f"chalicelib/records/inventory/{wing}/rules.py" for wing in ("feeds", "files")),
        tuple(f"tests/records/inventory/{name}.py" for name in ("feeds/test_folding", "feeds/test_numbers", "files/test_rules")),
        ("*.inventory.*",),
    ),
    Part(
        "sourcing",
        tuple(
            f"chalicelib/records/inventory/sourcing/rules/{room}.py"
            for room in ("__init__", "kinds/kind", "kinds/priority", "kinds/nearest", "kinds/fewest_parcels")
        ),
        ("tests/records/inventory/sourcing/test_rules.py",), ("*.sourcing.*",),
    ),
    Part(
        "shelves", tuple(f"chalicelib/records/replenishment/rules/{room}.py" for room in ("alerts", "forecast", "reorder")),
        tuple(f"tests/records/replenishment/test_{name}.py" for name in ("alerts", "forecast", "reorder")), ("*",),
    ),
    Part(
        "seasons", ("chalicelib/records/replenishment/seasons/rules.py",),
        ("tests/records/replenishment/seasons/test_season_rules.py",), ("*",),
    ),
    Part(
        "orders", tuple(f"chalicelib/records/orders/{room}.py" for room in ("model", "rules", "service", "steps")),
        (
            "tests/runtime/test_orders_exactly.py", "tests/runtime/test_orders_changed_exactly.py",
            "tests/runtime/test_orders_sent_exactly.py",
        ),
        ("*",),
    ),
    Part(
        "caps", tuple(f"{PROMOTIONS}/limits/{room}.py" for room in ("rules", "service", "steps")),
        ("tests/records/promotions/limits",), ("*",),
    ),
    Part(
        "published", tuple(f"{PROMOTIONS}/offers/{room}.py" for room in ("rules", "service", "steps")),
        ("tests/records/promotions/offers",), ("*.with_offer", "*.without", "*.publish", "*.end", "*.kill", "*.show"),
    ),
    Part(
        "lawful", (f"{PROCESSES}/merchandising/offers/rules.py",),
        ("tests/processes/merchandising/offers/test_former_prices.py", "tests/processes/merchandising/offers/test_depths.py"),
        ("*.lowest_before", "*.in_force", "*.check_caps", "*.check_scopes", "*.check_audience"),
    ),
    Part(
        "gate", ("chalicelib/records/messages/claims/rules.py", "chalicelib/kernel/holdout.py"),
        ("tests/records/messages/test_gate_rules.py", "tests/kernel/test_holdout.py"), ("*",),
    ),
    Part("journeys", ("chalicelib/records/journeys/rules.py",), ("tests/records/journeys/test_journey_rules.py",), ("*",)),
    Part(
        "walks",
        tuple(f"{CAMPAIGNS}/{name}.py" for name in ("conditions", "service/entering", "service/planning", "service/walking")),
        tuple(f"tests/processes/campaigns/test_{name}.py" for name in ("acts", "bought", "journeys", "occasions", "return_pack")),
        ("*.can_hold", "*.require_understood", "*.walking._take", "*.walking._act", "*.entering.admitted"),
    ),
    Part(
        "rhythms",
        tuple(
            f"{CAMPAIGNS}/service/{name}.py"
            for name in ("arrivals", "audiences", "birthdays", "carts", "coupons", "due", "looking", "silence")
        ),
        tuple(
            f"tests/processes/campaigns/test_{name}.py"
            for name in ("audiences", "birthdays", "bought", "due", "left_carts", "occasions", "told")
        ),
        ("*.arrivals.take_page", "*.silence.look", "*.birthdays.look", "*.due.stretches", "*.looking.look"),
    ),
    Part(
        "sending",
        (f"{PROCESSES}/notifying/service/sending.py", f"{PROCESSES}/notifying/service/purse.py",
         "chalicelib/records/messages/claims/service.py", "chalicelib/records/messages/claims/steps.py"),
        (*(f"tests/processes/notifying/test_{name}.py" for name in ("sending", "purse", "grants")),
         "tests/records/messages/test_claims_exactly.py"),
        ("*.claims.steps.end", "*.claims.service.claim"),
    ),
    Part(
        "effects", (f"{PROCESSES}/campaigns/rules.py", "chalicelib/records/touches/rules.py"),
        ("tests/processes/campaigns/test_effects.py", "tests/records/touches/test_where.py"),
        ("*.needed", "*.effect", "*.told", "*.rounded", "*.slots"),
    ),
)  # fmt: skip
