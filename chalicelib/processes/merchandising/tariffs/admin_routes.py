"""The shop's own people at tariffs: freight templates and delivery services, edited in versions, published, withdrawn."""

import re

from chalice.app import Blueprint

from chalicelib.records.catalog.rules import IfMatchRequired, seen_version
from chalicelib.records.coupons.rules import CouponTemplateNotFound
from chalicelib.records.identity.accounts.rules import RegionNotFound
from chalicelib.records.inventory.places.rules import LocationNotFound
from chalicelib.records.shipping.rules import NoSuchCarrier
from chalicelib.records.tariffs import service
from chalicelib.records.tariffs.rules import (
    SERVICES,
    TEMPLATES,
    HoursWrong,
    NextDayTooLate,
    StepMissing,
    TariffEditedMeanwhile,
    TariffNotFound,
    TariffsFull,
    TariffsMoved,
    TariffStateConflict,
    ZonesWrong,
)
from chalicelib.runtime.http import Page, Request, endpoint
from chalicelib.runtime.http.shapes import Paging
from chalicelib.runtime.work import Work

from . import service as tariffs
from . import shapes
from .shapes import (
    BookView,
    PublishTariff,
    ServiceAdmin,
    ServiceBody,
    ServiceVersionView,
    TariffLine,
    TariffRef,
    TemplateAdmin,
    TemplateBody,
    TemplateVersionView,
)

bp = Blueprint(__name__)
READ, EDIT = "tariffs:read", "tariffs:edit"
SEEN = (TariffNotFound, TariffEditedMeanwhile)
MOVED = (*SEEN, TariffStateConflict)
SERVICE_WRONG = (ZonesWrong, HoursWrong, NextDayTooLate)


@endpoint(bp, "POST", "/v1/admin/freight-templates", permit=EDIT, status=201, errors=(ZonesWrong, StepMissing))
def draft_freight_template(body: TemplateBody, work: Work) -> TariffRef:
    """Create a freight template as a draft. · 新建运费模板草稿"""
    return shapes.drafted(service.draft(TEMPLATES, body.document(), work))


@endpoint(bp, "GET", "/v1/admin/freight-templates", permit=READ)
def list_freight_templates(query: Paging) -> Page[TariffLine]:
    """List freight templates, newest first. · 运费模板列表"""
    rows, following = service.listed(TEMPLATES, query.limit, query.cursor)
    return Page[TariffLine](items=[shapes.tariff_line(row) for row in rows], next=following)


@endpoint(bp, "GET", "/v1/admin/freight-templates/{tariff_id}", permit=READ, errors=(TariffNotFound,))
def show_freight_template(tariff_id: str) -> TemplateAdmin:
    """Read a freight template. · 运费模板详情"""
    return shapes.template_admin(service.read(TEMPLATES, tariff_id))


@endpoint(bp, "GET", "/v1/admin/freight-templates/{tariff_id}/versions", permit=READ, errors=(TariffNotFound,))
def list_freight_template_versions(tariff_id: str, query: Paging) -> Page[TemplateVersionView]:
    """List what a freight template ever said, newest first. · 运费模板的历史版本"""
    said, following = service.versions(TEMPLATES, tariff_id, query.limit, query.cursor)
    return Page[TemplateVersionView](items=[shapes.template_version(one) for one in said], next=following)


@endpoint(
    bp,
    "PUT",
    "/v1/admin/freight-templates/{tariff_id}",
    permit=EDIT,
    errors=(*SEEN, IfMatchRequired, ZonesWrong, StepMissing),
)
def edit_freight_template(tariff_id: str, body: TemplateBody, request: Request, work: Work) -> TariffRef:
    """Replace a freight template's document, which makes a version. · 修改运费模板（生成新版本）

    What is published holds until the new version is published.
    """
    head = service.find(TEMPLATES, tariff_id)
    seen = seen_version(request.headers)
    return shapes.tariff_ref(head, service.edit(TEMPLATES, tariff_id, seen, body.document(), work))


@endpoint(
    bp,
    "POST",
    "/v1/admin/freight-templates/{tariff_id}/publication",
    permit=EDIT,
    step_up=True,
    errors=(*MOVED, TariffsFull, TariffsMoved, RegionNotFound),
    raced=(TariffsMoved,),
)
def publish_freight_template(tariff_id: str, body: PublishTariff, work: Work) -> TariffRef:
    """Publish a freight template's latest version. · 发布运费模板

    Every process knows it within ten seconds; what was quoted before is honoured.
    """
    tariffs.publish(TEMPLATES, tariff_id, body.version, work)
    return TariffRef(id=tariff_id, version=body.version, state="published")


@endpoint(
    bp,
    "POST",
    "/v1/admin/freight-templates/{tariff_id}/withdrawal",
    permit=EDIT,
    status=204,
    errors=(*MOVED, TariffsMoved),
    raced=(TariffEditedMeanwhile, TariffsMoved),
)
def withdraw_freight_template(tariff_id: str, work: Work) -> None:
    """Withdraw a freight template. · 停用运费模板

    Within ten seconds nobody is quoted it any more; what was quoted with it is honoured.
    """
    service.withdraw(TEMPLATES, tariff_id, work)


@endpoint(bp, "POST", "/v1/admin/delivery-services", permit=EDIT, status=201, errors=SERVICE_WRONG)
def draft_delivery_service(body: ServiceBody, work: Work) -> TariffRef:
    """Create a delivery service as a draft. · 新建配送服务草稿"""
    return shapes.drafted(service.draft(SERVICES, body.document(), work))


@endpoint(bp, "GET", "/v1/admin/delivery-services", permit=READ)
def list_delivery_services(query: Paging) -> Page[TariffLine]:
    """List delivery services, newest first. · 配送服务列表"""
    rows, following = service.listed(SERVICES, query.limit, query.cursor)
    return Page[TariffLine](items=[shapes.tariff_line(row) for row in rows], next=following)


@endpoint(bp, "GET", "/v1/admin/delivery-services/{tariff_id}", permit=READ, errors=(TariffNotFound,))
def show_delivery_service(tariff_id: str) -> ServiceAdmin:
    """Read a delivery service. · 配送服务详情"""
    return shapes.service_admin(service.read(SERVICES, tariff_id))


@endpoint(bp, "GET", "/v1/admin/delivery-services/{tariff_id}/versions", permit=READ, errors=(TariffNotFound,))
def list_delivery_service_versions(tariff_id: str, query: Paging) -> Page[ServiceVersionView]:
    """List what a delivery service ever said, newest first. · 配送服务的历史版本"""
    said, following = service.versions(SERVICES, tariff_id, query.limit, query.cursor)
    return Page[ServiceVersionView](items=[shapes.service_version(one) for one in said], next=following)


@endpoint(
    bp, "PUT", "/v1/admin/delivery-services/{tariff_id}", permit=EDIT, errors=(*SEEN, IfMatchRequired, *SERVICE_WRONG)
)
def edit_delivery_service(tariff_id: str, body: ServiceBody, request: Request, work: Work) -> TariffRef:
    """Replace a delivery service's document, which makes a version. · 修改配送服务（生成新版本）

    What is published holds until the new version is published.
    """
    head = service.find(SERVICES, tariff_id)
    seen = seen_version(request.headers)
    return shapes.tariff_ref(head, service.edit(SERVICES, tariff_id, seen, body.document(), work))


@endpoint(
    bp,
    "POST",
    "/v1/admin/delivery-services/{tariff_id}/publication",
    permit=EDIT,
    step_up=True,
    errors=(
        *MOVED,
        TariffsFull,
        TariffsMoved,
        RegionNotFound,
        LocationNotFound,
        NoSuchCarrier,
        CouponTemplateNotFound,
    ),
    raced=(TariffsMoved,),
)
def publish_delivery_service(tariff_id: str, body: PublishTariff, work: Work) -> TariffRef:
    """Publish a delivery service's latest version. · 发布配送服务

    Every process knows it within ten seconds; what was quoted before is honoured.
    """
    tariffs.publish(SERVICES, tariff_id, body.version, work)
    return TariffRef(id=tariff_id, version=body.version, state="published")


@endpoint(
    bp,
    "POST",
    "/v1/admin/delivery-services/{tariff_id}/withdrawal",
    permit=EDIT,
    status=204,
    errors=(*MOVED, TariffsMoved),
    raced=(TariffEditedMeanwhile, TariffsMoved),
)
def withdraw_delivery_service(tariff_id: str, work: Work) -> None:
    """Withdraw a delivery service. · 停用配送服务

    Within ten seconds nobody is quoted it any more; what was quoted with it is honoured.
    """
    service.withdraw(SERVICES, tariff_id, work)


@endpoint(bp, "GET", "/v1/admin/freight-books/{version}", permit=READ, errors=(TariffNotFound,))
def show_freight_book(version: str) -> BookView:
    """Read which tariffs held together in a version of the book. · 查看某一版本的运费与配送规则

    It is the version that the freight of an order names.
    """
    if not re.fullmatch("[1-9][0-9]{0,5}", version):
        raise TariffNotFound()
    return shapes.book_view(service.book_of(int(version)))
