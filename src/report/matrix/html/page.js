"use strict";
// Everything that is told stands in the page already; this only finds it. Texts of the page are never parsed as markup.
(() => {
  const byId = (id) => document.getElementById(id);
  const table = byId("matrix");
  const panel = byId("panel");
  const letters = new Map(
    [...document.querySelectorAll(".legend div")].slice(0, 8).map((pair) => [pair.children[0].textContent, pair.children[1].textContent]),
  );
  const words = { "": "yes", d: "depends", u: "unknown", n: "no", e: "yes, as everyone who is authenticated" };
  const columns = [...table.tHead.rows[0].cells].slice(1);
  const rows = [...table.querySelectorAll("tbody tr")].filter((row) => row.cells.length > 1);

  const make = (name, text, ...children) => {
    const element = document.createElement(name);
    if (text) element.textContent = text;
    element.append(...children);
    return element;
  };

  // Where a line of a cell holds: pairs of a namespace and the list that proves the binding, if there is one.
  const reachOf = (first) => {
    const target = first.hash && byId(first.hash.slice(1));
    if (!target) return [{ scope: first.textContent, head: null }];
    if (target.tagName !== "UL") return [{ scope: first.textContent, head: target }];
    return [...target.children].map((item) => {
      const link = item.querySelector("a");
      return { scope: item.textContent.trim(), head: link && byId(link.hash.slice(1)) };
    });
  };
  const verbsOf = (element) => {
    const verbs = [];
    for (const node of element.childNodes) {
      if (node.nodeType === Node.TEXT_NODE) {
        for (const letter of node.data) if (letters.has(letter)) verbs.push(letters.get(letter));
      } else verbs.push(node.textContent);
    }
    return verbs;
  };

  // The lines of all cells, read once, when something is filtered.
  let model;
  const scopesOfReach = new Map();
  const scopesOf = (first) => {
    const key = first.hash ? first.hash + " " + first.textContent : first.textContent;
    if (!scopesOfReach.has(key)) scopesOfReach.set(key, new Set(reachOf(first).map((place) => place.scope)));
    return scopesOfReach.get(key);
  };
  const read = () => rows.map((row) => ({
    row,
    text: row.cells[0].textContent.toLowerCase(),
    cells: columns.map((_, column) => {
      const cell = row.cells[column + 1];
      return [...cell.children].map((line) => ({
        line,
        scopes: scopesOf(line.firstElementChild),
        groups: [...line.children].slice(1).filter((group) => group.tagName !== "Q")
          .map((group) => ({ group, verbs: new Set(verbsOf(group)) })),
      }));
    }),
  }));

  const fields = {
    principal: byId("by-principal"), resource: byId("by-resource"),
    namespace: byId("by-namespace"), verb: byId("by-verb"),
  };
  const filter = () => {
    model ??= read();
    const principal = fields.principal.value.trim().toLowerCase();
    const resource = fields.resource.value.trim().toLowerCase();
    const { value: namespace } = fields.namespace;
    const { value: verb } = fields.verb;
    const narrowed = Boolean(principal || resource || namespace || verb);
    const wanted = columns.map((column) => column.textContent.toLowerCase().includes(resource));
    const used = columns.map(() => false);
    let shownRows = 0;
    for (const { row, text, cells } of model) {
      const fits = text.includes(principal);
      let any = false;
      cells.forEach((lines, column) => {
        for (const { line, scopes, groups } of lines) {
          const here = !namespace || scopes.has(namespace) || scopes.has("*");
          let some = false;
          for (const { group, verbs } of groups) {
            const shown = here && (!verb || verbs.has(verb) || verbs.has("*"));
            if (group.hidden === shown) group.hidden = !shown;
            some ||= shown;
          }
          if (line.hidden === some) line.hidden = !some;
          if (some && fits && wanted[column]) any = used[column] = true;
        }
      });
      const shown = fits && (any || !narrowed);
      if (row.hidden === shown) row.hidden = !shown;
      if (shown) shownRows += 1;
    }
    const visible = columns.map((_, column) => (narrowed ? used[column] : true));
    columns.forEach((header, column) => {
      if (header.hidden !== visible[column]) return;
      header.hidden = !visible[column];
      for (const row of rows) row.cells[column + 1].hidden = !visible[column];
    });
    for (const body of table.tBodies) body.hidden = ![...body.rows].slice(1).some((row) => !row.hidden);
    byId("count").textContent =
      `${shownRows} of ${rows.length} principals, ${visible.filter(Boolean).length} of ${columns.length} resources`;
    if (!isShown(current)) rove(firstShown());
  };
  let waiting;
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 120);
  };

  // One cell is in the order of the tab key; arrows move among the others.
  const isShown = (cell) => cell && !cell.hidden && !cell.parentElement.hidden && !cell.closest("tbody").hidden;
  const firstShown = () => {
    const row = rows.find((candidate) => !candidate.hidden);
    return row && [...row.cells].find((cell) => !cell.hidden);
  };
  let current;
  const rove = (cell) => {
    if (current) current.tabIndex = -1;
    current = cell;
    if (current) current.tabIndex = 0;
  };
  const move = (down, right) => {
    let row = rows.indexOf(current.parentElement);
    let column = current.cellIndex;
    const step = (from, by, limit, fits) => {
      let to = from;
      let left = Math.abs(by);
      for (let next = from + Math.sign(by); left && next >= 0 && next < limit; next += Math.sign(by)) {
        if (fits(next)) { to = next; left -= 1; }
      }
      return to;
    };
    if (down) row = step(row, down, rows.length, (next) => !rows[next].hidden);
    if (right) column = step(column, right, columns.length + 1, (next) => !rows[row].cells[next].hidden);
    rove(rows[row].cells[column]);
    current.focus({ preventScroll: true });
    current.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  const moves = {
    ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1],
    PageDown: [10, 0], PageUp: [-10, 0], Home: [0, -Infinity], End: [0, Infinity],
  };

  let opened;
  const close = () => {
    if (panel.hidden) return;
    panel.hidden = true;
    opened?.removeAttribute("aria-selected");
    if (isShown(opened)) opened.focus();
    opened = null;
  };
  const clones = (list) => (list ? [...list.children].map((item) => item.cloneNode(true)) : []);
  const proofs = (cell) => {
    const found = [];
    for (const line of cell.children) {
      if (line.hidden) continue;
      const [first, ...rest] = line.children;
      const name = rest.find((group) => group.tagName === "Q");
      for (const { scope, head } of reachOf(first)) {
        if (fields.namespace.value && scope !== "*" && scope !== fields.namespace.value) continue;
        for (const group of rest) {
          if (group.tagName === "Q" || group.hidden) continue;
          const tail = group.hash ? byId(group.hash.slice(1)) : null;
          const where = columns[cell.cellIndex - 1].textContent.startsWith("/") ? "" : scope === "*" ? ", cluster-wide" : `, in namespace ${scope}`;
          const of = name ? ` of "${name.textContent}"` : "";
          const word = words[line.className];
          const some = head?.dataset.for;
          const title = `${verbsOf(group).join(", ")}${of}${where}: ${some ? `yes, for ${some}` : word}`;
          const links = [...clones(head), ...clones(tail)];
          found.push({ title, links, word });
        }
      }
    }
    return found;
  };
  const because = {
    no: "Nothing that was read allows it.",
    unknown: "Nothing that was read allows it, but something could not be read: see the gaps above.",
    depends: "It turns on something that is neither in the input nor published.",
  };
  const open = (cell) => {
    const proof = byId("proof");
    const row = cell.parentElement;
    const found = proofs(cell);
    const name = row.cells[0].querySelector("a").textContent;
    const parts = [make("h2", name), make("p", columns[cell.cellIndex - 1].textContent)];
    found.forEach(({ title, links, word }, place) => {
      const body = links.length ? make("ol", "", ...links) : make("p", because[word] ?? "");
      if (found.length === 1) parts.push(make("h3", title), body);
      else {
        const details = make("details", "", make("summary", title), body);
        details.open = place === 0;
        parts.push(details);
      }
    });
    if (!found.length) parts.push(make("p", document.querySelector(".legend div:last-child dd").textContent));
    proof.replaceChildren(...parts);
    opened?.removeAttribute("aria-selected");
    opened = cell;
    cell.setAttribute("aria-selected", "true");
    rove(cell);
    panel.hidden = false;
    panel.scrollTop = 0;
    panel.focus();
  };

  // A button for another target, such as a new tab, goes where the link goes.
  const isPlain = (event) => event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  table.addEventListener("click", (event) => {
    const cell = event.target.closest("td");
    if (!cell || !isPlain(event) || String(getSelection())) return;
    event.preventDefault();
    open(cell);
  });
  table.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !current) return;
    if (event.key in moves) {
      event.preventDefault();
      move(...moves[event.key]);
    } else if ((event.key === "Enter" || event.key === " ") && event.target === current) {
      event.preventDefault();
      if (current.tagName === "TD") open(current);
      else current.querySelector("a").click();
    }
  });
  table.addEventListener("focusin", (event) => {
    const cell = event.target.closest("td, th[scope=row]");
    if (cell && cell !== current) rove(cell);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  byId("close").addEventListener("click", close);

  const add = (select, value, text) => select.append(Object.assign(document.createElement("option"), { value, textContent: text }));
  const fillChoices = () => {
    const scopes = new Set();
    const verbs = new Set();
    for (const { cells } of (model ??= read())) for (const lines of cells) for (const line of lines) {
      for (const scope of line.scopes) scopes.add(scope);
      for (const { verbs: some } of line.groups) for (const verb of some) verbs.add(verb);
    }
    const order = (a, b) => (a < b ? -1 : 1);
    if (scopes.delete("*")) add(fields.namespace, "*", "cluster-wide only");
    for (const scope of [...scopes].sort(order)) add(fields.namespace, scope, scope);
    for (const verb of [...verbs].sort(order)) add(fields.verb, verb, verb === "*" ? "* (any)" : verb);
  };

  const form = byId("filters");
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", soon);
  form.addEventListener("reset", () => setTimeout(filter));
  form.hidden = false;
  document.documentElement.className = "scripted";
  table.setAttribute("role", "grid");
  byId("scroll").removeAttribute("tabindex");
  for (const link of table.querySelectorAll("td a, th a")) link.tabIndex = -1;
  for (const row of rows) for (const cell of row.cells) cell.tabIndex = -1;
  rove(firstShown());
  fillChoices();
  filter();
})();
