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
  const byAddress = () => {
    const [, id] = location.hash.match(/^#answer=(.+)$/) ?? [];
    if (id) table.openRow(decodeURIComponent(id));
  };
  addEventListener("hashchange", byAddress);
  byAddress();
  document.addEventListener("keydown", (event) => table.slash(event));
}

await answers();
