// Ties the report's text to the table of answers.

async function answers() {
  const host = document.getElementById("rows");
  if (!host) return;
  const table = new Answers(host, JSON.parse(await unpacked("data")));
  for (const link of document.querySelectorAll("[data-tag]")) {
    link.hidden = false;
    link.addEventListener("click", () => {
      table.show({fail: true, tags: {[link.dataset.tag]: link.dataset.value}});
      document.getElementById("answers").scrollIntoView();
    });
  }
  for (const cell of document.querySelectorAll("[data-cell]")) {
    const opener = button("cellb", cell.textContent, () => {
      table.show({cell: cell.dataset.cell.split(" ").map(Number)});
      document.getElementById("answers").scrollIntoView();
    });
    opener.setAttribute("aria-label", cell.dataset.says);
    cell.replaceChildren(opener);
  }
  const byAddress = () => {
    const [, id] = location.hash.match(/^#answer=(.+)$/) ?? [];
    if (id) table.openRow(decodeURIComponent(id));
  };
  addEventListener("hashchange", byAddress);
  byAddress();
  document.addEventListener("keydown", (event) => table.slash(event));
}

await answers();
