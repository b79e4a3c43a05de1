"""Ids: a SKU's short form stands for that SKU and no other."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.ids import SKU, is_sku, packed, unpacked

skus = st.from_regex(re.compile(SKU, re.ASCII), fullmatch=True)


@given(skus)
def test_a_packed_sku_unpacks_to_itself_and_is_short(sku):
    assert len(packed(sku)) == 23
    assert unpacked(packed(sku)) == sku
    assert is_sku(unpacked(packed(sku)))


@given(skus, skus)
def test_two_skus_never_have_one_packed_id(one, other):
    assert (packed(one) == packed(other)) == (one == other)
