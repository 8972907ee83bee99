// What the table of answers knows, apart from how it is drawn.

const SEARCHED = 20000; // characters of an answer that the search looks at
const MOST_WORDS = 1500; // beyond, a comparison word by word is slow and says little

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

// What the data say of a line and a variant's answer to it.
class Rows {
  constructor(data) {
    Object.assign(this, data); // variants, baseline, judges, judge, id, inputs, expected, tags, differs, cells, raw
    this.lines = data.id.map((_, line) => line);
    this.names = Object.keys(data.inputs);
    this.labelled = this.lines.some((line) => this.isLabelled(line));
    this.short = data.cells.every((column) => column.head.every((text) => text.length <= 24));
  }
  text(line) {
    return this.names.map((name) => this.inputs[name][line]).filter(Boolean).join(" · ");
  }
  tag(tag, line) {
    return tag.values[tag.of[line]] ?? "";
  }
  score(v, line, judge = this.judge) {
    return this.cells[v].score[judge]?.[line] ?? null;
  }
  passes(judge, score) {
    const {low, high, up} = this.judges[judge], share = (score - low) / (high - low);
    return up ? share >= 0.5 : share < 0.5;
  }
  // "yes", "no", "plain" (there is no critic), or the word for a row without a score; "" where the run has no such row
  mark(v, line) {
    const status = this.cells[v].status[line];
    if (status !== "ok") return status;
    if (!this.judges.length) return "plain";
    const score = this.score(v, line);
    return score === null ? "unscored" : this.passes(this.judge, score) ? "yes" : "no";
  }
  isFailure(line) {
    return this.variants.some((_, v) => !["yes", "plain", ""].includes(this.mark(v, line)));
  }
  differsFromBaseline(v, line) {
    const {baseline, cells} = this;
    return baseline >= 0 && v !== baseline && cells[baseline].status[line] === "ok" && cells[baseline].head[line] !== cells[v].head[line];
  }
  label(v, line) {
    return this.cells[v].person[line] ?? null;
  }
  isLabelled(line) {
    return this.variants.some((_, v) => this.label(v, line) !== null);
  }
  agrees(v, line) {
    const label = this.label(v, line), score = this.score(v, line, 0);
    return label === null || score === null || this.passes(0, label) === this.passes(0, score);
  }
  disagreements(line) {
    return this.variants.filter((_, v) => !this.agrees(v, line));
  }
  holds(line, wanted) {
    this.haystack ??= this.lines.map((k) =>
      [this.id[k], this.text(k), ...this.cells.map((column) => column.output[k].slice(0, SEARCHED))].join("\n").toLowerCase(),
    );
    return this.haystack[line].includes(wanted);
  }
}
