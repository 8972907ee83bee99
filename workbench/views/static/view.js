// A view in a notebook. HTML comes from the kernel, where every value in it was escaped; events go back.
//   data-do="name"      a click on it calls on_name in the kernel, with data-argument
//   data-live="name"    typing in it does, once the typing pauses
//   data-keys           inside it, a key clicks the button that names it in data-key, such as "y" or "Ctrl+Enter"
//   data-part="name"    what the kernel replaces by name
//   data-table          where the table of answers goes, once its data have come

const TAGS = new Set(
  ("B BDI BR BUTTON CAPTION CIRCLE CODE DD DEL DETAILS DIV DL DT FIGCAPTION FIGURE G H3 H4 H5 I INPUT INS KBD LABEL LI LINE MARK " +
    "OPTION P PRE RECT SELECT SPAN SUMMARY SVG TABLE TBODY TD TEXT TEXTAREA TFOOT TH THEAD TR UL").split(" "),
);

// Nodes of HTML from the kernel. Every value in it was escaped there; whatever could still run or load something falls here.
function harmless(html) {
  const made = new DOMParser().parseFromString(html, "text/html");
  for (const element of made.body.querySelectorAll("*")) {
    if (!TAGS.has(element.tagName.toUpperCase())) element.remove();
    for (const {name} of [...element.attributes]) if (/^on|^style$|^href$|src|action$/i.test(name)) element.removeAttribute(name);
  }
  return [...made.body.childNodes];
}

// What can be opened in a part, and how it is told again in the next one.
const folds = (part) => [...part.querySelectorAll("details")];
const titled = (details) => details.querySelector("summary")?.textContent;

function fields(root) {
  const values = {};
  for (const field of root.querySelectorAll("[name]")) values[field.name] = field.type === "checkbox" ? field.checked : field.value;
  return values;
}

function render({model, el}) {
  const root = document.createElement("div");
  const parts = new WeakMap(); // element -> the HTML it shows
  let table = null, timer = 0, typing = null; // what was typed last and is not sent yet
  root.className = "wb tex2jax_ignore mathjax_ignore";
  el.append(root);

  const send = (doing, argument) => model.send({do: doing, argument, values: fields(root)});
  const closest = (event, name) => (event.target instanceof Element ? event.target.closest(`[data-${name}]`) : null);

  // The style sheet hides the twin in JupyterLab, also one that comes later; elsewhere this does.
  function hideTwin() {
    root.classList.add("wb-live");
    const id = model.get("twin");
    for (const twin of document.querySelectorAll(".wb-twin")) if (twin.dataset.twin === id) twin.hidden = true;
  }

  function say(text) {
    root.querySelector(":scope > .wb-said")?.remove();
    if (!text) return;
    const line = document.createElement("p");
    line.className = "wb-said look";
    line.setAttribute("role", "status");
    line.dir = "auto";
    line.textContent = text;
    root.append(line);
  }

  // The kernel counts the run's lines, the table those that it shows.
  function answers({data, lines, row, opened, found}) {
    if (data) {
      const host = root.querySelector("[data-table]"), ask = (doing, argument) => send(doing, doing === "open" ? lines[argument] : argument);
      table = new Answers(host, data, ask);
      table.shown = lines;
      host.addEventListener("keydown", (event) => table.slash(event));
    } else table?.take({row: table.shown.indexOf(row), opened, found: found?.map((line) => table.shown.indexOf(line))});
  }

  function take(message) {
    if (message.html !== undefined) {
      root.replaceChildren(...harmless(message.html));
      table = null;
      hideTwin();
    }
    for (const [name, html] of Object.entries(message.parts ?? {})) {
      const part = root.querySelector(`[data-part="${name}"]`);
      if (!part || parts.get(part) === html) continue;
      const scrolled = part.scrollTop, open = folds(part).filter((each) => each.open).map(titled);
      parts.set(part, html);
      part.replaceChildren(...harmless(html));
      for (const each of folds(part)) each.open ||= open.includes(titled(each));
      const seen = part.querySelector("[data-in-sight]"); // scrolls the part to it, never the page
      part.scrollTop = seen ? Math.max(0, seen.offsetTop - part.clientHeight + 60) : scrolled;
    }
    if (message.table) answers(message.table);
    if (message.say !== undefined) say(message.say);
    if (message.set) for (const [name, value] of Object.entries(message.set)) root.querySelector(`[name="${name}"]`).value = value;
  }

  root.addEventListener("click", (event) => {
    const place = closest(event, "do");
    typing?.(); // else it came after the click, and undid what that changed
    if (place && !place.disabled) send(place.dataset.do, place.dataset.argument);
  });
  const typed = (event) => {
    const place = closest(event, "live");
    if (!place) return;
    clearTimeout(timer);
    typing = () => {
      clearTimeout(timer);
      typing = null;
      send(place.dataset.live, place.dataset.argument);
    };
    timer = setTimeout(typing, event.type === "change" ? 0 : PAUSE);
  };
  root.addEventListener("input", typed);
  root.addEventListener("change", typed);
  root.addEventListener("keydown", (event) => {
    const place = closest(event, "keys");
    if (!place || event.altKey || event.metaKey) return;
    const writes = event.target.matches("input:not([type=checkbox]), textarea, select");
    if (writes && !event.ctrlKey) return;
    const key = event.key.length > 1 ? event.key : event.key.toLowerCase(); // also with Shift or Caps Lock
    const button = place.querySelector(`[data-key="${CSS.escape((event.ctrlKey ? "Ctrl+" : "") + key)}"]`);
    if (!button) return;
    event.preventDefault();
    event.stopPropagation();
    if (!event.repeat) button.click(); // a key held down says one thing
  });
  // JupyterLab takes new lines and undoing from what hears of them, and keys (d d deletes the cell) unless told not to.
  root.addEventListener("beforeinput", (event) => event.stopPropagation(), true);
  root.addEventListener("focusin", (event) => event.target.setAttribute("data-lm-suppress-shortcuts", "true"));

  model.on("msg:custom", take);
  send("show");
  return () => {
    clearTimeout(timer);
    model.off("msg:custom", take);
  };
}

export default {render};
