async function refunds(note) {
  const told = await ask("GET", "/v1/admin/refunds?limit=20");
  note.textContent = told.next ? say("oldest") : "";
  if (!told.items.length) return [el("p", { class: "note" }, say("no_refunds"))];
  return told.items.map((back) => {
    const decide = (word, approved) =>
      may("refunds:approve")
        ? button(
            word,
            () =>
              deciding(
                `${say(word)} · ${back.amount.text}`,
                [
                  el(
                    "dl",
                    {},
                    named("reason", term("reason", back.reason) || "–"),
                    named("asked_by", person(back.asked_by)),
                    named("number", el("code", {}, back.payment_id)),
                  ),
                ],
                word,
                async (_, key) => {
                  await ask("POST", `/v1/admin/refunds/${back.id}/approval`, { approved }, { key });
                  return `${say(approved ? "approved" : "declined")} · ${back.amount.text}`;
                },
              ),
            { "aria-label": `${say(word)} ${back.amount.text}` },
          )
        : "";
    return waiting(
      back.id,
      el("span", {}, term("reason", back.reason) || "–"),
      back.amount.text,
      back.order_id,
      `${say("asked_by")} ${person(back.asked_by)} · ${moment(back.asked_at)}`,
      decide("approve", true),
      decide("decline", false),
      toOrder(back.order_id),
    );
  });
}
async function exceptions(note) {
  const told = await ask("GET", "/v1/admin/payments/exceptions?limit=20");
  note.textContent = told.next ? say("oldest") : "";
  if (!told.items.length) return [el("p", { class: "note" }, say("none_open"))];
  return told.items.map((one) => {
    const sums = [
      ["expected", one.expected],
      ["received", one.received],
    ].filter(([, sum]) => sum);
    const resolve = () =>
      deciding(
        term("kind", one.kind),
        [
          el(
            "dl",
            {},
            named("number", el("code", {}, one.payment_id)),
            sums.map(([word, sum]) => named(word, sum.text)),
          ),
          field("resolution", choice("resolution", "resolution", one.resolutions)),
          field(
            "note",
            el("textarea", { name: "note", rows: "2", required: true, minlength: "2", maxlength: "200" }),
          ),
        ],
        "resolve",
        async (values, key) => {
          await ask(
            "POST",
            `/v1/admin/payments/exceptions/${one.id}/resolution`,
            { resolution: values.get("resolution"), note: values.get("note") },
            { key },
          );
          return `${say("resolved")} · ${term("kind", one.kind)}`;
        },
      );
    return waiting(
      one.id,
      el("span", { class: "state alert" }, term("kind", one.kind)),
      sums.map(([word, sum]) => `${say(word)} ${sum.text}`).join(" · "),
      one.payment_id,
      `${term("provider", one.provider)} · ${moment(one.at)}`,
      may("payments:resolve")
        ? button("resolve", resolve, { "aria-label": `${say("resolve")} ${term("kind", one.kind)}` })
        : "",
      one.kind.startsWith("unknown") ? "" : toOrder(one.payment_id.slice(0, -2)),
    );
  });
}
