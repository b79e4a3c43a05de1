/**
 * A form that acts when it is sent, or says why not. Sent once more unchanged it has the same key: after a lost answer
 * the act happens once.
 */
function acting(attributes, fields, word, act, ...more) {
  const trouble = el("p", { class: "trouble", role: "alert" }),
    go = el("button", { class: "go" }, say(word));
  const form = el("form", attributes, fields, trouble, el("div", { class: "row" }, go, ...more));
  let sent, key;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const values = new FormData(form),
      now = JSON.stringify([...values]);
    if (now !== sent)
      key = [...crypto.getRandomValues(new Uint8Array(16))]
        .map((byte) => byte.toString(16).padStart(2, "0"))
        .join("");
    sent = now;
    trouble.textContent = "";
    go.disabled = true;
    try {
      await act(values, key);
    } catch (error) {
      trouble.textContent = error.message;
    }
    go.disabled = false;
    if (trouble.textContent) go.focus();
  });
  return form;
}
/** A dialog that asks for what an act needs. Answers what the act did, or nothing when it was called off. */
function asking(title, fields, word, act) {
  return new Promise((resolve) => {
    let done;
    const heading = el("h2", { id: `box${document.querySelectorAll("dialog").length}` }, title);
    const form = acting(
      {},
      [heading, ...fields],
      word,
      async (...given) => {
        done = await act(...given);
        box.close();
      },
      button("cancel", () => leaving() && box.close()),
    );
    const leaving = () => !form.querySelector(".go").disabled; // not while it acts
    const box = el("dialog", { "aria-labelledby": heading.id }, form);
    box.addEventListener("cancel", (event) => {
      if (!leaving()) event.preventDefault();
    });
    box.addEventListener("close", () => {
      box.remove();
      resolve(done);
    });
    document.body.append(box);
    box.showModal();
  });
}
/** The same for what changes the shop: says what came of it and looks at everything anew. */
async function deciding(...asked) {
  const said = await asking(...asked);
  if (!said || !shown) return;
  tell(said);
  fill("today", "orders", "refunds", "exceptions");
  if (!shown.detail.hidden) open(shown.detail.dataset.order, false);
}
const CODE = { inputmode: "numeric", autocomplete: "one-time-code", pattern: "[0-9]{6}", maxlength: "6" };
const prove = () =>
  asking(
    say("fresh"),
    [
      el("p", { class: "note" }, say("fresh_why")),
      field("code", el("input", { name: "code", required: true, ...CODE })),
    ],
    "confirm",
    async (values) => {
      enter(await ask("POST", "/v1/auth/totp", { code: values.get("code") }));
      return true;
    },
  );

function door() {
  return acting(
    { class: "door" },
    [
      field("email", el("input", { name: "email", type: "email", autocomplete: "username", required: true })),
      field(
        "password",
        el("input", { name: "password", type: "password", autocomplete: "current-password", required: true }),
      ),
      field("totp", el("input", { name: "totp", required: true, ...CODE })),
    ],
    "enter",
    async (values) => {
      enter(
        await ask("POST", "/v1/auth/login", Object.fromEntries([...values].filter(([, value]) => value)), {
          again: false,
        }),
      );
      draw();
    },
  );
}

/**
 * A section that fills itself. It is drawn anew only where something changed, so that nobody's focus or half-pressed
 * button is lost.
 */
function part(word, fill) {
  const note = el("small"),
    body = el("div"),
    heading = el("h2", { tabindex: "-1" }, say(word), note);
  const made = el("section", { id: word }, heading, body);
  made.fill = async () => {
    const next = el("div");
    try {
      next.append(...(await fill(note)).filter(Boolean));
    } catch (error) {
      next.append(el("p", { class: "trouble" }, error.message));
    }
    if (next.isEqualNode(body) || body.querySelector(".sure")) return;
    const held = body.contains(document.activeElement);
    body.replaceChildren(...next.childNodes);
    if (held) heading.focus();
  };
  return made;
}
const fill = (...names) => Promise.all(names.map((name) => shown && shown[name] && shown[name].fill()));
/** A button that is pressed twice before it acts. */
function twice(word, act, attributes = {}) {
  const made = button(word, null, attributes);
  let armed = null,
    busy = false;
  const arm = (wait) => {
    clearTimeout(armed);
    armed = wait;
    made.classList.toggle("sure", Boolean(wait));
    made.textContent = say(wait ? "sure" : word);
  };
  made.addEventListener("click", async () => {
    if (busy) return;
    if (!armed) {
      arm(setTimeout(() => arm(null), 4000));
      return;
    }
    arm(null);
    busy = true; // it stays enabled, so that it keeps the focus
    try {
      await act();
    } catch (error) {
      tell(error.message);
    } finally {
      busy = false;
    }
  });
  return made;
}
