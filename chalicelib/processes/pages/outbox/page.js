"use strict";
const sent = document.getElementById("sent");

/** A message as a row; text is always set as text, so nothing that was sent can become markup. */
function row(message) {
  const made = document.createElement("tr");
  for (const text of [message.at, message.to, message.text]) made.insertCell().textContent = text;
  return made;
}

/** Show what the shop tells a program at this very address, and look again. */
async function look() {
  try {
    const told = await fetch(location.pathname, { headers: { Accept: "application/json" }, cache: "no-store" });
    sent.replaceChildren(...(await told.json()).map(row));
  } catch {
    /* the shop is being started anew */
  }
  setTimeout(look, 3000);
}
look();
