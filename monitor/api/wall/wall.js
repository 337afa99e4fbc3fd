"use strict";
// The wire on a wall. Text of feeds only ever becomes text nodes: no markup of theirs is read, whatever it says.

const MOST = 300; // rows kept
const SILENCE = 40_000; // ms without a beat after which the line counts as dead; beats come every 15 s
const AGAIN = 5_000; // ms between two tries

const $ = (id) => document.getElementById(id);
const wire = $("wire"), state = $("state"), trouble = $("trouble"), fresh = $("fresh"), clock = $("clock");
const timeZone = document.body.dataset.timezone || undefined;
const format = (options) => new Intl.DateTimeFormat(undefined, { timeZone, ...options });
const hours = format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const seconds = format({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const day = format({ weekday: "long", day: "numeric", month: "long" });
const dayKey = new Intl.DateTimeFormat("en-CA", { timeZone });

let source = null, heardAt = 0, lostAt = null, unread = 0, cursor = "", retry = 0;

function make(tag, text, className) {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
}

// -- rows ---------------------------------------------------------------------------------------

// Offsets count characters; JavaScript counts UTF-16 units, so text is cut as characters.
function lit(text, spans) {
  const characters = Array.from(text), parts = document.createDocumentFragment();
  let end = 0;
  for (const span of spans.filter((one) => one.field === "title").sort((a, b) => a.start - b.start)) {
    const start = Math.max(span.start, end);
    parts.append(characters.slice(end, start).join(""));
    if (span.end > start) parts.append(make("mark", characters.slice(start, span.end).join("")));
    end = Math.max(end, span.end);
  }
  parts.append(characters.slice(end).join(""));
  return parts;
}

function address(url) {
  try {
    const parsed = new URL(url);
    return ["http:", "https:"].includes(parsed.protocol) ? parsed.href : "";
  } catch {
    return "";
  }
}

function article(row) {
  const made = make("article");
  made.id = `i-${row.id}`;
  made.dataset.at = row.at;
  made.dataset.day = dayKey.format(new Date(row.at));
  if (row.severity) made.dataset.severity = row.severity;
  const at = make("time", hours.format(new Date(row.at)));
  at.dateTime = row.at;
  const said = make("h3"), href = address(row.url), holder = href ? make("a") : said;
  if (href) {
    holder.href = href;
    holder.rel = "noopener noreferrer";
    holder.target = "_blank";
    said.append(holder);
  }
  said.dir = "auto";
  if (row.title) holder.append(lit(row.title, row.spans));
  else { holder.append(row.summary.slice(0, 300) || "(no title)"); made.classList.add("summary"); }
  const more = [row.revision > 1 ? "edited" : "", row.others ? `also in ${row.others} more` : ""].filter(Boolean);
  if (more.length) said.append(make("span", more.join(" · "), "more"));
  const from = make("div", row.source, "source");
  from.title = row.source;
  made.append(at, said, from);
  return made;
}

// Rows stand newest first. What is being read stays where it is, whatever comes in above it.
function put(row, isNew) {
  const reading = scrollY > 4 ? firstShown() : null, before = reading?.getBoundingClientRect().top;
  const made = article(row), old = $(`i-${row.id}`);
  if (old && old.dataset.at === made.dataset.at) old.replaceWith(made); // an edit: in its own place
  else {
    old?.remove();
    insert(made);
  }
  if (isNew) made.classList.add("new");
  const kept = reading === old ? made : reading;
  if (!kept) return;
  const moved = kept.getBoundingClientRect().top - before;
  if (moved) scrollBy({ top: moved, behavior: "instant" });
  if (isNew && made.getBoundingClientRect().top < kept.getBoundingClientRect().top) {
    unread += 1;
    tellFresh();
  }
}

function insert(made) {
  wire.querySelector(".empty")?.remove();
  let below = wire.querySelector("article");
  while (below && below.dataset.at > made.dataset.at) below = next(below);
  if (below) below.before(made); else wire.append(made);
  divide();
  const rows = wire.getElementsByTagName("article");
  while (rows.length > MOST) rows[rows.length - 1].remove();
}

function firstShown() {
  const under = document.querySelector("header").getBoundingClientRect().bottom;
  return [...wire.getElementsByTagName("article")].find((one) => one.getBoundingClientRect().bottom > under) ?? null;
}

function next(one) {
  do one = one.nextElementSibling; while (one && one.tagName !== "ARTICLE");
  return one;
}

// A line before each day but today's.
function divide() {
  const today = dayKey.format(new Date());
  let shown = today;
  for (const one of [...wire.getElementsByTagName("h2")]) one.remove();
  for (const one of [...wire.getElementsByTagName("article")]) {
    if (one.dataset.day !== shown) {
      shown = one.dataset.day;
      one.before(make("h2", shown === today ? "Today" : day.format(new Date(one.dataset.at))));
    }
  }
}

function tellFresh() {
  fresh.hidden = unread === 0;
  fresh.textContent = `↑ ${unread} new`;
}

fresh.addEventListener("click", () => scrollTo({ top: 0 }));
addEventListener("scroll", () => { if (scrollY <= 4 && unread) { unread = 0; tellFresh(); } }, { passive: true });

// -- the line to the daemon -----------------------------------------------------------------------

function heard() {
  heardAt = Date.now();
  if (lostAt === null) return;
  lostAt = null;
  document.body.classList.remove("lost");
  trouble.hidden = true;
}

function lost(why) {
  lostAt ??= new Date(heardAt || Date.now());
  document.body.classList.add("lost");
  trouble.textContent = `${why} since ${hours.format(lostAt)}: what stands here may be old. Trying again …`;
  trouble.hidden = false;
  if (!heardAt) state.textContent = "not connected";
}

function tellState(now) {
  const bad = now.failing ? `, ${now.failing} failing` : "";
  const waiting = now.waiting ? `, ${now.waiting} waiting to be told` : "";
  state.textContent = `${now.sources} source${now.sources === 1 ? "" : "s"}${bad}${waiting}`;
}

async function begin() {
  clearTimeout(retry);
  source?.close();
  source = null;
  let shown;
  try {
    const answer = await fetch("/api/v1/wire?limit=100", { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.statusText);
    shown = await answer.json();
  } catch {
    lost("No connection to the daemon");
    retry = setTimeout(begin, AGAIN);
    return;
  }
  wire.replaceChildren(...shown.rows.map(article));
  if (!shown.rows.length) wire.append(make("p", "Nothing has come in yet.", "empty"));
  divide();
  unread = 0;
  tellFresh();
  cursor = shown.cursor;
  heard();
  listen();
}

function listen() {
  source?.close();
  source = new EventSource(`/api/v1/stream?after=${cursor}`);
  const on = (name, act) => source.addEventListener(name, (event) => {
    heard();
    if (event.lastEventId) cursor = event.lastEventId;
    act(JSON.parse(event.data));
  });
  on("item", (row) => put(row, true));
  on("revision", (row) => put(row, false));
  on("alert", () => {});
  on("state", tellState);
  on("reset", begin);
  source.addEventListener("trouble", (event) => { heardAt = Date.now(); lost(JSON.parse(event.data).error); });
  source.onerror = () => {
    lost("No connection to the daemon");
    if (source.readyState === EventSource.CLOSED) { clearTimeout(retry); retry = setTimeout(listen, AGAIN); }
  };
}

let shownDay = "";
setInterval(() => {
  const now = new Date(), today = dayKey.format(now);
  clock.textContent = seconds.format(now);
  if (shownDay && shownDay !== today) divide(); // midnight
  shownDay = today;
  if (heardAt && Date.now() - heardAt > SILENCE) { // a line that died without a word
    lost("Nothing heard from the daemon");
    heardAt = Date.now();
    listen();
  }
}, 1_000);
begin();
