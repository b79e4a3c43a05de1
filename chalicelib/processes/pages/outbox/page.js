"use strict";
const WORDS = {
  zh: {
    other: "EN",
    title: "发件箱",
    about: "本地商店本应发出的短信与邮件，最新的在最前；每三秒自动更新。",
    none: "还没有要发的消息。请求一个登录验证码，它会出现在这里。",
    lost: "商店暂时没有应答，稍后自动重试。",
    phone: "短信",
    email: "邮件",
  },
  en: {
    other: "中文",
    title: "Outbox",
    about: "Text messages and e-mails that this local shop would have sent, newest first; it looks again every three seconds.",
    none: "Nothing to send yet. Ask for a sign-in code, and it appears here.",
    lost: "The shop does not answer just now; this page tries again by itself.",
    phone: "Text message",
    email: "E-mail",
  },
};
const CODE = /(?<![0-9A-Za-z¥.])[0-9]{6}(?![0-9A-Za-z]|\.[0-9])/; // no part of an id or an amount
const $ = (id) => document.getElementById(id);
const keep = (name, value) => {
  try {
    value === undefined || sessionStorage.setItem(name, value);
    return sessionStorage.getItem(name) || "";
  } catch {
    return "";
  }
};
let language = keep("language") || (navigator.language.startsWith("zh") ? "zh" : "en");
let told = null;
const say = (word) => WORDS[language][word] || word;

/** An element with its text; text is always set as text, so nothing that was sent can become markup. */
function el(tag, name, text = "") {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
}

/** A moment by the shop's clock, as the reader writes it. */
function moment(text) {
  const made = el("time", "", new Date(text).toLocaleString(language === "zh" ? "zh-CN" : "en-GB", {
    timeZone: "Asia/Shanghai",
    dateStyle: "medium",
    timeStyle: "medium",
  }));
  made.dateTime = text;
  return made;
}

/** A message; the code in it, if there is one, in large type. */
function row(message) {
  const made = el("li", "");
  const about = el("div", "about");
  about.append(el("span", "to", `${say(message.kind)} · ${message.to}`), moment(message.at));
  const code = message.text.match(CODE);
  made.append(about, ...(code ? [el("p", "code", code[0])] : []), el("p", "text", message.text));
  return made;
}

function show() {
  document.documentElement.lang = language;
  $("language").textContent = say("other");
  $("title").textContent = say("title");
  $("note").textContent = say(told === null ? "lost" : told.length ? "about" : "none");
  $("sent").replaceChildren(...(told || []).map(row));
}

/** Ask for what the shop tells a program at this very address, and look again. */
async function look() {
  let came = null;
  try {
    const answer = await fetch(location.pathname, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (answer.ok) came = await answer.json();
  } catch {
    /* the shop is being started anew */
  }
  if (JSON.stringify(came) !== JSON.stringify(told) || came === null) {
    told = came;
    show();
  }
  setTimeout(look, 3000);
}

$("language").addEventListener("click", () => {
  language = language === "zh" ? "en" : "zh";
  keep("language", language);
  show();
});
look();
