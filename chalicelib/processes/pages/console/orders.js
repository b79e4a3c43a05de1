const tile = (word, number, more, waits) =>
  el(
    waits ? "a" : "div",
    { class: `tile${waits && number ? " alert" : ""}`, href: waits && `#${waits}` },
    el("span", {}, word),
    el("strong", {}, String(number)),
    more ? el("em", {}, more) : null,
  );
async function today(note) {
  const told = await ask("GET", "/v1/admin/figures");
  const time = new Date().toLocaleTimeString("en-GB", { timeZone: "Asia/Shanghai" });
  note.textContent = `${told.day} · ${say("at")} ${time}${told.more ? ` · ${say("more")}` : ""}`;
  const of = (name) => told.states[name] || 0;
  return [
    el(
      "div",
      { class: "tiles" },
      tile(say("placed"), told.placed, told.placed_amount.text),
      tile(term("order", "paid"), told.paid_orders, told.paid_amount.text),
      tile(
        term("order", "placed"),
        of("placed"),
        told.unpaid_pieces ? `${told.unpaid_pieces} ${say("pieces")}` : null,
      ),
      ...["cancelled", "expired"].map((name) => tile(term("order", name), of(name))),
      tile(say("refunded"), told.refunded, told.refunded_amount.text),
      may("payments:exceptions") ? tile(say("exceptions"), told.open_exceptions, null, "exceptions") : "",
      may("refunds:read") ? tile(say("refunds"), told.refunds_waiting, null, "refunds") : "",
    ),
  ];
}

function row(order) {
  return el(
    "button",
    { class: "line", type: "button", onclick: () => open(order.id) },
    state(order.state),
    order.refund === "none" ? null : el("span", { class: "state alert" }, say("refunded")),
    el("span", { class: "grow id" }, short(order.id), el("span", { class: "sub" }, moment(order.placed_at))),
    el("span", { class: "money" }, order.payable.text),
  );
}
async function orders(note) {
  const q = el("input", { type: "search", placeholder: say("find"), "aria-label": say("find"), minlength: "4" });
  q.value = searched || "";
  const form = el("form", { class: "row" }, q, el("button", {}, say("search")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    searched = q.value.trim().length >= 4 ? q.value.trim() : null;
    shown.orders.fill();
  });
  const list = el("div");
  if (searched) {
    const asked = encodeURIComponent(searched);
    let told = await ask("GET", `/v1/admin/search?q=${asked}`);
    while (told.next && !told.orders.length)
      told = await ask("GET", `/v1/admin/search?q=${asked}&cursor=${encodeURIComponent(told.next)}`);
    note.textContent = told.by === "person" ? say("person") : say("found");
    if (told.customer)
      list.append(
        el(
          "p",
          { class: "note" },
          [told.customer.name, told.customer.phone, told.customer.email].filter(Boolean).join(" · "),
        ),
      );
    list.append(...(told.orders.length ? told.orders.map(row) : [el("p", { class: "note" }, say("none"))]));
    return [
      form,
      list,
      button("back", () => {
        searched = null;
        shown.orders.fill();
      }),
    ];
  }
  const told = await ask("GET", "/v1/admin/orders?limit=20");
  note.textContent = say("today");
  const older = el("button", { type: "button" }, say("older"));
  const add = (page) => {
    list.append(...page.items.map(row));
    older.hidden = !page.next;
    older.onclick = async () =>
      add(await ask("GET", `/v1/admin/orders?limit=20&cursor=${encodeURIComponent(page.next)}`));
  };
  if (!told.items.length) list.append(el("p", { class: "note" }, say("none")));
  add(told);
  return [form, list, older];
}
