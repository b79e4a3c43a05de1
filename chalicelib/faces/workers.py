"""The workers: what is asked by queues, schedules and the journal, each a function of its own."""

from chalicelib.processes.campaigns import consumers as campaigns_consumers
from chalicelib.processes.campaigns.sending import consumers as meeting_consumers
from chalicelib.processes.care import consumers as care_consumers
from chalicelib.processes.console import consumers as console_consumers
from chalicelib.processes.delivering import consumers as delivering_consumers
from chalicelib.processes.delivering.retrying import consumers as retrying_consumers
from chalicelib.processes.fulfilment import consumers as fulfilment_consumers
from chalicelib.processes.grouping import consumers as grouping_consumers
from chalicelib.processes.merchandising import consumers as merchandising_consumers
from chalicelib.processes.merchandising.coupons import consumers as granting_consumers
from chalicelib.processes.notifying import consumers as notifying_consumers
from chalicelib.processes.ordering import consumers as ordering_consumers
from chalicelib.processes.paying import consumers as paying_consumers
from chalicelib.processes.privacy import consumers as privacy_consumers
from chalicelib.processes.replenishing import consumers as replenishing_consumers
from chalicelib.processes.searching import consumers as searching_consumers
from chalicelib.records.audit import consumers as audit_consumers
from chalicelib.records.catalog import consumers as catalog_consumers
from chalicelib.records.coupons import consumers as coupons_consumers
from chalicelib.records.inventory import consumers as supplying_consumers
from chalicelib.records.messages.receipts import consumers as receipts_consumers
from chalicelib.records.payments import consumers as payments_consumers
from chalicelib.records.subscriptions import consumers as subscriptions_consumers
from chalicelib.runtime import consumers as house

WORKERS = (
    audit_consumers, campaigns_consumers, care_consumers, catalog_consumers, console_consumers, coupons_consumers,
    delivering_consumers, fulfilment_consumers, granting_consumers, grouping_consumers, house, meeting_consumers,
    merchandising_consumers, notifying_consumers, ordering_consumers, paying_consumers, payments_consumers,
    privacy_consumers, receipts_consumers, replenishing_consumers, retrying_consumers, searching_consumers,
    subscriptions_consumers, supplying_consumers,
)  # fmt: skip
