"use strict";
// Filters the claims of the data block. Texts reach the page through textContent alone: none is ever read as markup.
(() => {
  const PAGE = 50;
  const FIELDS = ["outcome", "evidence", "provider", "direction", "level", "kind", "operation", "model"];
  const byId = (id) => document.getElementById(id);
  const make = (name, properties = {}, ...children) => {
    const node = Object.assign(document.createElement(name), properties);
    node.append(...children);
    return node;
  };

  const read = () => {
    const data = JSON.parse(byId("data").textContent);
    const shared = [];
    const text = (cell) => {
      if (typeof cell === "number") return cell ? shared[cell - 1] : "";
      if (shared.length < data.shared) shared.push(cell);
      return cell;
    };
    const directions = Object.keys(data.directions);
    const rank = (list, name) => (list.indexOf(name) + list.length + 1) % (list.length + 1);
    const claims = data.rows.map((row) => {
      const [entry, witnesses, ...cells] = row;
      const [claim, outcome, operation, kind, level, title, quote, [titled, revision, url], reason = "", model = "",
        direction = "", statement = "", anchor = ""] = cells.map(text);
      const [provider, name, evidence] = data.entries[entry];
      return {
        provider, name, evidence, witnesses, claim, operation, kind, level, model, outcome, direction, title,
        statement: statement || title, reason, quote, document: titled, revision, url,
        anchor: anchor || `${evidence}:${claim.replace(/[^!-~]/gu, "_")}`,
        grave: (evidence === "simulated") * 1e6 + rank(data.outcomes, outcome) * 1e4 +
          rank(data.levels, level) * 1e2 + rank(directions, direction),
      };
    });
    // Array.prototype.sort is stable: the order of claim ids stays within one gravity.
    return { claims: claims.sort((a, b) => a.grave - b.grave), directions: data.directions };
  };

  const { claims, directions } = read();
  const form = byId("filters");
  const rows = byId("rows");
  const more = byId("more");
  const words = { evidence: (each) => each.toUpperCase(), direction: (each) => directions[each] || each };
  let found = claims;
  let shown = 0;

  const fillChoices = () => {
    for (const field of FIELDS) {
      const counts = new Map();
      for (const each of claims) if (each[field]) counts.set(each[field], (counts.get(each[field]) || 0) + 1);
      const names = [...counts.keys()];
      if (!["outcome", "evidence", "direction", "level"].includes(field)) names.sort();
      const word = words[field] || ((each) => each);
      const choices = names.map((name) =>
        make("option", { value: name, textContent: `${word(name)} (${counts.get(name).toLocaleString("en")})` }));
      form.elements[field].append(make("option", { value: "", textContent: "all" }), ...choices);
    }
  };

  const searched = (claim) => {
    claim.searched ??= [claim.claim, claim.title, claim.statement, claim.reason, claim.quote, claim.name]
      .join("\n").toLowerCase();
    return claim.searched;
  };

  const apply = () => {
    const wanted = FIELDS.map((field) => [field, form.elements[field].value]).filter(([, value]) => value);
    const texts = form.elements.q.value.toLowerCase().split(/\s+/).filter(Boolean);
    found = claims.filter((claim) => wanted.every(([field, value]) => claim[field] === value) &&
      (!texts.length || texts.every((each) => searched(claim).includes(each))));
    for (const field of FIELDS) form.elements[field].classList.toggle("set", form.elements[field].value !== "");
    rows.replaceChildren();
    shown = 0;
    show();
  };

  const show = () => {
    const next = found.slice(shown, shown + PAGE);
    rows.append(...next.map(row));
    shown += next.length;
    more.hidden = shown >= found.length;
    more.textContent = `Show ${Math.min(PAGE, found.length - shown)} more`;
    const of = found.length === claims.length ? "" : ` (of ${claims.length.toLocaleString("en")})`;
    const listed = shown < found.length ? `; the first ${shown.toLocaleString("en")} are listed` : "";
    byId("count").textContent = found.length
      ? `${found.length.toLocaleString("en")} ${found.length === 1 ? "claim" : "claims"}${of}${listed}`
      : "No claim fits these filters. “Show all” takes them away.";
  };

  const badge = (claim) =>
    make("span", { className: `badge ${claim.evidence}`, textContent: claim.evidence.toUpperCase() });
  const level = (claim) => make("span", { className: `level ${claim.level}`, textContent: claim.level });

  // Words in backticks are set as code, as everywhere in the page.
  const ticked = (text) => {
    const parts = text.split("`");
    return parts.length % 2 ? parts.map((part, i) => (i % 2 ? make("code", { textContent: part }) : part)) : [text];
  };

  const row = (claim) => {
    const button = make("button", { type: "button", className: "open" }, make("span", {}, ...ticked(claim.title)));
    button.setAttribute("aria-expanded", "false");
    const line = make("tr", {},
      make("td", { className: `o ${claim.outcome}`, textContent: claim.outcome }),
      make("th", { scope: "row" }, button, make("code", { textContent: claim.claim }),
        make("span", { className: "narrow" }, level(claim), ` ${claim.name} `, badge(claim))),
      make("td", { className: "wide" }, level(claim)),
      make("td", { className: "wide" }, `${claim.name} `, badge(claim)));
    if (!byId(claim.anchor)) line.id = claim.anchor;
    button.addEventListener("click", () => toggle(line, button, claim));
    return line;
  };

  const toggle = (line, button, claim) => {
    const open = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", String(!open));
    if (open) line.nextSibling.remove();
    else line.after(make("tr", { className: "detail" }, make("td", { colSpan: 4 }, detail(claim))));
  };

  // A finding stands in the page with its evidence and is shown here again; of other claims the data block knows all.
  const detail = (claim) => {
    const there = byId(claim.anchor);
    if (there && there.classList.contains("in")) {
      const copy = there.cloneNode(true);
      copy.removeAttribute("id");
      return copy;
    }
    const source = /^https?:\/\/[^\s"'<>\\`]+$/i.test(claim.url)
      ? make("a", { href: claim.url, rel: "noreferrer noopener", textContent: claim.document }) : claim.document;
    const inside = make("div", { className: "in" },
      make("h3", { className: "h5", textContent: "The documentation says" }),
      make("p", {}, ...ticked(claim.statement)),
      make("blockquote", { textContent: claim.quote }),
      make("p", { className: "small soft" }, "— ", source, `, revision: ${claim.revision}`));
    if (claim.reason) {
      inside.append(make("h3", { className: "h5", textContent: `Why it is ${claim.outcome}` }),
        make("p", { textContent: claim.reason }));
    }
    if (claim.witnesses) {
      inside.append(make("p", { className: "small",
        textContent: `Observations that bear it out: ${claim.witnesses.toLocaleString("en")}` }));
    }
    if (claim.outcome === "fail") {
      inside.append(make("p", { className: "small", textContent: "Its exchange is in report.json." }));
    }
    inside.append(
      make("h3", { className: "h5", textContent: "See it again" }),
      make("dl", { className: "again small" }, make("dt", { textContent: "Everything known about the claim" }),
        make("dd", {}, make("code", { textContent: `harness explain '${claim.claim.replaceAll("'", "'\\''")}'` }))),
      make("p", { className: "small" },
        make("a", { href: `#${encodeURIComponent(claim.anchor)}`, textContent: "Link to this claim" })));
    return inside;
  };

  // The state of the filters is the fragment "#?outcome=fail&…"; a claim's own fragment never starts with "?".
  const remember = () => {
    const state = new URLSearchParams();
    for (const field of ["q", ...FIELDS]) if (form.elements[field].value) state.set(field, form.elements[field].value);
    const text = state.toString();
    history.replaceState(null, "", text ? `#?${text}` : location.pathname + location.search);
  };

  const restore = () => {
    const fragment = location.hash.slice(1);
    if (!fragment) return;
    if (fragment.startsWith("?")) {
      const state = new URLSearchParams(fragment.slice(1));
      form.reset();
      for (const field of ["q", ...FIELDS]) form.elements[field].value = state.get(field) || "";
      for (const field of FIELDS) if (form.elements[field].selectedIndex < 0) form.elements[field].value = "";
      apply();
      byId("claims").scrollIntoView();
      return;
    }
    let name = fragment;
    try { name = decodeURIComponent(fragment); } catch { /* a "%" that encodes nothing stands for itself */ }
    reveal(name);
  };

  const reveal = (name) => {
    let there = byId(name);
    if (!there) {
      const claim = claims.find((each) => each.anchor === name);
      if (!claim) return;
      form.reset();
      apply();
      found = [claim, ...found.filter((each) => each !== claim)];
      rows.replaceChildren();
      shown = 0;
      show();
      there = rows.firstChild;
    }
    if (rows.contains(there)) {
      const button = there.querySelector("button");
      if (button.getAttribute("aria-expanded") === "false") button.click();
      button.focus({ preventScroll: true });
    }
    for (let each = there; each; each = each.parentElement) if (each.localName === "details") each.open = true;
    there.scrollIntoView();
  };

  fillChoices();
  apply();
  byId("claims").hidden = false;
  let waiting = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { apply(); remember(); }, 80);
  });
  form.addEventListener("reset", () => setTimeout(() => { apply(); remember(); }));
  form.addEventListener("submit", (event) => event.preventDefault());
  more.addEventListener("click", () => {
    const last = rows.lastElementChild;
    const first = shown;
    show();
    if (shown > first) last.nextSibling.querySelector("button").focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea")) return;
    event.preventDefault();
    form.elements.q.focus();
    byId("claims").scrollIntoView();
  });
  addEventListener("hashchange", restore);
  restore();
})();
