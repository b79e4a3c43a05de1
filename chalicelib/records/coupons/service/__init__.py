"""Coupons' use cases: templates, having a coupon, and what orders do with it."""

from .held import HeldCoupon as HeldCoupon
from .held import Wallet as Wallet
from .held import refusal as refusal
from .held import usable as usable
from .held import wallet as wallet
from .uses import NEWCOMER as NEWCOMER
from .uses import NTH_ORDER as NTH_ORDER
from .uses import give_back as give_back
from .uses import is_benefit as is_benefit
from .uses import nth_benefit as nth_benefit
from .uses import spend as spend
from .uses import standing as standing
