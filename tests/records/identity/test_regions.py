"""Regions: the official codes and names, what has no districts, what was abolished; and the list that pickers ask for."""

from __future__ import annotations

import pytest

from chalicelib.records.identity.accounts.rules import RegionNotFound, RegionRetired, RegionTooWide
from chalicelib.records.identity.accounts.service import regions
from chalicelib.records.identity.accounts.service.regions import Names
from tests.support import people

PLACE = {"name": "王小明", "phone": "13800138000", "line": "科苑路 1 号"}


@pytest.fixture
def who(front):
    return people.register(front)


def put(front, who, region, province, city, district=""):
    body = {**PLACE, "region": region, "province": province, "city": city, "district": district}
    return front.post("/v1/me/addresses", body, token=who.token)


def kept(front, who):
    (one,) = front.get("/v1/me/addresses", token=who.token).json["items"]
    return (one["region"], one["province"], one["city"], one["district"])


@pytest.mark.parametrize(
    ("region", "told", "names"),
    [
        ("440305", ("广东省", "深圳市", "南山区"), ("广东省", "深圳市", "南山区")),
        ("440305", ("广东", "深圳", "南山"), ("广东省", "深圳市", "南山区")),
        ("310115", ("上海市", "上海市", "浦东新区"), ("上海市", "上海市", "浦东新区")),
        ("310115", ("上海", "市辖区", "浦东"), ("上海市", "上海市", "浦东新区")),
        ("500233", ("重庆市", "县", "忠县"), ("重庆市", "重庆市", "忠县")),
        ("441900", ("广东省", "东莞市", ""), ("广东省", "东莞市", "")),
        ("441900", ("广东省", "东莞市", "虎门镇"), ("广东省", "东莞市", "虎门镇")),
        ("441900", ("广东省", "东莞市", "东莞市"), ("广东省", "东莞市", "")),
        ("442000", ("广东省", "中山市", "小榄镇"), ("广东省", "中山市", "小榄镇")),
        ("460400", ("海南省", "儋州市", "那大镇"), ("海南省", "儋州市", "那大镇")),
        ("620200", ("甘肃省", "嘉峪关市", ""), ("甘肃省", "嘉峪关市", "")),
        ("419001", ("河南省", "济源市", ""), ("河南省", "济源市", "")),
        ("419001", ("河南省", "省直辖县级行政区划", "济源市"), ("河南省", "济源市", "")),
        ("659001", ("新疆", "自治区直辖县级行政区划", "石河子市"), ("新疆维吾尔自治区", "石河子市", "")),
        ("429021", ("湖北省", "神农架", "神农架林区"), ("湖北省", "神农架林区", "")),
        ("450102", ("广西", "南宁", "兴宁"), ("广西壮族自治区", "南宁市", "兴宁区")),
        ("422801", ("湖北", "恩施", "恩施市"), ("湖北省", "恩施土家族苗族自治州", "恩施市")),
        ("460302", ("海南省", "三沙市", "西沙区"), ("海南省", "三沙市", "西沙区")),
        ("653229", ("新疆维吾尔自治区", "和田地区", "和安县"), ("新疆维吾尔自治区", "和田地区", "和安县")),
        ("710000", ("台湾省", "台北市", "大安区"), ("台湾省", "台北市", "大安区")),
        ("810000", ("香港", "香港", "湾仔区"), ("香港特别行政区", "香港", "湾仔区")),
        ("810002", ("香港特别行政区", "香港岛", "湾仔区"), ("香港特别行政区", "香港特别行政区", "湾仔区")),
        ("820006", ("澳门", "澳门", "嘉模堂区"), ("澳门特别行政区", "澳门特别行政区", "嘉模堂区")),
    ],
)  # fmt: skip
def test_a_place_is_kept_under_the_official_names_of_its_code(front, who, region, told, names):
    assert put(front, who, region, *told).status == 201
    assert kept(front, who) == (region, *names)


@pytest.mark.parametrize("region", ["000000", "999999", "440399", "441901", "320571", "830000", "110100", "419000"])
def test_a_code_that_nobody_gave_is_refused(front, who, region):
    answer = put(front, who, region, "广东省", "深圳市", "南山区")
    assert (answer.status, answer.json["code"], answer.json["params"]) == (422, "REGION_NOT_FOUND", {"region": region})


@pytest.mark.parametrize(
    ("region", "told", "right"),
    [
        ("440305", ("广东省", "深圳市", "福田区"), ("广东省", "深圳市", "南山区")),
        ("440305", ("广东省", "广州市", "南山区"), ("广东省", "深圳市", "南山区")),
        ("440305", ("广西壮族自治区", "深圳市", "南山区"), ("广东省", "深圳市", "南山区")),
        ("440305", ("广东省", "深圳市", ""), ("广东省", "深圳市", "南山区")),
        ("440305", ("广东省", "市辖区", "南山区"), ("广东省", "深圳市", "南山区")),
        ("440305", ("广东省", "深圳市", "南山县"), ("广东省", "深圳市", "南山区")),
        ("440305", ("广东省", "深圳市", "南"), ("广东省", "深圳市", "南山区")),
        ("310115", ("上海市", "苏州市", "浦东新区"), ("上海市", "上海市", "浦东新区")),
        ("310115", ("上海市", "上海市", "徐汇区"), ("上海市", "上海市", "浦东新区")),
        ("441900", ("广东省", "深圳市", "虎门镇"), ("广东省", "东莞市", "虎门镇")),
        ("441900", ("福建省", "东莞市", ""), ("广东省", "东莞市", "")),
        ("419001", ("河南省", "郑州市", ""), ("河南省", "济源市", "")),
        ("419001", ("河南省", "济源市", "金水区"), ("河南省", "济源市", "")),
        ("419001", ("河南省", "省直辖县级行政区划", ""), ("河南省", "济源市", "")),
        ("710000", ("福建省", "台北市", "大安区"), ("台湾省", "台北市", "大安区")),
        ("810002", ("香港特别行政区", "深圳市", "湾仔区"), ("香港特别行政区", "香港特别行政区", "湾仔区")),
        ("810002", ("香港特别行政区", "香港岛", "东区"), ("香港特别行政区", "香港特别行政区", "湾仔区")),
        ("440305", ("广东省", "香港岛", "南山区"), ("广东省", "深圳市", "南山区")),
    ],
)  # fmt: skip
def test_names_that_contradict_the_code_are_refused_with_the_right_ones(front, who, region, told, right):
    answer = put(front, who, region, *told)
    assert (answer.status, answer.json["code"]) == (422, "REGION_NAMES_WRONG")
    assert answer.json["params"] == {"region": region, "province": right[0], "city": right[1], "district": right[2]}
    assert right[1] in answer.json["title"]
    assert front.get("/v1/me/addresses", token=who.token).json["items"] == []


@pytest.mark.parametrize(
    ("region", "name"),
    [
        ("440000", "广东省"),
        ("440300", "深圳市"),
        ("310000", "上海市"),
        ("460300", "三沙市"),
    ],
)
def test_a_code_with_others_below_it_is_too_wide(front, who, region, name):
    answer = put(front, who, region, "广东省", "深圳市", "南山区")
    assert (answer.status, answer.json["code"], answer.json["params"]) == (
        422,
        "REGION_TOO_WIDE",
        {"region": region, "name": name},
    )


@pytest.mark.parametrize(
    ("region", "name"),
    [
        ("110103", "崇文区"),
        ("330103", "下城区"),
        ("350402", "梅列区"),
        ("371202", "莱城区"),
        ("460321", "西沙群岛"),
    ],
)
def test_an_abolished_code_starts_no_address(front, who, region, name):
    answer = put(front, who, region, "浙江省", "杭州市", name)
    assert (answer.status, answer.json["code"], answer.json["params"]) == (
        422,
        "REGION_RETIRED",
        {"region": region, "name": name},
    )


def test_an_abolished_code_stays_with_an_address_that_has_it(front, who, monkeypatch):
    made = put(front, who, "440305", "广东省", "深圳市", "南山区").json["address_id"]
    other = put(front, who, "440304", "广东省", "深圳市", "福田区").json["address_id"]
    known = regions._known()
    names = {code: name for code, name in known.names.items() if code != "440305"}
    monkeypatch.setattr(
        regions, "_known", lambda: known._replace(names=names, retired={**known.retired, "440305": "南山区"})
    )

    body = {
        **PLACE,
        "region": "440305",
        "province": "广东省",
        "city": "深圳市",
        "district": "南山区",
        "line": "科苑路 2 号",
    }
    assert [one["district"] for one in front.get("/v1/me/addresses", token=who.token).json["items"]] == [
        "南山区",
        "福田区",
    ]
    edit = lambda address, **more: front.put(f"/v1/me/addresses/{address}", {**body, **more}, token=who.token)
    assert edit(other).json["code"] == "REGION_RETIRED", "another's code is no reason"
    assert edit(made, district="福田区").json["code"] == "REGION_RETIRED", "under other names it is another place"
    assert edit(made).status == 200
    assert put(front, who, "440305", "广东省", "深圳市", "南山区").json["code"] == "REGION_RETIRED"


def test_the_provinces_are_the_first_to_choose_from(front):
    told = front.get("/v1/regions")
    assert len(told.json["items"]) == 34
    assert told.json["items"][0] == {"code": "110000", "name": "北京市", "more": True}
    assert [one["name"] for one in told.json["items"] if not one["more"]] == ["台湾省"]
    again = front.get("/v1/regions", headers={"If-None-Match": told.headers["etag"]})
    assert (again.status, again.text) == (304, "")


@pytest.mark.parametrize(
    ("parent", "count", "some"),
    [
        ("440000", 21, ("441900", "东莞市", False)),
        ("440300", 9, ("440305", "南山区", False)),
        ("310000", 16, ("310115", "浦东新区", False)),
        ("500000", 38, ("500233", "忠县", False)),
        ("410000", 18, ("419001", "济源市", False)),
        ("810000", 18, ("810002", "湾仔区", False)),
        ("820000", 8, ("820006", "嘉模堂区", False)),
        ("460000", 19, ("469001", "五指山市", False)),
    ],
)
def test_what_lies_below_a_region_is_listed(front, parent, count, some):
    told = front.get(f"/v1/regions?parent={parent}").json["items"]
    assert len(told) == count
    assert dict(zip(("code", "name", "more"), some, strict=True)) in told


@pytest.mark.parametrize(
    ("parent", "code"),
    [
        ("999999", "REGION_NOT_FOUND"),
        ("110103", "REGION_NOT_FOUND"),
        ("٤٤٠٠٠٠", "INVALID_REQUEST"),
        ("44", "INVALID_REQUEST"),
    ],
)
def test_nothing_lies_below_what_there_is_not(front, parent, code):
    told = front.get(f"/v1/regions?parent={parent}")
    assert (told.status, told.json["code"]) == (422, code)


def test_whatever_a_picker_can_choose_is_taken_under_its_names():
    def leaves(parent, path):
        for one in regions.below(parent):
            yield from leaves(one.code, (*path, one.name)) if one.more else [(one.code, (*path, one.name))]

    found = list(leaves(None, ()))
    assert len(found) > 2800
    for code, path in found:
        told = Names(path[0], path[1] if len(path) > 1 else "某市", path[-1] if len(path) == 3 else "")
        if len(path) == 2 and code[2:4] != "90" and not code.endswith("00"):
            told = Names(path[0], path[0], path[1])  # a municipality's, or of Hong Kong and Macao
        assert regions.official(code, told, lambda: None) == told, code


def test_no_code_is_both_present_and_abolished_and_every_name_is_chinese():
    known = regions._known()
    assert not known.names.keys() & known.retired.keys()
    for code, name in {**known.names, **known.retired}.items():
        assert len(code) == 6
        assert all("一" <= char <= "鿿" for char in name), (code, name)
    assert all(code in known.names for parents in known.below.values() for code in parents)
    assert all(not parent or parent in known.names for parent in known.below)


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("440305", ("广东省", "深圳市", "南山区")),
        ("310115", ("上海市", "上海市", "浦东新区")),
        ("441900", ("广东省", "东莞市", "")),
        ("429004", ("湖北省", "仙桃市", "")),
        ("810000", ("香港特别行政区", "", "")),
    ],
)
def test_a_code_says_the_names_of_its_place(code, names):
    assert regions.names_of(code) == names


@pytest.mark.parametrize(
    ("code", "refusal"),
    [("440000", RegionTooWide), ("440300", RegionTooWide), ("310230", RegionRetired), ("440399", RegionNotFound)],
)
def test_a_code_that_says_no_place_of_today_has_no_names(code, refusal):
    with pytest.raises(refusal):
        regions.names_of(code)
