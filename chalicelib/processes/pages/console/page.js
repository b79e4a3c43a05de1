function draw() {
  clearInterval(timer);
  document.documentElement.lang = language;
  document.title = `Jishi 集市 · ${say("title")}`;
  for (const spot of document.querySelectorAll("[data-say]")) spot.textContent = say(spot.dataset.say);
  $("language").textContent = say("other");
  const inside = Boolean(store.get("token"));
  $("who").textContent = known.roles.map((role) => term("role", role)).join(" · ");
  $("leave").hidden = !inside;
  $("main").className = inside ? "in" : "";
  if (!inside) {
    shown = null;
    $("main").replaceChildren(door());
    return;
  }
  if (!known.roles.length) {
    $("main").replaceChildren();
    know().then(draw, (error) => tell(error.message));
    return;
  }
  shown = {};
  const add = (name, fill, permit) => (may(permit) ? [(shown[name] = part(name, fill))] : []);
  const column = (parts) => (parts.length ? [el("div", { class: "column" }, parts)] : []);
  const top = add("today", today, "shop:watch");
  const rest = [
    ...add("orders", orders, "orders:read_any"),
    ...add("refunds", refunds, "refunds:read"),
    ...add("exceptions", exceptions, "payments:exceptions"),
    ...add("placing", placing, "shop:pause"),
    ...add("queues", queues, "queues:read"),
    ...add("switches", switches, "switches:read"),
    ...add("audit", audit, "audit:read"),
  ];
  fill(...Object.keys(shown));
  shown.detail = el("section", { hidden: true });
  if (shown.orders) rest.splice(1, 0, shown.detail);
  const first = shown.orders ? 1 : 2; // the orders are as long as everything else together
  $("main").replaceChildren(
    ...top,
    ...column(rest.slice(0, first)),
    ...column(rest.slice(first)),
    ...(top.length ? [] : [el("p", { class: "note" }, say("role"))]),
  );
  timer = setInterval(() => {
    if (!document.hidden) fill("today", "refunds", "exceptions", "placing", "queues");
  }, 10000);
}
$("language").onclick = () => {
  language = language === "zh" ? "en" : "zh";
  store.set("language", language);
  draw();
};
$("leave").onclick = leave;
draw();
