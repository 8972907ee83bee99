// Search, checkboxes and choosers above the table.
class Controls {
  constructor(rows, changed) {
    this.rows = rows;
    this.element = el("div", "tools");
    this.element.setAttribute("role", "search");
    this.element.setAttribute("aria-label", "Filter the answers");
    this.search = this.searchField();
    this.failures = this.checkbox("Failures only");
    this.differs = rows.variants.length > 1 ? this.checkbox("Differs only") : null;
    this.person = rows.labelled ? this.checkbox("Person disagrees") : null;
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
        (!this.person?.checked || rows.disagreements(line).length) &&
        (!wanted || rows.holds(line, wanted)),
    );
  }
  set({fail = false, tags = {}}) {
    this.search.value = "";
    for (const box of [this.failures, this.differs, this.person]) if (box) box.checked = false;
    this.failures.checked = fail;
    for (const [tag, select] of this.tags) select.value = String(tag.values.indexOf(tags[tag.key]));
  }
}
