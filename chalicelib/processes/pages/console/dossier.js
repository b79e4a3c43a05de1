/** A word, a sum and buttons in one entry of a list that waits for a person. */
const waiting = (id, head, money, number, sub, ...buttons) =>
  el(
    "div",
    { class: "line", "data-id": id },
    head,
    el("b", { class: "money" }, money),
    el("span", { class: "full id" }, number),
    el("span", { class: "full sub" }, sub),
    el("div", { class: "row full" }, ...buttons),
  );
const toOrder = (id) => (may("orders:read_any") ? button("order", () => open(id)) : "");
const open = (...which) => dossier(...which).catch((error) => tell(error.message));
async function dossier(id, go = true) {
  const told = await ask("GET", `/v1/admin/orders/${id}`);
  const trail = may("audit:read")
    ? await ask("GET", `/v1/admin/audit?limit=20&subject=${id}`).catch(() => null)
    : null;
  const title = language === "zh" ? "title_zh" : "title_en",
    opener = document.activeElement,
    held = shown.detail.contains(opener);
  const who = told.customer
    ? [told.customer.name, told.customer.phone, told.customer.email, told.customer.beside_staff && say("beside")]
        .filter(Boolean)
        .join(" · ") || told.customer.id
    : told.order.customer;
  const facts = el(
    "dl",
    {},
    named("state", state(told.order.state)),
    named("customer", who),
    named("placed_at", moment(told.order.placed_at)),
    named("paid_at", moment(told.order.paid_at)),
    told.address ? named("address", [told.address.place, told.address.name, told.address.phone].join(" · ")) : [],
    named("freight", told.freight.text),
    named("payable", told.order.payable.text),
    told.refunded.fen ? named("refunded", told.refunded.text) : [],
  );
  const clear = el("dl"),
    heading = el(
      "h2",
      { tabindex: "-1" },
      el("code", {}, told.order.id),
      el(
        "small",
        {},
        button("close", () => {
          shown.detail.hidden = true;
          if (opener) opener.focus();
        }),
      ),
    );
  shown.detail.dataset.order = id;
  shown.detail.replaceChildren(
    heading,
    facts,
    clear,
    el(
      "div",
      { class: "row" },
      may("refunds:ask") && told.order.state === "paid" && told.order.refund !== "full"
        ? button("ask_refund", () => askRefund(told, title))
        : "",
      may("orders:cancel_any") && told.order.state === "placed" ? button("give_up", () => giveUp(told)) : "",
      may("pii:read") && (told.address || told.has_remark) ? button("disclose", () => disclose(id, clear)) : "",
    ),
    el("h3", {}, say("lines")),
    ...told.lines.map((line) =>
      el(
        "div",
        { class: "line" },
        el("span", { class: "grow" }, line[title], el("span", { class: "sub id" }, short(line.sku))),
        el("span", { class: "number" }, `× ${line.quantity}`),
        el("span", { class: "money" }, line.payable.text),
      ),
    ),
    ...(told.payments.length ? [el("h3", {}, say("payments"))] : []),
    ...told.payments.map((pay) =>
      el(
        "div",
        { class: "line" },
        el("span", { class: "state" }, term("payment", pay.state)),
        el(
          "span",
          { class: "grow" },
          `${term("provider", pay.provider)} · ${term("product", `${pay.provider}.${pay.product}`)}`,
        ),
        el("span", { class: "money" }, pay.amount.text),
        el("span", { class: "full sub id" }, pay.id),
      ),
    ),
    ...(told.refunds.length ? [el("h3", {}, say("refund_list"))] : []),
    ...told.refunds.map((back) =>
      el(
        "div",
        { class: "line" },
        el("span", { class: "state alert" }, term("refund", back.state)),
        el(
          "span",
          { class: "grow" },
          term("reason", back.reason),
          el("span", { class: "sub" }, `${say("asked_by")} ${person(back.asked_by)}`),
        ),
        el("span", { class: "money" }, `−${back.amount.text}`),
      ),
    ),
    ...(trail && trail.items.length ? [el("h3", {}, say("trail")), ...trail.items.map(entry)] : []),
  );
  shown.detail.hidden = false;
  if (go) shown.detail.scrollIntoView({ block: "nearest" });
  if (go || held) heading.focus({ preventScroll: true });
}
function askRefund(told, title) {
  const units = el(
    "fieldset",
    { disabled: true },
    el("legend", { class: "note" }, say("units")),
    told.lines.map((line, index) =>
      el(
        "label",
        {},
        el("span", {}, line[title]),
        el("input", { name: `line${index}`, type: "number", min: "0", max: String(line.quantity), value: "0" }),
      ),
    ),
  );
  const whole = el("input", {
    name: "whole",
    type: "checkbox",
    checked: true,
    onchange: () => {
      units.disabled = whole.checked;
    },
  });
  return deciding(
    say("ask_refund"),
    [
      el("code", {}, told.order.id),
      el("label", {}, whole, say("whole")),
      units,
      field("why", el("input", { name: "reason", required: true, minlength: "2", maxlength: "80" })),
    ],
    "ask_refund",
    async (values, key) => {
      const wanted = told.lines
        .map((line, index) => ({ line: index, quantity: Number(values.get(`line${index}`)) }))
        .filter((unit) => unit.quantity);
      if (!whole.checked && !wanted.length) throw new Error(say("no_units"));
      const body = {
        order_id: told.order.id,
        reason: values.get("reason"),
        ...(whole.checked ? {} : { units: wanted }),
      };
      return `${say("asked")} · ${(await ask("POST", "/v1/admin/refunds", body, { key })).amount.text}`;
    },
  );
}
function giveUp(told) {
  const reason = choice("reason", "cancelling", terms("cancelling"));
  const owed = el("input", { name: "compensation", minlength: "2", maxlength: "200" });
  reason.onchange = () => {
    owed.required = reason.value === "out_of_stock";
  };
  return deciding(
    say("give_up"),
    [el("code", {}, told.order.id), field("reason", reason), field("compensation", owed)],
    "give_up",
    async (values, key) => {
      const body = { reason: reason.value, ...(owed.value ? { compensation: owed.value } : {}) };
      await ask("POST", `/v1/admin/orders/${told.order.id}/cancellation`, body, { key });
      return say("given_up");
    },
  );
}
async function disclose(id, clear) {
  const told = await asking(
    say("disclose"),
    [
      el("p", { class: "note" }, say("on_record")),
      field("reason", choice("reason", "looking", terms("looking"))),
    ],
    "disclose",
    (values) => ask("POST", `/v1/admin/orders/${id}/disclosures`, { reason: values.get("reason") }),
  );
  if (!told) return;
  clear.replaceChildren(
    ...named("in_clear", [told.place, told.postcode, told.name, told.phone].filter(Boolean).join(" · ") || "–"),
    ...named("remark", told.remark || "–"),
  );
  tell(say("disclosed"));
}
