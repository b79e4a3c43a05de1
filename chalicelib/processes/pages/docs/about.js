/** What to know before the first request: [heading, text] in both languages; `code` is set as code. */
const ABOUT = {
  zh: [
    [
      "登录",
      "先以游客身份开始：`POST /v1/auth/guests` 返回访问令牌，可浏览、使用购物车和报价。下单需要账户：`POST /v1/auth/codes` 发送验证码，`POST /v1/auth/register` 注册（协议版本见 `GET /v1/terms`），`POST /v1/auth/login` 登录，`POST /v1/cart/merge` 并入游客购物车。每个请求带 `Authorization: Bearer …`。访问令牌有效十分钟；收到 401 时用 `POST /v1/auth/refresh` 换新，刷新令牌只能使用一次。",
    ],
    [
      "幂等键",
      "会产生新内容的 POST 可带 `Idempotency-Key`（自行生成的任意字符串）：同一键、同一请求只执行一次，重发得到相同应答，并带 `Idempotency-Replayed: true`。网络中断时用同一键重发即可。下单以报价为键。",
    ],
    ["分页", "列表一次返回一页：`items` 和 `next`。将 `next` 原样作为 `cursor` 取下一页；`next` 为 null 表示没有更多。"],
    [
      "金额",
      '金额一律为整数分，旁附文字：`{"fen": 1050, "text": "¥10.50"}`。计算用 `fen`，显示用 `text`。时间为 UTC 的 RFC 3339。',
    ],
    [
      "语言",
      "`Accept-Language: zh` 或 `en` 决定错误说明的语言。商品名称等两种语言都返回：`title_zh`、`title_en`。`X-Terminal`（pc、h5、wechat、mini、app）决定可用的支付方式。",
    ],
    [
      "错误",
      "错误一律为 `application/problem+json`：`code` 固定不变，程序据此判断；`title` 给顾客看；`params` 是相关数据；多个原因时 `reasons` 逐一列出；字段有误时见 `errors`。有 `Retry-After` 时按其秒数后重试。全部错误码见“错误码”页。",
    ],
    [
      "类型与示例",
      "`/openapi.json` 可生成带类型的客户端（`openapi-typescript`）；从游客到付款订单的完整示例见项目的 docs/getting-started.md。",
    ],
  ],
  en: [
    [
      "Signing in",
      "Begin as a guest: `POST /v1/auth/guests` answers an access token, enough to browse, fill a cart and ask for quotes. Ordering takes an account: `POST /v1/auth/codes` sends a code, `POST /v1/auth/register` registers (the terms are at `GET /v1/terms`), `POST /v1/auth/login` signs in, `POST /v1/cart/merge` takes the guest's cart along. Each request carries `Authorization: Bearer …`. An access token lives for ten minutes; after a 401, `POST /v1/auth/refresh` gives the next, and a refresh token counts once.",
    ],
    [
      "Keys",
      "A POST that makes something takes an `Idempotency-Key`, any text that you draw: the same key and request are done once and answered alike, with `Idempotency-Replayed: true`. After a broken connection, send the same again. Of an order the quote is the key.",
    ],
    [
      "Paging",
      "A list comes in pages: `items` and `next`. Hand `next` back as `cursor` for the next page; null says that there is none.",
    ],
    [
      "Money",
      'Amounts are whole fen with their text beside them: `{"fen": 1050, "text": "¥10.50"}`. Count with `fen`, show `text`. Instants are RFC 3339 in UTC.',
    ],
    [
      "Languages",
      "`Accept-Language: zh` or `en` chooses the language of refusals. Titles and names come in both: `title_zh`, `title_en`. `X-Terminal` (pc, h5, wechat, mini, app) decides which ways to pay there are.",
    ],
    [
      "Errors",
      "Every refusal is `application/problem+json`: `code` never changes and is for the program, `title` is for the customer, `params` is what they are about; `reasons` lists all when there are several, `errors` what is wrong field by field. Where there is a `Retry-After`, wait for so many seconds. All codes are on the page Errors.",
    ],
    [
      "Types and an example",
      "A typed client is generated from `/openapi.json` (`openapi-typescript`); docs/getting-started.md in the project leads from a guest to a paid order.",
    ],
  ],
};

function about() {
  return el(
    "section",
    { id: "in-about", class: "about" },
    el("h2", {}, say("about")),
    ...ABOUT[language].flatMap(([heading, text]) => [el("h3", {}, heading), el("p", {}, ...withCode(text))]),
  );
}
