function card(op) {
  const made = el(
    "details",
    { class: "op", id: anchor(op) },
    el(
      "summary",
      {},
      el("span", { class: `method ${op.method}` }, op.method),
      el("span", { class: "path" }, ...pathParts(op.path)),
      el("span", { class: "says" }, summaryOf(op)),
    ),
  );
  made.addEventListener("toggle", () => {
    if (made.open && made.children.length === 1) made.append(opened(op));
  });
  return made;
}
function opened(op) {
  const parameters = op.parameters.map(solid);
  const key = parameters.find((one) => one.name === "Idempotency-Key");
  const own = parameters.filter((one) => one.in !== "header");
  const body = op.requestBody && Object.entries(op.requestBody.content)[0];
  const reply = Object.entries(op.responses)
    .filter(([status]) => status[0] === "2")
    .pop(); // 200 beside 201 is a replay
  const content = reply && reply[1].content && Object.entries(reply[1].content)[0];
  return el(
    "div",
    { class: "inside" },
    op.description ? el("p", { class: "note" }, ...withCode(op.description)) : null,
    el(
      "div",
      { class: "chips" },
      el("span", { class: "chip" }, `${say("needs")} `, el("b", {}, permitOf(op))),
      key
        ? el(
            "span",
            { class: "chip" },
            `${say("key")} `,
            el("b", {}, key.required ? say("required") : say("optional")),
          )
        : null,
      op["x-second-factor"] ? el("span", { class: "chip" }, el("b", {}, say("fresh"))) : null,
    ),
    el(
      "div",
      { class: "pair" },
      el(
        "div",
        {},
        own.length ? el("h3", {}, say("parameters")) : null,
        own.length
          ? el(
              "ul",
              { class: "fields" },
              ...own.map((one) =>
                el(
                  "li",
                  {},
                  el("code", {}, one.name),
                  " ",
                  el("span", { class: "type" }, `${one.in} · ${typeOf(one.schema)}`),
                  " ",
                  one.required ? el("span", { class: "must" }, say("required")) : null,
                  one.description ? el("p", {}, ...withCode(one.description)) : null,
                ),
              ),
            )
          : null,
        body ? el("h3", {}, say("body")) : null,
        body ? fields(body[1].schema) || el("p", { class: "note" }, body[0]) : null,
        el("h3", {}, say("refusals")),
        el(
          "div",
          { class: "chips", style: "margin-top:0" },
          ...op["x-errors"].map((code) => el("a", { class: "chip", href: `${base}/docs/errors#${code}` }, code)),
        ),
      ),
      el(
        "div",
        {},
        el("h3", {}, `${say("reply")} ${reply ? reply[0] : ""}`),
        content
          ? fields(content[1].schema) || el("p", { class: "note" }, content[0])
          : el("p", { class: "note" }, say("nothing")),
        content && content[1].example !== undefined
          ? el("pre", {}, JSON.stringify(content[1].example, null, 1))
          : null,
      ),
    ),
    op["x-permit"] === "signed" ? null : attempt(op, own, key, body),
  );
}

const uuid = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
function attempt(op, own, key, body) {
  const inputs = own.map((one) => [
    one,
    el("input", { autocomplete: "off", spellcheck: "false", value: one.in === "path" ? one.example || "" : "" }),
  ]);
  const keyInput = key ? el("input", { value: uuid(), spellcheck: "false" }) : null;
  const isJson = body && body[0].includes("json");
  const text = body ? el("textarea", { spellcheck: "false", "aria-label": say("body") }) : null;
  if (text) text.value = isJson ? JSON.stringify(body[1].example, null, 2) : "";
  const answer = el("div", { class: "answer", "aria-live": "polite" });
  const request = () => {
    let path = op.path;
    const asked = new URLSearchParams();
    for (const [one, input] of inputs) {
      if (one.in === "path") path = path.replace(`{${one.name}}`, encodeURIComponent(input.value));
      else if (input.value) asked.set(one.name, input.value);
    }
    const headers = { "Accept-Language": language };
    if (keep("token")) headers.Authorization = `Bearer ${keep("token")}`;
    if (keyInput && keyInput.value) headers["Idempotency-Key"] = keyInput.value;
    if (body) headers["Content-Type"] = body[0];
    return {
      url: base + path + (asked.size ? `?${asked}` : ""),
      headers,
      method: op.method,
      body: text ? text.value : undefined,
    };
  };
  const send = async (event) => {
    event.preventDefault();
    const { url, ...rest } = request();
    const begun = performance.now();
    answer.replaceChildren(el("p", { class: "note" }, "…"));
    try {
      const told = await fetch(url, rest);
      const words = await told.text();
      let json = null;
      try {
        json = JSON.parse(words);
      } catch {
        /* not JSON: shown as it is */
      }
      const notes = [`${Math.round(performance.now() - begun)} ms`];
      if (told.headers.get("Idempotency-Replayed")) notes.push(say("replayed"));
      if (told.headers.get("Retry-After")) notes.push(`Retry-After ${told.headers.get("Retry-After")}`);
      const token = json && (json.access_token || json.access || json.token);
      answer.replaceChildren(
        el(
          "div",
          { class: "row" },
          el("span", { class: told.ok ? "good" : "bad" }, String(told.status)),
          el("span", { class: "note" }, notes.join(" · ")),
          typeof token === "string"
            ? el(
                "button",
                {
                  type: "button",
                  onclick: () => {
                    keep("token", token);
                    $("token").value = token;
                  },
                },
                say("use"),
              )
            : null,
        ),
        el("pre", {}, json === null ? words || say("nothing") : JSON.stringify(json, null, 2)),
      );
    } catch (trouble) {
      answer.replaceChildren(el("p", { class: "bad" }, say("unreachable") + trouble.message));
    }
  };
  const quoted = (value) => `'${value.replaceAll("'", "'\\''")}'`;
  const copy = (event) => {
    const asked = request();
    const lines = [
      `curl -X ${asked.method} ${quoted(location.origin + asked.url)}`,
      ...Object.entries(asked.headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
      ...(asked.body === undefined ? [] : [`-d ${quoted(asked.body)}`]),
    ];
    navigator.clipboard?.writeText(lines.join(" \\\n  "));
    event.target.textContent = say("copied");
  };
  return el(
    "form",
    { onsubmit: send },
    el("h3", {}, say("attempt")),
    el(
      "div",
      { class: "pair" },
      inputs.length || keyInput
        ? el(
            "div",
            { class: "bar", style: "grid-template-columns:1fr;margin:0;align-content:start" },
            ...inputs.map(([one, input]) => el("label", {}, el("span", {}, one.name), input)),
            keyInput
              ? el(
                  "label",
                  {},
                  el("span", {}, "Idempotency-Key"),
                  el(
                    "div",
                    { class: "row", style: "margin:0;flex-wrap:nowrap" },
                    keyInput,
                    el(
                      "button",
                      {
                        type: "button",
                        style: "flex:none",
                        onclick: () => {
                          keyInput.value = uuid();
                        },
                      },
                      say("fresh_key"),
                    ),
                  ),
                )
              : null,
          )
        : null,
      text ? el("label", {}, el("span", {}, `${say("body")} · ${body[0]}`), text) : null,
    ),
    el(
      "div",
      { class: "row" },
      el("button", { class: "go" }, say("send")),
      el("button", { type: "button", onclick: copy }, say("copy")),
    ),
    answer,
  );
}

function routes() {
  const all = operations();
  const groups = grouped();
  const token = el("input", {
    id: "token",
    autocomplete: "off",
    spellcheck: "false",
    value: keep("token"),
    oninput: (event) => keep("token", event.target.value.trim()),
  });
  const told = new Map(shop.tags.map((tag) => [tag.name, tag.description]));
  const sections = groups.map(([part, tag, ops]) =>
    el(
      "section",
      { id: `in-${part}-${tag}` },
      el("h2", {}, language === "zh" && TAGS[tag] ? `${TAGS[tag]} ${tag}` : tag),
      el("p", {}, ...withCode(language === "zh" ? "" : told.get(tag) || "")),
      ...ops.map(card),
    ),
  );
  const headed = (part) => [
    el("h1", { id: `in-${part}` }, say(part)),
    ...sections.filter((_, at) => groups[at][0] === part),
  ];
  const cards = new Map(
    all.map((op) => [
      op.operationId,
      `${op.method} ${op.path} ${op.summary} ${op["x-summary-zh"]} ${op["x-permit"]} ${op["x-errors"].join(" ")}`.toLowerCase(),
    ]),
  );
  const none = el("p", { class: "note", hidden: true }, say("none"));
  const filter = el("input", {
    type: "search",
    oninput: (event) => {
      const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const section of sections) {
        for (const one of section.querySelectorAll("details.op"))
          one.hidden = !words.every((word) => cards.get(one.id).includes(word));
        section.hidden = !section.querySelector("details.op:not([hidden])");
      }
      none.hidden = sections.some((section) => !section.hidden);
    },
  });
  $("index").replaceChildren(
    el("a", { href: "#in-about" }, say("about")),
    ...PARTS.flatMap((part) => [
      el("b", {}, say(part)),
      ...groups
        .filter(([of]) => of === part)
        .map(([, tag, ops]) =>
          el("a", { href: `#in-${part}-${tag}` }, named(tag), el("span", {}, String(ops.length))),
        ),
    ]),
  );
  return [
    about(),
    el(
      "div",
      { class: "bar" },
      el("label", {}, el("span", {}, say("filter")), filter),
      el("label", {}, el("span", {}, say("token")), token),
    ),
    ...PARTS.flatMap(headed),
    none,
  ];
}
function errors() {
  const raised = new Map();
  for (const op of operations())
    for (const code of op["x-errors"]) raised.set(code, [...(raised.get(code) || []), op]);
  const cards = shop["x-errors"].map((one) => {
    const by = raised.get(one.code) || [];
    const [first, second] = language === "zh" ? [one.zh, one.en] : [one.en, one.zh];
    return el(
      "article",
      { class: "error", id: one.code, "data-words": `${one.code} ${one.status} ${one.zh} ${one.en}`.toLowerCase() },
      el("h3", {}, el("a", { href: `#${one.code}` }, one.code)),
      el("p", {}, first),
      el("p", { class: "other" }, second),
      el(
        "div",
        { class: "chips", style: "margin-top:.35rem" },
        Object.keys(one.params).length
          ? el(
              "span",
              { class: "chip" },
              `${say("params")} `,
              el(
                "b",
                {},
                Object.entries(one.params)
                  .map(([name, kind]) => `${name}: ${kind}`)
                  .join(", "),
              ),
            )
          : null,
        one.retryAfter !== undefined
          ? el("span", { class: "chip" }, `${say("wait")} `, el("b", {}, `${one.retryAfter} ${say("seconds")}`))
          : null,
        ...(by.length <= 6
          ? by.map((op) =>
              el("a", { class: "chip", href: `${base}/docs#${anchor(op)}` }, `${op.method} ${op.path}`),
            )
          : [el("span", { class: "chip" }, `${say("routes")} `, el("b", {}, String(by.length)))]),
      ),
    );
  });
  const none = el("p", { class: "note", hidden: true }, say("none"));
  const groups = [...new Set(shop["x-errors"].map((one) => one.status))]
    .sort()
    .map((status) => [status, cards.filter((_, at) => shop["x-errors"][at].status === status)]);
  const sections = groups.map(([status, group]) =>
    el("section", { id: `in-${status}` }, el("h2", {}, String(status)), el("p"), ...group),
  );
  const filter = el("input", {
    type: "search",
    oninput: (event) => {
      const word = event.target.value.trim().toLowerCase();
      for (const one of cards) one.hidden = !one.dataset.words.includes(word);
      for (const section of sections) section.hidden = !section.querySelector(".error:not([hidden])");
      none.hidden = sections.some((section) => !section.hidden);
    },
  });
  $("index").replaceChildren(
    ...groups.map(([status, group]) =>
      el("a", { href: `#in-${status}` }, String(status), el("span", {}, String(group.length))),
    ),
  );
  return [
    el(
      "div",
      { class: "bar", style: "grid-template-columns:1fr" },
      el("label", {}, el("span", {}, say("filter")), filter),
    ),
    ...sections,
    none,
  ];
}
function show() {
  document.documentElement.lang = language;
  for (const one of document.querySelectorAll("[data-say]")) one.textContent = say(one.dataset.say);
  $("language").textContent = say("other");
  $("to-routes").href = `${base}/docs`;
  $("to-errors").href = `${base}/docs/errors`;
  $(onErrors ? "to-errors" : "to-routes").setAttribute("aria-current", "page");
  if (shop) $("sheet").replaceChildren(...(onErrors ? errors() : routes()));
  toTarget();
}
function toTarget() {
  const target = location.hash && $(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  if (target.matches("details")) target.open = true;
  target.scrollIntoView();
}
$("language").addEventListener("click", () => {
  language = language === "zh" ? "en" : "zh";
  keep("language", language);
  show();
});
addEventListener("hashchange", toTarget);
const wide = matchMedia("(min-width: 70rem)");
const unfold = () => ($("contents").open = wide.matches); // beside the routes; on a phone it opens when it is asked for
wide.addEventListener("change", unfold);
$("index").addEventListener("click", () => unfold());
unfold();
show();
fetch(`${base}/openapi.json`)
  .then((told) => {
    if (!told.ok) throw new Error(String(told.status));
    return told.json();
  })
  .then((told) => {
    shop = told;
    show();
    if (location.hash) {
      const at = location.hash;
      location.hash = "";
      location.hash = at;
    }
  })
  .catch((trouble) => {
    $("state").textContent = say("unreachable") + trouble.message;
  });
