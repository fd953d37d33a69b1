// What a script adds to pages that work without it: keys, cards redrawn alone, zoom, the next item
// fetched ahead. Nothing here is needed to review.

import { KEYS as LOOKING, look } from "./zoom.js";

const main = document.getElementById("main");
const $ = (selector, root = document) => root.querySelector(selector);
// What a closed stack hides is not gone through; its top is.
const cards = () =>
  [...document.querySelectorAll(".card")].filter((card) => !card.closest(".below:not([open])"));
const tops = () => cards().filter((card) => !card.closest(".below"));
const csrf = $('meta[name="csrf"]')?.content;
// One tab gives back nothing that another one has reserved.
const tab = (sessionStorage.tab ??= Math.random().toString(36).slice(2));

let current = 0;
let ahead = null;
let coming = null;
let busy = false;

// ---- redrawing ----

function put(html) {
  const parts = new DOMParser().parseFromString(html, "text/html").body.children;
  const drawn = [];
  for (const part of [...parts]) {
    const there = part.id && document.getElementById(part.id);
    if (!there) continue;
    const had = there.contains(document.activeElement);
    there.replaceWith(part);
    if (had) (part.matches(".card") ? part : $("button", part))?.focus({ preventScroll: true });
    drawn.push(part);
  }
  show();
  return drawn;
}

async function send(form, button) {
  if (busy) return;
  busy = true;
  const data = new FormData(form, button);
  const headers = { "X-Fragment": "1", "X-Tab": tab };
  if (csrf) headers["X-CSRF-Token"] = csrf;
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      headers,
      body: new URLSearchParams(data),
    });
    const html = await answer.text();
    // The whole page elsewhere (an undo of another document), or an error: go there.
    if (answer.redirected) return go(answer.url, html);
    if (/^\s*<!doctype/i.test(html)) return tell($("[role=alert]", parse(html))?.textContent);
    const drawn = put(html);
    if (answer.ok && form.matches(".answer")) step(form, button);
    if (form.matches(".preview")) {
      const preview = document.getElementById("bulk-preview");
      preview.replaceChildren();
      cards()[current]?.focus();
    }
    if (form.matches(".bulk")) $("#bulk-preview button")?.focus();
    if (!answer.ok) tell($("[role=alert]", drawn[0])?.textContent);
  } catch (error) {
    form.submit();
  } finally {
    busy = false;
  }
}

const parse = (html) => new DOMParser().parseFromString(html, "text/html");

function tell(text) {
  const told = document.getElementById("told");
  if (told) told.textContent = text ?? "";
  if (text) told?.classList.add("toast");
}

// ---- which card ----

function show() {
  const all = cards();
  current = Math.min(Math.max(current, 0), all.length - 1);
  for (const card of document.querySelectorAll(".card"))
    card.classList.toggle("current", card === all[current]);
  tops().forEach((card, place) => (card.dataset.place = String(place + 1)));
  const reason = all[current]?.dataset.reason?.match(/matches: (.+)/)?.[1] ?? "";
  const words = new Set(reason.split(",").map((word) => word.trim().toLowerCase()));
  for (const mark of document.querySelectorAll("mark[data-word]"))
    mark.classList.toggle("here", words.has(mark.dataset.word));
  look();
}

function select(place) {
  const all = cards();
  if (place < 0 || place >= all.length) return;
  current = place;
  show();
  all[place].focus({ preventScroll: true });
  all[place].scrollIntoView({ block: "nearest" });
}

// After an answer: the next card that nobody has decided, else the next item is only offered.
function step(form, button) {
  if (button?.value === undefined) return;
  const all = cards();
  const behind = all.findIndex((card, place) => place > current && !card.matches(".decided"));
  if (behind >= 0) select(behind);
  else document.getElementById("next")?.focus({ preventScroll: true });
}

// ---- the next item, ahead ----

async function fetchAhead() {
  const next = document.getElementById("next");
  if (!next) return;
  const from = next.href;
  // What is still being looked at stays with this person.
  const beside = encodeURIComponent($(".desk")?.dataset.beside ?? "");
  const answer = await fetch(from, { headers: { "X-Beside": beside, "X-Tab": tab } });
  if (!answer.ok) return;
  const html = await answer.text();
  if (!next.isConnected) return;
  ahead = { from, url: answer.url, html, at: Date.now() };
  for (const image of [...parse(html).querySelectorAll(".frame img")].slice(0, 6))
    new Image().src = image.getAttribute("src");
}

// Once an item; whoever is quicker than it waits for it, instead of asking again.
const comes = () => (coming ??= fetchAhead().catch(() => {}));

function go(url, html) {
  const page = parse(html);
  const fresh = page.getElementById("main");
  if (!fresh) return location.assign(url);
  history.pushState({}, "", url);
  document.title = page.title;
  main.replaceChildren(...fresh.childNodes);
  scrollTo(0, 0);
  begin();
}

async function next() {
  const link = document.getElementById("next");
  if (!link) return;
  await comes();
  // The key came twice.
  if (!link.isConnected) return;
  // Older than a minute, others may have answered it by now.
  if (ahead?.from === link.href && Date.now() - ahead.at < 60_000) go(ahead.url, ahead.html);
  else location.assign(link.href);
}

// ---- keys ----

const press = (selector) => $(`.card.current ${selector}`)?.click();
const below = () => $(".card.current")?.closest(".pile")?.querySelector(".below");
const whole = (decision) => {
  if (!below()) return;
  below().open = true;
  $(`.bulk [value="${decision}"]`, below())?.click();
};
const grid = () => {
  const single = !document.body.classList.toggle("single");
  sessionStorage.setItem("single", single ? "" : "1");
  look();
  cards()[current]?.scrollIntoView({ block: "nearest" });
};
const KEYS = {
  a: () => press('[value="accept"]'),
  x: () => press('[value="reject"]'),
  r: () => press('[value="reject"]'),
  u: () => press('[value="unsure"]'),
  s: () => (current + 1 < cards().length ? select(current + 1) : next()),
  " ": () => KEYS.s(),
  z: () => ($("#undo button:enabled") ?? $("[data-key=z]"))?.click(),
  Backspace: () => KEYS.z(),
  n: () => next(),
  ArrowRight: () => select(current + 1),
  ArrowLeft: () => select(current - 1),
  m: () => press('input[name="images"]'),
  t: () => below()?.toggleAttribute("open"),
  A: () => whole("accept"),
  X: () => whole("reject"),
  g: () => grid(),
  w: () => {
    const why = $(".card.current .why");
    if (why) why.open = true;
    $("input", why ?? undefined)?.focus();
  },
  ...LOOKING,
  "?": () => {
    const keys = $(".keys");
    if (keys) keys.open = !keys.open;
  },
  e: () => press("[data-key=e]"),
  d: () => {
    press("[data-key=d]");
    $(".card.current .why input")?.focus();
  },
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const on = event.target;
  if (on.matches("input:not([type=checkbox]), textarea, select")) {
    if (event.key === "Escape") cards()[current]?.focus();
    return;
  }
  // Space and Enter belong to what has the focus.
  if (event.key === " " && on.matches("button, a, summary, input")) return;
  if (event.key === "Escape") return cards()[current]?.focus();
  const key = event.shiftKey && /^Arrow/.test(event.key) ? `Shift${event.key}` : event.key;
  const digit = /^[1-9]$/.test(event.key) ? Number(event.key) : 0;
  if (digit) select(cards().indexOf(tops()[digit - 1]));
  else if (KEYS[key] && cards().length + (key === "n" || key === "z")) KEYS[key]();
  else return;
  event.preventDefault();
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-fragment]")) return;
  event.preventDefault();
  send(form, event.submitter);
});

document.addEventListener("focusin", (event) => {
  const card = event.target.closest(".card");
  const place = card ? cards().indexOf(card) : -1;
  if (place >= 0 && place !== current) {
    current = place;
    show();
  }
});

// A stack was opened or closed: the same card, or the top over it, is before the person.
document.addEventListener(
  "toggle",
  (event) => {
    if (!event.target.matches(".below")) return;
    current = cards().indexOf($(".card.current"));
    if (current < 0) select(cards().indexOf($(".card", event.target.closest(".pile"))));
    show();
  },
  true,
);

addEventListener("popstate", () => location.reload());

function begin() {
  ahead = coming = null;
  document.body.classList.toggle("single", sessionStorage.getItem("single") === "1");
  const focus = document.getElementById("cards")?.dataset.focus;
  const wanted = cards().findIndex((card) => card.dataset.image === focus);
  const open = cards().findIndex((card) => !card.matches(".decided"));
  current = wanted >= 0 ? wanted : Math.max(open, 0);
  const single = document.getElementById("single");
  if (single) {
    single.hidden = false;
    single.addEventListener("click", grid);
  }
  document.getElementById("next")?.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    next();
  });
  show();
  cards()[current]?.focus({ preventScroll: true });
  setTimeout(comes, 150);
}

begin();
