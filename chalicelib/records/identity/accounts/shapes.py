"""An address as people write it and see it. Personal texts are tagged, so that no journal ever keeps one."""

from typing import Annotated

from pydantic import Field

from chalicelib.kernel import texts
from chalicelib.kernel.permits import ROLES
from chalicelib.runtime.http import Personal, View, one_of
from chalicelib.runtime.http.kinds import Kind

Name = Annotated[str, Field(min_length=1, max_length=60, examples=["王小明"]), Kind(texts.line)]
RoleName = Annotated[str, one_of(*ROLES)]
Region = Annotated[str, Field(pattern="^[0-9]{6}$", examples=["440305"]), Kind(lambda text: texts.digits(text, 6))]
Postcode = Annotated[str, Field(pattern="^([0-9]{6})?$", examples=["518057"]), Kind(texts.postcode)]


class DeliveryView(View):
    """An address as its owner wrote it."""

    address_id: str
    name: Personal
    phone: Personal
    region: str
    province: str
    city: str
    district: str
    line: Personal
    postcode: str


class AddressView(DeliveryView):
    """An address to its owner."""

    default: bool
