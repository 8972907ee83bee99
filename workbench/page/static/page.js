// What every page does beyond standing there: data unpacked, hints on plots, paper.

async function unpacked(id) {
  const packed = Uint8Array.from(atob(document.getElementById(id).textContent), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

function hints() {
  const tip = el("div", "tip");
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true");
  document.body.append(tip);
  const show = (mark) => {
    tip.textContent = mark.dataset.tip;
    tip.hidden = false;
    const dot = (mark.querySelector("circle") ?? mark).getBoundingClientRect();
    const left = Math.min(dot.left + scrollX + 14, document.documentElement.clientWidth - tip.offsetWidth - 8);
    tip.style.left = `${Math.max(8, left)}px`;
    tip.style.top = `${dot.top + scrollY - tip.offsetHeight - 8}px`;
  };
  const hide = () => (tip.hidden = true);
  for (const mark of document.querySelectorAll("[data-tip]")) {
    mark.addEventListener("mouseenter", () => show(mark));
    mark.addEventListener("mouseleave", hide);
  }
  // Not on the marks: Chromium makes every svg element that listens for focus a stop of the Tab key, hidden ones too.
  document.addEventListener("focusin", ({ target }) => target.matches("[data-tip]") && show(target));
  document.addEventListener("focusout", hide);
}

function paper() {
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open], .closed)")];  // hostile texts stay closed
    for (const details of closed) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of closed) details.open = false;
  });
}

// On a phone tables behind a section's words are closed until asked for: the words and the rows come first.
function folds() {
  if (matchMedia("screen and (max-width: 46rem)").matches) for (const fold of document.querySelectorAll("details.fold")) fold.open = false;
}

hints();
paper();
folds();
