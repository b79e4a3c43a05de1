const store = {
  get: (name) => {
    try {
      return sessionStorage.getItem(name) || "";
    } catch {
      return "";
    }
  },
  set: (name, value) => {
    try {
      value ? sessionStorage.setItem(name, value) : sessionStorage.removeItem(name);
    } catch {
      /* this tab forgets */
    }
  },
};
/** Who is signed in, what they may and how the shop speaks: told by the shop, held while the page is open. */
let known = { roles: [], permits: [], words: {} };
let language = store.get("language") || (navigator.language.startsWith("zh") ? "zh" : "en");
let timer = null,
  telling = null,
  shown = null,
  searched = null;
const say = (word) => WORDS[language][word] || word;
/** What the shop tells in words of its own; a word that it does not tell is shown as it is. */
const term = (group, word) => (((known.words[group] || {})[word] || {})[language] || word);
const terms = (group) => Object.keys(known.words[group] || {});
const may = (permit) => known.permits.includes(permit);
const $ = (id) => document.getElementById(id);

/** An element; text is always set as text, so nothing that the shop tells can become markup. */
function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false)
      made.setAttribute(name, value === true ? "" : value);
  }
  made.append(
    ...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false),
  );
  return made;
}
const moment = (text) =>
  text
    ? new Date(text).toLocaleString(language === "zh" ? "zh-CN" : "en-GB", {
        timeZone: "Asia/Shanghai",
        hour12: false,
        month: "2-digit",
        day: "2-digit",
        hour: "2-digit",
        minute: "2-digit",
        second: "2-digit",
      })
    : "–";
const short = (id) => (id.length > 14 ? `…${id.slice(-8)}` : id);
const state = (name) => el("span", { class: `state ${name}` }, term("order", name));
const person = (id) => (id === store.get("me") ? say("you") : id === "shop" ? say("shop") : short(id || "–"));
const field = (word, input) => el("label", {}, el("span", {}, say(word)), input);
const button = (word, act, attributes = {}) =>
  el("button", { type: "button", onclick: act, ...attributes }, say(word));
const choice = (name, group, words) =>
  el(
    "select",
    { name, required: true },
    words.length > 1 ? el("option", { value: "" }, "–") : null,
    words.map((word) => el("option", { value: word }, term(group, word))),
  );
const named = (word, ...value) => [el("dt", {}, say(word)), el("dd", {}, ...value)];

/** Say what came of it, where a screen reader hears it too. */
function tell(text) {
  clearTimeout(telling);
  $("told").textContent = text;
  telling = setTimeout(() => {
    $("told").textContent = "";
  }, 8000);
}

/**
 * Ask the shop. Answers the reply, or throws the problem's sentence. Renews the session once, and asks for the second
 * factor where it is wanted.
 */
async function ask(method, path, body, { key, again = true } = {}) {
  const headers = { "Accept-Language": language };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key) headers["Idempotency-Key"] = key;
  if (store.get("token") && path !== "/v1/auth/login") headers.Authorization = `Bearer ${store.get("token")}`;
  let answer;
  try {
    answer = await fetch(base + path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
    });
  } catch {
    throw new Error(say("unreachable"));
  }
  const told = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
  if (answer.ok) return told;
  if (told.code === "NOT_SIGNED_IN" && again && store.get("refresh")) {
    if (await renew()) return ask(method, path, body, { key, again: false });
    leave();
  }
  if (told.code === "SECOND_FACTOR_NEEDED" && (await prove())) return ask(method, path, body, { key });
  throw new Error(told.title || String(answer.status));
}
let renewing = null;
function renew() {
  renewing =
    renewing ||
    ask("POST", "/v1/auth/refresh", { refresh_token: store.get("refresh") }, { again: false })
      .then(
        (told) => {
          enter(told);
          return true;
        },
        () => false,
      )
      .finally(() => {
        renewing = null;
      });
  return renewing;
}
function enter(told) {
  const kept = {
    token: told.access_token,
    refresh: told.refresh_token || store.get("refresh"),
    me: told.user_id,
  };
  for (const [name, value] of Object.entries(kept)) store.set(name, value);
}
/** Learn who is signed in and the shop's words; a customer has neither sections nor words here. */
async function know() {
  const { roles, permits } = await ask("GET", "/v1/session");
  const { words } = permits.includes("shop:watch") ? await ask("GET", "/v1/admin/vocabulary") : { words: {} };
  known = { roles, permits, words };
}
function leave() {
  known = { roles: [], permits: [], words: {} };
  if (store.get("token")) ask("POST", "/v1/auth/logout", {}, { again: false }).catch(() => null);
  for (const name of ["token", "refresh", "me"]) store.set(name, "");
  for (const box of document.querySelectorAll("dialog")) box.close();
  draw();
}
