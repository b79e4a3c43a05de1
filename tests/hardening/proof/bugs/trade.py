"""Bugs of the trading line: stock, orders, payments, refunds; at least one for each failure row that this code can have."""

from tests.hardening.proof.mutants import seeded

BUGS = [
    seeded(
        "trade-oversell", "F04", "inventory.steps.hold",
        "_had(quantity, said.get(shelf)) & Stock.closed.does_not_exist()",
        "Stock.closed.does_not_exist()",
        "holds what is not there", "trade.place",
    ),
    seeded(
        "trade-held-forgotten", "F24", "inventory.steps.hold",
        "[Stock.available.add(-quantity), Stock.held.add(quantity)]",
        "[Stock.available.add(-quantity)]",
        "takes pieces and forgets that they are held", "trade.place",
    ),
    seeded(
        "trade-release-halves", "F24", "inventory.steps.release",
        "[Stock.available.add(quantity), Stock.held.add(-quantity)]",
        "[Stock.held.add(-quantity)]",
        "a closed order's pieces never come back", "trade.place", "trade.expire",
    ),
    seeded(
        "trade-move-from-anywhere", "F13", "table.transition",
        "when if also is None else when & also",
        "hash_attribute(model).exists()",
        "an order moves whatever state it is in", "trade.pay", "trade.expire",
    ),
    seeded(
        "trade-order-overwrites", "F03", "orders.steps.open",
        "insert(order, OrderExists())",
        "table.put(order, None, OrderExists())",
        "a second commit writes over the order; once its journal row is gone", "trade.forgotten",
    ),
    seeded(
        "trade-place-unkeyed", "F03", "place_order.place_order",
        "work.with_key(quote.order_id, reused=QuoteReused(order_id=quote.order_id))",
        "",
        "a quote sent again is refused instead of answered", "trade.place",
    ),
    seeded(
        "trade-place-in-two", "F04", "place_order._add_order",
        "reserving.take(quote.bill, quote.customer, quote.order_id, work, at=work.now)",
        "first = Work(work.caller, work.scope)\n"
            "reserving.take(quote.bill, quote.customer, quote.order_id, first, at=work.now)\n"
            "first.commit()",
        "stock and order in two transactions", "trade.place",
    ),
    seeded(
        "trade-never-expires", "F38", "place_order._add_order",
        "work.publish(OrderPayDue(quote.order_id), at=orders.pay_deadline(work.now))",
        "pass",
        "nobody ever ends an unpaid order", "trade.place", "trade.gone",
    ),
    seeded(
        "trade-cancel-keeps-stock", "F24", "close_order.undo",
        "reserving.give_back(order, work)",
        "pass",
        "a closed order keeps its pieces", "trade.place",
    ),
    seeded(
        "trade-number-after-call", "F06", "start_payment._open_attempt",
        "work.add(order_steps.count_attempt(order), attempt_steps.open(payment, told, asked, keys))",
        "work.add(attempt_steps.open(payment, told, asked, keys))",
        "an attempt is opened without being counted at its order", "trade.pay", "trade.double",
    ),
    seeded(
        "trade-replay-opens-another", "F06", "start_payment.start_payment",
        "AlreadyCommitted(view=_show_again(str(json.loads(opened.reply or '{}')['payment_id']), work))",
        "AlreadyCommitted(opened.reply)",
        "asking again is answered from the journal, without the provider's hand-over", "trade.pay",
    ),
    seeded(
        "trade-asked-in-other-words", "F06", "start_payment._request_again",
        "return request if calls.fingerprint(payment, request) == payment.asked else None",
        "here = Told(client_ip='there' if payment.told else '')\n"
            "return calls.request_of(payment, subject=subject(payment), told=here, goods=goods_lines(order))",
        "an attempt is asked for again from where its customer is now", "trade.elsewhere",
    ),
    seeded(
        "trade-nobody-asks", "F11", "start_payment._open_attempt",
        "work.publish(PaymentQueryDue(payment.id, 0), at=next_query(work.now, order.pay_before, 0))",
        "",
        "with all notices lost nobody asks the provider", "trade.lost",
    ),
    seeded(
        "trade-asks-once", "F11", "complete_payment.complete_payment",
        "('nothing', 'missing', 'unreachable')",
        "('nothing', 'missing')",
        "gives up asking when the provider is silent once", "trade.lost",
    ),
    seeded(
        "trade-settles-anything", "F07", "payments.steps.attempts.settle",
        "transition(Payment, number, ATTEMPT, 'settle', *actions, also=ours, otherwise=not_settled)",
        "update(Payment, number, actions=[Payment.state.set('paid'), *actions], when=ours, otherwise=not_settled)",
        "a payment is settled twice", "trade.expire",
    ),
    seeded(
        "trade-any-amount", "F10", "payments.steps.attempts.settle",
        "(Payment.amount == amount) & (Payment.provider == told_by)",
        "Payment.provider == told_by",
        "an order is paid by another amount", "trade.wrong",
    ),
    seeded(
        "trade-late-money-kept", "F12", "settle_payment._settle_out_of_step",
        "give_back = _give_back_double if order.payment else _give_back_late",
        "if order.payment:\n"
            "    return 'known'\n"
            "give_back = _give_back_late",
        "a second payment of a paid order is kept", "trade.double",
    ),
    seeded(
        "trade-revive-without-stock", "F12", "settle_payment._take_again",
        "reserving.take(bill, order.customer, order.id, work, at=order.placed_at)",
        "",
        "late money revives an order without holding its pieces again", "trade.late",
    ),
    seeded(
        "trade-late-money-dropped", "F12", "settle_payment._settle_out_of_step",
        "if refused.some(*GONE):\n    return _give_back_late(provider, news, order, payment, work)",
        "if refused.some(*GONE):\n    return 'known'",
        "late money for goods that are gone is acknowledged and forgotten", "trade.gone",
    ),
    seeded(
        "trade-cancelled-revives", "F13", "orders.rules.ORDER",
        "{'placed': {'pay': 'paid', 'cancel': 'cancelled', 'expire': 'expired'}, 'expired': {'revive': "
            "'paid'}, 'paid': {'annul': 'annulled', **PARCELS}, 'partly_shipped': PARCELS, 'shipped': PARCELS, "
            "'delivered': PARCELS}",
        "{'placed': {'pay': 'paid', 'cancel': 'cancelled', 'expire': 'expired'}, 'cancelled': {'revive': "
            "'paid'}, 'expired': {'revive': 'paid'}, 'paid': {'annul': 'annulled', **PARCELS}, 'partly_shipped': PARCELS, "
            "'shipped': PARCELS, 'delivered': PARCELS}",
        "late money revives an order that was given up on purpose", "trade.closed", "trade.given up",
    ),
    seeded(
        "trade-cancelled-money-kept", "F12", "settle_payment._settle_out_of_step",
        "give_back = _give_back_double if order.payment else _give_back_late",
        "if not order.payment:\n"
            "    return 'known'\n"
            "give_back = _give_back_double",
        "money for an order that was given up is acknowledged and kept", "trade.closed", "trade.given up",
    ),
    seeded(
        "trade-two-keys-two-orders", "F03", "one_click._place",
        "open_order(drawn.quote, work, once)",
        "open_order(drawn.quote, work)",
        "a second click under a key of its own is a second order", "click.twice",
    ),
    seeded(
        "trade-refund-unasked", "F16", "settle_payment._give_back",
        "work.publish(RefundRequested(refund_id, news.number, int(sum_)))",
        "",
        "money owed back is written down, and nobody sends it", "trade.gone", "trade.double",
    ),
    seeded(
        "trade-owed-not-set-aside", "F16", "settle_payment._give_back",
        "_settle_attempt(provider, news, payment, work, late=True, owed=refund_id, case=case)",
        "_settle_attempt(provider, news, payment, work, late=True, case=case)",
        "money on its way back may be given back once more", "trade.double", "trade.gone",
    ),
    seeded(
        "trade-not-acknowledged", "F07", "take_notice._take",
        "outcome = 'known'",
        "return _reply(adapter.ack(False), 500)",
        "a notice told twice is refused for ever", "trade.pay",
    ),
    seeded(
        "trade-acknowledged-unsaved", "F34", "take_notice._take",
        "_reply(adapter.ack(False), 503)",
        "_reply(adapter.ack(True), 200)",
        "a notice that could not be written is acknowledged", "trade.pay", "trade.late",
    ),
    seeded(
        "trade-refund-twice", "F16", "refunds._set_aside",
        "when = (Payment.captured == captured) & (Payment.refund_reserved <= captured - amount)\n"
            "if units is not None:\n"
            "    before, wanted = units\n"
            "    actions.append(Payment.units.set(_pack([b + w for b, w in zip(before, wanted, "
            "strict=True)])))\n"
            "    when &= Payment.units == payment.units if payment.units else Payment.units.does_not_exist()",
        "when = Payment.captured == captured",
        "two refunds at once give back more than came in", "trade.refund",
    ),
    seeded(
        "trade-units-raced", "F17", "refunds._set_aside",
        "when &= Payment.units == payment.units if payment.units else Payment.units.does_not_exist()",
        "",
        "two refunds of the same unit at once", "trade.parts",
    ),
    seeded(
        "trade-approved-twice", "F16", "refunds._move",
        "transition(Refund, refund.id, REFUND, action, *actions, also=as_read(refund), otherwise=raced)",
        "update(Refund, refund.id, actions=[Refund.state.set(REFUND.target(action)), *actions], when=Refund.id.exists(), "
        "otherwise=raced)",
        "a refund moves whatever state it is in", "trade.refund", "trade.parts",
    ),
    seeded(
        "trade-silence-is-no", "F18", "refund_order._ask",
        "Declined",
        "(ProviderError, PaymentProviderDown)",
        "an unknown outcome is taken for a refusal", "trade.refund", "trade.gone",
    ),
    seeded(
        "trade-question-refused", "F18", "refund_order.query_refund",
        "try:\n"
            "    return calls.query_refund(row, payment)\n"
            "except TradeNotFound:\n"
            "    return RefundSnapshot(row.id, 'UNKNOWN')",
        "try:\n"
            "    return calls.query_refund(row, payment)\n"
            "except (Declined, TradeNotFound) as no:\n"
            "    return RefundSnapshot(row.id, 'FAILED', code=no.code)",
        "a refused question is taken for a refused refund", "trade.busy",
    ),
    seeded(
        "trade-unsure-is-no", "F18", "refund_order._ask",
        "_note(row, row.sent.heard(), work)\n"
            "return told",
        "return told._replace(status='FAILED') if told.code else told",
        "a code that no table knows is taken for a no", "trade.unsure",
    ),
    seeded(
        "trade-starts-at-old-price", "F06", "orders.steps.count_attempt",
        "(Order.state == ORDER.initial) & as_read",
        "(Order.state == ORDER.initial) & (Order.attempts == int(order.attempts or 0))",
        "an attempt is opened at a price that has changed", "trade.adjust",
    ),
    seeded(
        "trade-refund-not-watched", "F18", "refund_order._add_consequences",
        "work.publish(RefundQueryDue(row.id, turn + 1), at=rules.next_refund_query(work.now, turn))",
        "",
        "a refund that the provider has taken is never asked about", "trade.refund", "trade.gone",
    ),
    seeded(
        "trade-fresh-refund-number", "F18", "refund_order._ask",
        "told = calls.refund(row, payment)",
        "from chalicelib.runtime import world\n"
            "row.id = world.new_id('R')\n"
            "told = calls.refund(row, payment)",
        "each try carries a number of its own", "trade.refund", "trade.gone",
    ),
    seeded(
        "trade-annul-keeps-stock", "F24", "refund_order._book_on_order",
        "reserving.give_back(order, work)",
        "",
        "a given-back order keeps its pieces", "trade.refund",
    ),
    seeded(
        "trade-units-stay-held", "F24", "refund_order._book_on_order",
        "work.add(order_steps.refund(order, amount, units), *stock_steps.release(freed))",
        "work.add(order_steps.refund(order, amount, units))",
        "units that went back are sold to nobody", "trade.pieces",
    ),
    seeded(
        "trade-units-freed-twice", "F24", "orders.model.Order.held",
        "[(line, count.freed + count.shipped) for line, count in zip(self.lines, self.ledger, strict=True)]",
        "[(line, 0) for line in self.lines]",
        "the last fen frees again what was free", "trade.pieces",
    ),
    seeded(
        "trade-units-freed-forgotten", "F24", "orders.steps._units_back",
        "count.plus(refunded=back, freed=loose)",
        "count.plus(refunded=back)",
        "an order forgets which units it has let go", "trade.pieces",
    ),
    seeded(
        "trade-freight-not-charged", "F20", "orders.steps.open",
        "return insert(order, OrderExists())",
        "order.payable = quote.goods\n"
            "return insert(order, OrderExists())",
        "an order waits for less than its units bear", "trade.place",
    ),
    seeded(
        "trade-pieces-from-the-start", "F24", "orders.model.Order.pieces",
        "line.stock_of(gone.freed + gone.shipped, more)",
        "line.stock_of(gone.freed + gone.shipped + 1, more)",
        "the last unit that goes back lies in no bucket", "trade.pieces",
    ),
    seeded(
        "trade-cheaper-without-reason", "F20", "orders.rules.cheaper",
        "run.less(each, index)",
        "run._replace(goods=run.goods - each)",
        "a unit costs less, and no layer says why", "trade.adjust",
    ),
    seeded(
        "trade-cheaper-by-another-layer", "F20", "orders.rules.cheaper",
        "run.less(each, index)",
        "run.less(each, index + 1)",
        "what is off a unit is off by a layer that the bill does not have", "trade.adjust",
    ),
    seeded(
        "trade-freed-at-approval", "F24", "ask_refund.decide_refund",
        "work.add(refund_steps.approve(row, work.caller.id))",
        "work.add(refund_steps.approve(row, work.caller.id))\n"
            "order = orders.find(payment.order_id)\n"
            "from chalicelib.records.inventory import steps as stock_steps\n"
            "work.add(*stock_steps.release(order.held))",
        "goods are sold on before their money has gone back", "trade.refund",
    ),
    seeded(
        "trade-resent-while-missing", "F18", "payments.rules.NEXT",
        "{'nothing': 'anew', 'unheard': 'ask', 'missing': 'ask', 'gone': 'anew', 'taken': 'ask'}",
        "{'nothing': 'anew', 'unheard': 'ask', 'missing': 'anew', 'gone': 'anew', 'taken': 'ask'}",
        "what the provider does not know yet is sent under another second", "trade.dated late",
    ),
    seeded(
        "trade-no-lag", "F18", "payments.rules.Sent.situation",
        "now.timestamp() - self.missing >= lag.total_seconds()",
        "now.timestamp() >= self.missing",
        "not yet is taken for never", "trade.dated late",
    ),
    seeded(
        "trade-sent-before-noted", "F18", "refund_order._prepare_sending",
        "return _note(row, row.sent.sending(now), work)",
        "row.packed_sent = refunds.packed_sent(row.sent.sending(now))\n"
            "return True",
        "the second of a sending is on no record", "trade.dated plain", "trade.first sending",
    ),
    seeded(
        "trade-sendings-raced", "F18", "payments.steps.refunds.note_sent",
        "Refund.state.is_in(*sorted(MOVING_REFUND)) & (Refund.packed_sent == before if before else "
            "Refund.packed_sent.does_not_exist())",
        "Refund.state.is_in(*sorted(MOVING_REFUND))",
        "two workers send it under two seconds", "trade.first sending",
    ),
    seeded(
        "trade-silence-is-untimely", "F18", "refund_order._ask",
        "(Untimely, PaymentProviderDown)",
        "(ProviderError, PaymentProviderDown)",
        "a lost answer is taken for a refused second", "trade.dated plain",
    ),
    seeded(
        "trade-before-is-taken", "F18", "refund_order._ask",
        "not told.code",
        "True",
        "what is said to have been sent before, and never was, is waited for without end", "trade.dated before",
    ),
    seeded(
        "trade-double-for-ever", "F15", "refund_order.book_refund",
        "exceptions.put_right(payment.cases, 'returned', work)",
        "pass",
        "a second payment that went back still lies before a person", "trade.double",
    ),
    seeded(
        "trade-wrong-for-ever", "F10", "settle_payment._settle_attempt",
        "exceptions.put_right(payment.cases, 'settled', work)",
        "pass",
        "another amount still lies before a person after the right one came", "trade.wrong",
    ),
    seeded(
        "trade-silent-for-ever", "F18", "refund_order.book_refund",
        "exceptions.put_right(row.cases, 'returned', work, but=but)",
        "",
        "a silent refund that went back still lies before a person", "trade.still",
    ),
    seeded(
        "trade-cases-unread", "F18", "payments.model.as_read",
        "kept = type(row).cases if row is not None else Payment.cases\n"
            "return kept == row.cases if row is not None and row.cases else kept.does_not_exist()",
        "return Payment.id.exists()",
        "an exception that is opened in the same moment is overlooked", "trade.still", "trade.mum",
    ),
    seeded(
        "trade-new-certificate-unwanted", "F11", "calls.asked",
        "keyring.want(name, trouble.code)",
        "",
        "a provider that signs with a new certificate is refused for ever", "trade.rotated",
    ),
    seeded(
        "trade-certificate-not-kept", "F11", "service.certificates.keep",
        "[one for one in found or () if one.serial not in held and one.ends > work.now]",
        "[]",
        "a new certificate is fetched and not stored", "trade.rotated",
    ),
    seeded(
        "trade-closed-is-final", "F09", "payments.rules.ATTEMPT",
        "{'created': {'prepare': 'pending', 'settle': 'paid', 'close': 'closed', 'fail': 'failed', "
            "'quarantine': 'quarantined'}, 'pending': {'prepare': 'pending', 'settle': 'paid', 'close': "
            "'closed', 'fail': 'failed', 'quarantine': 'quarantined'}, 'failed': {'close': 'closed', 'settle': "
            "'paid', 'quarantine': 'quarantined'}, 'closed': {'settle': 'paid', 'quarantine': 'quarantined'}, "
            "'quarantined': {'settle': 'paid'}}",
        "{'created': {'prepare': 'pending', 'settle': 'paid', 'close': 'closed', 'fail': 'failed', "
            "'quarantine': 'quarantined'}, 'pending': {'prepare': 'pending', 'settle': 'paid', 'close': "
            "'closed', 'fail': 'failed', 'quarantine': 'quarantined'}, 'failed': {'close': 'closed', 'settle': "
            "'paid', 'quarantine': 'quarantined'}, 'quarantined': {'settle': 'paid'}}",
        "money for an attempt that was closed here is refused", "trade.closed",
    ),
    seeded(
        "trade-closed-unasked", "F11", "complete_payment.complete_payment",
        "('paid', 'failed')",
        "('paid', 'failed', 'closed')",
        "an attempt that was closed here is never asked about again, whatever its notice", "trade.closed unheard",
    ),
]  # fmt: skip
