async function queues() {
  const told = await ask("GET", "/v1/admin/queues");
  return told.queues.map((queue) =>
    el(
      "div",
      { class: "line" },
      el(
        "span",
        { class: "grow" },
        el("b", {}, queue.name),
        el(
          "span",
          { class: "sub number" },
          `${say("in_queue")} ${queue.waiting} · ${say("in_hand")} ${queue.in_hand}`,
        ),
      ),
      el("span", { class: `state${queue.dead ? " alert" : ""}` }, `${say("dead")} ${queue.dead}`),
      may("queues:redrive") && queue.dead && queue.facts.length
        ? twice("redrive", async () => {
            tell(`${say("moved")}: ${(await ask("POST", `/v1/admin/queues/${queue.name}/redrive`, {})).moved}`);
            await fill("queues");
          })
        : null,
    ),
  );
}
async function placing() {
  const told = await ask("GET", "/v1/admin/switches");
  const paused = told.switches.find((one) => one.name === "placing_paused");
  shown.placing.classList.toggle("banner", paused.value);
  const turn = (value) =>
    ask("PUT", "/v1/admin/placing", { paused: value }).then(() => {
      tell(say(value ? "paused" : "running"));
      return fill("placing", "switches");
    });
  return [
    el(
      "div",
      { class: "row" },
      el(
        "p",
        { class: paused.value ? "trouble" : "note", style: "flex:1 1 10rem" },
        say(paused.value ? "paused" : "running"),
      ),
      paused.value
        ? button("resume", () => turn(false).catch((error) => tell(error.message)), { class: "go" })
        : twice("pause", () => turn(true)),
    ),
  ];
}
async function switches() {
  const told = await ask("GET", "/v1/admin/switches");
  const put = (one, value) =>
    ask("PUT", `/v1/admin/switches/${one.name}`, { value }).then(() => fill("placing", "switches"));
  return told.switches.map((one) => {
    const number = typeof one.value === "number",
      meaning = term("switch", one.name);
    const input = el("input", {
      type: number ? "number" : "text",
      value: String(one.value),
      "aria-label": one.name,
    });
    return el(
      "div",
      { class: "line" },
      el(
        "span",
        { class: "grow" },
        el("code", {}, one.name),
        el("span", { class: "sub" }, meaning === one.name ? one.meaning : meaning),
      ),
      !may("switches:edit")
        ? String(one.value)
        : typeof one.value === "boolean"
          ? twice(one.value ? "on" : "off", () => put(one, !one.value))
          : el(
              "span",
              { class: "row" },
              input,
              twice("save", () => put(one, number ? Number(input.value) : input.value)),
            ),
    );
  });
}
function entry(one) {
  return el(
    "div",
    { class: "line" },
    el(
      "span",
      { class: "grow" },
      el("code", {}, one.fact),
      " ",
      el("span", { class: "id" }, short(one.subject)),
      el("span", { class: "sub" }, `${moment(one.happened_at)} · ${short(one.actor || "–")}`),
    ),
    el("span", { class: "number note" }, `#${one.seq}`),
  );
}
async function audit(note) {
  const told = await ask("GET", "/v1/admin/audit?limit=12");
  const verify = button("verify", async () => {
    const seen = await ask("GET", "/v1/admin/audit/verification");
    tell((note.textContent = `${say(seen.holds ? "holds" : "broken")} · ${seen.rows} ${say("rows")}`));
    note.className = seen.holds ? "" : "trouble";
  });
  return [
    ...(told.items.length ? told.items.map(entry) : [el("p", { class: "note" }, say("none"))]),
    el("div", { class: "row", style: "margin-top:.6rem" }, verify),
  ];
}
