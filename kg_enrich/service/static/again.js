// A page of what is under way: asks again, and draws what it is told without being loaded anew.

const { again } = document.querySelector("script[data-again]").dataset;
const main = document.getElementById("main");

async function ask() {
  const answer = await fetch(location.href).catch(() => null);
  const page = new DOMParser().parseFromString((await answer?.text()) ?? "", "text/html");
  const fresh = page.getElementById("main");
  const goes = !fresh || page.querySelector("script[data-again]");
  // Nothing is taken from under a person's hands before the end.
  if (fresh && !(goes && main.querySelector(":focus"))) main.replaceChildren(...fresh.childNodes);
  if (goes) return setTimeout(ask, again * 1000);
  for (const { src } of page.querySelectorAll("head script[src]"))
    document.head.append(Object.assign(document.createElement("script"), { type: "module", src }));
}

setTimeout(ask, again * 1000);
