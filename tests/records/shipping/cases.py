"""Situations from other systems' tests, bug threads and real messages, by their ids; what they hold is told in the tests."""

from __future__ import annotations

L001_FORM = (
    "content=%3C%3Fxml+version%3D%271.0%27+encoding%3D%27UTF-8%27%3F%3E%3CRequest+service%3D%22RoutePushService%22+lang%3D"
    "%22zh-CN%22%3E%3CBody%3E%3CWaybillRoute+id%3D%2210049610355297%22+mailno%3D%22444739949795%22+orderid%3D%22QBT2016"
    "0824100000002%22+acceptTime%3D%222016-08-24+00%3A00%3A00%22+acceptAddress%3D%22%E6%B7%B1%E5%9C%B3%E5%B8%82%22+remark"
    "%3D%22%E9%A1%BA%E4%B8%B0%E9%80%9F%E8%BF%90+%E5%B7%B2%E6%94%B6%E5%8F%96%E5%BF%AB%E4%BB%B6%22+opCode%3D%2250%22%2F%3E"
    "%3CWaybillRoute+id%3D%2210444739949701%22+mailno%3D%22444739949795%22+orderid%3D%22QBT20160824100000002%22+acceptTime"
    "%3D%222016-08-23+14%3A55%3A23%22+acceptAddress%3D%22%E6%B7%B1%E5%9C%B3%E5%B8%82%22+remark%3D%22-%22+opCode%3D%2250%22"
    "%2F%3E%3C%2FBody%3E%3C%2FRequest%3E"
)
L002_JSON = (
    '{"Body":{"WaybillRoute":[{"id":"10049610355297","mailno":"444739949795'
    '","orderid":"QBT20160824100000002","acceptTime":"2016-08-24 00:00:00",'
    '"acceptAddress":"深圳市","remark":"顺丰速运 已收取快件","opCode":"50"},{"id":"1044'
    '4739949701","mailno":"444739949795","orderid":"QBT20160824100000002","'
    'acceptTime":"2016-08-23 14:55:23","acceptAddress":"深圳市","remark":"-","'
    'opCode":"50"}]}}'
)
L006_JSON = (
    '{"Body":{"WaybillRoute":[{"id":"8300","mailno":"SF1000000000004","orde'
    'rid":"ORD-4","acceptTime":"2024-03-02 08:00:00","acceptAddress":"广州市",'
    '"remark":"x","opCode":"607"},{"id":"8301","mailno":"SF1000000000004","'
    'orderid":"ORD-4","acceptTime":"2024-03-02 10:00:00","acceptAddress":"广'
    '州市","remark":"签收","opCode":"8000"}]}}'
)
L007_JSON = (
    '{"Body":{"WaybillRoute":[{"id":"8400","mailno":"SF1000000000005","orde'
    'rid":"ORD-5","acceptTime":"2024-03-02 08:00:00","acceptAddress":"广州市",'
    '"remark":"收件","opCode":"50"},{"id":"8401","mailno":"SF9999999999999","'
    'orderid":"ORD-X","acceptTime":"2024-03-02 08:00:00","acceptAddress":"广'
    '州市","remark":"收件","opCode":"50"}]}}'
)
L011_PARAM = (
    '{"status":"polling","billstatus":"","message":"","autoCheck":"0","comO'
    'ld":"","comNew":"","lastResult":{"message":"ok","state":"0","status":"'
    '200","condition":"","ischeck":"0","com":"yuantong","nu":"YT55555089650'
    '56","data":[{"context":"【山东省济南市孙村公司】 已收入","time":"2021-06-14 12:13:56"'
    ',"ftime":"2021-06-14 12:13:56","status":"在途"}]}}'
)
L011_SIGN = "C51F53072ABB586C8F3D603E171A3A26"
L012_PARAM = (
    '{"status":"shutdown","billstatus":"","message":"","autoCheck":"0","com'
    'Old":"","comNew":"","lastResult":{"message":"ok","state":"3","status":'
    '"200","condition":"","ischeck":"1","com":"yuantong","nu":"YT5555508965'
    '056","data":[{"context":"已签收，签收人凭取货码签收","time":"2021-06-14 17:31:57","'
    'ftime":"2021-06-14 17:31:57","status":"签收"},{"context":"快件已由 驿站 代收，请及时'
    '取件","time":"2021-06-14 13:53:38","ftime":"2021-06-14 13:53:38","status'
    '":"在途"},{"context":"【山东省济南市孙村公司】 已收入","time":"2021-06-14 12:13:56","ft'
    'ime":"2021-06-14 12:13:56","status":"在途"}]}}'
)
L012_SIGN = "F62DD68318E830B9140DD137F33797B9"
L014_PARAM = (
    '{"status":"updateall","billstatus":"","message":"","autoCheck":"1","co'
    'mOld":"yuantong","comNew":"shunfeng","lastResult":{"message":"ok","sta'
    'te":"0","status":"200","condition":"","ischeck":"0","com":"shunfeng","'
    'nu":"YT5555508965056","data":[{"context":"到达","time":"2021-06-15 08:00'
    ':00","ftime":"2021-06-15 08:00:00","status":"在途"}]}}'
)
L014_SIGN = "626C8F0522704CCD8F0169117416C332"
L015_SIGNS = ["169B4D728D7338091A9BF39E35E5CFB1", "", "c51f53072abb586c8f3d603e171a3a26"]
L015_PARAM_CHANGED = (
    '{ "status":"polling","billstatus":"","message":"","autoCheck":"0","com'
    'Old":"","comNew":"","lastResult":{"message":"ok","state":"0","status":'
    '"200","condition":"","ischeck":"0","com":"yuantong","nu":"YT5555508965'
    '056","data":[{"context":"【山东省济南市孙村公司】 已收入","time":"2021-06-14 12:13:56'
    '","ftime":"2021-06-14 12:13:56","status":"在途"}]}}'
)
L020_EVENTS = [
    ("2020-10-14 11:45:41", "已收件"),
    ("2020-10-14 19:03:40", "已收件"),
    ("2020-10-14 23:17:26", "已发往 杭州转运中心"),
    ("2020-10-15 05:02:24", "已发往 长沙转运中心"),
    ("2020-10-16 14:45:29", "已到达 长沙转运中心"),
    ("2020-10-16 14:53:31", "已到达 长沙转运中心"),
    ("2020-10-16 14:53:55", "已发往 金盆岭公司"),
    ("2020-10-17 08:14:00", "已到达"),
    ("2020-10-17 08:19:00", "派件中"),
    ("2020-10-17 12:45:03", "驿站代收"),
    ("2020-10-17 17:32:23", "已签收 凭取货码"),
]
