"use strict";
const base = location.pathname.replace(/\/docs(\/errors)?\/?$/, "");
const onErrors = /\/errors\/?$/.test(location.pathname);
const WORDS = {
  zh: {
    routes: "接口",
    errors: "错误码",
    other: "EN",
    filter: "筛选路径、权限或错误码",
    token: "访问令牌（只留在此标签页）",
    needs: "权限",
    anyone: "任何人",
    signed: "支付机构签名",
    key: "幂等键",
    required: "必填",
    optional: "可选",
    fresh: "需动态验证码",
    body: "请求体",
    reply: "返回",
    parameters: "参数",
    refusals: "可能的错误",
    attempt: "试一试",
    send: "发送",
    copy: "复制 curl",
    copied: "已复制",
    fresh_key: "换一个",
    use: "用作令牌",
    unreachable: "无法连接：",
    none: "没有相符的内容",
    params: "附带信息",
    wait: "建议等待",
    seconds: "秒",
    replayed: "重放的应答",
    nothing: "无内容",
    array: "列表",
    about: "从这里开始",
    contents: "目录",
    of_shop: "商城接口",
    of_staff: "员工接口",
    of_others: "支付机构、承运商与页面",
  },
  en: {
    routes: "Routes",
    errors: "Errors",
    other: "中文",
    filter: "Filter by path, permit or error code",
    token: "Access token (stays in this tab)",
    needs: "permit",
    anyone: "anyone",
    signed: "provider's signature",
    key: "Idempotency-Key",
    required: "required",
    optional: "optional",
    fresh: "fresh second factor",
    body: "Body",
    reply: "Reply",
    parameters: "Parameters",
    refusals: "May refuse with",
    attempt: "Try it",
    send: "Send",
    copy: "Copy curl",
    copied: "Copied",
    fresh_key: "New",
    use: "Use as token",
    unreachable: "Cannot be reached: ",
    none: "Nothing fits",
    params: "parameters",
    wait: "wait",
    seconds: "s",
    replayed: "replayed answer",
    nothing: "no content",
    array: "list of",
    about: "Begin here",
    contents: "Contents",
    of_shop: "The shop",
    of_staff: "The shop's own people",
    of_others: "Providers, carriers and pages",
  },
};
const TAGS = {
  audit: "审计",
  campaigns: "旅程",
  care: "售后关怀",
  care: "顾客关怀",
  catalog: "商品",
  console: "运营与文档",
  coupons: "优惠券",
  fulfilment: "发货与物流",
  grouping: "社群",
  identity: "账户与权限",
  inventory: "库存",
  merchandising: "商品运营",
  messages: "消息",
  notifying: "消息预览",
  ordering: "下单",
  pages: "页面",
  paying: "支付",
  privacy: "个人信息",
  refunding: "退款",
  replenishing: "补货",
  storefront: "商城页面",
  subscriptions: "事件订阅",
};
const keep = (name, value) => {
  try {
    value === undefined || sessionStorage.setItem(name, value);
    return sessionStorage.getItem(name) || "";
  } catch {
    return "";
  }
};
let language = keep("language") || (navigator.language.startsWith("zh") ? "zh" : "en");
let shop = null;
const say = (word) => WORDS[language][word];
const $ = (id) => document.getElementById(id);

/** An element; text is always set as text, so nothing of the document can become markup. */
function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false)
      made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}
/** A text with what stands between backticks set as code. */
const withCode = (text) => text.split("`").map((part, at) => (at % 2 ? el("code", {}, part) : part));
const found = (ref) =>
  ref
    .split("/")
    .slice(1)
    .reduce((at, part) => at[part], shop);
const solid = (part) => (part && part.$ref ? found(part.$ref) : part);

function typeOf(schema) {
  if (schema.$ref) return typeOf(solid(schema));
  if (schema.enum) return schema.enum.join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const parts = schema.anyOf || schema.oneOf;
  if (parts) return parts.map(typeOf).join(" | ");
  if (schema.type === "array") return `${say("array")} ${typeOf(schema.items || {})}`;
  const limits = [
    ["minimum", "≥"],
    ["maximum", "≤"],
    ["minLength", "≥"],
    ["maxLength", "≤"],
  ]
    .filter(([name]) => schema[name] !== undefined)
    .map(([name, sign]) => `${sign} ${schema[name]}`);
  return [schema.format || schema.type || "any", ...limits].join(" ");
}
function inner(schema) {
  const real = solid(schema);
  if (!real) return null;
  if (real.properties) return real;
  const parts = real.anyOf || real.oneOf || (real.items ? [real.items] : []);
  for (const part of parts) {
    const deep = inner(part);
    if (deep) return deep;
  }
  return null;
}
function fields(schema, depth = 0) {
  const real = inner(schema);
  if (!real || depth > 5) return null;
  return el(
    "ul",
    { class: "fields" },
    ...Object.entries(real.properties).map(([name, part]) =>
      el(
        "li",
        {},
        el("code", {}, name),
        " ",
        el("span", { class: "type" }, typeOf(part)),
        " ",
        (real.required || []).includes(name) ? el("span", { class: "must" }, say("required")) : null,
        part.description || (part.$ref && !inner(part) && solid(part).description)
          ? el("p", {}, ...withCode(part.description || solid(part).description))
          : null,
        fields(part, depth + 1),
      ),
    ),
  );
}

function operations() {
  return Object.entries(shop.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, op]) => ({ ...op, path, method: method.toUpperCase() })),
  );
}
const PARTS = ["of_shop", "of_staff", "of_others"];
const FIRST = ["storefront", "ordering", "paying", "fulfilment", "coupons", "identity", "privacy"]; // as a customer meets them
const partOf = (op) =>
  op.path.startsWith("/v1/admin") ? "of_staff" : /^\/v1\/(?!webhooks)/.test(op.path) ? "of_shop" : "of_others";
const place = (tag) => (FIRST.includes(tag) ? FIRST.indexOf(tag) : FIRST.length);

/** The operations by part and tag, the shop's first: [part, tag, operations]. */
function grouped() {
  const groups = new Map();
  for (const op of operations()) {
    const key = `${partOf(op)} ${op.tags[0]}`;
    groups.set(key, [...(groups.get(key) || []), op]);
  }
  return [...groups]
    .map(([key, ops]) => [...key.split(" "), ops])
    .sort(
      ([part, tag], [otherPart, other]) =>
        PARTS.indexOf(part) - PARTS.indexOf(otherPart) || place(tag) - place(other) || tag.localeCompare(other),
    );
}
const named = (tag) => (language === "zh" && TAGS[tag]) || tag;
const summaryOf = (op) => (language === "zh" && op["x-summary-zh"]) || op.summary;
const anchor = (op) => op.operationId;
const pathParts = (path) =>
  path
    .split(/({\w+}|\/)/)
    .filter(Boolean)
    .flatMap((part) => (part[0] === "{" ? [el("i", {}, part)] : part === "/" ? [el("wbr"), part] : [part]));
const permitOf = (op) =>
  op["x-permit"] === "public" ? say("anyone") : op["x-permit"] === "signed" ? say("signed") : op["x-permit"];
