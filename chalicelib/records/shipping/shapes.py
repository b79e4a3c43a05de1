"""The words of parcels, as whoever shows one tells them."""

from typing import Annotated, get_args

from chalicelib.runtime.http import one_of

from .rules import SHIPMENT, Status

ShipmentState = Annotated[str, one_of(*SHIPMENT.all)]
TraceStatus = Annotated[str, one_of(*get_args(Status))]
