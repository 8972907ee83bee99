// A table of ten thousand rows: only the rows in sight exist. All text goes through textContent.
//
//   take({columns, rows, fails, differs, opposed})   columns are [{name, kind}] with kind id, text, word or cell; rows hold
//       a list of values per column, and a cell is [text, mark, differs, score]: mark 1 passed, 0 failed, null not judged, or
//       a word; the last three say of each row whether the filter of that name keeps it
//   take({found})        rows that the kernel found for what was searched, or null
//   take({row, html})    what an opened row holds
const ROW = 28; // px, as in the style sheet
const TAGS = new Set(
  ("B BDI BR BUTTON CIRCLE CODE DD DEL DETAILS DIV DL DT G H3 H4 H5 INPUT INS KBD LABEL LI LINE MARK OPTION P PRE RECT SELECT " +
    "SPAN SUMMARY SVG TABLE TBODY TD TEXT TEXTAREA TFOOT TH THEAD TR UL").split(" "),
);
const FEW = 5; // columns; with more the text has a width of its own, and the table scrolls sideways
const SPARE = 12; // rows drawn beyond each edge

// Nodes of HTML from the kernel. Every value in it was escaped there; whatever could still run or load something falls here.
function harmless(html) {
  const made = new DOMParser().parseFromString(html, "text/html");
  for (const element of made.body.querySelectorAll("*")) {
    if (!TAGS.has(element.tagName.toUpperCase())) element.remove();
    for (const {name} of [...element.attributes]) if (/^on|^style$|^href$|src|action$/i.test(name)) element.removeAttribute(name);
  }
  return [...made.body.childNodes];
}

function makeTable(host, send) {
  const make = (tag, type, text) => {
    const made = document.createElement(tag);
    if (type) made.className = type;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const box = make("div", "box"), grid = make("table", "mx"), head = make("thead"), body = make("tbody");
  const above = make("tr", "gap"), below = make("tr", "gap"), none = make("p", "q none", "No row matches. "), clear = make("button", "link", "Clear the filters");
  const controls = host.parentElement;
  const count = controls.querySelector("[data-count]");
  let data = null, order = [], sort = {column: -1, way: 1}, found = null, open = -1, detail = null, active = 0, drawn = "";

  box.append(grid);
  grid.append(head, body);
  clear.type = "button";
  none.append(clear);
  none.hidden = true;
  host.append(box, none);

  const checked = (name) => controls.querySelector(`[name="${name}"]`)?.checked;

  function key(row) {
    const value = data.rows[sort.column][row];
    if (!Array.isArray(value)) return value;
    const rank = value[1] === null || typeof value[1] === "number" ? 1 + (value[1] ?? 0) : 0; // missing, failed, passed
    return `${rank} ${value[3]} ${value[0]}`;
  }

  function arrange() {
    const chosen = found && new Set(found), wanted = ["fails", "differs", "opposed"].filter(checked);
    order = [];
    for (let row = 0; row < data.length; row++) {
      if ((!chosen || chosen.has(row)) && wanted.every((name) => data[name][row])) order.push(row);
    }
    if (sort.column >= 0) {
      const keys = new Map(order.map((row) => [row, key(row)])), compare = new Intl.Collator(undefined, {numeric: true}).compare;
      order.sort((a, b) => sort.way * compare(keys.get(a), keys.get(b)) || a - b);
    }
    active = Math.max(0, order.indexOf(open));
    count.textContent = `${order.length.toLocaleString("en")} of ${data.length.toLocaleString("en")} rows`;
    none.hidden = order.length > 0;
    box.hidden = !order.length;
    drawn = "";
    draw();
  }

  function heading(column, i) {
    const th = make("th", `k-${column.kind}`), button = make("button");
    button.append(make("span", "", column.name));
    th.scope = "col";
    th.title = column.name; // it may be cut
    if (i === sort.column) th.setAttribute("aria-sort", sort.way > 0 ? "ascending" : "descending");
    button.type = "button";
    button.addEventListener("click", () => {
      sort = {column: i, way: sort.column === i ? -sort.way : 1};
      headings();
      box.scrollTop = 0;
      arrange();
    });
    th.append(button);
    return th;
  }

  function headings() {
    const row = make("tr");
    row.append(...data.columns.map(heading));
    grid.classList.toggle("many", data.columns.length > FEW);
    head.replaceChildren(row);
  }

  function cell(value) {
    const td = make("td", "n clip");
    const [text, mark, different, score] = value;
    if (typeof mark === "string") {
      td.append(make("span", "uns", mark));
      return td;
    }
    const said = make("bdi", mark === null ? "" : mark ? "vd yes" : "vd no", text);
    if (different) said.classList.add("df");
    td.append(said);
    if (mark !== null) td.append(make("span", "sr", mark ? ", passes" : ", fails"));
    if (score) td.append(make("span", "q", ` ${score}`));
    return td;
  }

  function line(row) {
    const tr = make("tr", row === open ? "row op" : "row");
    tr.dataset.row = row;
    tr.setAttribute("aria-rowindex", order.indexOf(row) + 2);
    data.columns.forEach((column, i) => {
      const value = data.rows[i][row];
      if (column.kind === "id") {
        const td = make("td", "clip"), button = make("button", "rb");
        button.type = "button";
        button.tabIndex = -1;
        button.setAttribute("aria-expanded", row === open);
        button.append(make("bdi", "", value));
        td.append(button);
        tr.append(td);
      } else if (column.kind === "cell") {
        tr.append(cell(value));
      } else {
        const td = make("td", column.kind === "word" && value === "disagrees" ? "dis clip" : "clip", value);
        td.dir = "auto";
        tr.append(td);
      }
    });
    return tr;
  }

  function draw() {
    if (!data) return;
    const place = order.indexOf(open), extra = place >= 0 && detail ? detail.offsetHeight : 0;
    let top = box.scrollTop;
    if (place >= 0 && top > (place + 1) * ROW) top = Math.max((place + 1) * ROW, top - extra);
    const first = Math.max(0, Math.floor(top / ROW) - SPARE);
    const last = Math.min(order.length, Math.ceil((top + box.clientHeight) / ROW) + SPARE);
    const now = `${first} ${last} ${open}`;
    if (now === drawn) return;
    drawn = now;
    const lines = [], focused = body.contains(document.activeElement);
    for (let i = first; i < last; i++) {
      lines.push(line(order[i]));
      if (order[i] === open && detail) lines.push(detail);
    }
    const hidden = detail && place >= 0 && (place < first || place >= last) ? extra : 0;
    above.style.height = `${first * ROW + (place < first ? hidden : 0)}px`;
    below.style.height = `${(order.length - last) * ROW + (place >= last ? hidden : 0)}px`;
    body.replaceChildren(above, ...lines, below);
    const button = body.querySelector(`[data-row="${order[active]}"] .rb`) ?? body.querySelector(".rb");
    if (button) button.tabIndex = 0;
    if (focused) button?.focus({preventScroll: true});
  }

  function toggle(row) {
    open = open === row ? -1 : row;
    active = order.indexOf(row);
    detail = null;
    if (open >= 0) {
      const td = make("td", "det");
      td.append(make("div", "in-sight", "…")); // as wide as the box, not as the table
      td.colSpan = data.columns.length;
      detail = make("tr", "dt");
      detail.append(td);
      send("open", row);
    }
    drawn = "";
    draw();
    body.querySelector(`[data-row="${row}"] .rb`)?.focus({preventScroll: true});
  }

  function move(step) {
    active = Math.min(Math.max(active + step, 0), order.length - 1);
    const top = active * ROW, height = box.clientHeight - ROW;
    if (top < box.scrollTop) box.scrollTop = top;
    if (top + ROW > box.scrollTop + height) box.scrollTop = top + ROW - height;
    drawn = "";
    draw();
    body.querySelector(`[data-row="${order[active]}"] .rb`)?.focus({preventScroll: true});
  }

  body.addEventListener("click", (event) => {
    const tr = event.target.closest("tr.row");
    if (tr && !document.getSelection().toString()) toggle(Number(tr.dataset.row));
  });
  new ResizeObserver(() => draw()).observe(box);
  box.addEventListener("scroll", () => requestAnimationFrame(draw));
  controls.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches("input[type=search]");
    const steps = {ArrowDown: 1, ArrowUp: -1, PageDown: 12, PageUp: -12};
    if (event.key === "/" && !typing) controls.querySelector("input[type=search]").focus();
    else if (event.key === "Escape" && open >= 0) toggle(open);
    else if (steps[event.key] && event.target.closest(".rb")) move(steps[event.key]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  controls.addEventListener("change", (event) => {
    if (event.target.matches("[name=fails], [name=differs], [name=opposed]")) arrange();
  });
  clear.addEventListener("click", () => {
    for (const field of controls.querySelectorAll("input")) {
      field.checked = false;
      field.value = "";
    }
    found = null;
    arrange();
    controls.querySelector("input").focus();
  });

  return {
    take(message) {
      if (message.columns) {
        data = {...message, length: message.rows[0].length};
        grid.setAttribute("aria-rowcount", data.length + 1);
        headings();
        arrange();
      }
      if (message.found !== undefined) {
        found = message.found;
        box.scrollTop = 0;
        arrange();
      }
      if (message.row !== undefined && message.row === open) {
        detail.firstChild.firstChild.replaceChildren(...harmless(message.html));
        drawn = "";
        draw();
      }
    },
  };
}
