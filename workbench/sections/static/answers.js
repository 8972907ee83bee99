// The one table of every answer, in reports and in notebooks. Its rows come as columns of plain text; text reaches the page
// through textContent, nowhere else. Only the lines in sight exist as elements, so that ten thousand open as fast as fifty.

const SLACK = 18; // pixels of a box beyond what it shows: a scrollbar and borders
const SPARE = 10; // lines drawn beyond each edge of the box
const BOXED = 60; // with more lines than this the table scrolls in a box of its own
const MANY = 4; // with more variants than this the table is wider than the page and scrolls sideways in its box
const PRINTED = 60; // lines that go on paper
const LONG = 4000; // characters of a text that are shown at once
const SCROLLS_FROM = 1000; // characters of a text that may scroll in its box
const SEARCHED = 20000; // characters of an answer that the search looks at
const PAUSE = 200; // ms of a pause in typing after which a search elsewhere is asked for
const MOST_WORDS = 1500; // beyond, a comparison word by word is slow and says little
const SCORE_ONLY = /^(P\(yes\)|expected) [\d.]+$/; // a critic's reason that only repeats its score
const SAYS = {yes: "passes", no: "fails"};

const say = (number) => number.toLocaleString("en");

// Longest common subsequence over words: [["", same], ["del", only in a], ["ins", only in b], ...], or null where a
// comparison would be noise.
function wordDiff(a, b) {
  const x = a.match(/\S+\s*/g) ?? [], y = b.match(/\S+\s*/g) ?? [];
  if (!x.length || !y.length || x.length > MOST_WORDS || y.length > MOST_WORDS) return null;
  const plainX = x.map((word) => word.trim().toLowerCase()), plainY = y.map((word) => word.trim().toLowerCase());
  const common = Array.from({length: x.length + 1}, () => new Uint16Array(y.length + 1));
  for (let i = x.length - 1; i >= 0; i--)
    for (let j = y.length - 1; j >= 0; j--)
      common[i][j] = plainX[i] === plainY[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
  if (common[0][0] / Math.max(x.length, y.length) < 0.3) return null;
  const parts = [];
  const push = (kind, text) => {
    if (parts.at(-1)?.[0] === kind) parts.at(-1)[1] += text;
    else parts.push([kind, text]);
  };
  let i = 0, j = 0;
  while (i < x.length || j < y.length) {
    if (i < x.length && j < y.length && plainX[i] === plainY[j]) (push("", y[j]), i++, j++);
    else if (j >= y.length || (i < x.length && common[i + 1][j] >= common[i][j + 1])) push("del", x[i++]);
    else push("ins", y[j++]);
  }
  return parts;
}

// What the data say of a line and a variant's answer to it. Data that lack `inputs` hold no whole texts: those of a line are
// asked for when it opens, and the search is somebody else's.
class Rows {
  constructor(data) {
    // variants, baseline, judges, judge, gold, flips, id, texts, right, tags, differs, cells; classes; inputs, expected, raw; told,
    // pictures
    Object.assign(this, data);
    this.lines = data.id.map((_, line) => line);
    this.isWhole = "inputs" in data;
    this.names = Object.keys(data.inputs ?? {});
    this.labelled = data.cells.some((column) => column.person.some((labels) => labels.some(Boolean)));
    this.expects = data.right.some(Boolean);
    this.tells = data.texts.some(Boolean); // rows of elsewhere may come without what was asked
    this.critic = data.judges.findIndex((_, judge) => judge !== data.gold); // what the gold check is held against
    this.short = data.cells.every((column) => column.head.every((text) => text.length <= 24));
  }
  tag(tag, line) {
    return tag.values[tag.of[line]] ?? "";
  }
  score(v, line, judge = this.judge) {
    return this.cells[v].score[judge]?.[line] ?? null;
  }
  // "yes", "no", "plain" (nothing to tick), or the word for a row without a score; null where the run has no such row
  mark(v, line, judge = this.judge) {
    const {status, mark} = this.cells[v];
    if (!status[line]) return null;
    return status[line] !== "ok" ? status[line] : mark[judge]?.[line] || "plain";
  }
  isWrongByGold(line) {
    return this.variants.some((_, v) => this.mark(v, line, this.gold) === "no");
  }
  isAgainstGold(line) {
    const critic = this.judge === this.gold ? this.critic : this.judge;
    return this.variants.some((_, v) => {
      const said = this.mark(v, line, critic), right = this.mark(v, line, this.gold);
      return said in SAYS && right in SAYS && said !== right;
    });
  }
  isInCell(line, [v, right, given]) {
    return this.classes.right[line] === right && this.classes.given[v][line] === given;
  }
  // Whether an answer passes where that of the run it is held against fails, or the reverse.
  isFlipped(line) {
    const then = this.mark(this.flips, line);
    return then in SAYS && this.variants.some((_, v) => this.mark(v, line) in SAYS && this.mark(v, line) !== then);
  }
  isFailure(line) {
    return this.variants.some((_, v) => !["yes", "plain", null].includes(this.mark(v, line)));
  }
  differsFromBaseline(v, line) {
    const {baseline, cells} = this;
    return baseline >= 0 && v !== baseline && cells[baseline].status[line] === "ok" && cells[baseline].head[line] !== cells[v].head[line];
  }
  label(v, line) {
    return this.cells[v].person[this.judge]?.[line] ?? "";
  }
  isLabelled(line) {
    return this.variants.some((_, v) => this.label(v, line));
  }
  disagreements(line) {
    return this.variants.filter((_, v) => this.label(v, line) && !this.cells[v].agrees[this.judge][line]);
  }
  holds(line, wanted) {
    this.haystack ??= this.lines.map((k) =>
      [this.id[k], ...this.names.map((name) => this.inputs[name][k]), ...this.cells.map((column) => column.output[k].slice(0, SEARCHED))]
        .join("\n")
        .toLowerCase(),
    );
    return this.haystack[line].includes(wanted);
  }
}

function diffed(base, text) {
  const parts = wordDiff(base, text);
  if (!parts) return null;
  const shown = el("p", "text");
  if (parts.length > 1 || parts[0][0]) shown.dataset.changed = "";
  for (const [kind, part] of parts) {
    const bare = part.trimEnd();
    add(shown, kind ? el(kind, "", bare) : bare, part.slice(bare.length) || " ");
  }
  return shown;
}

// A text, and behind a button the rest of a long one.
function long(tag, css, text) {
  const shown = el(tag, css, text.slice(0, LONG));
  shown.dir = "auto";
  if (text.length > SCROLLS_FROM) shown.tabIndex = 0; // a box that scrolls must be within reach of keys
  const more = () => button("linkish", `Show all ${say(text.length)} characters`, () => (shown.textContent = text));
  return text.length > LONG ? add(shown, "… ", more()) : shown;
}

function cell(css, text) {
  const td = el("td", css, text);
  td.setAttribute("role", "cell");
  return td;
}

// One line of the table, and what it opens to.
class Lines {
  constructor(rows, linked) {
    this.rows = rows;
    this.linked = linked; // whether a line has an address on the page
    const columns = rows.variants.length + rows.expects + rows.labelled;
    this.tag = columns <= 4 ? rows.tags.find((tag) => tag.filter) : null; // with more the text would have no room
    this.columns = [
      {key: "id", title: "Example", css: "c-id", value: (line) => line},
      ...(rows.tells ? [{key: "text", title: "Text", css: "c-m", value: (line) => rows.texts[line]}] : []),
      ...(rows.expects ? [{key: "right", title: "Expected", css: "c-e", value: (line) => rows.right[line]}] : []),
      ...(this.tag ? [{key: "tag", title: this.tag.key, css: "c-tag", value: (line) => rows.tag(this.tag, line)}] : []),
      ...rows.variants.map((name, v) => ({key: `v${v}`, title: name, css: "c-v", value: (line) => this.rank(v, line)})),
      ...(rows.labelled ? [{key: "person", title: "Person", css: "c-p", value: (line) => this.personRank(line)}] : []),
    ];
  }
  rank(v, line) {
    const place = {no: 0, yes: 2}[this.rows.mark(v, line)] ?? 1;
    return `${place} ${(this.rows.score(v, line) ?? 0).toFixed(4)} ${this.rows.cells[v].head[line]}`;
  }
  personRank(line) {
    return !this.rows.isLabelled(line) ? "2" : this.rows.disagreements(line).length ? "0" : "1";
  }
  draw(line, {position, isOpen, isActive}) {
    const {rows} = this, tr = el("tr", isOpen ? "row open" : "row"), opener = el("button", "rowbtn", rows.id[line]);
    tr.setAttribute("role", "row");
    tr.setAttribute("aria-rowindex", String(position + 2));
    tr.dataset.line = line;
    opener.type = "button";
    opener.title = rows.id[line];
    opener.tabIndex = isActive ? 0 : -1;
    opener.setAttribute("aria-expanded", String(isOpen));
    const text = rows.tells ? cell("c-m clip", rows.texts[line]) : null;
    if (text) text.dir = "auto";
    const right = rows.expects ? cell("c-e clip", rows.right[line]) : null;
    if (right) right.dir = "auto";
    add(tr, add(cell("c-id"), opener), text, right, this.tag ? cell("c-tag", rows.tag(this.tag, line)) : null);
    rows.variants.forEach((name, v) => {
      const td = cell("c-v");
      td.dataset.l = name;
      add(tr, add(td, this.answer(v, line)));
    });
    return rows.labelled ? add(tr, add(cell("c-p"), this.person(line))) : tr;
  }
  answer(v, line) {
    const {rows} = this, shown = el("div", "ans"), mark = rows.mark(v, line), text = rows.cells[v].head[line];
    if (mark === null) return shown;
    if (!["yes", "no", "plain"].includes(mark)) return add(shown, el("span", "uns", mark));
    const ticks = rows.judges[rows.judge]?.ticks, score = rows.score(v, line);
    const bold = rows.short && rows.differsFromBaseline(v, line) ? " diff" : "";
    if (score !== null && !ticks) add(shown, el("b", `score ${mark}`, score.toFixed(1)), " ");
    add(shown, el("bdi", `${ticks && mark in SAYS ? `vd ${mark}` : ""}${bold}`, text), el("span", "sr", mark in SAYS ? `, ${SAYS[mark]}` : ""));
    return ticks && score > 0 && score < 1 ? add(shown, el("span", "p", score.toFixed(2))) : shown;
  }
  person(line) {
    if (!this.rows.isLabelled(line)) return null;
    const names = this.rows.disagreements(line);
    return names.length ? el("span", "dis", `disagrees: ${names.join(", ")}`) : el("span", "", "agrees");
  }
  // The row below an open one; `whole` draws into it what it opens to.
  detail(span) {
    const td = cell("detail");
    td.colSpan = span;
    td.textContent = "…";
    const tr = add(el("tr", "dt"), td);
    tr.setAttribute("role", "row");
    return tr;
  }
  whole(line) {
    const {rows} = this, td = document.createDocumentFragment(), sides = el("div", "side");
    add(td, this.facts(line));
    const inputs = rows.names.filter((name) => rows.inputs[name][line]);
    for (const name of inputs) add(td, inputs.length > 1 ? el("p", "k", name) : null, this.input(name, line));
    rows.variants.forEach((_, v) => add(sides, this.side(v, line)));
    sides.dataset.of = String(Math.min(3, rows.variants.length));
    add(td, sides);
    const base = rows.variants[rows.baseline];
    if (sides.querySelector("[data-changed]")) add(td, el("p", "k", `Underlined: not in ${base}. Struck: only in ${base}.`));
    return td;
  }
  input(name, line) {
    const blocks = this.rows.told?.[name]?.[line];
    if (!blocks) return long("div", "msg", this.rows.inputs[name][line]);
    const shown = el("div", "msg");
    for (const [who, parts] of blocks) add(shown, who && el("p", "speaker", `${who}:`), ...parts.map((part) => this.part(part)));
    return shown;
  }
  part(part) {
    if (typeof part === "string") return long("p", "said", part);
    if (!("at" in part)) return el("p", "k", part.alt);
    return Object.assign(el("img", "thumb"), {src: this.rows.pictures[part.at], alt: part.alt});
  }
  facts(line) {
    const {rows} = this, meta = el("div", "meta");
    for (const tag of rows.tags) if (rows.tag(tag, line)) add(meta, el("span", "", `${tag.key}: ${rows.tag(tag, line)}`));
    if (rows.expected[line]) add(meta, el("span", "", `expected: ${rows.expected[line].slice(0, 300)}`));
    if (!this.linked) return meta;
    const link = el("a", "", "link to this row");
    link.href = `#answer=${encodeURIComponent(rows.id[line])}`;
    return add(meta, link);
  }
  side(v, line) {
    const {rows} = this, {status, error, foot} = rows.cells[v], part = el("div"), mark = rows.mark(v, line);
    const badge = mark && mark !== "plain" ? el("span", mark in SAYS ? `vd ${mark}` : "uns", SAYS[mark] ?? "unscored") : null;
    add(part, add(el("h3"), el("span", "", rows.variants[v]), badge));
    if (mark === null) return add(part, el("p", "k", "Not in this run."));
    add(part, ...this.output(v, line), this.thoughts(v, line));
    if (status[line] !== "ok") add(part, long("p", "k", `${status[line]}, no score${error[line] ? `: ${error[line]}` : ""}`));
    add(part, ...rows.judges.map((_, judge) => this.opinion(v, line, judge)), this.personSays(v, line), el("p", "k", foot[line]));
    return add(part, this.replies(rows.raw?.[v]?.[line]));
  }
  output(v, line) {
    const {baseline, cells, variants} = this.rows, text = cells[v].output[line];
    if (!text) return [];
    const both = baseline >= 0 && v !== baseline && cells[v].status[line] === "ok" && cells[baseline].status[line] === "ok";
    if (!both || text.length > LONG) return [long("p", "text", text)];
    const shown = diffed(cells[baseline].output[line], text);
    return shown ? [shown] : [long("p", "text", text), el("p", "k", `(little in common with ${variants[baseline]})`)];
  }
  thoughts(v, line) {
    const text = this.rows.cells[v].thinking?.[line];
    return text ? add(el("details"), el("summary", "", "Thinking"), long("pre", "", text)) : null;
  }
  opinion(v, line, judge) {
    const {name, ticks} = this.rows.judges[judge], {status, label, reason} = this.rows.cells[v], score = this.rows.score(v, line, judge);
    const why = reason[judge][line], word = label[judge][line];
    if (status[line] !== "ok" || (score === null && !why)) return null;
    const shown = score === null ? "unscored" : ticks && (score === 0 || score === 1) ? word || (score ? "yes" : "no") : `${word} ${score.toFixed(2)}`.trim();
    return long("p", "k", `${name}: ${shown}${why && why !== word && !SCORE_ONLY.test(why) ? `. ${why}` : ""}`);
  }
  personSays(v, line) {
    const {rows} = this, label = rows.label(v, line);
    return label ? el("p", rows.cells[v].agrees[rows.judge][line] ? "k" : "dis", `The person says ${label}.`) : null;
  }
  replies(texts) {
    if (!texts?.length) return null;
    return add(el("details"), el("summary", "", this.linked ? "Raw replies of the critics" : "Messages and raw replies"), ...texts.map((text) => long("pre", "", text)));
  }
}

// Search, checkboxes and choosers above the table. `ask` searches where the rows do not hold their whole texts.
class Controls {
  constructor(rows, changed, ask) {
    Object.assign(this, {rows, ask, found: null, timer: 0}); // found: lines that hold what is searched, found elsewhere
    this.element = el("div", "tools");
    this.element.setAttribute("role", "search");
    this.element.setAttribute("aria-label", "Filter the answers");
    this.search = this.searchField();
    this.failures = this.checkbox("Failures only");
    this.differs = rows.variants.length > 1 ? this.checkbox("Differs only") : null;
    this.flipped = rows.flips >= 0 ? this.checkbox("Flipped only") : null;
    this.person = rows.labelled ? this.checkbox("Person disagrees") : null;
    this.wrong = rows.gold >= 0 ? this.checkbox(`Wrong by ${rows.judges[rows.gold].name}`) : null;
    this.against = rows.gold >= 0 && rows.critic >= 0 ? this.checkbox("Critic against gold") : null;
    this.cell = rows.classes ? this.cellButton(changed) : null; // of a confusion matrix: [variant, right class, given class]
    this.tags = rows.tags.filter((tag) => tag.filter).slice(0, 5).map((tag) => [tag, this.chooser(tag.key, tag.values, "all")]);
    this.judge = rows.judges.length > 1 ? this.chooser("Judged by", rows.judges.map((judge) => judge.name)) : null;
    if (this.judge) this.judge.value = String(rows.judge);
    this.count = el("output");
    this.count.setAttribute("aria-live", "polite");
    add(this.element, this.count);
    this.element.addEventListener("input", () => {
      if (this.judge) rows.judge = Number(this.judge.value);
      changed();
    });
    if (!rows.isWhole) this.search.addEventListener("input", () => this.askFor(this.search.value.trim(), changed));
  }
  askFor(wanted, changed) {
    clearTimeout(this.timer);
    this.found = wanted ? this.found : null;
    if (wanted) this.timer = setTimeout(() => this.ask("search", wanted), PAUSE);
    else changed();
  }
  searchField() {
    const field = el("input");
    field.type = "search";
    field.placeholder = "Search all text";
    field.setAttribute("aria-label", "Search examples and answers");
    add(this.element, field);
    return field;
  }
  checkbox(label) {
    const box = el("input");
    box.type = "checkbox";
    add(this.element, add(el("label"), box, ` ${label}`));
    return box;
  }
  // Says which cell is shown; a click shows all rows again.
  cellButton(changed) {
    const made = button("linkish", "", () => {
      this.setCell(null);
      changed();
    });
    made.hidden = true;
    add(this.element, made);
    return {button: made, at: null};
  }
  setCell(at) {
    const {names} = this.rows.classes ?? {};
    if (!this.cell) return;
    this.cell.at = at;
    this.cell.button.hidden = !at;
    this.cell.button.textContent = at ? `${this.rows.variants[at[0]]}: ${names[at[1]]} answered with ${names[at[2]]} ✕` : "";
    this.cell.button.setAttribute("aria-label", at ? `Show all rows, not only ${this.cell.button.textContent.slice(0, -2)}` : "");
  }
  chooser(label, values, all) {
    const select = el("select");
    if (all) add(select, new Option(all, "-1"));
    values.forEach((value, number) => add(select, new Option(value.slice(0, 40), String(number))));
    add(this.element, add(el("label"), el("span", "", label), select));
    return select;
  }
  admitted() {
    const {rows} = this, wanted = this.search.value.trim().toLowerCase();
    const tags = this.tags.map(([tag, select]) => [tag, Number(select.value)]).filter(([, value]) => value >= 0);
    return rows.lines.filter(
      (line) =>
        tags.every(([tag, value]) => tag.of[line] === value) &&
        (!this.failures.checked || rows.isFailure(line)) &&
        (!this.differs?.checked || rows.differs[line]) &&
        (!this.flipped?.checked || rows.isFlipped(line)) &&
        (!this.person?.checked || rows.disagreements(line).length) &&
        (!this.wrong?.checked || rows.isWrongByGold(line)) &&
        (!this.against?.checked || rows.isAgainstGold(line)) &&
        (!this.cell?.at || rows.isInCell(line, this.cell.at)) &&
        (rows.isWhole ? !wanted || rows.holds(line, wanted) : !this.found || this.found.has(line)),
    );
  }
  set({fail = false, tags = {}, cell = null}) {
    this.search.value = "";
    this.found = null;
    for (const box of [this.failures, this.differs, this.flipped, this.person, this.wrong, this.against]) if (box) box.checked = false;
    this.setCell(cell);
    this.failures.checked = fail;
    for (const [tag, select] of this.tags) select.value = String(tag.values.indexOf(tags[tag.key]));
  }
}

// The table in `host`. Where data lack whole texts, `ask(what, argument)` asks for them: "open" with a line, answered by
// `take({row, opened})` with the data of that line alone, and "search" with a text, answered by `take({found})`.
export class Answers {
  constructor(host, data, ask = null) {
    this.ask = ask;
    this.rows = new Rows(data);
    this.lines = new Lines(this.rows, !ask);
    this.controls = new Controls(this.rows, () => this.arrange(), ask);
    Object.assign(this, {order: [], sort: {key: "id", way: 1}, open: -1, active: 0, detail: null, drawn: "", printing: false});
    Object.assign(this, {lineHeight: 40, detailHeight: 0}); // pixels, measured when drawn
    [this.box, this.table, this.head, this.body] = [el("div", "box"), el("table", "matrix"), el("thead"), el("tbody")];
    [this.above, this.below] = [el("tr", "gap"), el("tr", "gap")];
    for (const gap of [this.above, this.below]) gap.setAttribute("aria-hidden", "true");
    this.table.setAttribute("role", "table");
    this.table.tabIndex = -1; // keeps the focus while the focused line is out of sight
    this.table.setAttribute("aria-label", "Answers of every variant to every example");
    this.table.setAttribute("aria-rowcount", String(this.rows.lines.length + 1));
    this.table.classList.toggle("wordy", !this.rows.short && this.rows.variants.length <= MANY);
    this.table.classList.toggle("many", this.rows.variants.length > MANY);
    add(this.head, this.headings());
    this.legend = el("span");
    host.replaceChildren(this.controls.element, add(this.box, add(this.table, this.head, this.body)), this.keys());
    this.listen(host);
    this.arrange();
  }
  headings() {
    const row = el("tr");
    row.setAttribute("role", "row");
    for (const column of this.lines.columns) {
      column.th = el("th", column.css);
      column.th.scope = "col";
      column.th.setAttribute("role", "columnheader");
      column.th.title = column.title; // it may be cut
      if (column.key === "id") column.th.style.width = `${Math.min(20, Math.max(7, ...this.rows.id.map((id) => id.length))) + 6}ch`;
      add(row, add(column.th, add(button("", "", () => this.sortBy(column.key)), el("span", "", column.title))));
    }
    return row;
  }
  keys() {
    const keys = add(el("p", "small keys"), this.legend);
    for (const [key, does] of [["/", "search"], ["↑", ""], ["↓", "move"], ["Enter", "open or close"], ["Esc", "close"]])
      add(keys, el("kbd", "", key), does ? ` ${does}\u2003` : " ");
    return keys;
  }
  listen(host) {
    this.body.addEventListener("click", (event) => {
      const tr = event.target.closest("tr.row");
      if (tr && !String(getSelection())) this.toggle(Number(tr.dataset.line));
    });
    this.table.addEventListener("keydown", (event) => this.press(event));
    this.box.addEventListener("scroll", () => requestAnimationFrame(() => this.draw()));
    new ResizeObserver(() => this.resized()).observe(host);
    for (const [event, printing] of [["beforeprint", true], ["afterprint", false]])
      addEventListener(event, () => {
        this.printing = printing;
        this.redraw();
      });
  }
  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.box.clientHeight / this.lineHeight) - 2), at = this.active;
    const to = {ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: this.order.length};
    if (event.key === "Escape" && this.open >= 0) this.toggle(this.open);
    else if (event.key in to && event.target.matches(".rowbtn, table")) this.move(to[event.key]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
  slash(event) {
    if (event.key !== "/" || event.target.matches("input, select, textarea")) return;
    event.preventDefault();
    event.stopPropagation();
    this.controls.search.focus();
  }

  /* which lines, in which order */
  sortBy(key) {
    this.sort = {key, way: this.sort.key === key ? -this.sort.way : 1};
    this.arrange();
  }
  arrange() {
    const {key, way} = this.sort, column = this.lines.columns.find((each) => each.key === key);
    this.order = this.controls.admitted();
    const keys = new Map(this.order.map((line) => [line, column.value(line)]));
    const compare = key === "id" ? (a, b) => a - b : new Intl.Collator(undefined, {numeric: true}).compare;
    this.order.sort((a, b) => way * compare(keys.get(a), keys.get(b)) || a - b);
    for (const each of this.lines.columns) each.th.removeAttribute("aria-sort");
    column.th.setAttribute("aria-sort", way > 0 ? "ascending" : "descending");
    this.legend.textContent = this.says();
    this.controls.count.textContent = `${say(this.order.length)} of ${say(this.rows.lines.length)} rows`;
    this.setOpen(this.order.includes(this.open) ? this.open : -1);
    this.active = Math.max(0, this.order.indexOf(this.open));
    this.box.classList.toggle("boxed", this.order.length > BOXED);
    this.box.scrollTop = 0;
    this.redraw();
  }
  says() {
    const {judges, judge, short, variants, baseline} = this.rows;
    const bold = short && variants.length > 1 && baseline >= 0 ? `, bold: differs from ${variants[baseline]}` : "";
    return `${judges[judge]?.legend ?? "No critic judged these answers"}${bold}.\u2003`;
  }
  show(filters) {
    this.controls.set(filters);
    this.arrange();
  }

  /* geometry: every line is as high as the first; the open one has its detail below it */
  get openAt() {
    return this.order.indexOf(this.open);
  }
  topOf(position) {
    return position * this.lineHeight + (this.openAt >= 0 && position > this.openAt ? this.detailHeight : 0);
  }
  positionAt(pixels) {
    const at = this.openAt;
    if (at < 0 || pixels < (at + 1) * this.lineHeight) return Math.floor(pixels / this.lineHeight);
    return Math.max(at, Math.floor((pixels - this.detailHeight) / this.lineHeight));
  }
  range() {
    const all = this.order.length;
    if (this.printing) return [0, Math.min(all, PRINTED)];
    if (all <= BOXED) return [0, all];
    const {scrollTop, clientHeight} = this.box;
    return [Math.max(0, this.positionAt(scrollTop) - SPARE), Math.min(all, this.positionAt(scrollTop + clientHeight) + SPARE)];
  }
  redraw() {
    this.drawn = "";
    this.draw();
  }
  draw() {
    const [first, last] = this.range(), now = `${first} ${last} ${this.open}`;
    if (now === this.drawn) return;
    this.drawn = now;
    const focused = this.table.contains(document.activeElement) && document.activeElement.matches(".rowbtn, table"), lines = [];
    const {scrollTop} = this.box;
    for (let position = first; position < last; position++) {
      const line = this.order[position], isOpen = line === this.open;
      lines.push(this.lines.draw(line, {position, isOpen, isActive: position === this.active}));
      if (isOpen) lines.push(this.detail);
    }
    this.above.style.height = `${this.topOf(first)}px`;
    this.below.style.height = this.printing ? "0" : `${this.topOf(this.order.length) - this.topOf(last)}px`;
    this.body.replaceChildren(this.above, ...lines, this.below);
    if (!this.order.length) this.body.replaceChildren(this.nothing());
    if (this.printing && last < this.order.length) this.body.append(this.rest(last));
    // Taking out the focused button lets the browser lay out the emptied table, which scrolls it to its top.
    if (this.box.scrollTop !== scrollTop) this.box.scrollTop = scrollTop;
    if (focused) (this.opener(this.active) ?? this.table).focus({preventScroll: true});
    this.measure();
  }
  // Out of sight, as behind another tab, nothing has a size: what was measured and drawn stays.
  resized() {
    if (!this.box.clientHeight) return;
    this.measure();
    this.draw();
  }
  measure() {
    if (!this.box.clientHeight) return;
    this.box.style.setProperty("--seen", `${this.box.clientWidth}px`);
    const line = this.body.querySelector("tr.row")?.getBoundingClientRect().height ?? this.lineHeight;
    const detail = this.detail?.isConnected ? this.detail.getBoundingClientRect().height : this.detailHeight;
    this.box.style.setProperty("--open", `${this.detail ? this.head.offsetHeight + line + detail + SLACK : 0}px`);
    if (Math.abs(line - this.lineHeight) < 0.5 && Math.abs(detail - this.detailHeight) < 0.5) return;
    Object.assign(this, {lineHeight: line, detailHeight: detail});
    this.redraw();
  }
  message(css, ...says) {
    const td = add(el("td", css), ...says);
    td.colSpan = this.lines.columns.length;
    return add(el("tr", "rest"), td);
  }
  nothing() {
    const clear = () => {
      this.show({});
      this.controls.search.focus();
    };
    return this.message("none", "No row matches. ", button("linkish", "Clear the filters", clear));
  }
  rest(last) {
    return this.message("small", `The first ${say(last)} of ${say(this.order.length)} rows; the file itself holds them all.`);
  }

  /* opening and moving */
  opener(position) {
    return this.body.querySelector(`tr.row[data-line="${this.order[position]}"] .rowbtn`);
  }
  setOpen(line) {
    const isNew = line !== this.open;
    this.open = line;
    if (line < 0) this.detail = null;
    else if (isNew || this.rows.isWhole) this.detail = this.lines.detail(this.lines.columns.length);
    this.detailHeight = 0;
    if (line >= 0 && this.rows.isWhole) this.detail.firstChild.replaceChildren(this.lines.whole(line));
    else if (line >= 0 && isNew) this.ask("open", line);
  }
  take({found, row, opened}) {
    if (found) {
      this.controls.found = new Set(found);
      this.arrange();
    }
    if (opened && row === this.open) {
      const rows = new Rows({...opened, judge: this.rows.judge});
      this.detail.firstChild.replaceChildren(new Lines(rows, false).whole(0));
      this.redraw();
      this.reveal();
    }
  }
  // Scrolls the box, which is high enough by now, until the open line and its detail are in sight.
  reveal() {
    const {box, openAt} = this, top = this.topOf(openAt);
    if (openAt < 0) return;
    const end = this.head.offsetHeight + top + this.lineHeight + this.detailHeight;
    box.scrollTop = Math.min(Math.max(box.scrollTop, end + SLACK - box.clientHeight), top);
  }
  toggle(line) {
    this.setOpen(line === this.open ? -1 : line);
    this.active = this.order.indexOf(line);
    this.redraw();
    this.reveal();
    this.opener(this.active)?.focus({preventScroll: true});
  }
  move(position) {
    this.active = Math.min(Math.max(position, 0), this.order.length - 1);
    const {box, lineHeight} = this, top = this.topOf(this.active), room = box.clientHeight - lineHeight - this.head.offsetHeight;
    if (box.classList.contains("boxed")) box.scrollTop = Math.min(Math.max(box.scrollTop, top - room), top);
    this.redraw();
    this.opener(this.active)?.focus();
  }
  openRow(id) {
    const line = this.rows.id.indexOf(id);
    if (line < 0) return;
    this.show({});
    if (this.open !== line) this.toggle(line);
    this.move(this.order.indexOf(line));
    this.reveal();
    this.body.querySelector("tr.row.open")?.scrollIntoView({block: "center"});
  }
}
