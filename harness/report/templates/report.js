"use strict";
// Filters the claims of the data block. Texts reach the page through textContent alone: none is ever read as markup.
(() => {
  const PAGE = 50;
  const FIELDS = ["outcome", "evidence", "provider", "direction", "level", "kind", "operation", "model"];
  const byId = (id) => document.getElementById(id);
  const number = new Intl.NumberFormat("en").format;
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
    const ranks = (names) => new Map(names.map((name, rank) => [name, rank]));
    const [outcomes, levels, directions] = [data.outcomes, data.levels, Object.keys(data.directions)].map(ranks);
    const whole = (provider, row) =>
      (typeof row[2] === "string" ? row[2] : `${provider}.${row[4]}.${row[2][0]}${row[11] ? `@${row[11]}` : ""}`);
    // Claims of one gravity stay in the order of their ids.
    const graves = new Map();
    for (const row of data.rows) {
      // Cells in the order in which rows.py writes them; plain indices, because there may be a million of them.
      for (let i = 2; i < row.length; i += 1) row[i] = text(row[i]);
      const [provider, name, provenance, badge] = data.entries[row[0]];
      // As words.badge has it: what documents say against each other nobody has observed.
      const evidence = row[5] === "contradiction" && provenance !== "simulated" ? "documents" : badge;
      const claim = {
        provider, name, provenance, evidence, witnesses: row[1], claim: whole(provider, row), outcome: row[3], operation: row[4], kind: row[5],
        level: row[6], title: row[7], quote: row[8], document: row[9], reason: row[10] || "", model: row[11] || "",
        direction: row[12] || "", statement: row[13] || row[7], numbered: row[14] || "", searched: "",
      };
      const grave = (evidence === "simulated") * 1e6 + outcomes.get(claim.outcome) * 1e4 +
        (levels.get(claim.level) ?? 99) * 1e2 + (directions.get(claim.direction) ?? 99);
      if (!graves.has(grave)) graves.set(grave, []);
      graves.get(grave).push(claim);
    }
    const claims = [...graves].sort(([a], [b]) => a - b).flatMap(([, each]) => each);
    return { claims, directions: data.directions, choices: data.choices };
  };

  const anchor = (claim) => claim.numbered || `${claim.provenance}:${claim.claim.replace(/[^!-~]/gu, "_")}`;

  const { claims, directions, choices } = read();
  const form = byId("filters");
  const rows = byId("rows");
  const more = byId("more");
  const words = { evidence: (each) => each.toUpperCase(), direction: (each) => directions[each] || each };
  let found = claims;
  let shown = 0;

  const fillChoices = () => {
    for (const field of FIELDS) {
      const word = words[field] || ((each) => each);
      const options = choices[field].map(([name, count]) =>
        make("option", { value: name, textContent: `${word(name)} (${number(count)})` }));
      form.elements[field].append(make("option", { value: "", textContent: "all" }), ...options);
    }
  };

  const searched = (claim) => {
    claim.searched ||= [claim.claim, claim.title, claim.statement, claim.reason, claim.quote, claim.name]
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
    const of = found.length === claims.length ? "" : ` (of ${number(claims.length)})`;
    const listed = shown < found.length ? `; the first ${number(shown)} are listed` : "";
    byId("count").textContent = found.length
      ? `${number(found.length)} ${found.length === 1 ? "claim" : "claims"}${of}${listed}`
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
    if (!byId(anchor(claim))) line.id = anchor(claim);
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
    const there = byId(anchor(claim));
    if (there && there.classList.contains("in")) {
      const copy = there.cloneNode(true);
      copy.removeAttribute("id");
      return copy;
    }
    const [title, revision, url] = claim.document;
    const source = /^https?:\/\/[^\s"'<>\\`]+$/i.test(url)
      ? make("a", { href: url, rel: "noreferrer noopener", textContent: title }) : title;
    const inside = make("div", { className: "in" },
      make("p", { className: "h5", textContent: "The documentation says" }),
      make("p", {}, ...ticked(claim.statement)),
      make("blockquote", { textContent: claim.quote }),
      make("p", { className: "small soft" }, "— ", source, `, revision: ${revision}`));
    if (claim.reason) {
      inside.append(make("p", { className: "h5", textContent: `Why it is ${claim.outcome}` }),
        make("p", { textContent: claim.reason }));
    }
    if (claim.witnesses) {
      inside.append(make("p", { className: "small",
        textContent: `Observations that bear it out: ${number(claim.witnesses)}` }));
    }
    if (["fail", "waived", "known"].includes(claim.outcome)) {
      inside.append(make("p", { className: "small", textContent: "Its exchange is in report.json." }));
    }
    inside.append(
      make("p", { className: "h5", textContent: "See it again" }),
      make("dl", { className: "again small" }, make("dt", { textContent: "Everything known about the claim" }),
        make("dd", {}, make("code", { textContent: `harness explain '${claim.claim.replaceAll("'", "'\\''")}'` }))),
      make("p", { className: "small" },
        make("a", { href: `#${encodeURIComponent(anchor(claim))}`, textContent: "Link to this claim" })));
    return inside;
  };

  // The state of the filters is the fragment "#?outcome=fail&…"; a claim's own fragment never starts with "?".
  const remember = () => {
    const state = new URLSearchParams();
    for (const field of ["q", ...FIELDS]) if (form.elements[field].value) state.set(field, form.elements[field].value);
    const text = state.toString();
    history.replaceState(null, "", text ? `#?${text}` : location.pathname + location.search);
  };

  const choose = (state) => {
    for (const field of ["q", ...FIELDS]) form.elements[field].value = state.get(field) || "";
    for (const field of FIELDS) if (form.elements[field].selectedIndex < 0) form.elements[field].value = "";
    apply();
  };

  const restore = () => {
    const fragment = location.hash.slice(1);
    if (!fragment) return;
    if (fragment.startsWith("?")) {
      choose(new URLSearchParams(fragment.slice(1)));
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
      const claim = claims.find((each) => anchor(each) === name);
      if (!claim) return;
      choose(new URLSearchParams());
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
