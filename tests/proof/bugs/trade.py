"""Bugs of the trading line: stock, orders, payments, refunds; at least one for each failure row that this code can have."""

from tests.proof.mutants import Bug

INVENTORY, ORDERS = "chalicelib/records/inventory/service.py", "chalicelib/records/orders/service.py"
ATTEMPTS, REFUNDS = "chalicelib/records/payments/service/attempts.py", "chalicelib/records/payments/service/refunds.py"
EXCEPTIONS = "chalicelib/records/payments/service/exceptions.py"
ORDER_MODEL = "chalicelib/records/orders/model.py"
RULES, ORDER_RULES = "chalicelib/records/payments/rules.py", "chalicelib/records/orders/rules.py"
CHECKOUT = "chalicelib/processes/checkout/service/"
PLACE, CLOSE, START = CHECKOUT + "place_order.py", CHECKOUT + "close_order.py", CHECKOUT + "start_payment.py"
SETTLE, COMPLETE, REFUND = (
    CHECKOUT + "settle_payment.py",
    CHECKOUT + "complete_payment.py",
    CHECKOUT + "refund_order.py",
)
NOTICE, ASK = CHECKOUT + "take_notice.py", CHECKOUT + "ask_refund.py"


def _bug(name: str, row: str, file: str, old: str, new: str, why: str, *aim: str) -> Bug:
    return Bug(f"trade-{name}", row, file, old, new, why, tuple(f"trade.{one}" for one in aim))


BUGS = [
    _bug(
        "oversell", "F04", INVENTORY, "when=(Stock.available >= quantity) & Stock.closed", "when=Stock.closed",
        "holds what is not there", "place",
    ),
    _bug(
        "held-forgotten", "F24", INVENTORY,
        "actions=[Stock.available.add(-quantity), Stock.held.add(quantity)],\n            when",
        "actions=[Stock.available.add(-quantity)],\n            when", "takes pieces and forgets that they are held", "place",
    ),
    _bug(
        "release-halves", "F24", INVENTORY,
        "Stock.available.add(quantity), Stock.held.add(-quantity)]", "Stock.held.add(-quantity)]",
        "a closed order's pieces never come back", "place", "expire",
    ),
    _bug(
        "move-from-anywhere", "F13", ORDERS, "when=when & also if also is not None else when, otherwise=rules.moved,",
        "when=Order.id.exists(), otherwise=rules.moved,", "an order moves whatever state it is in", "pay", "expire",
    ),
    _bug(
        "order-overwrites", "F03", ORDERS, "return [fresh(order, OrderExists())]",
        "return [table.put(order, None, OrderExists())]", "a second commit writes over the order; once its journal row is gone",
        "forgotten",
    ),
    _bug(
        "place-unkeyed", "F03", PLACE, "    work.keyed(quote.order_id)\n", "",
        "a quote sent again is refused instead of answered", "place",
    ),
    _bug(
        "place-in-two", "F04", PLACE,
        "    work.add(*inventory.hold(part for line in quote.lines for part in line.parts))\n"
        "    work.add(*orders.open(quote, work.now, remark))\n",
        "    first = Work(work.caller, work.scope)\n"
        "    first.add(*inventory.hold(part for line in quote.lines for part in line.parts))\n"
        "    first.commit()\n    work.add(*orders.open(quote, work.now, remark))\n",
        "stock and order in two transactions", "place",
    ),
    _bug(
        "never-expires", "F38", PLACE, "        work.publish(OrderPayDue(quote.order_id), at=orders.pay_deadline(work.now))\n",
        "        pass\n", "nobody ever ends an unpaid order", "place", "gone",
    ),
    _bug(
        "cancel-keeps-stock", "F24", CLOSE,
        "return [orders.close(order.id, action, by=by, owed=owed), *inventory.release(order.held)]",
        "return [orders.close(order.id, action, by=by, owed=owed)]", "a closed order keeps its pieces", "place",
    ),
    _bug(
        "number-after-call", "F06", START,
        "    work.add(orders.attempt(order), attempts.opening(payment, told, calls.fingerprint(payment, request)))\n",
        "    work.add(attempts.opening(payment, told, calls.fingerprint(payment, request)))\n",
        "an attempt is opened without being counted at its order", "pay", "double",
    ),
    _bug(
        "replay-opens-another", "F06", START,
        '        raise Done(view=_again(str(json.loads(opened.reply or "{}")["payment_id"]), work))\n',
        "        raise Done(opened.reply)\n",
        "asking again is answered from the journal, without the provider's hand-over", "pay",
    ),
    _bug(
        "asked-in-other-words", "F06", START,
        "    return request if calls.fingerprint(payment, request) == payment.asked else None\n",
        '    here = Told(client_ip="there" if payment.told else "")\n'
        "    return calls.request_of(payment, subject=subject(payment), told=here, goods=goods(order))\n",
        "an attempt is asked for again from where its customer is now", "elsewhere",
    ),
    _bug(
        "nobody-asks", "F11", START,
        "    work.publish(PaymentQueryDue(payment.id, 0), at=next_query(work.now, deadline, 0))\n", "",
        "with all notices lost nobody asks the provider", "lost",
    ),
    _bug(
        "asks-once", "F11", COMPLETE, 'if outcome in ("nothing", "missing", "unreachable"):',
        'if outcome in ("nothing", "missing"):',
        "gives up asking when the provider is silent once", "lost",
    ),
    _bug(
        "settles-anything", "F07", ATTEMPTS,
        "when = Payment.state.is_in(*ATTEMPT.sources(\"settle\")) & (Payment.amount == amount)",
        "when = (Payment.amount == amount)", "a payment is settled twice", "expire",
    ),
    _bug(
        "any-amount", "F10", ATTEMPTS, "& (Payment.amount == amount) & (Payment.provider == told_by)",
        "& (Payment.provider == told_by)", "an order is paid by another amount", "wrong",
    ),
    _bug(
        "late-money-kept", "F12", SETTLE, "            goes_back = _owed if order.payment else _given_back\n",
        '            if order.payment:\n                return "known"\n            goes_back = _given_back\n',
        "a second payment of a paid order is kept", "double",
    ),
    _bug(
        "revive-without-stock", "F12", SETTLE,
        "    work.add(*inventory.hold((sku, bucket, pieces) for sku in parts for bucket, pieces in parts[sku]))\n",
        "", "late money revives an order without holding its pieces again", "late",
    ),
    _bug(
        "late-money-dropped", "F12", SETTLE,
        "            if any(isinstance(reason, OutOfStock | SaleStopped) for reason in refused.reasons):\n"
        "                return _given_back(provider, news, order, payment, work)\n",
        "            if any(isinstance(reason, OutOfStock | SaleStopped) for reason in refused.reasons):\n"
        '                return "known"\n', "late money for goods that are gone is acknowledged and forgotten", "gone",
    ),
    _bug(
        "cancelled-revives", "F13", ORDER_RULES, '        "expired": {"revive": "paid"},\n',
        '        "cancelled": {"revive": "paid"},\n        "expired": {"revive": "paid"},\n',
        "late money revives an order that was given up on purpose", "closed", "given up",
    ),
    _bug(
        "cancelled-money-kept", "F12", SETTLE,
        "            goes_back = _owed if order.payment else _given_back\n",
        '            if not order.payment:\n                return "known"\n            goes_back = _owed\n',
        "money for an order that was given up is acknowledged and kept", "closed", "given up",
    ),
    Bug(
        "trade-two-keys-two-orders", "F03", CHECKOUT + "one_click.py", "    return place(drawn.quote, work, once)\n",
        "    return place(drawn.quote, work)\n", "a second click under a key of its own is a second order", ("click.twice",),
    ),
    _bug(
        "refund-unasked", "F16", SETTLE, "    work.publish(RefundRequested(refund_id, news.number, int(sum_)))\n", "",
        "money owed back is written down, and nobody sends it", "gone", "double",
    ),
    _bug(
        "owed-not-set-aside", "F16", SETTLE, "late=True, owed=refund_id, case=case)", "late=True, case=case)",
        "money on its way back may be given back once more", "double", "gone",
    ),
    _bug(
        "not-acknowledged", "F07", NOTICE, "    except Done:\n        outcome = \"known\"\n",
        "    except Done:\n        return _reply(adapter.ack(False), 500)\n", "a notice told twice is refused for ever", "pay",
    ),
    _bug(
        "acknowledged-unsaved", "F34", NOTICE, "        return _reply(adapter.ack(False), 503)\n",
        "        return _reply(adapter.ack(True), 200)\n", "a notice that could not be written is acknowledged", "pay", "late",
    ),
    _bug(
        "refund-twice", "F16", REFUNDS,
        "    when = (Payment.captured == captured) & (Payment.spent <= captured - amount)\n    if units is not None:\n"
        "        before, wanted = units\n"
        "        actions.append(Payment.units.set(_packed([b + w for b, w in zip(before, wanted, strict=True)])))\n"
        "        when &= (Payment.units == payment.units) if payment.units else Payment.units.does_not_exist()\n",
        "    when = Payment.captured == captured\n", "two refunds at once give back more than came in", "refund",
    ),
    _bug(
        "units-raced", "F17", REFUNDS,
        "        when &= (Payment.units == payment.units) if payment.units else Payment.units.does_not_exist()\n", "",
        "two refunds of the same unit at once", "parts",
    ),
    _bug(
        "approved-twice", "F16", REFUNDS, "when=Refund.state.is_in(*sources) & as_read(refund)",
        "when=Refund.id.exists()", "a refund moves whatever state it is in", "refund", "parts",
    ),
    _bug(
        "silence-is-no", "F18", REFUND, "    except Declined as no:\n",
        "    except (ProviderTrouble, ProviderDown) as no:\n", "an unknown outcome is taken for a refusal", "refund", "gone",
    ),
    _bug(
        "question-refused", "F18", REFUND, "    except NotFound:\n        return RefundSnapshot(row.id, \"UNKNOWN\")\n",
        "    except (Declined, NotFound) as no:\n        return RefundSnapshot(row.id, \"FAILED\", code=no.code)\n",
        "a refused question is taken for a refused refund", "busy",
    ),
    _bug(
        "unsure-is-no", "F18", REFUND, "        _note(row, row.sent.heard(), work)\n        return told\n",
        '        return told._replace(status="FAILED") if told.code else told\n',
        "a code that no table knows is taken for a no", "unsure",
    ),
    _bug(
        "starts-at-old-price", "F06", ORDERS,
        "        when=(Order.state == ORDER.initial) & as_read, otherwise=rules.moved,\n",
        "        when=(Order.state == ORDER.initial) & (Order.attempts == int(order.attempts or 0)), otherwise=rules.moved,\n",
        "an attempt is opened at a price that has changed", "adjust",
    ),
    _bug(
        "refund-not-watched", "F18", REFUND,
        "        work.publish(RefundQueryDue(row.id, turn + 1), at=rules.next_refund_query(work.now, turn))\n", "",
        "a refund that the provider has taken is never asked about", "refund", "gone",
    ),
    _bug(
        "fresh-refund-number", "F18", REFUND, "        told = calls.refund(row, payment)\n",
        "        from chalicelib.runtime import world\n\n"
        '        row.id = world.new_id("R")\n        told = calls.refund(row, payment)\n',
        "each try carries a number of its own", "refund", "gone",
    ),
    _bug(
        "annul-keeps-stock", "F24", REFUND,
        "        return [orders.refund_last(order, amount), *inventory.release(order.held)]\n",
        "        return [orders.refund_last(order, amount)]\n", "a given-back order keeps its pieces", "refund",
    ),
    _bug(
        "units-stay-held", "F24", REFUND, "*inventory.release(order.pieces(units) if units else [])]", "]",
        "units that went back are sold to nobody", "pieces",
    ),
    _bug(
        "units-freed-twice", "F24", ORDER_MODEL,
        "[line.quantity - gone for line, gone in zip(self.lines, self.freed, strict=True)]",
        "[line.quantity for line in self.lines]", "the last fen frees again what was free", "pieces",
    ),
    _bug(
        "units-freed-forgotten", "F24", ORDERS,
        '        actions.append(Order.packed_freed.set(json.dumps(freed, separators=(",", ":"))))\n', "        pass\n",
        "an order forgets which units it has let go", "pieces",
    ),
    _bug(
        "freed-at-approval", "F24", ASK, "    work.add(refunds.approve(row, work.caller.id))\n",
        "    work.add(refunds.approve(row, work.caller.id))\n    order = orders.find(payment.order_id)\n"
        "    from chalicelib.records.inventory import service as inventory\n\n"
        "    work.add(*inventory.release(order.held))\n", "goods are sold on before their money has gone back", "refund",
    ),
    _bug(
        "resent-while-missing", "F18", RULES, '    "missing": "ask",', '    "missing": "anew",',
        "what the provider does not know yet is sent under another second", "dated late",
    ),
    _bug(
        "no-lag", "F18", RULES, "now.timestamp() - self.missing >= lag.total_seconds()", "now.timestamp() >= self.missing",
        "not yet is taken for never", "dated late",
    ),
    _bug(
        "sent-before-noted", "F18", REFUND, "    return _note(row, row.sent.sending(now), work)\n",
        "    row.packed_sent = refunds.packed_sent(row.sent.sending(now))\n    return True\n",
        "the second of a sending is on no record", "dated plain", "first sending",
    ),
    _bug(
        "sendings-raced", "F18", REFUNDS,
        "        & (Refund.packed_sent == before if before else Refund.packed_sent.does_not_exist()),\n", ",\n",
        "two workers send it under two seconds", "first sending",
    ),
    _bug(
        "silence-is-untimely", "F18", REFUND, "    except (Untimely, ProviderDown):\n",
        "    except (ProviderTrouble, ProviderDown):\n",
        "a lost answer is taken for a refused second", "dated plain",
    ),
    _bug(
        "before-is-taken", "F18", REFUND,
        "    if not told.code:  # one that was sent before, as it says, is not so until a query finds it\n",
        "    if True:\n", "what is said to have been sent before, and never was, is waited for without end", "dated before",
    ),
    _bug(
        "double-for-ever", "F15", REFUND, '        exceptions.put_right(payment.cases, "returned", work)\n', "        pass\n",
        "a second payment that went back still lies before a person", "double",
    ),
    _bug(
        "wrong-for-ever", "F10", SETTLE, '        exceptions.put_right(payment.cases, "settled", work)\n', "        pass\n",
        "another amount still lies before a person after the right one came", "wrong",
    ),
    _bug(
        "silent-for-ever", "F18", REFUND, '    exceptions.put_right(row.cases, "returned", work, but=but)\n', "",
        "a silent refund that went back still lies before a person", "still",
    ),
    _bug(
        "cases-unread", "F18", EXCEPTIONS, "    kept = type(row).cases if row is not None else Payment.cases\n"
        "    return kept == row.cases if row is not None and row.cases else kept.does_not_exist()\n",
        "    return Payment.id.exists()\n", "an exception that is opened in the same moment is overlooked", "still", "mum",
    ),
    _bug(
        "new-certificate-unwanted", "F11", "chalicelib/records/payments/service/calls.py",
        "        keyring.want(name, trouble.code)\n", "",
        "a provider that signs with a new certificate is refused for ever", "rotated",
    ),
    _bug(
        "certificate-not-kept", "F11", "chalicelib/records/payments/service/certificates.py", "    work.commit()\n", "",
        "a new certificate is fetched and not stored", "rotated",
    ),
    _bug(
        "closed-is-final", "F09", RULES, '    "closed": {"settle": "paid", "quarantine": "quarantined"},\n', "",
        "money for an attempt that was closed here is refused", "closed",
    ),
]  # fmt: skip
