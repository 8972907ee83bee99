// Elements from plain values: text goes through textContent, nowhere else.

const el = (tag, css, text) => {
  const made = document.createElement(tag);
  if (css) made.className = css;
  if (text != null) made.textContent = text;
  return made;
};
const add = (parent, ...children) => {
  parent.append(...children.filter((child) => child != null && child !== ""));
  return parent;
};

function button(css, text, does) {
  const made = el("button", css, text);
  made.type = "button";
  made.addEventListener("click", does);
  return made;
}
